"""``vle-analog tasks``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from vle_analog.equations.systemfile import load_system
from vle_analog.learning.rules import RULES
from vle_analog.library import system_files
from vle_analog.tasks import TASKS


def tasks() -> None:
    """List the learning tasks and the systems that come with the tool."""
    table = Table("name", "what it is", "rules", title="Learning tasks")
    for name, build in TASKS.items():
        table.add_row(name, (build.__doc__ or "").partition("\n")[0].rstrip("."), ", ".join(RULES))
    Console().print(table)
    table = Table("name", "states", "inputs", "span", "unit", title="Systems (circuits/systems/)")
    for name, path in system_files().items():
        system = load_system(path)
        table.add_row(name, str(len(system.states)), str(len(system.inputs)), f"{system.span:g}", f"{system.unit:g} s")
    Console().print(table)
