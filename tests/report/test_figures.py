"""Figures of synthetic runs: they are drawn, hold the expected panels and are byte-stable."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from vle_analog.compare import LearningSetup, compare
from vle_analog.errors import OutputError, UsageError
from vle_analog.report import learning_curves, parameters, portrait, save, traces
from vle_analog.report.figures import envelope
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
    figure = traces(ideal, analog, names, title="t", comparison=compare(ideal, analog, signals=names))
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
    figure = traces(run(12, 20), run(12, 20), [f"s{k}" for k in range(20)], title="Network", limit=4)
    assert len(figure.axes) == 8
    assert figure.get_suptitle() == "Network (4 of 20)"


def test_equal_runs_can_be_drawn(tmp_path: Path) -> None:
    assert drawn(traces(run(12), run(12)), tmp_path) > 10_000


def test_learning_curves_state_the_frozen_losses(tmp_path: Path) -> None:
    figure = learning_curves(compare(run(400), run(400, error=0.02), signals=["s0"], learning=SETUP), title="t")
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert any(label.startswith("analog, frozen") for label in labels)
    assert drawn(figure, tmp_path) > 10_000
    with pytest.raises(UsageError, match="no learning"):
        learning_curves(compare(run(12), run(12)))


def test_a_loss_of_zero_throughout_can_be_drawn(tmp_path: Path) -> None:
    setup = LearningSetup("s0", "s0", {}, (0.0, 20.0), (380.0, 400.0), 10.0)
    assert drawn(learning_curves(compare(run(400), run(400), learning=setup)), tmp_path) > 5_000


@pytest.mark.parametrize(("rate", "scale"), [(0.002, "linear"), (0.5, "log")])
def test_early_learning_is_drawn_on_logarithmic_time(rate: float, scale: str, tmp_path: Path) -> None:
    figure = parameters(run(400, rate=rate), run(400, error=0.02, rate=rate), SETUP, title="t")
    assert len(figure.axes) == 3
    assert {axes.get_xscale() for axes in figure.axes} == {scale}
    teacher = [line for line in figure.axes[0].get_lines() if line.get_linestyle() == ":"]
    assert len(teacher) == 1 and not [line for line in figure.axes[1].get_lines() if line.get_linestyle() == ":"]
    assert drawn(figure, tmp_path) > 10_000


def test_parameters_that_never_move_are_drawn_on_plain_time() -> None:
    assert parameters(run(400, rate=0.0), run(400, rate=0.0), SETUP).axes[0].get_xscale() == "linear"


def test_portrait_has_two_equal_panels(tmp_path: Path) -> None:
    figure = portrait(run(12), run(12, error=0.01), "s0", "s1", title="t")
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
