"""Measure numbers of README and docs anew, and fill them in: ``python scripts/reproduce.py [NAME ...]``.

Without a name it measures nothing: it fills the pages, and lists all results with their age and what is stale.
"""

from __future__ import annotations

import sys

import command_reference
import documented


def main(names: list[str]) -> None:
    """Measure these results; then write all pages."""
    for name in names:
        result = documented.measure(name)
        print(f"{name}: {result['seconds']:.0f} s, {result['values']}")
    for source, page in documented.PAGES.items():
        page.write_text(documented.rendered(documented.SOURCE / source), encoding="utf-8")
    (documented.ROOT / "docs" / "commands.md").write_text(command_reference.text(), encoding="utf-8")
    if not names:
        for name, entry in documented.entries().items():
            kept = documented.measured().get(name)
            state = (
                "never measured" if kept is None else f"{kept['date']}, {kept['seconds']:.0f} s, at {kept['commit']}"
            )
            if kept is not None and kept["deck"] != documented.deck(entry):
                state += ", stale: the tool builds another circuit today"
            print(f"{name}: {state}")
        for name, found in documented.yields().items():
            stale = found["deck"] != documented.deck({"deck": found["netlist"]})
            state = f"{found['date']}, {found['seconds']:.0f} s, at {found['commit']}"
            print(f"yields of {name}: {state}{', stale: python scripts/system_yields.py FOLDER' if stale else ''}")


if __name__ == "__main__":
    main(sys.argv[1:])
