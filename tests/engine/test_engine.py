"""The engine's promises: stretches, exams, many boards as one each, refusals, the order of its method."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.engine.plant import X, Y, plant, resistors, stage
from vle_analog.circuit.cell.opamp import with_core_figures
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import chosen
from vle_analog.engine.boards import Boards, Questions, of_board
from vle_analog.engine.engine import Engine
from vle_analog.errors import CircuitError
from vle_analog.production.memory import driven
from vle_analog.production.offsets import scattered
from vle_analog.production.variation import mismatched
from vle_analog.stimulus import Constant, Gate, Sines

MACRO = chosen("macromodel")


def oscillator(technology: object = MACRO) -> Circuit:
    """Two integrators and an inverter in a ring, a product, a tanh and a leaky integrator: all kinds of memory."""
    elements: list[Element] = [
        *resistors("u", v=100e3, x=300e3),
        stage("u", "leaky_integrator", ("0", "u__s", "u"), R=1e6, C=5e-9, IC=1.0),
        *resistors("v", n=100e3),
        stage("v", "integrator", ("0", "v__s", "v"), C=5e-9, IC=0.0),
        stage("n", "inverter", ("0", "u", "n__s", "n"), R1=100e3, R2=100e3),
        Instance("w", ("u", "0", "y", "0", "w"), "multiplier", (("scale", 10.0),)),
        Instance("f", ("v", "w", "f"), "tanh", (("kin", 3.0), ("kout", 5.0))),
        *resistors("z", f=100e3),
        stage("z", "leaky_integrator", ("0", "z__s", "z"), R=100e3, C=10e-9, IC=0.0),
    ]
    return plant(elements, technology, ["u", "v", "n", "w", "f", "z", "x", "y"])  # type: ignore[arg-type]


def boards(count: int) -> list[Circuit]:
    """Boards of parts that mismatch and scatter, each with a stimulus of its own."""
    found = []
    for seed in range(count):
        circuit = scattered(mismatched(oscillator(), 0.02, 0.05, seed), seed)
        found.append(driven(circuit, {"x": Sines((3.0,), (0.3 + 0.01 * seed,), (0.0,))}))
    return found


def test_a_board_alone_equals_itself_among_many_bit_for_bit() -> None:
    many = boards(70)
    together = Engine(many, 0.02, ["z", "w"], ("z", "w")).advance(12.0, every=0.1)

    for number in (0, 31, 32, 69):
        alone = Engine(many[number], 0.02, ["z", "w"], ("z", "w")).advance(12.0, every=0.1)
        for name in ("z", "w"):
            assert np.array_equal(alone.signals[name][0], together.signals[name][number])
        assert alone.squares[0] == together.squares[number]
    assert np.std(together.signals["z"][:, -1]) > 0.01


def test_threads_change_nothing() -> None:
    many = boards(70)

    one, two = (Engine(many, 0.02, ["z"], threads=each).advance(8.0, every=0.1).signals["z"] for each in (1, 2))

    assert np.array_equal(one, two)


def test_stretches_are_one_run() -> None:
    whole = Engine(boards(3), 0.02, ["z", "u"], ("z", "u"))
    parts = Engine(boards(3), 0.02, ["z", "u"], ("z", "u"))

    once = whole.advance(12.0, every=0.02)
    pieces = [parts.advance(until, every=0.02) for until in (2.0, 7.0, 12.0)]

    for name in ("z", "u"):
        joined = np.concatenate([piece.signals[name][:, :-1] for piece in pieces], axis=1)
        assert np.abs(joined - once.signals[name][:, :-1]).max() < 1e-12
    lengths = np.array([2.0, 5.0, 5.0])
    assert np.allclose(lengths @ [piece.squares for piece in pieces] / 12.0, once.squares, rtol=1e-12)
    assert np.allclose(parts.values(["z"])[:, 0], once.signals["z"][:, -1], atol=1e-12)


def test_a_spike_at_the_start_is_integrated_as_if_all_steps_were_fine() -> None:
    elements: list[Element] = [
        stage("u", "leaky_integrator", ("0", "u__s", "u"), R=100e3, C=2e-9, IC=9.0),  # decays within 0.2 units
        Instance("w", ("u", "0", "u", "0", "w"), "multiplier", (("scale", 10.0),)),
        *resistors("z", w=100e3),
        stage("z", "leaky_integrator", ("0", "z__s", "z"), R=1e6, C=100e-9, IC=0.0),  # remembers for 100
    ]
    circuit = plant(elements, MACRO, ["u", "z"])

    coarse, fine = (Engine(circuit, step, ["z"]).advance(5.0, every=0.1) for step in (0.02, 0.001))

    assert coarse.time == pytest.approx(fine.time)
    apart = np.abs(coarse.signals["z"] - fine.signals["z"])[0, coarse.time >= 2.0]
    assert apart.max() < 2e-4 * np.abs(fine.signals["z"]).max()


@pytest.mark.parametrize("every", [0.02, 0.06, 0.7, 3.0])
def test_points_lie_where_they_would_without_finer_steps(every: float) -> None:
    found = Engine(boards(2), 0.02, ["u", "z"]).advance(3.0, every=every)

    assert found.time == pytest.approx(np.arange(0.0, 3.0 + 1e-9, every))
    assert found.signals["u"].shape == (2, len(found.time))


def test_the_mean_square_is_that_of_the_recorded_signals() -> None:
    engine = Engine(boards(3), 0.02, ["z", "x"], ("z", "x"))
    engine.advance(0.4)  # of finer steps, which squares count and records do not show
    found = engine.advance(10.0, every=0.02)

    expected = np.mean((found.signals["z"] - found.signals["x"])[:, :-1] ** 2, axis=1)

    assert np.allclose(found.squares, expected, rtol=1e-10)


def test_signals_are_in_model_units() -> None:
    circuit = oscillator()
    louder = replace(circuit, volts_per_unit={**circuit.volts_per_unit, "z": -4.0})

    one, other = (Engine(each, 0.02, ["z"], ("z", "z")) for each in (circuit, louder))
    first, second = one.advance(5.0, every=0.1), other.advance(5.0, every=0.1)

    assert np.allclose(first.signals["z"], -4.0 * second.signals["z"], atol=1e-12)
    assert np.allclose(one.values(["z"]), -4.0 * other.values(["z"]))


def test_an_exam_leaves_the_boards_where_they_stand() -> None:
    plain, examined = Engine(boards(3), 0.02, ["z"]), Engine(boards(3), 0.02, ["z"])
    plain.advance(3.0)
    examined.advance(3.0)

    exam = examined.examine({"x": Constant(0.0), "y": Constant(0.0)}, 6.0, every=1.0)

    assert exam.time.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert np.array_equal(plain.advance(6.0, 0.1).signals["z"], examined.advance(6.0, 0.1).signals["z"])


def test_an_exam_with_a_closed_gate_computes_no_more_than_it_must_and_the_same() -> None:
    elements: list[Element] = [
        Instance("e", ("x", "0", "w", "0", "e"), "multiplier", (("scale", 10.0),)),
        Resistor("w__1", ("e", "w__bus1"), 50e3),
        Instance("w__bus1", ("w__bus1", "w__s", "gate"), "hold_switch", (("high", 1.0),)),
        stage("w", "integrator", ("0", "w__s", "w"), C=100e-9, IC=1.5),
        Instance("r", ("x", "0", "w", "0", "r"), "multiplier", (("scale", 10.0),)),
    ]
    circuit = plant(elements, MACRO, ["w", "r", "e"], {"x": X, "gate": Constant(1.0)})
    engine = Engine(circuit, 0.02, ["r", "w"])
    engine.advance(2.0)
    before = engine.values(["w"])

    lean = engine.examine({"gate": Constant(0.0)}, 3.0)
    whole = engine.examine({"gate": Gate(1e9, 2e9)}, 3.0)

    assert np.array_equal(lean.signals["r"], whole.signals["r"])
    assert np.ptp(lean.signals["w"]) == 0
    assert lean.signals["w"][0, 0] == before[0, 0]
    assert np.ptp(engine.examine({}, 3.0).signals["w"]) > 0.05


def test_squares_of_an_exam_count_after_it_settled() -> None:
    engine = Engine(boards(3), 0.02, ["z", "x"], ("z", "x"))

    exam = engine.examine({"y": Constant(1.0)}, 4.0, settle=1.0)

    late = (exam.signals["z"] - exam.signals["x"])[:, 50:-1]
    assert np.allclose(exam.squares, np.mean(late**2, axis=1), rtol=1e-10)


def test_every_board_can_have_an_exam_of_its_own() -> None:
    engine = Engine(boards(3), 0.02, ["x"])

    exam = engine.examine([{"x": Constant(float(k))} for k in range(3)], 1.0, every=0.5)

    assert np.allclose(exam.signals["x"], [[0] * 3, [1] * 3, [2] * 3])


def test_a_step_that_does_not_divide_a_stretch_becomes_shorter() -> None:
    coarse, fine = Engine(boards(2), 0.03, ["z"]), Engine(boards(2), 0.0025, ["z"])

    found = coarse.advance(1.0, every=0.5)

    assert coarse.time == 1.0
    assert found.time[-1] == pytest.approx(1.0, abs=0.03)
    assert np.allclose(coarse.values(["z"]), (fine.advance(1.0), fine.values(["z"]))[1], atol=5e-3)


@pytest.mark.parametrize(("order", "slope"), [(1, 1), (2, 2)])
def test_the_error_falls_with_the_order_of_the_method(order: int, slope: int) -> None:
    circuit = oscillator(chosen())
    exact = Engine(circuit, 0.0005, order=3)
    exact.advance(4.0)
    errors = []
    for step in (0.02, 0.01, 0.005):
        engine = Engine(circuit, step, order=order)
        engine.advance(4.0)
        errors.append(float(np.abs(engine.values(["u", "v", "z"]) - exact.values(["u", "v", "z"])).max()))

    assert np.polyfit(np.log([0.02, 0.01, 0.005]), np.log(errors), 1)[0] == pytest.approx(slope, abs=0.2)


def test_what_a_real_op_amp_changes_is_proportional_to_its_slowness() -> None:
    """The trace's distance from the ideal one, with the op-amp's bandwidth as the one thing that is not ideal."""
    circuit = oscillator(chosen("macromodel", {"multiplier": "ideal", "tanh": "ideal"}))
    exact = Engine(oscillator(chosen()), 0.005, ["z"]).advance(6.0, every=0.005).signals["z"]
    megahertz, errors = (0.4, 0.8, 1.6, 3.2), []
    for each in megahertz:
        part = circuit.cells["opa2134"]
        changed = with_core_figures(part, {"GBW": 1e6 * each, "A0": 1e9})
        slower = replace(circuit, cells={**circuit.cells, "opa2134": changed})
        found = Engine(slower, 0.005, ["z"]).advance(6.0, every=0.005).signals["z"]
        errors.append(float(np.sqrt(np.mean((found - exact) ** 2))))

    assert np.polyfit(np.log(megahertz), np.log(errors), 1)[0] == pytest.approx(-1, abs=0.05)


def test_a_loop_without_a_state_is_refused_with_its_path() -> None:
    elements = [
        *resistors("a", b=100e3, x=100e3),
        stage("a", "summer", ("0", "a__s", "a"), R=50e3),
        stage("b", "inverter", ("0", "a", "b__s", "b"), R1=100e3, R2=100e3),
    ]
    with pytest.raises(CircuitError, match=r"without a state in between: (a <- b <- a|b <- a <- b)"):
        Engine(plant(elements, MACRO, ["a"]), 0.01)


def test_boards_of_another_structure_are_refused() -> None:
    smaller = plant([stage("u", "inverter", ("0", "x", "u__s", "u"))], MACRO, ["u"])
    with pytest.raises(CircuitError, match="circuit 1 is not built like the first"):
        Engine([oscillator(), smaller], 0.01)


def test_unknown_signals_and_inputs_are_refused() -> None:
    with pytest.raises(CircuitError, match="no signal 'zz'"):
        Engine(oscillator(), 0.01, ["zz"])
    with pytest.raises(CircuitError, match="no input 'xx'"):
        Engine(oscillator(), 0.01).examine({"xx": X}, 1.0)
    with pytest.raises(CircuitError, match="no circuit"):
        Engine([], 0.01)


def test_a_step_too_coarse_for_the_fastest_state_is_refused() -> None:
    with pytest.raises(CircuitError, match="'z' has a time constant of 1 model units"):
        Engine(oscillator(), 1.1)


def test_boards_learn_as_a_student_does() -> None:
    held = {"x": Constant(1.0), "y": Y}
    group = Boards(boards(3), 0.02, ("z", "x"), ["u", "v"], Questions(held, 2.0))

    loss = group.advance(4.0)
    exam = of_board(group.examine(), 1)

    assert group.time == 4.0
    assert loss.shape == (3,)
    assert (loss > 0).all()
    assert group.learned().shape == (3, 2)
    assert np.allclose(exam["x"], 1.0)
    assert len(exam.time) == 101


def test_drives_of_one_board_are_those_of_its_circuit() -> None:
    circuits = boards(2)
    found = Engine(circuits, 0.02, ["x"]).advance(2.0, every=0.5)
    for row, circuit in zip(found.signals["x"], circuits, strict=True):
        stimulus = next(each.stimulus for each in circuit.elements() if isinstance(each, Drive) and each.name == "x")
        assert np.allclose(row, stimulus(found.time))
