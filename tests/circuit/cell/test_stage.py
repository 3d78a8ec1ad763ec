"""The topology of stages: what follows from the op-amp, whatever ports are called and in which order lines stand."""

from __future__ import annotations

import pytest

from vle_analog.circuit.cell.cell import parse_cell
from vle_analog.circuit.cell.stage import Network, Stage, roles, stage
from vle_analog.circuit.parts import library
from vle_analog.errors import CircuitError

CELLS = library()
STAGES = [name for name, cell in CELLS.items() if cell.role is None]


def of(*lines: str, ports: str = "p in s out", parameters: str = "R=1k C=1n") -> Stage:
    """A stage of an op-amp and some parts."""
    text = "\n".join([f".subckt mine {ports} params: {parameters}", *lines, "XA p s out opamp", ".ends mine"])
    cell = parse_cell(text, "mine", "here")
    return stage(cell, roles(cell, CELLS))


def shipped(name: str) -> Stage:
    return stage(CELLS[name], roles(CELLS[name], CELLS))


def named(network: Network | None) -> dict[str, object]:
    """A network by its parts' names."""
    assert network is not None
    return {
        "inputs": [(node, each.name) for node, each in network.inputs],
        "resistors": [each.name for each in network.resistors],
        "capacitors": [each.name for each in network.capacitors],
        "ahead": network.ahead and [each and each.name for each in network.ahead],
        "denominator": network.denominator,
    }


@pytest.mark.parametrize("name", STAGES)
def test_shipped_stages_have_their_inputs_at_ports(name: str) -> None:
    found = shipped(name)
    assert (found.noninverting, found.summing, found.output) == ("p", "s", "out")
    assert CELLS[name].ports[found.port("s")] == "s" and not found.others
    assert found.opamp.cell == "opamp"


@pytest.mark.parametrize(
    ("name", "inputs", "resistors", "capacitors", "ahead", "denominator"),
    [
        ("summer", [], ["Rf"], [], None, None),
        ("leaky_integrator", [], ["Rf"], ["Cf"], None, None),
        ("integrator", [], [], ["Cf"], None, None),
        ("inverter", [("in", "Rin")], ["Rf"], [], None, None),
        ("lead", [("in", "Rin")], ["Rf"], ["Cf"], ["Cin", None], None),
        ("differentiator", [], ["Rf"], [], ["Cin", "Rs"], None),
        ("divider", [("ref", "Rin")], ["Rf"], ["Cf"], None, ("multiplier", ("d1", "d2"))),
    ],
)
def test_shipped_networks(
    name: str, inputs: object, resistors: object, capacitors: object, ahead: object, denominator: object
) -> None:
    assert named(shipped(name).network()) == {
        "inputs": inputs,
        "resistors": resistors,
        "capacitors": capacitors,
        "ahead": ahead,
        "denominator": denominator,
    }


def test_names_and_order_do_not_matter() -> None:
    lines = ["X1 plus minus y opamp", "Rx y minus {R}", "Cy minus y {C}", "Rz minus a 10k", "Rg 0 minus 1meg"]
    text = "\n".join([".subckt mine a minus y plus params: R=1k C=1n", *lines, ".ends mine"])
    cell = parse_cell(text, "mine", "here")
    found = stage(cell, roles(cell, CELLS))
    assert (found.noninverting, found.summing, found.output) == ("plus", "minus", "y")
    assert (found.port("plus"), found.port("minus")) == (3, 1)
    assert named(found.network()) == {
        "inputs": [("a", "Rz"), ("0", "Rg")],
        "resistors": ["Rx"],
        "capacitors": ["Cy"],
        "ahead": None,
        "denominator": None,
    }


@pytest.mark.parametrize(
    "lines",
    [
        ["Ra s m {R}", "Rb m out {R}", "Rc m 0 {R}"],  # a T in the feedback
        ["Rf s out {R}", "Ra p 0 {R}"],
        ["Ra s m {R}", "Cf m out {C}"],
        ["Rf s out {R}", "Ca in s {C}", "Cb in s {C}"],
        ["Rf s out {R}", "Ra in m {R}", "Cm m 0 {C}", "Ca m s {C}"],
        ["Rf s out {R}", "L1 in s 1m"],
        ["Rf s out {R}", "XB p in out opamp"],
        ["Rin in s {R}"],
        ["Rf m s {R}", "Rb s out {R}", "XM in 0 out 0 m multiplier"],
        ["Rf m s {R}", "Cm s m {C}", "XM in 0 out 0 m multiplier"],
        ["Rf m s {R}", "XM in 0 p 0 m multiplier"],
    ],
)
def test_other_networks_are_not_guessed(lines: list[str]) -> None:
    assert of(*lines).network() is None


def test_what_a_stage_has_not_is_said() -> None:
    two = of("XB p s in opamp", "Rf s out {R}")
    with pytest.raises(CircuitError, match=r"^cell 'mine': it has 2 op-amps\n  a stage is a cell with one op-amp"):
        _ = two.summing
    inner = of("Rf s out {R}", ports="p in out")
    with pytest.raises(CircuitError, match=r"^cell 'mine': the op-amp's input 's' is no port"):
        inner.port(inner.summing)


def test_a_cell_without_an_op_amp_is_read_but_has_none() -> None:
    cell = parse_cell(".subckt net a b\nR1 a b 1k\nS1 a b 0 0 switch\n.ends net\n", "net", "here")
    found = stage(cell, roles(cell, CELLS))
    assert [each.statement for each in found.others] == ["S1 a b 0 0 switch"] and found.network() is None
    with pytest.raises(CircuitError, match="it has no op-amps"):
        _ = found.output
