"""Networks that PyTorch trained: state dicts of fully connected layers, ``.pt`` or ``.pth`` files.

Such a dictionary has a tensor ``NAME.weight``, shape (size, size below), and one ``NAME.bias`` per layer, under
whatever names the model's modules had; so layers are told by their order, and their shapes must be the network's. Files
are read without running what may be in them: of what pickles can hold only tensors are taken. PyTorch is an optional
extra.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.errors import UsageError
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import parameters_of

Array = NDArray[np.float64]

#: how such files' names end
SUFFIXES = (".pt", ".pth")
#: under what training scripts keep the dictionary beside an optimizer's and others
_NESTED = ("state_dict", "model_state_dict", "model")
_SAVE = "write it by torch.save(model.state_dict(), FILE)"


def read(path: Path, layers: Sequence[Layer]) -> dict[str, Array]:
    """Parameters of a network from a file of a state dict, by the names that they have here.

    Args:
        path: of the file.
        layers: of the network that they are for.

    Raises:
        UsageError: PyTorch is not installed; a file that holds no state dict, or more than tensors; layers that are not
            the network's.
        OSError: the file cannot be read.
    """
    torch = _torch()
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, AttributeError, TypeError) as error:
        said = str(error).partition("\n")[0][:120]
        raise UsageError(f"no tensors alone are in it: {said}", where=str(path), hint=_SAVE) from None
    if isinstance(held, Mapping):
        held = next((held[name] for name in _NESTED if isinstance(held.get(name), Mapping)), held)
    if not isinstance(held, Mapping) or not held or not all(isinstance(each, torch.Tensor) for each in held.values()):
        raise UsageError("it holds no state dict", where=str(path), hint=_SAVE)
    tensors = {str(name): np.asarray(each.detach().to(torch.float64).numpy()) for name, each in held.items()}
    return mapped(tensors, layers, str(path))


def mapped(tensors: Mapping[str, Array], layers: Sequence[Layer], where: str) -> dict[str, Array]:
    """A state dict's tensors by the names that parameters have here: its layers are the network's, in order.

    Where it names parameters as they are named here, these names count. A network's biases are zero where the
    dictionary has none.

    Args:
        tensors: by name, in the model's order.
        layers: of the network.
        where: said in errors.

    Raises:
        UsageError: a tensor of another kind of layer, another number of layers, or another shape.
    """
    known = parameters_of(layers)
    if tensors and set(tensors) <= set(known):
        return dict(tensors)
    weights = [name for name in tensors if _part(name) == "weight" and tensors[name].ndim == 2]
    modules = {_module(name): number for number, name in enumerate(weights, 1)}
    for name, values in tensors.items():
        if _module(name) not in modules or _part(name) not in ("weight", "bias"):
            what = f"'{name[:60]}' of shape {values.shape} is of no fully connected layer"
            raise UsageError(what, where=where, hint="give a model of torch.nn.Linear layers")
    if len(weights) != len(layers):
        named = ", ".join(weights)[:100]
        what = f"it has {len(weights)} layers ({named}), the network {len(layers)}"
        raise UsageError(what, where=where, hint="give the network as many layers, e.g. by `sizes`")
    here = _here(layers)
    found: dict[str, Array] = {}
    for name, values in tensors.items():
        own = here.get((modules[_module(name)], _part(name)))
        if own is None:
            if np.any(values):
                hint = "let its layer in the task's file have a bias"
                raise UsageError(f"'{name[:60]}' is a bias that the network has not", where=where, hint=hint)
            continue
        if values.shape != known[own].shape:
            what = f"'{name[:60]}' has shape {values.shape}, '{own}' of the network {known[own].shape}"
            raise UsageError(what, where=where, hint="give the network these sizes, e.g. by `sizes`")
        found[own] = values
    return {**{name: np.zeros(known[name].shape) for (_, part), name in here.items() if part == "bias"}, **found}


def as_state_dict(whole: Mapping[str, Array], layers: Sequence[Layer], like: Sequence[str] | None = None) -> Any:
    """The weights and biases of a network as a state dict.

    Args:
        whole: all parameters by the names that they have here, each in full shape (`weights.whole_of`).
        layers: of the network.
        like: names of the model's own state dict, in order; those of a ``torch.nn.Sequential`` of linear layers with
            activations in between, ``0.weight``, ``0.bias``, ``2.weight``, ..., when None.

    Raises:
        UsageError: PyTorch is not installed, relays, for which linear layers have no place, or names of other layers.
    """
    torch = _torch()
    if any(layer.recurrent for layer in layers):
        raise UsageError("a state dict of linear layers has no place for relays", hint="write .npz or .csv")
    own = {f"{2 * (number - 1)}.{part}": name for (number, part), name in _here(layers).items()}
    names = list(own) if like is None else list(like)
    if [_part(name) for name in names] != [_part(name) for name in own]:
        hint = f"give {len(own)} names in order, which end in {', '.join(map(_part, own))}"
        raise UsageError("these are no names of this network's layers", hint=hint)
    values = (torch.tensor(np.array(whole[name]), dtype=torch.float32) for name in own.values())
    return dict(zip(names, values, strict=True))


def _here(layers: Sequence[Layer]) -> dict[tuple[int, str], str]:
    """Names of a network's weights and biases by the layer's number and what PyTorch calls them, layer by layer."""
    parts = {"weights": "weight", "bias": "bias"}
    places = ((name, place) for name, place in parameters_of(layers).items() if place.relay is None)
    return {(place.number, parts[place.field]): name for name, place in places if place.field in parts}


def _module(name: str) -> str:
    return name.rpartition(".")[0]


def _part(name: str) -> str:
    return name.rpartition(".")[2]


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise UsageError("the package 'torch' is not installed", hint="pip install 'vle-analog[torch]'") from None
    return torch
