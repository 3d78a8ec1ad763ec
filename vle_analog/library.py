"""Finds what is edited apart from the package's code: the ``circuits/`` folder, and folders of a user's own.

``$VLE_ANALOG_LIBRARY`` names such folders, separated as in ``$PATH``. What lies in one belongs to the package as if
it had come with it: ``circuits/<kind>/*.cir`` are cells, ``laws/*.py`` nonlinear functions, ``blocks/*.py`` kinds of
stages. Files in Python are run: name no folder that others can write to.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from vle_analog.errors import UsageError, VleAnalogError
from vle_analog.userfile import SUFFIX, definition

T = TypeVar("T")

#: of the environment: folders of a user's own
OWN = "VLE_ANALOG_LIBRARY"
_PACKAGE = Path(__file__).resolve().parent


def circuits_folder() -> Path:
    """The folder of cells and systems: ``_circuits`` in an installed package, ``circuits`` in a checkout.

    Raises:
        VleAnalogError: neither exists.
    """
    candidates = (_PACKAGE / "_circuits", _PACKAGE.parent / "circuits")
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise VleAnalogError(
        "the folder of circuit cells and systems is missing, looked for " + " and ".join(map(str, candidates)),
        hint="reinstall vle-analog, or run from a complete checkout.",
    )


def system_files() -> dict[str, Path]:
    """The system files that come with the package, by name (``lorenz`` -> ``.../systems/lorenz.toml``), sorted."""
    return {path.stem: path for path in sorted((circuits_folder() / "systems").glob("*.toml"))}


def own_folders() -> tuple[Path, ...]:
    """The folders that `OWN` names.

    Raises:
        UsageError: one is none.
    """
    try:
        folders = tuple(Path(each).expanduser().resolve() for each in os.environ.get(OWN, "").split(os.pathsep) if each)
    except (OSError, RuntimeError) as error:  # nobody of that name, or links in a circle
        raise UsageError(f"${OWN} names what is no folder: {error}", hint=f"correct it, or unset {OWN}") from None
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"${OWN} names '{folder}', which is no folder", hint=f"create it, or unset {OWN}")
    return folders


def cell_files() -> list[Path]:
    """The files of all cells, ``<kind>/<name>.cir``, the user's own included, by kind and name.

    Raises:
        UsageError: two of one name.
    """
    roots = [circuits_folder(), *(folder / "circuits" for folder in own_folders())]
    found: dict[str, Path] = {}
    for path in (path for root in roots for path in root.glob("*/*.cir")):
        if (other := found.setdefault(path.stem, path)) != path:
            raise UsageError(f"two cells are called '{path.stem}': {other} and {path}", hint="rename your own")
    return sorted(found.values(), key=lambda path: (path.parent.name, path.stem))


def declared(package: str, name: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """What the files of a package, and the user's own files for it, declare under a name.

    Args:
        package: of the laws or the blocks, by its full name.
        name: of a value in its modules; one without it declares nothing.
        kind: of the value.

    Yields:
        A file's path and the value, the package's files first, each by name.

    Raises:
        UsageError: a file of the user's own that cannot be run or declares no such value.
    """
    for each in pkgutil.iter_modules(sys.modules[package].__path__):
        module = importlib.import_module(f"{package}.{each.name}")
        if hasattr(module, name):
            yield str(module.__file__), getattr(module, name)
    room = package.rpartition(".")[2]
    for path in map(str, own_sources(room)):
        hint = f"define {name}, as the files of vle_analog/{room} do"
        yield path, definition(path, name, lambda value: isinstance(value, kind), hint)


def own_sources(kind: str) -> list[Path]:
    """The user's own files of a kind, ``laws`` or ``blocks``, by name.

    Raises:
        UsageError: two of one name.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in own_folders() for path in (folder / kind).glob(f"*{SUFFIX}")):
        if (other := found.setdefault(path.stem, path)) != path:
            raise UsageError(f"two files of {kind} are called '{path.stem}': {other} and {path}", hint="rename one")
    return [found[name] for name in sorted(found)]
