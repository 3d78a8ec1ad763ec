"""The command line: ``vle-analog COMMAND``; ``--help`` lists them.

A command is a folder of ``studies/`` with a file ``command.py``; its options are the fields of its plan.
"""

from vle_analog.cli.entry import main

__all__ = ["main"]
