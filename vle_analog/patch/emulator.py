"""LUCIDAC as its maker emulates it: configurations run in lucipy, which must be installed (``vle-analog[lucidac]``)."""

from __future__ import annotations

import copy
import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

import numpy as np

from vle_analog.errors import SimulationError, UsageError
from vle_analog.waveforms import Waveforms

#: of the emulator's solver
_RELATIVE, _ABSOLUTE = 1e-9, 1e-12


def emulator() -> Any:
    """The package lucipy.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import lucipy
    except ModuleNotFoundError:
        hint = "install it: pip install 'vle-analog[lucidac]'"
        raise UsageError("LUCIDAC's emulator is lucipy, which is not installed", hint=hint) from None
    return lucipy


def emulated(configuration: Mapping[str, object], outputs: Mapping[str, int], time: np.ndarray) -> Waveforms:
    """What the outputs of a configured LUCIDAC do, in machine units.

    Args:
        configuration: as JSON has it.
        outputs: numbers of outputs by the elements' names.
        time: seconds from the start, increasing.

    Raises:
        UsageError: lucipy is not installed.
        SimulationError: the emulator refuses the configuration, or its solver fails.
    """
    lucipy = emulator()
    said = io.StringIO()  # it prints, e.g. of multipliers whose outputs are measured and go nowhere
    try:
        with redirect_stdout(said):
            circuit = lucipy.Circuit().load(copy.deepcopy(dict(configuration)))  # it scales what it is given
            simulation = lucipy.Simulation(circuit, realtime=True)
        run = simulation.solve_ivp(float(time[-1]), t_eval=time, method="DOP853", rtol=_RELATIVE, atol=_ABSOLUTE)
    except (ValueError, KeyError, IndexError) as error:
        raise SimulationError(f"LUCIDAC's emulator refuses the configuration: {error}") from error
    if run.status != 0:
        raise SimulationError(f"LUCIDAC's emulator fails: {run.message}")
    values = np.array([simulation.mblocks_output(state) for state in run.y.T])
    return Waveforms(time, {name: values[:, number] for name, number in outputs.items()})
