"""State dicts of PyTorch: their mapping, which needs no PyTorch, and files, which do."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vle_analog.errors import UsageError
from vle_analog.learning.layers import Layer, Recurrent
from vle_analog.tasks.statedict import as_state_dict, mapped
from vle_analog.tasks.weights import read_weights, whole_of

RNG = np.random.default_rng(1)
LAYERS = (
    Layer(4, RNG.normal(size=(4, 3)), 1.0, bias=np.zeros(4)),
    Layer(2, RNG.normal(size=(2, 4)), 1.0, "linear"),
)


def state(**other: Any) -> dict[str, Any]:
    return {"fc1.weight": np.ones((4, 3)), "fc1.bias": np.arange(4.0), "out.weight": np.full((2, 4), 2.0), **other}


def test_layers_are_told_by_their_order_whatever_their_names() -> None:
    found = mapped(state(), LAYERS, "w.pt")
    assert set(found) == {"w1", "b1", "w2"}
    np.testing.assert_array_equal(found["b1"], np.arange(4.0))
    np.testing.assert_array_equal(found["w2"], np.full((2, 4), 2.0))


def test_a_model_without_biases_has_none_here() -> None:
    given = {name: values for name, values in state().items() if not name.endswith("bias")}
    np.testing.assert_array_equal(mapped(given, LAYERS, "w.pt")["b1"], np.zeros(4))
    assert set(mapped(state(**{"out.bias": np.zeros(2)}), LAYERS, "w.pt")) == {"w1", "b1", "w2"}


def test_own_names_count() -> None:
    assert set(mapped({"w2": np.zeros((2, 4)), "tau_m1": np.ones(4)}, LAYERS, "w.pt")) == {"w2", "tau_m1"}


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        (state(**{"more.weight": np.ones((1, 2))}), "it has 3 layers .*more.weight.*, the network 2", "sizes"),
        (state(**{"fc1.weight": np.ones((5, 3))}), r"'fc1.weight' has shape \(5, 3\), 'w1' .* \(4, 3\)", "sizes"),
        (state(**{"fc1.bias": np.ones(5)}), r"'fc1.bias' has shape \(5,\), 'b1'", "sizes"),
        (state(**{"out.bias": np.ones(2)}), "'out.bias' is a bias that the network has not", "have a bias"),
        (state(**{"conv.weight": np.ones((4, 3, 2, 2))}), "'conv.weight' of shape .* no fully connected", "Linear"),
        (state(**{"norm.weight": np.ones(4)}), "'norm.weight' of shape", "Linear"),
        (state(**{"rnn.weight_hh_l0": np.ones((4, 4))}), "'rnn.weight_hh_l0' of shape", "Linear"),
    ],
)
def test_another_network_is_refused(given: dict[str, Any], words: str, hint: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        mapped(given, LAYERS, "w.pt")
    assert hint in str(caught.value.hint) and caught.value.where == "w.pt"


def test_without_the_extra_its_install_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    (tmp_path / "w.pt").write_bytes(b"")
    with pytest.raises(UsageError, match="the package 'torch' is not installed") as caught:
        read_weights(tmp_path / "w.pt", LAYERS, 1e-3)
    assert caught.value.hint == "pip install 'vle-analog[torch]'"
    with pytest.raises(UsageError, match="there is no such file"):
        read_weights(tmp_path / "none.pth", LAYERS, 1e-3)


needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is an optional extra")


class _Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (Path("harm.txt"), "done")


@needs_torch
@pytest.mark.parametrize("nested", [None, "state_dict"])
def test_files_are_written_and_read(tmp_path: Path, nested: str | None) -> None:
    import torch

    whole = whole_of({}, LAYERS)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2, bias=False))
    given = as_state_dict(whole, LAYERS)
    model.load_state_dict(given)
    torch.save({nested: given, "epoch": 3} if nested else given, tmp_path / "w.pt")
    found = read_weights(tmp_path / "w.pt", LAYERS, 1e-3)
    assert set(found) == {"w1", "b1", "w2"}
    for name, values in found.items():
        np.testing.assert_allclose(values, whole[name], rtol=1e-6)
    x = np.array([0.3, -0.2, 0.9])
    expected = found["w2"] @ np.tanh(found["w1"] @ x + found["b1"])
    np.testing.assert_allclose(model(torch.tensor(x, dtype=torch.float32)).detach().numpy(), expected, rtol=1e-5)
    assert list(as_state_dict(whole, LAYERS, ["a.weight", "a.bias", "b.weight"])) == ["a.weight", "a.bias", "b.weight"]


@needs_torch
def test_what_is_no_state_dict_is_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    torch.save({"weight": _Harmful()}, "harm.pt")
    Path("plain.pt").write_bytes(pickle.dumps(_Harmful()))
    torch.save(torch.nn.Linear(3, 4), "module.pt")
    Path("text.pt").write_text("w1,3")
    torch.save({"epoch": 3}, "none.pt")
    for name in ("harm", "plain", "module", "text", "none"):
        with pytest.raises(UsageError) as caught:
            read_weights(Path(f"{name}.pt"), LAYERS, 1e-3)
        assert "torch.save(model.state_dict(), FILE)" in str(caught.value.hint), name
    assert not Path("harm.txt").exists()


@needs_torch
def test_what_linear_layers_have_no_place_for() -> None:
    heard = Layer(4, np.ones((4, 3)), 1.0, recurrent=(Recurrent(1, np.ones((4, 4)), 1.0),))
    with pytest.raises(UsageError, match="no place for relays"):
        as_state_dict({}, [heard])
    with pytest.raises(UsageError, match="no names of this network's layers"):
        as_state_dict(whole_of({}, LAYERS), LAYERS, ["a.weight"])
