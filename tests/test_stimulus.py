import time

import numpy as np
import pytest

from tests.effort import effort_below
from vle_analog.equations.stimulusfile import read_csv
from vle_analog.errors import EquationError, SystemFileError
from vle_analog.sequences import Held, SquareWave
from vle_analog.stimulus import (
    Clock,
    Constant,
    Discharge,
    DutyGate,
    Gate,
    PeriodicSource,
    Phase,
    Piecewise,
    Sines,
    SineSource,
    TableSource,
)

ALL = [
    Constant(1.5),
    Clock(),
    Sines((2.0,), (0.0,), (0.5,)),
    Sines((2.0, 1.0, 0.5), (0.0, 0.3, 0.0), (0.5, 0.1, -1.0)),
    Sines((1.0, 0.5), (0.2, 1.3), (0.0, 1.0)),
    Held(0.7, 2.0, seed=3),
    Held(0.7, 2.0, seed=3, smoothing=0.3),
    Held(0.7, 0.5, seed=3, smoothing=1.0),
    Piecewise([1.0, 2.0, 2.5], [0.0, 1.0, -1.0]),
    SquareWave(1.0, 4.0, 0.05),
    SquareWave(1.0, 4.0, 1.0),
    SquareWave(2.0, 4.0, 0.0),
    Gate(0.0, 7.0),
    Discharge(4.0, 2.0),
    Discharge(9.0, 0.1),
    Phase(4.0, 0.5, 2.5),
    Phase(4.0, 5.5, 7.5),
    DutyGate(1.0, 9.0, begin=2.0, tau=3.0, period=0.7),
]


def _shown(source, t):
    """What a netlist's source gives at the times t."""
    if isinstance(source, SineSource):
        lines = zip(source.amplitudes, source.frequencies, source.phases, strict=True)
        return source.offset + sum((a * np.sin(2 * np.pi * f * t + p) for a, f, p in lines), np.zeros(t.shape))
    if isinstance(source, PeriodicSource):
        return np.interp(t % source.period, source.times, source.values)
    return np.interp(t, source.times, source.values)


@pytest.mark.parametrize("stimulus", ALL, ids=repr)
def test_the_source_is_the_function(stimulus):
    t = np.sort(np.random.default_rng(1).uniform(0, 10.0, 20_000))
    assert np.abs(_shown(stimulus.source(10.0), t) - stimulus(t)).max() < 1e-5


def test_no_source_has_a_sine_of_frequency_zero():
    """SPICE takes it for 1/TSTOP."""
    assert Sines((8.0,), (0.0,), (0.0,)).source(10.0) == SineSource(0.0)
    found = Sines((2.0, 1.0), (0.0, 0.3), (0.5, 0.1)).source(10.0)
    assert found == SineSource(2.0 * np.sin(0.5), (1.0,), (0.3,), (0.1,))


@pytest.mark.parametrize("start", [0.37, 2.0, 6.1])
@pytest.mark.parametrize("stimulus", ALL, ids=repr)
def test_a_later_stretch_is_the_same_function_from_there(stimulus, start):
    t = np.sort(np.random.default_rng(1).uniform(0, 3.0, 20_000))
    assert np.abs(_shown(stimulus.source(3.0, start), t) - stimulus(start + t)).max() < 1e-5


@pytest.mark.parametrize("stimulus", ALL, ids=repr)
def test_continuous_and_smooth_between_breakpoints(stimulus):
    t = np.linspace(0, 10.0, 100_001)
    breakpoints = stimulus.breakpoints(10.0)
    assert ((breakpoints > 0) & (breakpoints < 10.0)).all() and (np.diff(breakpoints) > 0).all()
    # the slope is steep on ramps, and jumps at breakpoints alone
    fine = np.concatenate([breakpoints - 1e-9, breakpoints + 1e-9])
    assert np.abs(stimulus(fine)[: len(breakpoints)] - stimulus(fine)[len(breakpoints) :]).max(initial=0) < 1e-5
    bend = np.abs(np.diff(stimulus(t), 2)) / 1e-8
    sharpest = 1e4 if isinstance(stimulus, SquareWave) else 200
    corner = np.zeros(len(bend), bool)
    for each in breakpoints:
        corner |= np.abs(t[1:-1] - each) <= 2.1e-4
    assert bend[~corner].max() < sharpest


@pytest.mark.parametrize("stimulus", ALL, ids=repr)
def test_any_shape_of_times(stimulus):
    grid = np.linspace(0, 9, 12).reshape(3, 4)
    assert stimulus(grid).shape == (3, 4)
    np.testing.assert_array_equal(stimulus(grid).ravel(), stimulus(grid.ravel()))
    assert stimulus(np.array(1.0)).shape == ()
    assert stimulus(np.empty(0)).shape == (0,)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_held_values_depend_on_seed_and_place_only(smoothing):
    t = np.linspace(0, 90, 1001)
    short, long = Held(1.0, 1.0, 5, smoothing), Held(1.0, 1.0, 5, smoothing)
    long(np.linspace(0, 50_000, 11))
    np.testing.assert_array_equal(short(t), long(t))
    assert not np.allclose(short(t), Held(1.0, 1.0, 6, smoothing)(t))
    middles = long(np.arange(1000) + 0.5)
    np.testing.assert_allclose(middles, np.random.default_rng(5).uniform(-1, 1, 1000), atol=1e-5)


@pytest.mark.parametrize(("hold", "sigma"), [(2.0, 0.3), (1.0, 2.0)])
def test_smoothing_is_the_convolution_with_a_gaussian(hold, sigma):
    smooth, steps = Held(1.0, hold, 4, sigma), np.random.default_rng(4).uniform(-1, 1, 1000)
    lag = np.linspace(-8, 8, 400_001)
    weight = np.exp(-lag * lag / 2) / np.sqrt(2 * np.pi) * (lag[1] - lag[0])
    for t in (0.0, 0.9, 2.05, 17.3):
        held = steps[np.maximum(np.floor((t - sigma * lag) / hold).astype(int), 0)]
        assert smooth(np.array([t]))[0] == pytest.approx((held * weight).sum(), abs=1e-4)


def test_a_smoothed_square_wave_is_a_fourier_series_with_gaussian_weights():
    t = np.linspace(0, 12, 301)
    omega = 2 * np.pi / 4.0
    series = sum(
        4 / (np.pi * n) * np.sin(n * omega * t) * np.exp(-((n * omega * 0.3) ** 2) / 2) for n in range(1, 40, 2)
    )
    np.testing.assert_allclose(SquareWave(1.0, 4.0, 0.3)(t), series, atol=1e-12)


def test_square_wave_tells_its_halves():
    wave = SquareWave(3.0, 4.0, 0.05)
    np.testing.assert_allclose(wave(np.array([1.0, 3.0, 41.0, 43.0])), [3, -3, 3, -3], atol=1e-12)
    source = wave.source(1000.0)
    assert source.values[0] == source.values[-1] and source.times[-1] == source.period == 4.0
    assert len(source.times) < 2000


def test_a_gate_is_exactly_one_between_on_and_off():
    gate = Gate(0.0, 90.0)
    np.testing.assert_array_equal(gate(np.array([0.0, 50.0, 90.0, 90.001, 1e6])), [1, 1, 1, 0, 0])
    np.testing.assert_allclose(gate.breakpoints(100.0), [90.0, 90.001])
    assert gate.source(100.0).sharp
    assert Gate(1.0, np.inf)(np.array([0.5, 1.0, 1e9])).tolist() == [0, 1, 1]


def test_a_discharge_falls_to_one_eth_in_its_time_constant():
    assert Discharge(3.0, 2.0)(np.array([0.0, 3.0, 5.0, 7.0])) == pytest.approx([1, 1, np.exp(-1), np.exp(-2)])


def test_step_bounds_follow_the_fastest_part():
    assert Constant(1.0).max_step(10.0) is None
    assert Sines((1.0, 1.0, 0.0), (0.1, 2.0, 50.0), (0, 0, 0)).max_step(10.0) == pytest.approx(1 / 200)
    assert Held(1.0, 1.0, 1, smoothing=0.2).max_step(10.0) == pytest.approx(0.02)
    assert Gate(1.0, 2.0).max_step(10.0) is None


def test_a_hundred_thousand_holds_are_fast():
    held = Held(1.0, 2.0, 1, smoothing=0.3)
    with effort_below(160):
        held(np.linspace(0, 200_000, 1_000_000))
        source = held.source(200_000.0)
    assert isinstance(source, TableSource) and len(source.times) <= 24 * 100_000


@pytest.mark.parametrize(
    ("make", "where", "what"),
    [
        (lambda: Constant(np.nan), "value", "not finite"),
        (lambda: Sines((1.0,), (1.0, 2.0), (0.0,)), "amplitudes", "do not match"),
        (lambda: Sines((1.0,), (-1.0,), (0.0,)), "frequencies", "negative"),
        (lambda: Held(1.0, 0.0, 1), "hold", "not positive"),
        (lambda: Held(1.0, 1.0, -1), "seed", "negative"),
        (lambda: Held(1.0, 1.0, 1, smoothing=-0.1), "smoothing", "not between"),
        (lambda: Held(1.0, 1e-9, 1)(np.array([1.0])), "hold", "more than"),
        (lambda: Held(1.0, 1e-9, 1, 1e-10).max_step(1.0), "hold", "more than"),
        (lambda: Piecewise([0.0, 1.0, 1.0], [0.0, 1.0, 2.0]), "times", "does not come after"),
        (lambda: Piecewise([0.0, np.inf], [0.0, 1.0]), "times", "inf"),
        (lambda: Piecewise([0.0, 1.0], [0.0]), "values", "2 times but 1 values"),
        (lambda: Piecewise([], []), "times", "at least one point"),
        (lambda: SquareWave(1.0, -4.0, 0.0), "period", "not positive"),
        (lambda: Gate(2.0, 1.0), "off", "closes"),
    ],
)
def test_bad_arguments_are_named(make, where, what):
    with pytest.raises(EquationError, match=what) as caught:
        make()
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", "", "the file is empty"),
        ("\n\n", "", "the file is empty"),
        ("time,value\n", "", "only 0 row"),
        ("0,1\n", "", "only 1 row"),
        ("time,value\n0,1\n1,\n2,3\n", ": line 3", "the value is missing"),
        ("time,value\n0,1\n,5\n2,3\n", ": line 3", "the time is missing"),
        ("0,1\n\n2,3\n", ": line 2", "the line is blank"),
        ("0,1\n1\n", ": line 2", "1 field"),
        ("0,1\n1,2,3\n", ": line 2", "3 field"),
        ("0,1\n1,nan\n", ": line 2", "the value is nan"),
        ("0,1\ninf,2\n", ": line 2", "the time is inf"),
        ("0,1\n1,two\n", ": line 2", "'two' is not a number"),
        ("0,1\n1,1_000\n", ": line 2", "not two numbers"),
        ("time,value\n0,1\n1,2\n1,3\n", ": line 4", "does not come after 1"),
        ("0,1\n2,2\n1,3\n", ": line 3", "does not come after 2"),
        ("t;v\n0;1\n", ": line 1", "1 field"),
    ],
)
def test_bad_csv_names_file_and_line(tmp_path, text, place, what):
    path = tmp_path / "drive.csv"
    path.write_text(text)
    with pytest.raises(SystemFileError) as caught:
        read_csv(path)
    assert caught.value.where == f"{path}{place}"
    assert what in caught.value.what
    assert caught.value.hint


def test_csv_that_is_no_text_or_no_file(tmp_path):
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    for name, what in [("binary.csv", "not a text file"), ("none.csv", "no such file"), ("", "not a regular file")]:
        with pytest.raises(SystemFileError, match=what):
            read_csv(tmp_path / name)


@pytest.mark.parametrize("header", ["", "time,value\n", "Time, Value\r\n", "\ufefftime,value\n"])
def test_csv_reads_with_and_without_header(tmp_path, header):
    path = tmp_path / "drive.csv"
    path.write_bytes((header + "0.5, 1\n1e0,-2.5\n\n").encode())
    stimulus = read_csv(path)
    np.testing.assert_array_equal(stimulus.times, [0.5, 1.0])
    np.testing.assert_array_equal(stimulus(np.array([0.0, 0.75, 9.0])), [1.0, -0.75, -2.5])


def test_rows_take_no_longer_where_there_are_many(tmp_path):
    """Against a tenth of the rows in the same run: machines are as fast as they are, and as busy."""

    def seconds(rows):
        path = tmp_path / f"{rows}.csv"
        values = np.random.default_rng(0).normal(size=rows)
        np.savetxt(path, np.column_stack([np.arange(rows) * 0.01, values]), "%.9g", ",")
        taken = []
        for _ in range(3):
            start = time.process_time()
            assert len(read_csv(path).times) == rows
            taken.append(time.process_time() - start)
        return min(taken)

    assert seconds(100_000) < 30 * seconds(10_000)


def test_two_phases_make_a_whole_and_their_mean_is_a_half() -> None:
    times = np.linspace(0, 400, 400_001)
    upright, inverted = Phase(40.0, 3.0, 23.0), Phase(40.0, 23.0, 43.0)
    assert np.allclose(upright(times) + inverted(times), 1.0)
    assert np.mean(upright(times)) == pytest.approx(0.5, abs=1e-5)
    assert upright(np.array([2.9, 3.2, 22.9, 23.3])).tolist() == [0.0, 1.0, 1.0, 0.0]
    with pytest.raises(EquationError, match=r"a phase from 0 to 40 is none of a period of 40"):
        Phase(40.0, 0.0, 40.0)


def test_a_duty_gate_is_open_for_the_part_that_a_discharge_says() -> None:
    gate, times = DutyGate(0.0, 1e9, begin=100.0, tau=50.0, period=2.0), np.linspace(0, 400, 4_000_001)
    values = gate(times)
    assert np.allclose(values[times < 100], 1.0)
    for start in (100.0, 150.0, 200.0):  # a period's part is that at its beginning
        inside = (times >= start) & (times < start + 20.0)
        wanted = np.mean(Discharge(100.0, 50.0)(2.0 * np.floor(times[inside] / 2.0)))
        assert np.mean(values[inside]) == pytest.approx(float(wanted), rel=3e-3)
