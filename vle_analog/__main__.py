"""``python -m vle_analog``."""

from vle_analog.cli import main

main()
