"""A system on boards: its parameters, and what tells its boards from others'."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.elements import Instance
from vle_analog.design.build import Build
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject, is_system
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError, VleAnalogError
from vle_analog.library import system_files
from vle_analog.production.power import Power
from vle_analog.production.production import Production
from vle_analog.production.trimmers import TRIMMER
from vle_analog.production.trimming import Trim

FILE = """
name = "driven"
[time]
unit = 1e-3
span = 5.0
[parameters]
tau = 1.0
[inputs.u]
kind = "{kind}"
{more}
[states.x]
derivative = "(u - x)/tau"
initial = 0.0
"""
SINE = FILE.format(kind="sine", more="amplitude = 1.0\nfrequency = 0.5\nphase = 0.0")


def board(folder: Path, text: str = SINE, name: str = "a.toml") -> SystemBoard:
    (folder / name).write_text(text)
    return SystemBoard(str(folder / name))


def test_parameters_take_other_values(tmp_path: Path) -> None:
    own = board(tmp_path)
    changed = replace(own, parameters=(("tau", 2.5),), span=7.0)
    assert own.system.constants["tau"] == 1.0 and changed.system.constants["tau"] == 2.5
    assert changed.system.span == 7.0
    assert changed.departures() == {"parameters": {"tau": 2.5}}
    fed = replace(own, build=Build(fidelity="macromodel"), production=Production(power=Power(ground=0.01), sources=0.1))
    told = fed.departures()  # what is there only where it is asked for departs, too
    assert told["sources"] == 0.1 and told["power"]["ground"] == 0.01 and len({own.key(), fed.key()}) == 2
    assert np.ptp(changed.design().reference.solution.waveforms["x"]) < np.ptp(
        own.design().reference.solution.waveforms["x"]
    )


def test_what_a_board_depends_on_is_in_its_key(tmp_path: Path) -> None:
    own = board(tmp_path)
    others = [
        replace(own, parameters=(("tau", 2.0),)),
        replace(own, span=6.0),
        replace(own, build=Build(fidelity="macromodel")),
        replace(own, production=Production(noise_scale=2.0)),
        board(tmp_path, SINE.replace("frequency = 0.5", "frequency = 0.6"), "b.toml"),
        board(tmp_path, SINE.replace("u - x", "u - 2*x"), "c.toml"),
    ]
    assert len({own.key(), *(each.key() for each in others)}) == 1 + len(others)
    assert board(tmp_path, SINE, "d.toml").key() == own.key()  # the same equations from another file


def test_values_between_its_moments_count_too(tmp_path: Path) -> None:
    def played(middle: float) -> SystemBoard:
        more = f"times = [0.0, 2.00001, 2.00002, 2.00003, 5.0]\nvalues = [0.0, 0.0, {middle}, 0.0, 0.0]"
        return board(tmp_path, FILE.format(kind="pwl", more=more), f"{middle}.toml")

    assert played(1.0).key() != played(2.0).key()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parameters": (("tua", 1.0),)}, "did you mean 'tau'"),
        ({"span": -1.0}, "positive number"),
        ({"name": "no.toml"}, "no such file"),
        ({"name": "chain"}, "learning task"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with pytest.raises(VleAnalogError) as refused:
        _ = replace(board(tmp_path), **changes).system
    assert words in str(refused.value)


def test_trimmers_need_something_to_trim(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no offsets to trim"):
        replace(board(tmp_path), production=Production(trim=Trim.of(1e-3)))
    with pytest.raises(UsageError, match="no offsets to trim"):
        Prototype(Subject(str(tmp_path / "a.toml")), production=Production(trim=Trim.of(1e-3)))
    file = system_files()["van_der_pol"].read_text() + '[fidelity]\ndefault = "macromodel"\n'
    real = replace(board(tmp_path, file), production=Production(trim=Trim.of(1e-3)))  # by the file alone
    trimmed = Prototype(real.subject, production=real.production)
    assert any(isinstance(each, Instance) and each.cell == TRIMMER for each in trimmed.design().circuit.elements())


def test_parameters_of_a_task_are_refused() -> None:
    with pytest.raises(UsageError, match="is for systems"):
        Subject("chain", parameters=(("tau", 1.0),)).load()


def test_names_of_systems() -> None:
    assert is_system("lorenz") and is_system("own.toml")
    assert not is_system("chain") and not is_system("own.py") and not is_system("lorentz")
