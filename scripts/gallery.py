"""Make the gallery of systems: ``python scripts/gallery.py [NAME ...]``.

Named systems are run as circuits of ideal and of real parts; all pages are written of what was measured. ``--list``
says which results are older than the circuit that the tool builds today, and measures nothing.
"""

from __future__ import annotations

import sys

import gallery_pages as pages


def main(words: list[str]) -> None:
    """Measure these systems, all that were never measured without a name; then write all pages."""
    if "--list" in words:
        for name in pages.systems():
            kept = pages.measured().get(name)
            stale = kept is None or kept["decks"] != pages.decks(name)
            print(f"{name}: {'never measured' if kept is None else kept['date']}{', stale' if stale and kept else ''}")
        return
    for name in words or [name for name in pages.systems() if name not in pages.measured()]:
        print(f"{name}: {pages.measure(name)['nrmse']}", flush=True)
    for path, text in pages.texts().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
