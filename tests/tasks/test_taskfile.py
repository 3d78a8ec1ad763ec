"""Tasks as TOML files: what they build, and what is said of one that is wrong."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tasks.taskfiles import ECHO, LABELS, TABLE, rows, with_data, write_csv, write_labels, written
from tests.tool import refused
from vle_analog.errors import VleAnalogError
from vle_analog.lesson.board import Board
from vle_analog.lesson.learner import learn
from vle_analog.lesson.lesson import Lesson
from vle_analog.studies.run.study import run
from vle_analog.tasks import TASKS, Task, is_task, source_of, task_named
from vle_analog.tasks.answers import Answers, Labels
from vle_analog.tasks.data.kind import Part
from vle_analog.tasks.data.sequences import SequenceData
from vle_analog.tasks.taskfile import TaskFile, load_task


def task_of(path: Path, **named: object) -> Task:
    return task_named(str(path))(**named)


def test_columns_of_files_are_inputs_and_targets(tmp_path: Path) -> None:
    task = task_of(with_data(tmp_path))
    assert (task.name, task.rule, task.eta, task.system.span) == ("mine", "gle", 0.1, 60.0)
    assert task.learning.outputs == ("r2_0", "r2_1") and task.learning.targets == ("target_0", "target_1")
    assert list(task.stream.played) == ["x_0", "x_1", "x_2", "target_0", "target_1"]
    table = rows(1)
    for number, stimulus in enumerate((*task.stream.inputs, *(task.stream.targets or ()))):
        np.testing.assert_allclose(stimulus(table[:160, 0]), table[:160, 1 + number], atol=1e-4)


def test_the_end_of_the_data_is_held_out_to_validate_by(tmp_path: Path) -> None:
    task, table = task_of(with_data(tmp_path)), rows(1)
    assert task.validation is not None
    begin = np.searchsorted(table[:, 0], 0.8 * table[-1, 0])
    held = table[begin:]
    np.testing.assert_allclose(task.validation.inputs[0](held[:, 0] - held[0, 0]), held[:, 1], atol=1e-4)
    # what is learned from comes again from its start instead
    period = table[begin - 1, 0] + 0.25
    np.testing.assert_allclose(task.stream.inputs[0](period + table[:9, 0]), table[:9, 1], atol=1e-4)
    assert task.exam.span == pytest.approx(rows(2, 120)[-1, 0])


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = with_data(
        tmp_path, **{'exam = "exam.csv"': 'exam = "exam.csv"\ninputs = ["c", "b", "a"]\ntargets = ["z", "y"]'}
    )
    task, table = task_of(path), rows(1)
    first = [stimulus(np.zeros(1))[0] for stimulus in (*task.stream.inputs, *(task.stream.targets or ()))]
    np.testing.assert_allclose(first, table[0, [3, 2, 1, 5, 4]], atol=1e-4)


def test_what_is_drawn_goes_by_the_seed(tmp_path: Path) -> None:
    path = with_data(tmp_path)
    first, again, other = (task_of(path, seed=seed).layers[0].weights for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_sizes_and_time_constants_may_be_others(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = with_data(tmp_path)
    lesson = ask("run", path, "--sizes", "3", "--tau-m", "0.4:0.9,0.5", "--span", "20", "--out", "out")
    assert lesson.code == 0, lesson.err
    assert "b1_2 " in lesson.out and "b1_3" not in lesson.out
    layers = task_of(path, sizes=(3,)).layers
    assert [layer.size for layer in layers] == [3, 2] and np.shape(layers[0].weights) == (3, 3)
    refused(ask("run", path, "--sizes", "3,4,5"), "--sizes: 3 are given for 1 hidden layers")
    refused(ask("run", path, "--sizes", "3,3"), "the task has 2 outputs, not 3")
    refused(ask("run", path, "--tau-m", "fast"), "--tau-m 'fast': 'fast' is not a number")
    refused(ask("run", "lorenz", "--sizes", "3"), "--sizes is for learning tasks; 'lorenz' is a system")


def test_labels_are_read_as_the_largest_mean(tmp_path: Path) -> None:
    for name, seed in (("train", 1), ("exam", 2)):
        write_labels(tmp_path / f"{name}.npz", seed)
    task = task_of(written(tmp_path, LABELS, {"dt = 0.5": "dt = 0.5\nat = 0.5"}))
    exam = task.exam
    assert isinstance(exam.answers, Labels) and exam.targets is not None
    time = np.arange(0.0, exam.span, 0.02)
    wanted = np.stack([target(time) for target in exam.targets], axis=1)
    assert exam.answers.right(time, wanted) == 1.0
    assert exam.answers.right(time, -wanted) == 0.0
    found = learn(Lesson(str(tmp_path / "mine.toml"), eta=0.05, seed=0, span=2000.0, moments=2))
    assert found.accuracy[-1] > 0.9 > found.accuracy[0]


def test_classes_take_turns_where_a_file_says(tmp_path: Path) -> None:
    """Every sequence comes once in a round; classes are as even as their numbers allow at any time."""
    for name, seed in (("train", 1), ("exam", 2)):
        write_labels(tmp_path / f"{name}.npz", seed)
    path = written(tmp_path, LABELS, {"dt = 0.5": 'dt = 0.5\norder = "turns"\nhold_out = 0.25'})
    data, setting = load_task(path).data, load_task(path).setting
    assert isinstance(data, SequenceData)
    _, labels = data.sequences(Part.TRAIN, setting)
    rounds = [
        data.material(Part.TRAIN, setting, np.random.default_rng(seed), 5.0 * len(labels)).targets for seed in (0, 1)
    ]
    middles = 5.0 * np.arange(len(labels)) + 2.5
    heard = [np.argmax([target(middles) for target in targets], axis=0) for targets in rounds]
    counts = np.bincount(labels)
    for order in heard:
        assert np.array_equal(np.bincount(order), counts)
        so_far = np.cumsum(order[:, None] == np.arange(3), axis=0)[: 3 * counts.min()]
        assert np.ptp(so_far, axis=1).max() <= 1
    assert not np.array_equal(*heard)
    with pytest.raises(VleAnalogError, match="'any' is no order"):
        load_task(written(tmp_path, LABELS, {"dt = 0.5": 'dt = 0.5\norder = "any"'}))


def test_signs_are_read_where_a_file_says(tmp_path: Path) -> None:
    path = with_data(
        tmp_path, **{'exam = "exam.csv"': 'exam = "exam.csv"\nmeasure = "sign"\nread = {every = 1.0, at = 0.5}'}
    )
    task = task_of(path)
    assert isinstance(task.exam.answers, Answers) and task.exam.targets is not None
    time = np.arange(0.0, task.exam.span, 0.01)
    wanted = np.stack([target(time) for target in task.exam.targets], axis=1)
    assert task.exam.answers.right(time, wanted) == 1.0
    assert task.exam.answers.times[0] == 3.5  # a tenth of the exam settles


def test_it_runs_as_a_circuit(ngspice: str, tmp_path: Path) -> None:
    """Check 1 of a task of one's own: traces within a thousandth of range, three inputs and two outputs."""
    found = run(task_of(with_data(tmp_path), span=20.0))
    assert found.comparison.trace_nrmse_max < 1e-3  # measured 3e-5
    assert {"r2_0", "r2_1", "target_0"} <= set(found.comparison.trace_nrmse)


def test_keys_tell_contents_and_not_places(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    path = with_data(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    other = tmp_path / "two" / "mine.toml"
    keys = [Lesson(str(each)).key() for each in (path, other)]
    assert keys[0] == keys[1] and Board(Lesson(str(path))).key() == Board(Lesson(str(other))).key()
    write_csv(tmp_path / "two" / "exam.csv", rows(3, 120))
    assert Lesson(str(other)).key() != keys[0] and source_of(str(other)) != source_of(str(path))


def test_files_travel_with_a_lesson(tmp_path: Path) -> None:
    """As to another machine: nothing is left where it was."""
    rule = tmp_path / "half.py"
    rule.write_text(HALF)
    lesson = Lesson(str(with_data(tmp_path)), rule=str(rule), seed=1)
    weights, parcel = lesson.build().layers[0].weights, pickle.dumps(lesson)
    for each in tmp_path.iterdir():
        each.unlink()
    there = pickle.loads(parcel)
    np.testing.assert_array_equal(there.build().layers[0].weights, weights)
    assert there.variant == "half + eligibility" and not Path(there.task).is_relative_to(tmp_path)


HALF = """
from vle_analog.learning.rule import Rule, causal

RULE = Rule("half", "gle at half its gain", lambda exact, k: causal(exact) / 2)
"""


def test_a_rule_beside_the_file_is_the_files(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text(HALF)
    path = with_data(tmp_path, **{'rule = "gle"': 'rule = "half.py"'})
    assert Lesson(str(path)).variant == "half + eligibility"
    assert Path(Lesson(str(path)).settled.rule or "") == tmp_path / "half.py"


def test_what_comes_with_the_tool_is_whole() -> None:
    for name, task in TASKS.items():
        assert task.document.task.name == name and task.summary
        task.check()


def test_data_may_have_other_values() -> None:
    driven = replace(TASKS["complex_signal"], other={"frequencies": [1.0, 2.0]})
    assert isinstance(driven, TaskFile)
    (heard,) = driven(span=200.0).stream.inputs
    assert len(heard.frequencies) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[network]", "[netwrok]", ["mine.toml: top level: unknown table 'netwrok'", "did you mean 'network'?"]),
        ("neurons = 4", "neuron = 4", ["network.layers.0: unknown key 'neuron'", "did you mean 'neurons'?"]),
        ("neurons = 4", "neurons = 0", ["network.layers.0.neurons: 0 neurons"]),
        ("neurons = 4", 'neurons = "four"', ["network.layers.0.neurons: expected an integer, got a string"]),
        ("inputs = 3", "inputs = 2", ["train.csv: 5 columns beside the time, where the network has 2 inputs"]),
        ('activation = "linear"', 'activation = "liner"', ["network.layers.1.activation", "did you mean 'linear'?"]),
        ("tau_m = 0.3,", "tau_m = -0.3,", ["network.layers.1.tau_m: -0.3 is no time constant"]),
        ("tau_m = 0.3,", "tau_m = [0.3],", ["network.layers.1.tau_m: 1 numbers for 2 neurons"]),
        ("geometric", "geometrical", ["network.layers.0.tau_m: unknown key 'geometrical'", "'geometric'?"]),
        (
            "tau_m = 0.3,",
            "tau_m = 0.3, weights = [[1.0]],",
            ["layers.1.weights: 1 lists of 1 numbers, where 2 neurons"],
        ),
        ("tau_m = 0.3,", "tau_m = 0.3, bias = {norm = 1.0},", ["layers.1.bias: unknown key 'norm'"]),
        ("[learning]", "recurrent = [{from = 1, to = 3}]\n[learning]", ["recurrent.0.to: there is no layer 3"]),
        ("[learning]", "recurrent = [{from = 1, to = 2}]\n[learning]", ["layer 2 hears layer 1 already"]),
        ("[learning]", "recurrent = [{form = 1, to = 1}]\n[learning]", ["unknown key 'form'", "did you mean 'from'?"]),
        ('rule = "gle"', 'rule = "gel"', ["learning: unknown rule 'gel'", "did you mean 'gle'?"]),
        ("eta = 0.1", "eta = -0.1", ["learning.eta: -0.1 is not positive"]),
        ("eta = 0.1", "eta = 0.1\ntracee = 5.0", ["learning: unknown key 'tracee'", "did you mean 'trace'?"]),
        ("eta = 0.1", "", ["learning: 'eta' is missing", "eta = 0.02"]),
        ('train = "train.csv"', "", ["data: it says no 'kind' of data"]),
        ('train = "train.csv"', 'kind = "tabel"', ["data.kind: unknown kind 'tabel'", "did you mean 'table'?"]),
        ('exam = "exam.csv"', "", ["data: 'exam' is missing"]),
        ('exam = "exam.csv"', 'exam = "none.csv"', ["none.csv", "there is no such file"]),
        ('exam = "exam.csv"', 'exam = "exam.csv"\ninputs = ["a", "b", "cc"]\ntargets = ["y", "z"]', ["no column 'cc'"]),
        ('exam = "exam.csv"', 'exam = "exam.csv"\nmeasure = "signs"', ["data.measure", "did you mean 'sign'?"]),
        ("span = 60.0", "span = 0.0", ["schedule.span: 0 is not positive"]),
        ("span = 60.0", "spam = 60.0", ["schedule: unknown key 'spam'", "did you mean 'span'?"]),
        ("span = 60.0", "frozen = {share = 2.0}", ["schedule.frozen: a share is from 0 on and below 1"]),
        ('name = "mine"', "", ["task: 'name' is missing"]),
    ],
)
def test_what_is_wrong_with_a_file(ask, tmp_path: Path, old: str, new: str, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    path = with_data(tmp_path, **{old: new})
    refused(ask("run", path), *words)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,a,b,c,y,z\n0,1,2,3,4,5\n1,2,3,4,5,nan\n", ["train.csv: line 3", "the z is nan"]),
        ("time,a,b,c,y,z\n0,1,2,3,4,5\n1,2,3,4,5\n", ["train.csv: line 3", "5 field(s) where 6 were expected"]),
        ("time,a,b,c,y,z\n1,1,2,3,4,5\n0,1,2,3,4,5\n", ["train.csv: line 3", "time 0 does not come after 1"]),
        ("time,a,b,c,y,z\n0,1,2,3,4,5\n", ["train.csv", "only 1 row of data"]),
        ("a,b,c,y,z\n1,2,3,4,5\n", ["train.csv: line 1", "the first column is called 'a', not 'time'"]),
        ("time,a,a,c,y,z\n0,1,2,3,4,5\n1,1,2,3,4,5\n", ["train.csv: line 1", "two columns are called 'a'"]),
        ("time,a,b,c,y\n0,1,2,3,4\n1,1,2,3,4\n", ["train.csv: 4 columns beside the time"]),
        ("", ["train.csv: the file is empty"]),
    ],
)
def test_what_is_wrong_with_columns(ask, tmp_path: Path, text: str, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    path = with_data(tmp_path)
    (tmp_path / "train.csv").write_text(text)
    refused(ask("learn", path, "--rules", "gle"), *words)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"labels": np.zeros(3, int)}, ["there is no array 'sequences'"]),
        ({"sequences": np.zeros((3, 9)), "labels": np.zeros(2, int)}, ["'labels' has shape (2,)"]),
        ({"sequences": np.zeros((3, 9)), "labels": np.zeros(3)}, ["type float64"]),
        ({"sequences": np.zeros((3, 9)), "labels": np.array([0, 1, 3])}, ["there is a label 3", "3 outputs"]),
        ({"sequences": np.full((3, 9), np.nan), "labels": np.zeros(3, int)}, ["not finite, at (0, 0, 0)"]),
        ({"sequences": np.zeros((3, 9, 2)), "labels": np.zeros(3, int)}, ["sequences of 2 signals"]),
        ({"sequences": np.zeros(3), "labels": np.zeros(3, int)}, ["'sequences' has shape (3,)"]),
    ],
)
def test_what_is_wrong_with_sequences(tmp_path: Path, arrays: dict[str, np.ndarray], words: list[str]) -> None:
    write_labels(tmp_path / "exam.npz", 2)
    np.savez(tmp_path / "train.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(VleAnalogError) as error:
        load_task(written(tmp_path, LABELS))
    assert all(word in str(error.value) for word in ["mine.toml", "data.train", *words])


def test_a_file_of_something_else_is_none(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write_labels(tmp_path / "exam.npz", 2)
    (tmp_path / "train.npz").write_bytes(b"PK no archive")
    refused(ask("run", written(tmp_path, LABELS)), "data.train", "this is no .npz file")
    taught = written(tmp_path, TABLE, {"[learning]": "[teacher]\nlayers = [{neurons = 1, tau_m = 1.0}]\n[learning]"})
    refused(ask("run", taught), "teacher.layers: it has 1 outputs, the network 2")
    refused(ask("run", written(tmp_path, ECHO, {"[teacher]": "[teachre]"})), "did you mean 'teacher'?")
    assert is_task(str(tmp_path / "mine.toml")) and not is_task("circuits/systems/lorenz.toml")
    refused(ask("montecarlo", tmp_path / "none.toml", "--mismatch", "0.1,0.1"), "there is no such file")
