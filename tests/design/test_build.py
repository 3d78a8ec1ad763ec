"""How to build a circuit: what is chosen, and what is refused before anything is built."""

from __future__ import annotations

import pytest

from vle_analog import system
from vle_analog.circuit.technology import LAW
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.errors import UsageError
from vle_analog.options import build
from vle_analog.production.assembly import assembled
from vle_analog.production.trimming import Trim


def test_nothing_is_chosen_unless_a_user_does() -> None:
    """A system's own file may then say."""
    assert Build().technology is None and Build().is_ideal
    chosen = Build(fidelity="ideal").technology
    assert chosen is not None and chosen.is_ideal


def test_parts_are_played_in_the_place_of_the_fidelitys() -> None:
    alone = Build(parts=(("opamp", "tl072"),))
    among = Build(fidelity="macromodel", parts=(("opamp", "tl072"),))
    assert not alone.is_ideal and not among.is_ideal
    assert alone.technology is not None and among.technology is not None
    assert alone.technology.part("opamp") == among.technology.part("opamp") == "tl072"
    assert alone.technology.part("multiplier") == LAW != among.technology.part("multiplier")


def test_what_is_said_of_the_same_again_counts_last() -> None:
    said = {"scales": ["x=1", "y=2", "x=0.5"], "parts": ["opamp=tl072", "opamp=opa2134"]}
    made = build(Build, said)
    assert made.scales == (("x", 0.5), ("y", 2.0)) and made.parts == (("opamp", "opa2134"),)


def test_some_blocks_may_have_parts_of_their_own() -> None:
    """Of patterns that fit the last one counts, in whatever order roles are written."""
    parts = ["opamp@w*=opa2188", "opamp=tl072", "multiplier@p1=ad734", "opamp@w1=opa2277"]
    made = build(Build, {"fidelity": "macromodel", "parts": parts})
    assert made.technology is not None and made.technology.part("opamp") == "tl072"
    apart = made.apart(["w1", "w2", "p1", "u1"], "macromodel")
    chosen = {block: (each.part("opamp"), each.part("multiplier")) for block, each in apart.items()}
    assert chosen == {"w1": ("opa2277", "ad633"), "w2": ("opa2188", "ad633"), "p1": ("tl072", "ad734")}
    assert len({each.name for each in apart.values()}) == 3
    with pytest.raises(UsageError, match=r"no block is called 'p2'\n  did you mean 'p1'"):
        build(Build, {"parts": ["multiplier@p2=ad734"]}).apart(["p1"], "macromodel")


def test_parts_of_some_blocks_are_bought_for_these_alone() -> None:
    """Inverters are not among them: they are a design's, whatever signal they turn."""
    made = Build(fidelity="macromodel", parts=(("opamp@u*", "opa2188"),))
    circuit = design(system("two", x="-x + y", u="x - u", y="u - y", span=2.0), made).circuit
    bought = {each.name: each.device.part for each in assembled(circuit, parts=made.roles) if each.device is not None}
    assert {part for name, part in bought.items() if name.startswith("Xu.")} == {"opa2188"}
    assert {part for name, part in bought.items() if not name.startswith("Xu.")} == {"opa2134"}


@pytest.mark.parametrize(
    "said, text",
    [
        ({"parts": ["opamp@u=tl027"]}, "no part 'tl027' for the role 'opamp'"),
        ({"realisation": "leed"}, "unknown realisation of prospective 'leed'\n  did you mean 'lead'"),
        ({"bandwidth": 1.0}, "`bandwidth` must be over 1, not 1"),
        ({"bandwidth": float("nan")}, "`bandwidth` must be over 1, not nan"),
        ({"step": 0.0}, "`step` must be positive, not 0"),
        ({"fidelity": "macro"}, "no fidelity 'macro'"),
        ({"parts": ["opamp"]}, "`parts` 'opamp' is not ROLE=NAME"),
        ({"parts": ["opamp=tl027"]}, "no part 'tl027' for the role 'opamp'"),
        ({"scales": ["x"]}, "`scales` x: not SIGNAL=VOLTS with a positive number"),
        ({"scales": ["x=-1"]}, "not SIGNAL=VOLTS with a positive number"),
    ],
)
def test_what_is_refused(said: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError) as refused:
        build(Build, said)
    assert text in str(refused.value)


def test_trimmers_need_multipliers_that_have_offsets() -> None:
    Build(fidelity="macromodel").refuse_idle_trimmers(Trim.of(1e-4))
    Build().refuse_idle_trimmers(None)
    for made in (Build(), Build(fidelity="macromodel", parts=(("multiplier", "ideal"),))):
        with pytest.raises(UsageError, match="ideal multipliers have no offsets to trim"):
            made.refuse_idle_trimmers(Trim.of(1e-4))
    pulses = Build(fidelity="macromodel", parts=(("multiplier", "multiplier_pwm"),))
    with pytest.raises(UsageError, match="'multiplier_pwm' has no pin at which a trimmer nulls its offset"):
        pulses.refuse_idle_trimmers(Trim.of(1e-4))
    pulses.refuse_idle_trimmers(Trim.parse("opamp=1e-5"))
