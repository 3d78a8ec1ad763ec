"""``python -m vle_analog.cli``."""

from vle_analog.cli import main

main()
