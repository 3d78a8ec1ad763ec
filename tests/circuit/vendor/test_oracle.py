"""What is written anew against ngspice's own PSpice mode, which reads the maker's text: an independent reader."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.vendor.cell import cell_text, read_model
from vle_analog.circuit.vendor.pins import Assignment
from vle_analog.simulate import read_raw

#: in the manner of Boyle et al., IEEE J. Solid-State Circuits 9, 353 (1974), with values of our own
BOYLE = """\
.SUBCKT BOYLE 1 2 3 4 5
C1 11 12 4P
C2 6 7 20P
DC 5 53 DX
DE 54 5 DX
DLP 90 91 DX
DLN 92 90 DX
DP 4 3 DX
EGND 99 0 POLY(2) (3,0) (4,0) 0 .5 .5
FB 7 99 POLY(5) VB VC VE VLP VLN 0 4E6 -4E6 4E6 4E6 -4E6
GA 6 0 11 12 250U
GCM 0 6 10 99 8N
ISS 3 10 DC 200U
HLIM 90 0 VLIM 1K
J1 11 2 10 JX
J2 12 1 10 JX
R2 6 9 100K
RD1 4 11 4K
RD2 4 12 4K
RO1 8 5 150
RO2 7 99 150
RP 3 4 20K
RSS 10 99 1MEG
VB 9 0 DC 0
VC 3 53 DC 2
VE 54 4 DC 2
VLIM 7 8 DC 0
VLP 91 0 DC 25
VLN 0 92 DC 25
.MODEL DX D(IS=800E-18)
.MODEL JX PJF(IS=15E-12 BETA=250U VTO=-1)
.ENDS
"""
MODERN = """\
.SUBCKT MODERN 1 2 3 4 5 PARAMS: GM=1M
.PARAM TOP={2*0.5}
.FUNC HALF(X) {X/2}
XIN 1 2 10 STAGE PARAMS: K={GM}
R1 10 0 {10MEG*TOP}
C1 10 0 {HALF(200P)}
E1 11 0 VALUE={IF(V(10)>V(3)-TOP,V(3)-TOP,MAX(V(10),V(4)+TOP))}
E2 12 0 TABLE {V(11)} = (-20,-20) (20,20)
RO 12 5 {25+25*TEMP/27}
IQ 3 4 {PWR(GM,1)*2}
.ENDS
.SUBCKT STAGE A B C PARAMS: K=1
RI A B 1MEG
Q1 X A Y QN
RQ X 0 1G
RY Y 0 1G
G1 0 C VALUE={LIMIT(K*V(A,B),-1M,1M)}
.MODEL QN NPN(BF=100 IS=1F)
.ENDS
"""
BENCH = """\
Vcc vcc 0 15
Vee vee 0 -15
Va a 0 dc 0 ac 1
XA a n o vcc vee {name}
LA o n 1e9
CA n 0 1e9
RA o 0 100k
Vs s 0 0
XF s f f vcc vee {name}
RF f 0 100k
.control
set filetype=binary
ac dec 5 1 100meg
write ac.raw o
dc Vs -12 12 6
write dc.raw f i(vcc)
quit
.endc
.end
"""


def simulated(folder: Path, text: str, name: str, ngspice: str, *options: str) -> tuple[np.ndarray, np.ndarray]:
    """Open-loop gain over frequency; a follower's output and its supply current over its input."""
    folder.mkdir()
    (folder / "deck.cir").write_text(f"* a part\n{text}{BENCH.format(name=name)}")
    subprocess.run(
        [ngspice, "-n", "-b", *options, "deck.cir"], cwd=folder, capture_output=True, timeout=60, check=False
    )
    (ac,), (dc,) = read_raw(folder / "ac.raw"), read_raw(folder / "dc.raw")
    return ac.data["o"], np.real(np.stack([dc.data["f"], dc.data["i(vcc)"]]))


@pytest.mark.parametrize(("name", "text"), [("BOYLE", BOYLE), ("MODERN", MODERN)])
def test_the_cell_does_what_pspice_s_text_says(tmp_path: Path, name: str, text: str, ngspice: str) -> None:
    (tmp_path / "model.lib").write_text(text)
    model = read_model(tmp_path / "model.lib", name)
    cell = cell_text(model, "mine", Assignment(("inp", "inn", "vcc", "vee", "out"), "you"))
    found = simulated(tmp_path / "ours", cell, "mine", ngspice)
    theirs = text.replace(f".SUBCKT {name} 1 2 3 4 5", f".SUBCKT {name} 1 2 5 3 4")  # ports in our cells' order
    wanted = simulated(tmp_path / "theirs", theirs, name, ngspice, "-D", "ngbehavior=psa")
    assert np.max(np.abs(found[0] - wanted[0]) / np.abs(wanted[0])) < 1e-6
    assert np.max(np.abs(found[1] - wanted[1])) < 1e-6
    assert np.abs(found[0][0]) > 1e3
