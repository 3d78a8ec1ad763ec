"""Self-tests: what is expected of a page, by its equations, is what its parts do in ngspice; broken parts are seen."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.schematic.test_read_back import BUILD, designed, drawing, loaded
from vle_analog.design.design import design
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.library import system_files
from vle_analog.schematic.hierarchy import schematic
from vle_analog.studies.schematic import build_sheet
from vle_analog.studies.schematic.faults import faults
from vle_analog.studies.schematic.self_test import SelfTest, files, self_tests, trials, untested

#: of an output's range, and volts: rounding to E96 and parts by their data sheets
SHARE, VOLTS = 0.025, 0.04


def checked(text: str, folder: Path, test: SelfTest) -> None:
    """Run a deck by itself, and hold what it prints as measured against what it prints as expected."""
    (folder / "test.cir").write_text(text, encoding="utf-8")
    said = subprocess.run(["ngspice", "-b", "test.cir"], cwd=folder, capture_output=True, text=True, check=False).stdout
    expected = [(node, float(volts)) for node, volts in re.findall(r"^expected: (\S+) at \S+ s: (\S+) V", said, re.M)]
    measured = [float(volts) for volts in re.findall(r"^m\d_\S+\s+=\s+(\S+)", said, re.M)]
    assert len(expected) == len(measured) == 3 * len(test.bench.probes)
    for (node, volts), found in zip(expected, measured, strict=True):
        assert abs(found - volts) < max(SHARE * np.ptp(test.expected[node]), VOLTS), f"{test.page.name}: {node}"


@pytest.mark.parametrize(
    "name", ["lorenz", *(pytest.param(each, marks=pytest.mark.slow) for each in (*sorted(system_files()), "chain"))]
)
def test_a_page_does_what_its_deck_expects(name: str, tmp_path: Path) -> None:
    ready = designed(name)
    tests = self_tests(trials(drawing(name), ready))
    assert tests
    for test in tests:
        checked(test.deck, tmp_path, test)


def test_every_stage_of_lorenz_has_a_test() -> None:
    written = files(drawing("lorenz"), list(trials(drawing("lorenz"), designed("lorenz"))))
    stages = {page.name for page in drawing("lorenz").pages if not page.sheets} - {"lorenz-supply"}
    assert {f"{name}-test.cir" for name in stages} == written.keys() - {"lorenz-tests.md"}
    assert written["lorenz-tests.md"].count("| drive | with |") == len(stages)


def test_broken_parts_are_seen() -> None:
    tests = {test.page.name: test for test in self_tests(trials(drawing("lorenz"), designed("lorenz")))}
    (found,) = [list(faults(tests["lorenz-y__sum"]))]
    told = {(each.part, each.how): each for each in found}
    (feedback,) = {part for part, how in told if told[part, how].seen == "stays near 0 V" and how == "shorted"}
    assert told[feedback, "open"].seen == "runs into both ends"
    assert all(each.node == "y__sum" for each in found)
    assert {how for _, how in told} == {"open", "shorted", "missing"}


def test_an_input_s_resistor_of_a_leaky_integrator() -> None:
    test = next(
        each for each in self_tests(trials(drawing("lorenz"), designed("lorenz"))) if each.page.name == "lorenz-x"
    )
    told = {(each.part, each.how): each.seen for each in faults(test)}
    assert told["R1", "open"] == "stays near 0 V"
    assert told["C1", "shorted"] == "stays near 0 V"


def test_pages_without_a_test_are_told_with_the_reason() -> None:
    """Every page of parts is tested, or listed; a stage on two pages is tested as one."""
    tried = list(trials(drawing("pendulum"), designed("pendulum")))
    named = {each.page.name for each in self_tests(tried)}
    assert named == {f"pendulum-{name}" for name in ("sin__angle", "angle", "speed")}
    ((supply, why),) = [(each.page.name, each.why) for each in untested(tried)]
    assert supply == "pendulum-supply" and "no stage is on it" in why
    written = files(drawing("pendulum"), tried)["pendulum-tests.md"]
    assert f"| supply and references (`pendulum-supply`) | {why} |" in written
    events = list(trials(drawing("neuron"), designed("neuron")))
    pages = {page.name for page in drawing("neuron").pages if not page.sheets}
    assert {each.page.name for each in untested(events)} == pages
    assert sum("of events no page stands alone" in each.why for each in untested(events)) == len(pages) - 1


def test_a_build_sheet_says_which_pages_have_a_test() -> None:
    tried = list(trials(drawing("lorenz"), designed("lorenz")))
    sheet = build_sheet.files(drawing("lorenz"), designed("lorenz"), tried)["lorenz-build.md"]
    told = sheet.partition("## Which pages have a self-test")[2]
    assert told.count("-test.cir`") == 6 and "(`lorenz-supply`) | none: no stage is on it" in told


def test_pages_of_what_is_simulated_by_its_mean_have_none() -> None:
    """A multiplier by pulse width ripples, and has its modulator in common with other pages."""
    build = replace(BUILD, parts=(("multiplier", "multiplier_pwm"),))
    ready = design(loaded("van_der_pol"), build)
    tried = list(trials(schematic(ready.circuit, probes=ready.bench.probes), ready))
    pulsed = [each for each in untested(tried) if "multiplier_pwm does what its law says in the mean" in each.why]
    products = [each.name for each in ready.circuit.elements() if getattr(each, "cell", "") == "multiplier"]
    assert len(pulsed) == len(products) > 0
    assert self_tests(tried) and all("pwm" not in test.deck for test in self_tests(tried))


@pytest.mark.slow
def test_every_output_of_a_learner_moves_in_its_test(tmp_path: Path) -> None:
    """Phases of a chopper take turns, else what they switch cancels; pins that lead nowhere forbid no test."""
    build = replace(BUILD, parts=(("multiplier", "multiplier_ota"),))
    ready = design(Prototype(Subject("first_board", span=100.0), build).loaded, build)
    tried = list(trials(schematic(ready.circuit, probes=ready.bench.probes), ready))
    assert {each.page.name for each in untested(tried)} == {"first_board-chopper", "first_board-supply"}
    for test in self_tests(tried):
        assert all(np.ptp(test.expected[node]) > 1e-3 for node in test.bench.probes), test.page.name
        checked(test.deck, tmp_path, test)
