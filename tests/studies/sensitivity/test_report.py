"""How expressions, values and sensitivities are written."""

from __future__ import annotations

import sympy as sp

from vle_analog.lab.formats import markdown
from vle_analog.studies.sensitivity.report import formula, latex, report, text, typical
from vle_analog.studies.sensitivity.result import Block, BlockList, Entry, Formulas, Sensitivity, Share

R, C, VOS, G, A0, GBW = sp.symbols("R C VOS g A0 GBW")


def study(error: float = -0.3) -> Sensitivity:
    time = Entry("time constant", "s", R * C, 1e-3, {"R": Share(sp.S.One, 1.0), "C": Share(sp.S.One, 1.0)}, False)
    offset = Entry("offset", "V", (1 + G) * VOS, 0.0, {"VOS": Share((1 + G) * VOS, 2e-3, True)}, True)
    gain = Entry("gain error", "", -(1 + G) / A0, error, {"A0": Share(-(1 + G) / A0, error)}, True)
    design = {"R": 100e3, "C": 10e-9, "g": 1.0, "GBW": float("inf")}
    return Sensitivity("stage", "a stage", "v = -x", {"opamp": "tl072"}, design, {"g": "sum"}, (time, gain, offset))


def test_a_row_per_figure() -> None:
    (table,) = report(study()).tables
    assert len(table.header) == 4
    assert table.rows == [
        ["time constant", "C R", "1 ms", "R +1, C +1"],
        ["gain error", "(-g - 1)/A0", "-30 %", "A0 -30 %"],
        ["offset", "VOS (g + 1)", "± 2 mV", "VOS ± 2 mV"],
    ]


def test_what_scatters_stands_beside_what_does_not() -> None:
    shares = {"FX": Share(R, -0.015), "YOS": Share(R, 0.003, True), "ZOS": Share(R, -0.004, True)}
    entry = Entry("offset", "V", R, -0.015, shares, True)
    assert typical(entry) == "-15 mV ± 5 mV"
    (table,) = report(Sensitivity("b", "", "", {}, {}, {}, (entry,))).tables
    assert table.rows[0][3] == "FX -15 mV, YOS ± 3 mV, ZOS ± 4 mV"


def test_text_and_formulas() -> None:
    assert text(R**2 / (2 * sp.pi * GBW)) == "R^2/(2 pi GBW)"
    assert formula((1 + G) / (2 * sp.pi * GBW)).count("\\sum_k g_k") == 1
    written = latex(study())
    assert written.startswith("% stage: a stage\n\\begin{align*}\n") and written.endswith("\\end{align*}\n")
    assert r"\frac{\partial \ln(\text{time constant})}{\partial \ln R} &= 1" in written
    assert written.count("\\\\\n") == written.count("&=") - 1


def test_only_a_large_error_is_called_large() -> None:
    assert any("too slow" in each for each in report(study()).sentences)
    assert not any("too slow" in each for each in report(study(-1e-3)).sentences)


def test_the_same_as_markdown() -> None:
    written = markdown.text(report(study()))
    assert "| time constant | C R | 1 ms | R +1, C +1 |" in written
    assert "\nparts: opamp tl072\n" in written and "GBW inf" in written


def test_formulas_are_printed_in_the_place_of_the_table_and_the_same_is_written() -> None:
    plain, formulas = report(study()), report(Formulas(study()))
    assert plain.printed is None and formulas.printed == latex(study()) == formulas.files["sensitivity.tex"]
    assert formulas.files == plain.files and formulas.record == plain.record


def test_blocks_are_listed_and_not_written() -> None:
    listed = report(BlockList((Block("summer", "adds", "v = -x"),)))
    assert listed.tables[0].rows == [["summer", "adds", "v = -x"]] and not listed.is_written
