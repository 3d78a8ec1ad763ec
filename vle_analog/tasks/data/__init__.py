"""What networks hear and what they shall answer, one kind of data per file.

A kind is a table of a task file (``[data]``): its keys are the fields of a `DataTable`, and it makes three sets of
data of them, to learn from, to choose a rate by and to be judged by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vle_analog.equations.tables import quoted, validated
from vle_analog.errors import SystemFileError, nearest
from vle_analog.tasks.data.bits import BitsData
from vle_analog.tasks.data.kind import DataTable
from vle_analog.tasks.data.sequences import SequenceData
from vle_analog.tasks.data.sines import SinesData
from vle_analog.tasks.data.square_wave import SquareWaveData
from vle_analog.tasks.data.stimuli import StimuliData
from vle_analog.tasks.data.table import TableData
from vle_analog.tasks.data.xor import XorData

#: kinds of data by name
KINDS: Mapping[str, type[DataTable]] = {
    "table": TableData,
    "sequences": SequenceData,
    "stimuli": StimuliData,
    "sines": SinesData,
    "square_wave": SquareWaveData,
    "bits": BitsData,
    "xor": XorData,
}
#: kinds by the ending of the file to learn from
_BY_ENDING = {".csv": "table", ".npz": "sequences"}


def data_of(table: Mapping[str, Any]) -> DataTable:
    """The data that a task file's table ``[data]`` describes.

    Raises:
        SystemFileError: an unknown kind or key, or a value that cannot be used; says where.
    """
    train = table.get("train")
    ending = next((end for end in _BY_ENDING if isinstance(train, str) and train.lower().endswith(end)), None)
    kind = table.get("kind", _BY_ENDING[ending] if ending else None)
    if kind is None:
        raise SystemFileError(
            "it says no 'kind' of data, and no file to learn from",
            where="data",
            hint=f'give train = "train.csv", or a kind: {", ".join(KINDS)}',
        )
    if not isinstance(kind, str) or kind not in KINDS:
        hint = nearest(str(kind), KINDS)
        known = "" if hint.startswith("known") else f" known: {', '.join(KINDS)}"
        raise SystemFileError(f"unknown kind '{quoted(str(kind))}'", where="data.kind", hint=hint + known)
    return validated(KINDS[kind], {"kind": kind, **table}, ("data",))
