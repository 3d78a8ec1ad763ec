"""A page that runs its circuit: ngspice in a browser makes of it what ngspice makes of it here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import vle_analog as va
from vle_analog.errors import SimulationError, UsageError
from vle_analog.production import values as production
from vle_analog.simulate.eecircuit import engine
from vle_analog.simulate.rawfile import read_raw
from vle_analog.studies.run import live as pages

_ASKED = """<script>
live.run({asked}).then((done) => {{
  const plain = {{deck: done.deck, time: done.time, signals: done.signals}};
  const told = document.createElement("pre");
  told.id = "told";
  told.textContent = btoa(JSON.stringify(plain));
  document.body.append(told);
}}, (problem) => {{
  const told = document.createElement("pre");
  told.id = "told";
  told.textContent = btoa(JSON.stringify({{problem: String(problem)}}));
  document.body.append(told);
}});
</script></body>"""


def in_browser(page: str, folder: Path, asked: str) -> dict[str, Any]:
    """What the page's circuit does, run in headless Chromium."""
    import base64

    path = folder / "page.html"
    path.write_text(page.replace("</body>", _ASKED.format(asked=asked)), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=600000", "--dump-dom"]
    done = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=250)
    (told,) = re.findall(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    return json.loads(base64.b64decode(told))  # type: ignore[no-any-return]


def here(deck: str, folder: Path) -> dict[str, np.ndarray]:
    """The same deck in this machine's ngspice."""
    (folder / "deck.cir").write_text(deck)
    subprocess.run(["ngspice", "-b", "-r", "out.raw", "deck.cir"], cwd=folder, check=True, capture_output=True)
    return dict(read_raw(folder / "out.raw")[0].data)


def apart(told: dict[str, Any], folder: Path, volts: dict[str, float], unit: float) -> float:
    """How far page and machine are apart, over the signals' ranges."""
    vectors = here(told["deck"], folder)
    worst = 0.0
    for name, values in told["signals"].items():
        own = np.interp(np.array(told["time"]), vectors["time"] / unit, vectors[name.lower()] / volts[name])
        worst = max(worst, float(np.max(np.abs(own - values)) / np.ptp(own)))
    return worst


@pytest.fixture
def browser() -> None:
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium")
    try:
        engine()
    except SimulationError as error:
        pytest.skip(error.what)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("subject", "parts", "turned", "bound"),
    [
        ("lorenz", "ideal parts", {}, 1e-6),
        ("lorenz", "TL072, AD633", {"mismatch": 1, "offsets": 1, "errors": 1, "board": 7}, 1e-6),
        ("chain", "ideal parts", {}, 1e-3),
        ("chain", "OPA2134, AD633", {"rate": 2, "offsets": 1, "board": 1}, 1e-3),
    ],
)
def test_the_page_does_what_the_machine_does(
    subject: str, parts: str, turned: dict[str, float], bound: float, tmp_path: Path, browser: None
) -> None:
    loaded = va.chain(rule="gle", span=100.0) if subject == "chain" else va.run(subject).subject
    ready = va.design(loaded)
    page = f"<html><body>{pages.live(loaded, ready)}</body></html>"
    assert len(page.encode()) < 20e6
    told = in_browser(page, tmp_path, f"{json.dumps(parts)}, {json.dumps(turned)}")
    assert "problem" not in told, told
    held = ready if parts == "ideal parts" else va.design(loaded, pages._CHOICES[parts])
    volts = {name: held.circuit.volts_per_unit[name] for name in told["signals"]}
    assert apart(told, tmp_path, volts, ready.circuit.unit) < bound


def test_slots_are_values_and_errors() -> None:
    from vle_analog.design.subject import Subject

    ready = va.design(Subject("rc_low_pass").load(), va.Build(fidelity="macromodel"))
    choice = pages._choice(ready, frozenset())
    assert {kind for _, _, kind in choice.slots} == {"value", "offset", "error"}
    parts = {f"{part.value:.8g}" for part in production.parts(ready.circuit)}
    assert all(kind != "value" or f"{value:.8g}" in parts for _, value, kind in choice.slots)
    text = choice.pieces[0] + "".join(
        (word if kind == "value" else "0") + piece
        for (word, _, kind), piece in zip(choice.slots, choice.pieces[1:], strict=True)
    )
    assert ".tran" in text and ".control" not in text


def test_the_rate_is_that_of_what_learns() -> None:
    loaded = va.chain(rule="gle", span=100.0)
    ready = va.design(loaded)
    slots = pages._choice(ready, pages._learned(loaded)).slots
    held = {"w1", "w2", "g1", "g2"}
    capacitors = [part.value for part in production.parts(ready.circuit) if part.kind == "capacitor"]
    own = [part.value for part in production.parts(ready.circuit) if part.block in held and part.value in capacitors]
    assert len(own) == len(held)
    assert sorted(value for _, value, kind in slots if kind == "rate") == pytest.approx(sorted(own))


def test_a_deck_with_side_files_has_no_page() -> None:
    ready: Any = SimpleNamespace(deck=SimpleNamespace(files={"noise.txt": "0"}), system=SimpleNamespace(name="noisy"))
    with pytest.raises(UsageError, match="deck of 'noisy' has side files"):
        pages.live(ready.system, ready)


def test_what_learns_nothing_has_no_learning_rate_to_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vle_analog.design.subject import Subject

    (tmp_path / "engine.js").write_text("")
    monkeypatch.setattr(pages, "engine", lambda: tmp_path / "engine.js")
    monkeypatch.setattr(pages, "_CHOICES", {})
    loaded = Subject("rc_low_pass").load()
    page = pages.live(loaded, va.design(loaded))
    assert 'id="live-offsets"' in page and 'id="live-rate"' not in page
