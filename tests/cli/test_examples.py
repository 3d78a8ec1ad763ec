"""Every command's help ends with examples, and these are command lines that it takes."""

from __future__ import annotations

import shlex

import pytest

from vle_analog.cli import listing
from vle_analog.cli.declare import command
from vle_analog.options import build, options_of


@pytest.mark.parametrize("name", listing.commands())
def test_examples_are_taken(name: str) -> None:
    study = listing.study_of(name)
    assert study.examples
    words = name.split()
    for example in study.examples:
        tool, *rest = shlex.split(example)
        assert tool == "vle-analog" and rest[: len(words)] == words
        said = command(name).make_context(name, rest[len(words) :]).params
        own = {option.name for option in options_of(study.plan)}
        build(study.plan, {option: value for option, value in said.items() if option in own})


def test_long_studies_say_what_they_would_take() -> None:
    long = {"budget", "learn", "montecarlo", "noise", "run", "tolerance"}
    assert {name for name in listing.commands() if listing.study_of(name).estimate is not None} == long


def test_studies_with_figures_are_asked_for_their_format() -> None:
    drawing = {name for name in listing.commands() if listing.draws(name)}
    assert {"run", "montecarlo", "bench", "learn"} <= drawing and not {"bom", "doctor", "show"} & drawing
    assert any("--figure-format" in each.opts for each in command("sweep").params)
    assert not any("--figure-format" in each.opts for each in command("bom").params)
