"""The deck's text: cards as an engineer would write them, bounded lines, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blocks.bench import SINE, built, learning_network, system
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Capacitor, Drive, Resistor
from vle_analog.circuit.parts import library
from vle_analog.errors import CircuitError
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.stimulus import Sines

RC = Circuit(
    "rc",
    (
        Section("input: vin", (Drive("vin", ("vin", "0"), Sines((2.0,), (0.1,), (0.0,)), 4.0, 1e-3),)),
        Section(
            "low-pass: 1 ms",
            (
                Resistor("1", ("vin", "vout"), 100e3),
                Capacitor("1", ("vout", "0"), 10e-9, -0.5),
                Battery("b", ("bias", "0"), 2.5),
            ),
        ),
    ),
    library(),
    1e-3,
    {"vin": 4.0, "vout": -4.0},
    "ideal",
)


def bench(*probes: str, span: float = 1.0) -> Bench:
    return Bench(span=span, step=1e-5, reason="given", probes=probes)


def test_rc_low_pass_reads_as_a_schematic() -> None:
    text = render(RC, bench("vout", "vin", span=0.02)).text
    assert text.startswith(".title rc: ideal fidelity\n* 1 model unit of time = 1 ms; span 20 ms\n")
    assert (
        """
* input: vin
Vvin vin 0 SIN(0 8 100 0 0 0)

* low-pass: 1 ms
R1 vin vout 100k
C1 vout 0 10n ic=-500m
Vb bias 0 2.5

.options abstol=1e-10 itl4=100 method=trap reltol=1e-5 vntol=1e-8 xtrtol=7
.control
set filetype=binary
save v(vin) v(vout)
tran 10u 20m 0 10u uic
write waveforms.raw
quit
.endc
.end
"""
        in text
    )


def test_leaky_integrator_reads_as_a_schematic() -> None:
    circuit = built(system({"u": ("(-u + x/2)/3", 0.25)}, inputs={"x": SINE}))
    assert (
        """
* input: x
Vx x 0 SIN(0 8 100 0 0 0)

* leaky integrator: (3) du/dt = -u + x/2
Ru__1 x u__s 222.2222222k
Xu 0 u__s u leaky_integrator C=27n IC=-2 R=111.1111111k
"""
        in render(circuit, bench("u")).text
    )


def test_unknown_probes_are_refused() -> None:
    with pytest.raises(CircuitError, match=r"no signal 'vuot' to probe\n.*did you mean 'vout'"):
        render(RC, bench("vuot"))


def test_probes_are_saved_in_one_order_whatever_they_are_asked_in() -> None:
    first, second = render(RC, bench("vin", "vout")).text, render(RC, bench("vout", "vin")).text
    assert first == second


def test_lines_are_bounded() -> None:
    """ngspice silently corrupts lines over about 512 characters; people read 120."""
    wide = " + ".join(f"{n}*x**{1 + n % 5}" for n in range(2, 40)) + "".join(
        f" - tanh({n}*x)/{n}" for n in range(2, 20)
    )
    decks = [
        render(
            built(
                system(
                    {"u": (f"-u + {wide}", 0.0)},
                    inputs={"x": Sines((0.1,) * 80, tuple(map(float, range(80))), (0.1,) * 80)},
                )
            ),
            bench("u"),
        )
    ]
    decks.append(render(built(learning_network("vle", learn_tau=True)), bench("w1_0")))
    for deck in decks:
        lines = deck.text.splitlines()
        assert max(map(len, lines)) < 512
        comments = [line for line in lines if line.startswith("* ")]
        assert max(map(len, comments)) <= 120
        assert all(line.isascii() or line.startswith("*") for line in lines)


def test_a_wide_comment_is_wrapped_and_complete() -> None:
    words = [f"term_{n}" for n in range(100)]
    wide = Circuit("wide", (Section(" ".join(words), RC.sections[0].elements),), library(), 1e-3, {}, "ideal")
    lines = render(wide, bench()).text.splitlines()
    block = [line for line in lines if "term_" in line]
    assert len(block) > 5 and all(line.startswith("*") and len(line) <= 101 for line in block)
    assert " ".join(line.lstrip("* ") for line in block).split() == words


def test_bytes_do_not_depend_on_the_hash_seed(hash_seeds: tuple[Path, Path]) -> None:
    first, second = ([(folder / f"deck{place}").read_text() for place in range(4)] for folder in hash_seeds)
    assert first == second and len(set(first)) == 4
