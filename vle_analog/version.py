"""The version, in the one place from which releases, reports and the command line take it.

An installed package's metadata would be that of the day when a checkout was installed.
"""

__version__ = "0.2.0"
