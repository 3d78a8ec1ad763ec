"""Weights of networks in files: of one that was trained elsewhere, or read back from a board.

All are told by the names that parameters have here: ``w1``, ``b1`` and ``tau_m1`` of the lowest layer, ``w2to1`` of
relays. A ``.npz`` file has an array of each, shape (size, size below) or (size,); a ``.csv`` file has lines
``name,value`` of single ones, as ``w1_0_2,0.53``. A ``.nir`` file is a chain of layers of the Neuromorphic Intermediate
Representation (Pedersen et al., Nat. Commun. 2024): affine or linear nodes are weights and biases, LI nodes membranes.
Of PyTorch's ``.pt`` and ``.pth`` files `statedict` tells.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.errors import UsageError, nearest, reason
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import deployable, parameters_of
from vle_analog.tasks.statedict import SUFFIXES, read
from vle_analog.tasks.task import Task, plastic_system

Array = NDArray[np.float64]

NPZ, CSV, NIR = ".npz", ".csv", ".nir"
#: files that a network's parameters are written to
WRITTEN = ("weights.npz", "weights.csv")
#: what boards of a fleet learned: a column ``board``, and one per single value
LEARNED = "learned.csv"
WEIGHTS_HELP = (
    "Weights, biases and time constants that a task's network starts with, from a .npz, .csv, .nir or .pt file, "
    "or a fleet's learned.csv:BOARD; boards to be deployed or tuned have them as they are: nothing is learned before."
)
_HINT = "name them w1, b1, tau_m1, ...: see docs/tasks.md"


def read_weights(path: Path, layers: Sequence[Layer], unit: float) -> dict[str, Array]:
    """Parameters of a network from a file, each in full shape.

    Args:
        path: of a ``.npz``, ``.csv``, ``.nir``, ``.pt`` or ``.pth`` file.
        layers: of the network that they are for.
        unit: seconds per model unit.

    Raises:
        UsageError: a file that cannot be read, or parameters that the network does not have.
    """
    readers = {NPZ: _read_npz, CSV: _read_csv, NIR: _read_nir, **dict.fromkeys(SUFFIXES, _read_state_dict)}
    if path.suffix not in readers:
        raise UsageError(f"'{path.suffix}' is no file of weights", where=str(path), hint="give .npz, .csv, .nir or .pt")
    try:
        given = readers[path.suffix](path, layers, unit)
    except FileNotFoundError:
        raise UsageError("there is no such file", where=str(path), hint="check the path") from None
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise UsageError(f"it cannot be read: {str(error)[:80]}", where=str(path), hint=_HINT) from None
    known, found = parameters_of(layers), {}
    for name, values in given.items():
        if name not in known:
            raise UsageError(f"the network has no parameter '{name[:40]}'", where=str(path), hint=nearest(name, known))
        shape = known[name].shape
        if [n for n in values.shape if n > 1] != [n for n in shape if n > 1]:
            raise UsageError(
                f"'{name}' has shape {values.shape}, the network's {shape}",
                where=str(path),
                hint=f"give weights of a network of {_sizes(layers)} neurons, or this one other `sizes`",
            )
        if not np.isfinite(values).all() or (name.startswith("tau_") and values.min() <= 0):
            raise UsageError(f"'{name}' has values that cannot be", where=str(path), hint="give finite numbers")
        found[name] = values.reshape(shape)
    if not found:
        raise UsageError("there are no weights in it", where=str(path), hint=_HINT)
    return found


def _sizes(layers: Sequence[Layer]) -> str:
    """How many neurons layers have, from the inputs up: ``3-12-2``."""
    weights = np.shape(layers[0].weights)
    return "-".join(str(count) for count in (weights[-1] if weights else 1, *(layer.size for layer in layers)))


def _read_npz(path: Path, layers: Sequence[Layer], unit: float) -> dict[str, Array]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: np.asarray(file[name], float) for name in file.files}
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"this is no .npz file: {str(error)[:80]}", where=str(path), hint=_HINT) from None


def _read_state_dict(path: Path, layers: Sequence[Layer], unit: float) -> dict[str, Array]:
    if not path.exists():
        raise FileNotFoundError(path)
    return read(path, layers)


def _read_csv(path: Path, layers: Sequence[Layer], unit: float) -> dict[str, Array]:
    """Single values, put into the places that their names tell among those that the network has."""
    known = parameters_of(layers)
    places = {
        _single(name, at, place.shape): (name, at) for name, place in known.items() for at in np.ndindex(*place.shape)
    }
    found: dict[str, Array] = {}
    seen: set[str] = set()
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error):
        raise UsageError("this is no CSV file", where=str(path), hint="write lines 'name,value'") from None
    for number, row in enumerate(rows, 1):
        where = f"{path}: line {number}"
        if not row or (number == 1 and [cell.strip().lower() for cell in row] == ["name", "value"]):
            continue
        try:
            single, value = row[0].strip(), float(row[1])
        except (IndexError, ValueError):
            raise UsageError("it has no name and number", where=where, hint="write 'w1_0_2,0.53'") from None
        if single not in places:
            raise UsageError(f"the network has no '{single[:40]}'", where=where, hint=nearest(single, places))
        if single in seen:
            raise UsageError(f"'{single}' comes twice", where=where, hint="remove one of the lines")
        seen.add(single)
        name, at = places[single]
        found.setdefault(name, np.full(known[name].shape, np.nan))[at] = value
    for name, values in found.items():
        if np.isnan(values).any():
            raise UsageError(f"some of '{name}' are missing", where=str(path), hint="give all values of an array")
    return found


def _single(name: str, at: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Name of one value; axes of one neuron are left out."""
    return "_".join([name, *(str(place) for place, length in zip(at, shape, strict=True) if length > 1)])


def _read_nir(path: Path, layers: Sequence[Layer], unit: float) -> dict[str, Array]:
    graph = _nir().read(str(path))
    after = dict(graph.edges)
    node, number, found = after.get("input"), 1, dict[str, Array]()
    while node is not None and node != "output":
        part = graph.nodes[node]
        kind = type(part).__name__
        if kind in ("Affine", "Linear"):
            found[f"w{number}"] = np.asarray(part.weight, float)
            if kind == "Affine":
                found[f"b{number}"] = np.asarray(part.bias, float).reshape(-1)
        elif kind == "LI":
            found[f"tau_m{number}"] = np.asarray(part.tau, float).reshape(-1) / unit
            number += 1
        else:
            raise UsageError(
                f"no layer here is a node of kind {kind}", where=str(path), hint="give a chain of Affine and LI nodes"
            )
        node = after.get(node)
    return found


def as_nir(parameters: Mapping[str, Array], layers: Sequence[Layer], unit: float) -> Any:
    """The network as a graph of the Neuromorphic Intermediate Representation, which knows no activation functions.

    Raises:
        UsageError: the package ``nir`` is not installed.
    """
    nir = _nir()
    whole = whole_of(parameters, layers)
    nodes: dict[str, Any] = {"input": nir.Input(np.array([whole["w1"].shape[1]]))}
    for number, layer in enumerate(layers, 1):
        bias = whole.get(f"b{number}", np.zeros(layer.size))
        tau = np.broadcast_to(whole[f"tau_m{number}"], layer.size) * unit
        nodes[f"affine{number}"] = nir.Affine(whole[f"w{number}"], bias)
        nodes[f"membrane{number}"] = nir.LI(tau, np.ones(layer.size), np.zeros(layer.size))
    nodes["output"] = nir.Output(np.array([layers[-1].size]))
    names = list(nodes)
    return nir.NIRGraph(nodes, list(pairwise(names)))


def _nir() -> Any:
    try:
        import nir
    except ImportError:
        raise UsageError("the package 'nir' is not installed", hint="pip install 'vle-analog[nir]'") from None
    return nir


def whole_of(parameters: Mapping[str, Array], layers: Sequence[Layer]) -> dict[str, Array]:
    """All parameters of a network, those that are not given as it starts with them, each in full shape."""
    found = {}
    for name, place in parameters_of(layers).items():
        values = parameters.get(name, place.of(layers))
        array = np.asarray(values, float)
        found[name] = np.full(place.shape, array.item()) if array.size == 1 else array.reshape(place.shape)
    return found


def packed(parameters: Mapping[str, Array], layers: Sequence[Layer]) -> dict[str, str | bytes]:
    """``weights.npz`` and ``weights.csv`` with all parameters of a network."""
    whole, archive, lines = whole_of(parameters, layers), io.BytesIO(), ["name,value"]
    np.savez(archive, **whole)  # type: ignore[arg-type]
    for name, values in whole.items():
        for at in np.ndindex(*values.shape):
            lines.append(f"{_single(name, at, values.shape)},{float(values[at])!r}")
    return dict(zip(WRITTEN, (archive.getvalue(), "\n".join([*lines, ""])), strict=True))


def starting_with(task: Task, parameters: Mapping[str, Array]) -> Task:
    """The task whose network starts with these parameters, and is ready to be put to work with them.

    Args:
        task: that is learned.
        parameters: by name, as `read_weights` gives them.
    """
    layers, known = list(task.layers), parameters_of(task.layers)
    for name, values in parameters.items():
        place = known[name]
        layers[place.number - 1] = place.set(layers[place.number - 1], np.asarray(values, float).reshape(place.shape))
    span, unit = task.system.span, task.system.unit
    system, learned = plastic_system(task.name, layers, task.plasticity, task.stream, span, task.teacher, unit)
    return replace(task, layers=tuple(layers), system=system, learned=learned, ready=True)


def weighted(task: Task, path: str) -> Task:
    """The task whose network starts with the weights of a file, or of one board of a fleet's: ``learned.csv:3``.

    Raises:
        UsageError: as `read_weights`, or a board that is not in the file.
    """
    file, board = place_of(path)
    if board is not None:
        return starting_with(task, _of_board(file, board, task))
    return starting_with(task, read_weights(file, task.layers, task.system.unit))


def place_of(path: str) -> tuple[Path, str | None]:
    """The file, and the number of a board in it, if it is one of boards."""
    file, colon, board = path.rpartition(":")
    return (Path(file), board) if colon and board.isdigit() else (Path(path), None)


def _of_board(file: Path, board: str, task: Task) -> dict[str, Array]:
    """What one board of a fleet learned."""
    try:
        rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"it cannot be read: {reason(error)}", where=str(file), hint="name a fleet's learned.csv"
        ) from None
    row = next((row for row in rows if row.get("board") == board), None)
    if row is None:
        boards = [row.get("board") or "" for row in rows]
        raise UsageError(f"there is no board {board}", where=str(file), hint=f"there are {', '.join(boards)[:80]}")
    found = {}
    for each in deployable(task.learned):
        try:
            values = np.array([float(row[name]) for name in each.instances])
        except (KeyError, TypeError, ValueError):
            what = f"board {board} has no '{each.name}'"
            raise UsageError(what, where=str(file), hint="take a board of the same task that stayed finite") from None
        found[each.parameter] = each.as_parameter(values)
    return found
