"""Models of diodes, transistors and switches, from PSpice's and LTspice's parameters to ngspice's.

Sources: "PSpice Reference Guide" (Cadence), chapter on analog devices; "Ngspice User's Manual", version 39, chapters
on diodes, BJTs, JFETs and MOSFETs.
"""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.circuit.vendor.definitions import Definition, Model
from vle_analog.circuit.vendor.scope import Scope
from vle_analog.circuit.vendor.source import listed

#: parameters that ngspice has under the same name with the same meaning, by kind
_SAME: dict[str, frozenset[str]] = {
    "d": frozenset(listed("is n rs cjo cj0 vj m tt fc bv nbv ibv ikf isr nr eg xti trs1 trs2 kf af tnom")),
    "npn": frozenset(
        listed(
            "is bf nf vaf va ikf ik ise ne br nr var vb ikr isc nc rb irb rbm re rc cje vje pe mje me tf xtf "
            "vtf itf ptf cjc vjc pc mjc mc xcjc tr cjs vjs ps mjs ms xtb eg xti kf af fc tnom iss ns nkf rco "
            "vo gamma qco"
        )
    ),
    "njf": frozenset(listed("vto beta lambda rd rs cgs cgd pb is fc kf af tnom")),
    "nmos": frozenset(
        listed(
            "level vto kp gamma phi lambda rd rs rsh cbd cbs is pb cgso cgdo cgbo cj mj cjsw mjsw js tox nsub "
            "nss nfs tpg xj ld uo ucrit uexp utra vmax neff kf af fc delta theta eta kappa tnom l w"
        )
    ),
}
_SAME |= {"pnp": _SAME["npn"], "lpnp": _SAME["npn"], "pjf": _SAME["njf"], "pmos": _SAME["nmos"]}
#: parameters under another name
_RENAMED = {
    "d": {"tbv1": "tcv", "cj0": "cjo"},
    "npn": {"nk": "nkf", "ccs": "cjs", "pt": "xti", "va": "vaf", "vb": "var", "ik": "ikf"},
}
_RENAMED |= {"pnp": _RENAMED["npn"], "lpnp": _RENAMED["npn"]}
#: parameters of small currents and of temperature that ngspice does not have: left out, and said
_MINOR = frozenset(
    listed(
        "tikf tbv2 ibvl nbvl trb1 trb2 trc1 trc2 tre1 tre2 trm1 trm2 cn d vg t_measured t_abs "
        "t_rel_global t_rel_local xcjc2 vtotc betatce alpha vk isr nr trd1 trs1 mfg type vceo icrating "
        "vpk iave irms diss pkg rds n pbsw rg wd ttt1 ttt2"
    )
)
#: values that change nothing
_PLAIN = {"level": 1.0, "m": 0.5, "n": 1.0, "nr": 2.0, "isr": 0.0, "alpha": 0.0}
#: parameters that are words
_WORDS = ("mfg", "type", "pkg")
#: kinds by ngspice's name
KINDS = {
    "d": "d",
    "npn": "npn",
    "pnp": "pnp",
    "lpnp": "pnp",
    "njf": "njf",
    "pjf": "pjf",
    "nmos": "nmos",
    "pmos": "pmos",
}
#: letters of the parts that a kind is for
LETTERS = {"d": "d", "npn": "q", "pnp": "q", "lpnp": "q", "njf": "j", "pjf": "j", "nmos": "m", "pmos": "m"}
#: threshold of change over and of resistances, of switches: PSpice's names, LTspice's
_SWITCHES = {"vswitch", "iswitch", "sw", "csw"}


@dataclass(frozen=True)
class Switch:
    """A switch: its control in volts or amperes where it is on and where it is off, and ohms."""

    on: float
    off: float
    ohms_on: float
    ohms_off: float


def merged(model: Model, home: Definition) -> Model:
    """A model with what it has of the one that it is but for its own parameters (``AKO``).

    Raises:
        CircuitError: no such model.
    """
    if not model.base:
        return model
    base = home.model(model.base)
    if base is None or base is model:
        raise model.at.refused(f"there is no model '{model.base}'")
    base = merged(base, home)
    return Model(model.name, model.kind, "", {**base.given, **model.given}, model.at)


def values(model: Model, scope: Scope) -> dict[str, float]:
    """A model's parameters as numbers, at 27 degrees."""
    return {
        name: scope.value(text, model.at) for name, text in model.given.items() if name not in ("mfg", "type", "pkg")
    }


def translated(model: Model, given: dict[str, float]) -> tuple[dict[str, float], list[str]]:
    """A semiconductor's parameters for ngspice, and names of those that are left out.

    Raises:
        CircuitError: one that ngspice does not have, by the model's line; a MOSFET of a level above 3.
    """
    kind = model.kind
    if kind not in KINDS:
        raise model.at.refused(f"models of kind '{model.kind}' are not translated")
    if kind.endswith("mos") and given.get("level", 1.0) not in (1.0, 2.0, 3.0):
        raise model.at.refused(f"MOSFETs of level {given['level']:g} are not translated", "levels 1 to 3 are")
    found: dict[str, float] = {}
    left = []
    for name, value in given.items():
        name = _RENAMED.get(kind, {}).get(name, name)
        if name in _SAME[kind]:
            found[name] = value
        elif _PLAIN.get(name) == value:
            continue
        elif name in _MINOR:
            left.append(name)
        else:
            raise model.at.refused(f"ngspice has no parameter '{name}' of models of kind '{kind}'")
    return found, left


def switch(model: Model, given: dict[str, float]) -> Switch:
    """A switch by its model.

    Raises:
        CircuitError: another kind of model, or a switch with hysteresis.
    """
    kind = model.kind
    if kind not in _SWITCHES:
        raise model.at.refused(f"models of kind '{kind}' are no switches")
    ohms = given.get("ron", 1.0), given.get("roff", 1e6 if kind in ("vswitch", "iswitch") else 1e12)
    if min(ohms) <= 0:
        raise model.at.refused("a switch's resistances must be positive")
    if kind in ("vswitch", "iswitch"):
        on, off = ("von", "voff") if kind == "vswitch" else ("ion", "ioff")
        ends = given.get(on, 1.0 if kind == "vswitch" else 1e-3), given.get(off, 0.0)
    else:
        middle, half = ("vt", "vh") if kind == "sw" else ("it", "ih")
        if given.get(half, 0.0) > 0:
            raise model.at.refused("switches with hysteresis are not translated")
        wide = abs(given.get(half, 0.0)) or 1e-3  # what switches at one voltage does so within a millivolt
        ends = given.get(middle, 0.0) + wide, given.get(middle, 0.0) - wide
    if ends[0] == ends[1]:
        raise model.at.refused("the switch is on and off at one value of its control")
    return Switch(*ends, *ohms)
