"""Every refusal on a system's way says where, what and what to do; what is done so is accepted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.refusals import expressions, inputs, making, moments, python, reader, sbml
from tests.refusals.case import Refusal, recorded, sites
from tests.refusals.reasons import REASONS
from vle_analog.errors import VleAnalogError

CASES: list[Refusal] = [
    *reader.CASES,
    *expressions.CASES,
    *inputs.CASES,
    *making.CASES,
    *moments.CASES,
    *python.CASES,
    *sbml.CASES,
]


@cache
def refused(number: int) -> tuple[VleAnalogError | None, frozenset[tuple[str, int]]]:
    """The error of a case, and where it was made."""
    with TemporaryDirectory() as folder, recorded() as lines:
        try:
            CASES[number].act(Path(folder))
        except VleAnalogError as error:
            return error, frozenset(lines)
    return None, frozenset()


@pytest.mark.parametrize("number", range(len(CASES)), ids=[str(case) for case in CASES])
def test_a_refusal_names_place_fault_and_a_remedy_that_works(number: int, tmp_path: Path) -> None:
    case = CASES[number]
    error, _ = refused(number)
    assert error is not None, "it is accepted"
    assert case.where in (error.where or "") and case.says in error.what and case.remedy in (error.hint or ""), str(
        error
    )
    case.mended(tmp_path)


def test_every_refusal_has_a_case_or_a_reason() -> None:
    lines = {line for number in range(len(CASES)) for line in refused(number)[1]}
    reached = {site for site in sites() if any((site.file, line) in lines for line in range(site.first, site.last + 1))}
    excused = {site for site in sites() if site.file == "equations/sbml.py" and not sbml.INSTALLED}
    excused |= {site for site in sites() if any(site.file == file and text in site.source for file, text in REASONS)}
    bare = sorted(str(site) for site in sites() if site not in reached | excused)
    assert not bare, "\n" + "\n".join(bare)


def test_reasons_are_of_refusals_without_a_case() -> None:
    idle = [key for key in REASONS if not any(site.file == key[0] and key[1] in site.source for site in sites())]
    assert not idle
