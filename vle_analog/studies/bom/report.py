"""A bill of materials as table, sentences and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from vle_analog.production.assembly import DECOUPLING, FEED, SERIES, ZENER
from vle_analog.production.purchase import percent
from vle_analog.report.report import Report, Table
from vle_analog.studies.bom.result import CAPACITOR, CONNECTION, RESISTOR, SUPPORT, UNIT, Bill, BillLine
from vle_analog.units import engineering, several, spice_number

#: what is called otherwise than its kind
_NAMES = {
    "opamp": "op-amp",
    "hold_switch": "hold switch",
    FEED: "resistor of a supply",
    ZENER: "Zener diode",
    SERIES: "resistor of an output",
}
_UNITS = {RESISTOR: "ohm", CAPACITOR: "F", CONNECTION: "V"}
_NONE = "–"
#: in the place of a second maker where nobody else is known
SINGLE = "single source"
#: most neurons or stages whose sums are told
_MOST_GROUPS = 16


def report(bill: Bill) -> Report:
    """What is told of a bill, which is written as CSV if it is."""
    tables = [_table(bill), *([_groups(bill)] if 1 < len(bill.groups()) <= _MOST_GROUPS else [])]
    return Report("bill", f"{bill.name}: bill of materials", tables=tables, sentences=_sentences(bill))


def _table(bill: Bill) -> Table:
    """A row for each kind of part, tolerance and package; values as a range."""
    header = ["kind", "part", "quantity", "values", "tolerance", "package", "at rest"]
    rows = []
    for group in (RESISTOR, CAPACITOR):
        alike: dict[tuple[str, str, str], list[BillLine]] = {}
        for line in bill.of(group):
            alike.setdefault((line.part, _percent(line), line.package), []).append(line)
        for (part, tolerance, package), lines in alike.items():
            values = [line.value for line in lines if line.value is not None]
            low, high = (engineering(end(values), _UNITS[group]) for end in (min, max))
            span = f"{len(values)}: {low} to {high}" if len(values) > 1 else low
            quantity = str(sum(line.quantity for line in lines))
            rows.append([group, part, quantity, span, tolerance, package, _NONE])
    for line in bill.of(UNIT):
        quantity = str(line.quantity) if line.units == 1 else f"{line.quantity} for {len(line.placed)}"
        current = _NONE if line.supply is None else engineering(line.current, "A")
        part = line.part or line.note.partition(":")[0]
        rows.append([_named(line), part, quantity, _value(line) or _NONE, _NONE, line.package or _NONE, current])
    for line in bill.of(SUPPORT):
        unit = "F" if line.kind == DECOUPLING else "ohm"
        value = _NONE if line.value is None else engineering(line.value, unit)
        part = line.part or _NONE
        rows.append([_named(line), part, str(line.quantity), value, _percent(line), line.package or _NONE, _NONE])
    for line in bill.of(CONNECTION):
        value = _NONE if line.value is None else engineering(line.value, "V")
        rows.append([line.kind, _NONE, str(line.quantity), value, _NONE, _NONE, _NONE])
    return Table(f"{bill.name}: bill of materials", header, rows, frozenset({"quantity"}))


def _groups(bill: Bill) -> Table:
    """What each neuron, or each signal's stage, takes; a package's price in shares of its units."""
    rows = [[name, str(number), f"{euro:.2f}"] for name, (number, euro) in bill.groups().items()]
    return Table(
        f"{bill.name}: what each part of it takes", ["of", "parts", "euro"], rows, frozenset({"parts", "euro"})
    )


def _sold(bill: Bill) -> Iterator[str]:
    """What nobody can order, first of all, and what the rest costs."""
    if bill.unsold:
        lacking: dict[str, int] = {}
        for line in bill.unsold:
            words = f"{_named(line)} {line.lacking}".strip()
            lacking[words] = lacking.get(words, 0) + line.quantity
        lines = "; ".join(f"{words}, {quantity}" for words, quantity in lacking.items())
        yield f"not to be ordered as it stands, {several(len(bill.unsold), 'line')}: {lines}"
    else:
        yield "every line can be ordered"
    dates = sorted({line.offer.date for line in bill.lines if line.offer is not None})
    if dates:
        yield (
            f"{bill.euro:.2f} euro, each part bought alone, by the table of {dates[-1]}, which is from memory: put a "
            "prices.csv of yours into your library"
        )
    if single := sorted({line.part or line.kind for line in bill.lines if line.offer and not line.offer.second_maker}):
        yield f"from one maker alone: {', '.join(single)}; all others have a second source"


def _sentences(bill: Bill) -> list[str]:
    """What the table comes to and what it leaves out, one sentence each."""
    bodies = sum(line.quantity for line in bill.lines if line.group != CONNECTION)
    values = len([line for line in bill.lines if line.group in (RESISTOR, CAPACITOR)])
    said = [
        *_sold(bill),
        f"{bodies} parts to place, {values} values of resistors and capacitors",
        f"supply at rest: {engineering(bill.current, 'A')} from each rail, {engineering(bill.power, 'W')} at "
        f"+-{bill.rail:g} V, spare units included; what signals and loads draw is not",
        *([f"ground is a mid-rail of {bill.middle:g} V, whose driver is not listed"] if bill.middle else []),
        *_units(bill),
        f"by the series of its values a stage's gains and time constants are off by at most {100 * bill.worst:.2g} %, "
        f"{100 * bill.mean:.2g} % in the mean of stages, before tolerances",
    ]
    for kind, lines in _loose(bill).items():
        number = sum(line.quantity for line in lines)
        sold = sorted({_percent(line) for line in lines})
        wanted = percent(bill.tolerances[kind])
        few = f"{several(number, kind)} {'is' if number == 1 else 'are'}"
        said.append(f"{few} not sold as close as {wanted}: listed with {', '.join(sold)}")
    said.append(
        "packages are a rule of thumb: 0603 for resistors up to 10 Mohm and C0G up to 10 nF, 1206 and film beyond"
    )
    if bill.teacher:
        said.append(f"apart from the board, a teacher network: {_counted(bill.teacher)}")
    if bill.files:
        said.append("bill in {}, designators in {}, for assemblers {}".format(*bill.files))
    return said


def _units(bill: Bill) -> Iterator[str]:
    """What is to be known of integrated circuits and functional units."""
    units = bill.of(UNIT)
    for line in units:
        if line.note:
            yield f"{_named(line)}, {len(line.placed)}: {line.note}"
    if silent := [f"{_named(line)}, {len(line.placed)}" for line in units if line.supply is None]:
        yield f"without a stated supply current: {'; '.join(silent)}"
    spares = [f"{' '.join(line.spare)} ({line.part})" for line in units if line.spare]
    yield f"spare units: {', '.join(spares) if spares else 'none'}"


def _counted(lines: Iterable[BillLine]) -> str:
    """How many parts of each kind lines have."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[_named(line)] = counts.get(_named(line), 0) + len(line.placed)
    return ", ".join(f"{number} {kind}" for kind, number in counts.items())


def _value(line: BillLine) -> str:
    """A line's value as it is printed on a part; empty where it has none."""
    return "" if line.value is None else spice_number(line.value).replace("Meg", "M")


def bill_csv(bill: Bill) -> str:
    """The bill's lines, the teacher's last; what a designator is in the netlist stands behind it."""
    header = ["designators", "quantity", "kind", "value", "tolerance", "package", "part", "used", "group", "note"]
    header += ["maker", "number", "second_maker", "second_number", "euro", "euro_total", "price_of", "alternates"]
    rows = [header]
    for group, lines in (("board", bill.lines), ("teacher", bill.teacher)):
        for line in lines:
            used = " ".join(f"{each.designator}={each.name}" for each in line.placed if each.name)
            cells = [" ".join(line.designators), str(line.quantity), line.kind, _value(line), _percent(line, "")]
            rows.append([*cells, line.package, line.part, used, group, line.note, *_offered(line)])
    return _text(rows)


def _offered(line: BillLine) -> list[str]:
    if line.offer is None:
        return [*[""] * 7, " ".join(line.alternates)]
    offer = line.offer
    sources = [offer.maker, offer.number, offer.second_maker or SINGLE, offer.second_number]
    prices = [f"{offer.euro:.2f}", f"{line.euro:.2f}", f"{offer.date} {offer.origin}"]
    return [*sources, *prices, " ".join(line.alternates)]


def assembly_csv(bill: Bill) -> str:
    """The board's lines in the columns that assemblers ask for."""
    rows = [["Comment", "Designator", "Footprint", "Quantity", "Manufacturer", "MPN"]]
    for line in bill.lines:
        comment = _value(line) or line.part
        offer = ("", "") if line.offer is None else (line.offer.maker, line.offer.number)
        footprint = line.footprint.partition(":")[2]
        rows.append([comment or line.kind, ",".join(line.designators), footprint, str(line.quantity), *offer])
    return _text(rows)


def placement_csv(bill: Bill) -> str:
    """One line per designator: the part's name in the netlist, what it connects, the block that it is in."""
    rows = [["designator", "name", "kind", "value", "part", "nodes", "block"]]
    for line in (*bill.lines, *bill.teacher):
        value = "" if line.value is None else spice_number(line.value).replace("Meg", "M")
        for each in line.placed:
            rows.append([each.designator, each.name, line.kind, value, line.part, " ".join(each.nodes), each.block])
        for designator in line.spare:
            rows.append([designator, "", line.kind, "", line.part, "", "spare"])
    return _text(rows)


def _loose(bill: Bill) -> dict[str, list[BillLine]]:
    """Resistors and capacitors whose tolerance is not the one asked for, by kind."""
    found: dict[str, list[BillLine]] = {}
    for kind, wanted in bill.tolerances.items():
        if lines := [line for line in bill.of(kind) if line.tolerance != wanted]:
            found[kind] = lines
    return found


def _named(line: BillLine) -> str:
    return _NAMES.get(line.kind, line.kind)


def _percent(line: BillLine, missing: str = _NONE) -> str:
    return missing if line.tolerance is None else f"{100 * line.tolerance:g}%"


def _text(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
