"""`margins`: what is printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused, visible


def test_a_table_sentences_and_files(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("margins", "van_der_pol", "--span", "10", "--out", "new")
    assert answer.code == 0 and answer.err == ""
    assert visible(tmp_path / "new") == {"margins.json", "margins.md", "margins.html", "margins.png"}
    record = json.loads((tmp_path / "new" / "margins.json").read_text())
    assert record["fidelity"] == "macromodel" and record["parts"] == {"multiplier": "ad633", "opamp": "opa2134"}
    assert record["warnings"] == [] and len(record["blocks"]) == 6
    assert all(f" {block['name']} " in answer.out for block in record["blocks"])
    assert "parts: multiplier ad633, opamp opa2134" in answer.out and "all 6 blocks hold" in answer.out
    decibels = [min(each["decibels"] for kind, each in block["margins"].items() if kind != "headroom")
                for block in record["blocks"]]  # fmt: skip
    assert decibels == sorted(decibels) and decibels[0] > 0


def test_warnings_name_block_figure_and_remedy(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("margins", "fast_ring", "--part", "opamp=opa2277")
    assert answer.code == 0
    assert "warning: 'y': slew 7.1 V/µs, at most 0.4 V/µs (7.1 V/us of 0.8 V/us)" in answer
    assert "opamp opa2189 or opa1642; or a unit of 20 us or more instead of 1 us; or --scale y=" in answer
    lines = [line for line in answer.out.splitlines() if line.startswith(" y ")]
    assert len(lines) == 1 and " loop " in lines[0] and "7.1 V/µs !" in lines[0]


def test_worst_ones_alone_unless_all_are_asked_for(ask) -> None:  # type: ignore[no-untyped-def]
    short, long = (ask("margins", "chain", "--span", "80", "--limit", "offset=1e-3", *more) for more in ([], ["--all"]))
    assert len(long.out.splitlines()) > len(short.out.splitlines()) + 50
    assert "more rows with --all" in short.out and "more rows" not in long.out
    assert "more warnings with --all" in short.err and "more warnings" not in long.err
    assert " learning " in long.out


def test_trimming_and_limits_move_what_binds(ask) -> None:  # type: ignore[no-untyped-def]
    plain, trimmed, strict = (
        ask("margins", "van_der_pol", "--span", "10", *more)
        for more in ([], ["--trim", "1e-4", "--part", "multiplier=ad734"], ["--limit", "gain=1e-5"])
    )
    assert "hold" in plain.out and "hold" in trimmed.out and plain.out != trimmed.out
    assert "gain" in strict.err and "at most 0.001 %" in strict.err


def test_the_same_bytes_from_run_to_run(hash_seeds: tuple[Path, Path]) -> None:
    for name in ("margins.json", "margins.md", "margins.png"):
        first, second = ((folder / "margins" / name).read_bytes() for folder in hash_seeds)
        assert first == second


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["--limit", "ofset=1"], ["--limit 'ofset=1': no kind 'ofset'", "did you mean 'offset'"]),
        (["--limit", "offset"], ["--limit 'offset' has no positive number"]),
        (["--limit", "offset=-1"], ["--limit 'offset=-1' has no positive number"]),
        (["--trim", "0"], ["--trim must be a positive voltage, not 0"]),
        (["--part", "opamp=opa2143"], ["no part 'opa2143' for the role 'opamp'"]),
        (["--fidelity", "macro"], ["no fidelity 'macro'"]),
        (["--rule", "gle"], ["--rule is for learning tasks"]),
    ],
)
def test_what_is_refused(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("margins", "lorenz", *arguments), *texts)
    assert list(tmp_path.iterdir()) == []
