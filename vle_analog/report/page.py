"""A report as one page of HTML that stands alone: it opens from disk, asks no network, prints, and reads on a phone."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from vle_analog.installed import version_of
from vle_analog.report.report import Report, Table

#: characters of a file that are shown on the page; of a longer one its name alone
_LONG = 400_000
#: equations that are shown unfolded
_MANY = 12
#: endings of files that are text to be read
_TEXT = (".cir", ".csv", ".sp", ".tex")
#: ending of files that are drawings
_DRAWN = ".svg"
#: what the page says that it was made by
_MAKERS = ("vle-analog", "numpy", "scipy", "sympy", "numba")
_STYLE = Path(__file__).with_name("page.css")
#: a picture is shown twice as large when it is clicked, or pressed by key, and small again
_SCRIPT = """for (const button of document.querySelectorAll("figure > button")) {
  button.addEventListener("click", () => {
    const large = button.parentElement.classList.toggle("large");
    button.setAttribute("aria-pressed", large);
  });
}
"""


def page(report: Report) -> str:
    """The whole page: what was asked, the answer, warnings, pictures, tables, decks and other texts, and by whom."""
    title = escape(report.title)
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>",
            f"<header>\n<h1>{title}</h1>\n{_asked(report)}</header>\n<main>",
            *_answer(report),
            report.inlay,
            *_equations(report),
            *_drawings(report),
            *_pictures(report),
            *_tables([*report.tables, *report.details]),
            *_texts(report),
            f"</main>\n<footer>{_makers(report)}</footer>\n<script>\n{_SCRIPT}</script>\n</body>\n</html>\n",
        ]
    )


def fragment(report: Report) -> str:
    """What a notebook shows of a report: its answer, warnings, pictures and first tables."""
    style = "max-width:100%;height:auto"
    pictures = [
        f'<img style="{style}" alt="{escape(name)}" src="{_data(png)}">' for name, png in report.pictures.items()
    ]
    title = f"<p><strong>{escape(report.title)}</strong></p>"
    return "\n".join([title, *_answer(report), *pictures, *map(_table, report.tables)])


def _asked(report: Report) -> str:
    """The command that makes the report again; none of one that was asked for in Python."""
    return f'<p class="asked"><code>{escape(report.command)}</code></p>\n' if report.command else ""


def _answer(report: Report) -> Iterator[str]:
    for place, sentence in enumerate(report.sentences):
        yield f'<p class="{"answer" if place == 0 else "more"}">{escape(sentence)}</p>'
    for warning in report.warnings:
        yield f'<p class="warning"><strong>Warning:</strong> {escape(warning)}</p>'


def _drawings(report: Report) -> Iterator[str]:
    """What is drawn in lines, as it stands."""
    for name, content in report.files.items():
        if isinstance(content, str) and name.endswith(_DRAWN):
            label = f'role="img" aria-label="{escape(Path(name).stem)}"'
            drawing = content[content.index("<svg") :].replace("<svg", f"<svg {label}", 1)
            caption = f"<figcaption>{escape(name)}</figcaption>"
            yield f'<figure class="drawn" tabindex="0">\n{drawing}\n{caption}\n</figure>'


def _equations(report: Report) -> Iterator[str]:
    """All equations in MathML, folded where they are many."""
    if not report.equations:
        return
    from vle_analog.equations.presentation import mathml  # loads sympy, which takes long

    kept = "" if len(report.equations) > _MANY else " open"
    yield f"<details{kept}>\n<summary>Equations</summary>"
    for each in report.equations:
        yield f'<math display="block">{mathml(each)}</math>'
    yield "</details>"


def _pictures(report: Report) -> Iterator[str]:
    for name, png in report.pictures.items():
        words = Path(name).name.replace("_", " ").replace("-", " ")
        image = f'<img alt="Figure: {escape(words)}" src="{_data(png)}">'
        yield (
            f'<figure>\n<button type="button" aria-pressed="false" title="larger or smaller">{image}</button>\n'
            f"<figcaption>{escape(name)}.png</figcaption>\n</figure>"
        )


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _tables(tables: list[Table]) -> Iterator[str]:
    for table in tables:
        yield _table(table)


def _table(table: Table) -> str:
    """A table that scrolls by itself where the screen is narrow; keys reach it, too."""
    places = [' class="right"' if name in table.right else "" for name in table.header]

    def row(tag: str, words: Sequence[str], scope: str = "") -> str:
        cells = zip(places, words, strict=True)
        return "<tr>" + "".join(f"<{tag}{scope}{place}>{escape(word)}</{tag}>" for place, word in cells) + "</tr>"

    body = "\n".join(row("td", words) for words in table.rows)
    head = row("th", table.header, ' scope="col"')
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title) or "table"}">\n'
        f"<table>\n<caption>{escape(table.title)}</caption>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def _texts(report: Report) -> Iterator[str]:
    """Decks and other files that a person reads, folded; all others by their names, beside the page."""
    for name, content in report.files.items():
        if name.endswith(_DRAWN):
            continue
        if not isinstance(content, str) or not name.endswith(_TEXT) or len(content) > _LONG:
            yield f'<p><a href="{escape(name)}">{escape(name)}</a></p>'
            continue
        lines = content.count("\n")
        yield (
            f"<details>\n<summary>{escape(name)}, {lines} lines</summary>\n"
            f'<pre tabindex="0">{escape(content)}</pre>\n</details>'
        )


def _makers(report: Report) -> str:
    """Versions of what made the report, and its numbers beside it."""
    made = ", ".join(f"{name} {number}" for name in _MAKERS if (number := version_of(name)))
    numbers = (
        f'All numbers: <a href="{escape(report.name)}.json">{escape(report.name)}.json</a>. ' if report.record else ""
    )
    return f"{numbers}Made by {escape(made)}."
