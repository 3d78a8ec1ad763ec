"""The shape of the code: functions that fit on a screen, and a command line that only declares.

Complexity and numbers of arguments are the linter's (``C90``, ``PLR0913`` in pyproject.toml).
"""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "vle_analog"
#: lines of a function, and of the whole command line, at most
LONGEST, COMMAND_LINE = 60, 900


def test_functions_fit_on_a_screen() -> None:
    long = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST:
                    long.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_the_command_line_only_declares() -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (PACKAGE / "cli").rglob("*.py"))
    assert lines < COMMAND_LINE
