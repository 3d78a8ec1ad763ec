"""Which commands there are, told from the folders of ``studies/`` without importing any of them."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

from vle_analog import studies


def names(group: str = "") -> list[str]:
    """Names of all commands and groups, sorted: folders' names with dashes.

    Args:
        group: whose commands; the tool's own when empty.
    """
    return sorted({path.relative_to(top).parts[0].replace("_", "-") for top, path in _files(group)})


def commands() -> list[str]:
    """Names of all commands, those of groups behind their group's name."""
    return [
        f"{name} {inner}" if inner else name for name in names() for inner in (names(name) if is_group(name) else [""])
    ]


def is_group(name: str) -> bool:
    """Whether a name is of a folder of commands, such as ``part``, and no command's."""
    return bool(_files(name)) and not _is_command(name)


def help_of(name: str) -> str:
    """A command's help, a paragraph a line: the docstring of its file, or of a group's folder.

    Args:
        name: of a command, or of a group, or of both with a blank between.
    """
    file = "command.py" if _is_command(name) else "__init__.py"
    source = next(path for folder in _folders(name) if (path := folder / file).is_file()).read_text(encoding="utf-8")
    paragraphs = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def draws(name: str) -> bool:
    """Whether a command has figures: a file that draws them, in its folder or in one inside."""
    return any(path.is_file() for folder in _folders(name) for path in folder.rglob("figure.py"))


def study_of(name: str) -> Any:
    """A command's study."""
    path = name.replace("-", "_").replace(" ", ".")
    return import_module(f"vle_analog.studies.{path}.command").STUDY


def _is_command(name: str) -> bool:
    return any((folder / "command.py").is_file() for folder in _folders(name))


def _folders(name: str) -> list[Path]:
    inside = Path(*name.replace("-", "_").split())
    return [Path(folder) / inside for folder in studies.__path__]


def _files(group: str) -> list[tuple[Path, Path]]:
    """The files that declare commands, one folder below a group's or in groups there; each with the group's folder."""
    return [
        (folder, path)
        for folder in _folders(group)
        for pattern in ("*/command.py", "*/*/command.py")
        for path in folder.glob(pattern)
    ]
