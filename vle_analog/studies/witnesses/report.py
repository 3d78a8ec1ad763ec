"""Decks in several simulators as a table: a line for each deck, a column for each witness."""

from __future__ import annotations

from collections.abc import Iterator

from vle_analog.report.report import Report, Table
from vle_analog.studies.witnesses.result import BOUND, DeckAgreement, Witnesses
from vle_analog.units import engineering


def report(study: Witnesses) -> Report:
    """What is told of decks in several simulators."""
    return Report(
        name="witnesses",
        title="Every deck in other simulators",
        record=study.record(),
        tables=[_table(study)],
        sentences=list(_sentences(study)),
        warnings=list(_warnings(study)),
    )


def _table(study: Witnesses) -> Table:
    own, *asked = study.versions
    header = ["deck", "span", f"{own} at half the step", *asked]
    rows = [
        [deck.deck, engineering(deck.span, "s"), _share(deck.own.worst), *(_cell(deck, name) for name in asked)]
        for deck in study.decks
    ]
    title = "Largest deviation from ngspice of any signal at any time, of the signal's range"
    return Table(title, header, rows, frozenset(header[1:]))


def _cell(deck: DeckAgreement, name: str) -> str:
    testimony = deck.testimonies[name]
    if testimony.deviation is None:
        return "excluded"
    found = testimony.deviation
    stretch = f" up to {engineering(found.until, 's')}" if found.until < deck.span else ""
    return f"{_share(found.worst)}{stretch}{'' if testimony.agrees else f' ({found.signal})'}"


def _share(value: float) -> str:
    return f"{value:.1e}"


def _sentences(study: Witnesses) -> Iterator[str]:
    versions = ", ".join(study.versions.values())
    yield f"{versions}; commit {study.commit or 'unknown'}, {study.date}."
    total = len(study.decks)
    for name in list(study.versions)[1:]:
        agreeing = sum(deck.testimonies[name].agrees for deck in study.decks)
        yield f"{name} agrees within {BOUND:g} of range on {agreeing} of {total} decks."
    parted = [deck.deck for deck in study.decks if deck.horizon < deck.span]
    if parted:
        yield (
            f"Chaotic, or as good as: {', '.join(parted)}. ngspice itself comes to something else there at half the "
            "step, and a witness beyond the bound is held to it up to that time alone."
        )


def _warnings(study: Witnesses) -> Iterator[str]:
    yield from (f"not asked: {said}" for said in study.absent.values())
    yield from (f"{name} is no witness of {deck}: {reason}" for deck, name, reason in study.excluded)
    yield from (f"{name} does not agree on {deck}" for deck, name in study.disagreeing)
    yield from (f"nobody confirms {deck}" for deck in study.unconfirmed)
