"""Figures of synthetic runs: they are drawn, hold the expected panels and are byte-stable."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vle_analog.compare import LearningSetup, compare
from vle_analog.errors import OutputError, UsageError
from vle_analog.report.sheet import number, save, style
from vle_analog.studies.run.figure import learning_curves, parameters, portrait, traces
from vle_analog.studies.run.heading import Heading
from vle_analog.studies.run.selection import envelope
from vle_analog.waveforms import Waveforms

SETUP = LearningSetup("s0", "s1", {"w0": 1.0, "w1": None, "w2": -1.0}, (0.0, 20.0), (380.0, 400.0), 10.0)


def run(stop: float, signals: int = 2, count: int = 8_001, error: float = 0.0, rate: float = 0.01) -> Waveforms:
    """Sines of periods 2, 4, 6.. and parameters that settle while plasticity is on."""
    time = np.linspace(0, stop, count)
    learned = 1 - np.exp(-rate * (np.clip(time, 20, max(stop - 20, 20)) - 20))
    waves = {f"s{k}": (1 + error) * np.sin(np.pi * time / (k + 1)) for k in range(signals)}
    return Waveforms(time, waves | {f"w{k}": (1 + error) * (k + learned) for k in range(3)})


def drawn(figure: Figure, folder: Path) -> int:
    """The size of the figure's PNG; matplotlib's warnings (missing glyphs, failed layouts) are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = save(figure, folder / "sub" / "figure.png")
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    return len(data)


@pytest.mark.parametrize("count", [1, 3, 9])
def test_traces_have_two_panels_per_signal(count: int, tmp_path: Path) -> None:
    ideal, analog = run(12, count), run(12, count, 5_000, 0.01)
    names = [f"s{k}" for k in range(count)]
    figure = traces(ideal, analog, names, heading=Heading("t"), comparison=compare(ideal, analog, signals=names))
    assert len(figure.axes) == 2 * count
    assert drawn(figure, tmp_path) > 10_000


def test_long_runs_are_drawn_as_their_first_and_last_stretch(tmp_path: Path) -> None:
    ideal, analog = run(400), run(400, error=0.01)
    figure = traces(ideal, analog, ["s0", "s1"])
    assert len(figure.axes) == 8
    assert figure.axes[0].get_xlim() == pytest.approx((0, 24), rel=0.05)  # twelve periods of 2
    assert figure.axes[2].get_xlim() == pytest.approx((376, 400), rel=0.05)
    assert len(traces(ideal, analog, ["s0", "s1"], windows=math.inf).axes) == 4
    assert traces(ideal, analog, ["s0"], windows=50.0).axes[0].get_xlim() == (0, 50)
    assert drawn(figure, tmp_path) > 10_000


def test_too_many_signals_are_cut_and_the_title_says_so() -> None:
    figure = traces(run(12, 20), run(12, 20), [f"s{k}" for k in range(20)], heading=Heading("Network"), limit=4)
    assert len(figure.axes) == 8
    assert figure.get_suptitle() == "Network (4 of 20)"


def test_equal_runs_can_be_drawn(tmp_path: Path) -> None:
    assert drawn(traces(run(12), run(12)), tmp_path) > 10_000


def labels(figure: Figure) -> list[tuple[Axes, list[str]]]:
    """Each panel's visible labels along its vertical axis."""
    figure.draw_without_rendering()
    return [(axes, [text.get_text() for text in axes.get_yticklabels() if text.get_visible()]) for axes in figure.axes]


def constants(error: float) -> Waveforms:
    time = np.linspace(0, 30, 3_001)
    wave = error * np.sin(time)
    return Waveforms(
        time, {"c": 0.7 + wave, "zero": wave, "near": -0.07 * (1 + wave), "big": -123_456 + wave, "tiny": 3e-6 + wave}
    )


def test_constants_are_not_magnified_and_their_labels_stay_short(tmp_path: Path) -> None:
    figure = traces(constants(0), constants(1e-10))
    for axes, texts in labels(figure)[::2]:
        low, high = axes.get_ylim()
        assert high - low >= max(0.99e-3 * max(abs(low), abs(high)), 0.99e-6)
        assert len(set(texts)) == len(texts) and max(map(len, texts)) <= 7, texts
    assert drawn(figure, tmp_path) > 10_000
    figure = portrait(constants(0), constants(1e-10), "c", "zero")
    assert all(np.ptp(axes.get_xlim()) > 0.6e-3 and np.ptp(axes.get_ylim()) > 0.9e-6 for axes in figure.axes)


@pytest.mark.parametrize("error", [1e-12, 3.3e-5, 7e-4, 0.5, 3e4])
def test_labels_do_not_overlap_tick_labels(error: float) -> None:
    with style():
        figure = traces(run(12), run(12, error=error))
        for axes, _ in labels(figure):
            right = axes.yaxis.label.get_window_extent().x1
            ticks = [text.get_window_extent() for text in axes.get_yticklabels() if text.get_text()]
            assert axes.yaxis.label.get_window_extent().x0 >= 0
            assert right < min(box.x0 for box in ticks)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.2634, "0.26"),
        (-0.005, "−0.005"),
        (1.62e-4, "1.6·10⁻⁴"),
        (-1e-10, "−10⁻¹⁰"),
        (1000, "1000"),
        (2e6, "2·10⁶"),
        (9.99e-4, "0.001"),
    ],
)
def test_numbers_take_few_letters(value: float, text: str) -> None:
    assert number(value) == text


def test_of_many_parameters_those_that_moved_most_are_drawn() -> None:
    time = np.linspace(0, 400, 2_001)
    far = {f"w{k}": (1.0 + (k % 10 == 7)) * time / 400 for k in range(97)}
    setup = LearningSetup("s0", "s1", dict.fromkeys(far), (0.0, 20.0), (380.0, 400.0), 10.0)
    figure = parameters(Waveforms(time, far), Waveforms(time, far), setup, heading=Heading("net"), limit=9)
    assert [axes.get_title("left") for axes in figure.axes] == [f"w{k}7" if k else "w7" for k in range(9)]
    assert figure.get_suptitle() == "net (9 of 97, those that moved most)"


def test_a_loss_that_hardly_changes_fills_a_decade(tmp_path: Path) -> None:
    setup = LearningSetup("s0", "s1", {}, (0.0, 20.0), (380.0, 400.0), 10.0)
    figure = learning_curves(compare(run(400), run(400, error=1e-3), signals=["s0"], learning=setup))
    low, high = figure.axes[0].get_ylim()
    assert high >= 9.9 * low
    assert drawn(figure, tmp_path) > 5_000


def test_learning_curves_state_the_frozen_losses(tmp_path: Path) -> None:
    figure = learning_curves(
        compare(run(400), run(400, error=0.02), signals=["s0"], learning=SETUP), heading=Heading("t")
    )
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert axes.get_title("left").startswith("plasticity off: reference ")
    assert len({round(text.get_window_extent().y0) for text in figure.legends[0].get_texts()}) == 1  # one row
    assert drawn(figure, tmp_path) > 10_000
    with pytest.raises(UsageError, match="no learning"):
        learning_curves(compare(run(12), run(12)))


def test_a_loss_of_zero_throughout_can_be_drawn(tmp_path: Path) -> None:
    setup = LearningSetup("s0", "s0", {}, (0.0, 20.0), (380.0, 400.0), 10.0)
    assert drawn(learning_curves(compare(run(400), run(400), learning=setup)), tmp_path) > 5_000


@pytest.mark.parametrize(("rate", "scale"), [(0.002, "linear"), (0.5, "log")])
def test_early_learning_is_drawn_on_logarithmic_time(rate: float, scale: str, tmp_path: Path) -> None:
    figure = parameters(run(400, rate=rate), run(400, error=0.02, rate=rate), SETUP, heading=Heading("t"))
    assert len(figure.axes) == 3
    assert {axes.get_xscale() for axes in figure.axes} == {scale}
    teacher = [line for line in figure.axes[0].get_lines() if line.get_linestyle() == ":"]
    assert len(teacher) == 1 and not [line for line in figure.axes[1].get_lines() if line.get_linestyle() == ":"]
    assert drawn(figure, tmp_path) > 10_000


def test_parameters_that_never_move_are_drawn_on_plain_time() -> None:
    assert parameters(run(400, rate=0.0), run(400, rate=0.0), SETUP).axes[0].get_xscale() == "linear"


def test_portrait_has_two_equal_panels(tmp_path: Path) -> None:
    figure = portrait(run(12), run(12, error=0.01), "s0", "s1", heading=Heading("t"))
    assert len(figure.axes) == 2
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert drawn(figure, tmp_path) > 10_000


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_equal_figures_give_equal_files(suffix: str, tmp_path: Path) -> None:
    first, second = (save(portrait(run(12), run(12), "s0", "s1"), tmp_path / f"{k}{suffix}") for k in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_unknown_formats_and_bad_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.png"):
        save(Figure(), tmp_path / "figure.xyz")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        save(Figure(), tmp_path / "file" / "figure.png")


def test_the_envelope_keeps_extremes_and_drops_points() -> None:
    time = np.linspace(0, 1_000, 200_001)
    values = np.sin(time)
    values[77_777] = 5.0
    short, kept = envelope(time, values, bins=500)
    assert short.size <= 1_002
    assert kept.max() == 5.0 and kept.min() == values.min()
    assert (short[0], short[-1]) == (0.0, 1_000.0)
    assert np.all(np.diff(short) > 0)
    assert envelope(time[:50], values[:50])[0].size == 50


def test_a_missing_signal_is_named() -> None:
    with pytest.raises(UsageError, match="no signal 'q'"):
        traces(run(12), run(12), ["q"])
