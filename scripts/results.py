"""Where scripts put what they measured: in ``results/``, where no file of a user's is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from vle_analog.lab.lab import Lab
from vle_analog.lab.study import RESULTS
from vle_analog.report.report import Report


def write(name: str, record: Mapping[str, Any], figure: Figure | None = None, folder: str | None = None) -> None:
    """Write ``NAME.json`` and, of a figure, ``NAME.png``, there or in ``results/``; an earlier call's are replaced.

    Raises:
        OutputError: a file is there that is a user's.
    """
    figures = {} if figure is None else {name: figure}
    Lab(Path(folder or RESULTS)).save(Report(name, name, record, figures=lambda: figures, document=""))
