"""Finds what is edited apart from the package's code: the ``circuits/`` folder, and folders of a user's own.

``$VLE_ANALOG_LIBRARY`` names such folders, separated as in ``$PATH``; one more is the user's own by habit,
``~/.config/vle-analog``, if it is there. What lies in one belongs to the package as if it had come with it:
``circuits/<kind>/*.cir`` are cells, ``laws/*.py`` nonlinear functions, ``blocks/*.py`` kinds of stages. Of two cells of
one name in several of these folders the first folder's counts. Files in Python are run: name no folder that others can
write to.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from vle_analog.errors import UsageError, VleAnalogError
from vle_analog.userfile import SUFFIX, definition

T = TypeVar("T")
P = ParamSpec("P")

#: of the environment: folders of a user's own
OWN = "VLE_ANALOG_LIBRARY"
#: kind of cells that are a maker's parts, and the folder beside them of what they were made from
PARTS, ORIGINALS = "parts", "originals"
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


def task_files() -> dict[str, Path]:
    """The task files that come with the package, by name, sorted."""
    return {path.stem: path for path in sorted((circuits_folder() / "tasks").glob("*.toml"))}


def price_file() -> Path:
    """The table of makers' numbers and prices: ``prices.csv`` of the user's own, or what comes with the package."""
    own = (folder / "prices.csv" for folder in own_folders())
    return next((path for path in own if path.is_file()), circuits_folder() / "prices.csv")


def own_folders() -> tuple[Path, ...]:
    """The folders that `OWN` names, and the usual one if it is there.

    Raises:
        UsageError: one that is named is none.
    """
    folders = tuple(_named())
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"${OWN} names '{folder}', which is no folder", hint=f"create it, or unset {OWN}")
    usual = usual_folder()
    return folders if usual is None or usual in folders or not usual.is_dir() else (*folders, usual)


def usual_folder() -> Path | None:
    """The folder that is the user's own by habit; None for a user without a home."""
    try:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    except RuntimeError:
        return None
    return home / "vle-analog" if home.is_absolute() else None


def new_parts_folder() -> Path:
    """Where new parts go, whether it is there or not: the first folder that `OWN` names, else the usual one.

    Raises:
        UsageError: there is neither.
    """
    folder = next(iter(_named()), None) or usual_folder()
    if folder is None:
        raise UsageError("there is no folder for parts of your own", hint=f"name one: `parts_folder=DIR`, or ${OWN}")
    return folder / "circuits" / PARTS


def _named() -> list[Path]:
    try:
        return [Path(name).expanduser().resolve() for name in os.environ.get(OWN, "").split(os.pathsep) if name]
    except (OSError, RuntimeError) as error:  # nobody of that name, or links in a circle
        raise UsageError(f"${OWN} names what is no folder: {error}", hint=f"correct it, or unset {OWN}") from None


@contextmanager
def using(folder: Path | None) -> Iterator[None]:
    """Meanwhile another folder of a user's own comes first, in new processes, too; nothing changes for None."""
    if folder is None:
        yield
        return
    before = os.environ.get(OWN)
    os.environ[OWN] = os.pathsep.join(filter(None, (str(folder.expanduser().resolve()), before)))
    forget()
    try:
        yield
    finally:
        if before is None:
            del os.environ[OWN]
        else:
            os.environ[OWN] = before
        forget()


_remembered: list[Any] = []


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """The function, which remembers what it found in the folders until they change."""
    kept: Any = cache(function)
    _remembered.append(kept)
    return kept


def forget() -> None:
    """Look into the folders anew from now on."""
    for kept in _remembered:
        kept.cache_clear()


def cell_files() -> list[Path]:
    """The files of all cells, ``<kind>/<name>.cir``, the user's own included, by kind and name.

    Raises:
        UsageError: two that come with the tool are of one name, or one of the user's own and one of these.
    """
    found: dict[str, Path] = {}
    for path in circuits_folder().glob("*/*.cir"):
        if (first := found.setdefault(path.stem, path)) != path:
            raise UsageError(f"two cells are called '{path.stem}': {first} and {path}", hint="rename one")
    own: dict[str, Path] = {}
    for path in (path for folder in own_folders() for path in sorted((folder / "circuits").glob("*/*.cir"))):
        if (other := found.get(path.stem)) is not None:
            raise UsageError(f"two cells are called '{path.stem}': {other} and {path}", hint="rename your own")
        own.setdefault(path.stem, path)
    return sorted((found | own).values(), key=lambda path: (path.parent.name, path.stem))


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
