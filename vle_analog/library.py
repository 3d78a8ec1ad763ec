"""Finds the ``circuits/`` folder: cells and system files that are edited without Python."""

from __future__ import annotations

from pathlib import Path

from vle_analog.errors import VleAnalogError

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
