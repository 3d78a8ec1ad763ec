"""Which commands there are, told from the folders of ``studies/`` without importing any of them."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

from vle_analog import studies


def names() -> list[str]:
    """Names of all commands, sorted: folders' names with dashes."""
    return sorted(_files())


def help_of(name: str) -> str:
    """A command's help: the docstring of its file, a paragraph a line."""
    source = _files()[name].read_text(encoding="utf-8")
    paragraphs = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _files() -> dict[str, Path]:
    """The files that declare commands, by name."""
    folders = [Path(folder) for folder in studies.__path__]
    return {path.parent.name.replace("_", "-"): path for folder in folders for path in folder.glob("*/command.py")}


def study_of(name: str) -> Any:
    """A command's study."""
    return import_module(f"vle_analog.studies.{name.replace('-', '_')}.command").STUDY
