"""Which commands there are, told from the folders of ``studies/`` without importing any of them."""

from __future__ import annotations

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

_STUDIES = Path(__file__).resolve().parent.parent / "studies"


@cache
def names() -> list[str]:
    """Names of all commands, sorted: folders' names with dashes."""
    return sorted(path.parent.name.replace("_", "-") for path in _STUDIES.glob("*/command.py"))


@cache
def help_of(name: str) -> str:
    """A command's help: the docstring of its file."""
    source = (_STUDIES / name.replace("-", "_") / "command.py").read_text(encoding="utf-8")
    paragraphs = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def study_of(name: str) -> Any:
    """A command's study."""
    return import_module(f"vle_analog.studies.{name.replace('-', '_')}.command").STUDY
