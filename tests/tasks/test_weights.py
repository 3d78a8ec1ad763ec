"""Weights in files: of a network that was trained elsewhere, or read back from a circuit."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.tasks.taskfiles import ECHO, with_data, written
from tests.tool import refused
from vle_analog.errors import UsageError
from vle_analog.fleet.lesson_blueprint import LessonBlueprint
from vle_analog.learning.learned import parameters_of
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.reference.learners import FrozenNetwork
from vle_analog.tasks import chain, lagnet, task_named
from vle_analog.tasks.weights import LEARNED, WRITTEN, as_nir, packed, read_weights, starting_with, weighted, whole_of


def saved(folder: Path, files: dict[str, str | bytes]) -> dict[str, Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return {Path(name).suffix: folder / name for name in files}


@pytest.mark.parametrize("text", [None, ECHO])
def test_what_is_written_is_read_again(tmp_path: Path, text: str | None) -> None:
    path = with_data(tmp_path) if text is None else written(tmp_path, text)
    layers = task_named(str(path))(seed=5).layers
    given = whole_of({}, layers)
    assert set(given) == set(parameters_of(layers)) and given["w2"].shape == (layers[1].size, layers[0].size)
    for file in saved(tmp_path, packed({}, layers)).values():
        found = read_weights(file, layers, 1e-3)
        assert found.keys() == given.keys()
        for name, values in found.items():
            np.testing.assert_array_equal(values, given[name], err_msg=f"{file.suffix} {name}")


def test_a_network_starts_with_them_whether_they_learn_or_not() -> None:
    task = lagnet("gle")
    other = starting_with(task, {"w1": np.array([[2.0], [3.0]]), "w3": np.array([[4.0, 5.0]])})
    assert other.ready and not task.ready
    states = {str(each.symbol.base.label): each.initial for each in other.system.states if each.symbol.args}
    np.testing.assert_array_equal(np.ravel(states["w1"]), [2.0, 3.0])
    np.testing.assert_array_equal(other.system.constants["w3"], [4.0, 5.0])
    assert [layer.learn for layer in other.layers] == [True, False, False]
    tau = starting_with(chain("gle"), {"tau_m1": np.array([0.5])})
    assert next(np.ravel(each.initial)[0] for each in tau.system.states if str(each.symbol) == "g1") == 2.0


def test_boards_have_a_network_that_was_trained_elsewhere(tmp_path: Path) -> None:
    """Nothing is learned first: the ideal exam is that of the weights in the file."""
    path = with_data(tmp_path)
    trained = task_named(str(path))(seed=9)
    file = saved(tmp_path, packed({}, trained.layers))[".npz"]
    blueprint = LessonBlueprint.of(Board(Lesson(str(path), seed=0, weights=str(file)), "deploy"))
    np.testing.assert_array_equal(blueprint.task.layers[0].weights, trained.layers[0].weights)
    exam = blueprint.task.exam
    frozen = FrozenNetwork(trained.layers, None, trained.step)
    _, wanted, _ = frozen.run({}, exam.inputs, exam.targets, exam.span)
    _, found, _ = FrozenNetwork(blueprint.task.layers, None, trained.step).run({}, exam.inputs, exam.targets, exam.span)
    np.testing.assert_array_equal(found, wanted)


def test_they_tell_lessons_apart_and_travel_with_them(tmp_path: Path) -> None:
    path = with_data(tmp_path)
    layers = task_named(str(path))(seed=3).layers
    file = saved(tmp_path, packed({}, layers))[".csv"]
    lesson = Lesson(str(path), weights=str(file))
    assert lesson.key() != Lesson(str(path)).key()
    parcel, key = pickle.dumps(lesson), lesson.key()
    for each in tmp_path.iterdir():
        each.unlink()
    assert pickle.loads(parcel).key() == key


def test_a_circuit_gives_back_what_it_learned(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = with_data(tmp_path)
    assert ask("run", path, "--span", "20", "--out", "out").code == 0
    task = task_named(str(path))()
    found = read_weights(tmp_path / "out" / WRITTEN[0], task.layers, 1e-3)
    assert set(found) == {"w1", "w2", "b1", "b2", "tau_m1", "tau_m2"}
    assert not np.array_equal(found["w2"], task.layers[1].weights)
    again = ask("run", path, "--span", "20", "--weights", tmp_path / "out" / WRITTEN[1], "--out", "again")
    assert again.code == 0, again.err
    later = read_weights(tmp_path / "again" / WRITTEN[0], task.layers, 1e-3)
    assert np.abs(later["w2"] - found["w2"]).max() < np.abs(later["w2"] - np.asarray(task.layers[1].weights)).max()


def test_a_board_of_a_fleet_gives_back_what_it_learned(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    boards = ("--span", "80", "--rule", "gle", "--mismatch", "0.02,0.02", "--boards", "2", "--out", "out")
    assert ask("montecarlo", "chain", *boards).code == 0
    file = tmp_path / "out" / LEARNED
    head, *rows = file.read_text().splitlines()
    assert head.split(",")[:3] == ["board", "w1", "w2"] and len(rows) == 2
    learned = dict(zip(head.split(","), rows[1].split(","), strict=True))
    task = weighted(chain("gle"), f"{file}:1")
    assert task.layers[0].weights == float(learned["w1"]) and task.layers[1].tau_m == 1 / float(learned["g2"])
    assert pickle.loads(pickle.dumps(Lesson("chain", weights=f"{file}:1"))).weights == f"{file}:1"
    with pytest.raises(UsageError, match="there is no board 7"):
        weighted(chain("gle"), f"{file}:7")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("w.csv", "w1_0_7,3", "line 1: the network has no 'w1_0_7'"),
        ("w.csv", "name,value\nb2_0,three", "line 2: it has no name and number"),
        ("w.csv", "b2_0,1\nb2_0,2", "line 2: 'b2_0' comes twice"),
        ("w.csv", "b2_0,1", "some of 'b2' are missing"),
        ("w.csv", "tau_m2_0,1\ntau_m2_1,-1", "'tau_m2' has values that cannot be"),
        ("w.csv", "", "there are no weights in it"),
        ("w.npz", "no archive", "this is no .npz file"),
        ("w.txt", "b2_0,1", "'.txt' is no file of weights"),
    ],
)
def test_what_is_wrong_with_a_file(ask, tmp_path: Path, name: str, text: str, words: str) -> None:  # type: ignore[no-untyped-def]
    path = with_data(tmp_path)
    (tmp_path / name).write_text(text)
    refused(ask("run", path, "--weights", tmp_path / name), words)


def test_shapes_are_held_to_the_network(tmp_path: Path) -> None:
    layers = chain("gle").layers
    for arrays, words in (
        ({"w1": np.zeros((2, 2))}, r"'w1' has shape \(2, 2\), the network's \(1, 1\)"),
        ({"w3": np.zeros(1)}, "the network has no parameter 'w3'"),
        ({"w1": np.full(1, np.nan)}, "'w1' has values that cannot be"),
    ):
        np.savez(tmp_path / "w.npz", **arrays)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=words):
            read_weights(tmp_path / "w.npz", layers, 1e-3)
    with pytest.raises(UsageError, match="there is no such file"):
        read_weights(tmp_path / "none.npz", layers, 1e-3)


def test_neuromorphic_graphs_are_read_and_written(tmp_path: Path) -> None:
    nir = pytest.importorskip("nir")
    layers = task_named(str(with_data(tmp_path)))(seed=5).layers
    nir.write(tmp_path / "w.nir", as_nir({}, layers, 1e-3))
    found = read_weights(tmp_path / "w.nir", layers, 1e-3)
    for name, values in whole_of({}, layers).items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6)
    nodes = {
        "input": nir.Input(np.array([3])),
        "spikes": nir.Threshold(np.ones(3)),
        "output": nir.Output(np.array([3])),
    }
    nir.write(tmp_path / "other.nir", nir.NIRGraph(nodes, [("input", "spikes"), ("spikes", "output")]))
    with pytest.raises(UsageError, match="no layer here is a node of kind Threshold"):
        read_weights(tmp_path / "other.nir", layers, 1e-3)
