"""What a command is about: the task or system that a user named, and how to build it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vle_analog.circuit.circuit import NOMINAL
from vle_analog.circuit.parts import chosen as technology_of
from vle_analog.cli.options import grades, pair, parts, spreads
from vle_analog.design.design import Settings
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import OutputError, SimulationError, UsageError, VleAnalogError, nearest
from vle_analog.learning.rules import RULES
from vle_analog.library import system_files
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.tasks import TASKS, Task


def find(
    subject: str, rule: str | None = None, eta: float | None = None, span: float | None = None, seed: int | None = None
) -> EquationSystem | Task:
    """The task or system that a user named, with the given changes.

    Raises:
        UsageError: unknown name, rule or an option that does not apply.
        VleAnalogError: whatever is wrong with a system file.
    """
    if rule is not None and rule not in RULES:
        raise UsageError(f"unknown rule '{rule}'", hint=nearest(rule, RULES))
    if span is not None and not (span > 0 and span < float("inf")):
        raise UsageError(f"--span must be a positive number of model units, not {span:g}")
    if seed is not None and seed < 0:
        raise UsageError(f"--seed must not be negative, not {seed}", hint="take 0 or more")
    if subject in TASKS:
        return TASKS[subject](rule or "vle", eta, span, seed or 0)
    for option, value in (("--rule", rule), ("--eta", eta), ("--seed", seed)):
        if value is not None:
            raise UsageError(f"{option} is for learning tasks; '{subject}' is a system", hint=f"leave {option} out")
    shipped = system_files()
    if subject in shipped:
        system = load_system(shipped[subject])
    elif subject.endswith(".toml") or Path(subject).is_file():
        system = load_system(Path(subject))
    else:
        raise UsageError(
            f"unknown task or system '{subject}'", hint=nearest(subject, [*TASKS, *shipped]) + " (or name a .toml file)"
        )
    return system if span is None else system.updated(span=span)


def built_with(
    settings: Settings,
    fidelity: str | None,
    part: list[str] | None,
    offsets: float | None,
    trim: float | None,
    mismatch: str | None,
    board: int | None,
    noise: int | None = None,
    noise_scale: float | None = None,
    grade: list[str] | None = None,
    celsius: float = NOMINAL,
    coefficients: str | None = None,
) -> Settings:
    """The settings with the parts that the options choose, how one board's miss their values, and their noise.

    Args:
        settings: and the options' values.

    Raises:
        UsageError: an option's value that cannot be used.
    """
    resistors, capacitors = spreads(mismatch)
    scale, seed = 1.0 if offsets is None else offsets, board or 0
    if seed < 0:
        raise UsageError(f"--board must not be negative, not {seed}", hint="take 0 or more")
    technology = None if fidelity is None and part is None else technology_of(fidelity or "ideal", parts(part))
    if trim is not None and not 0 < trim < float("inf"):
        raise UsageError(f"--trim must be a positive voltage, not {trim:g}", hint="e.g. 1e-4")
    if noise_scale is not None and noise is None:
        raise UsageError(f"--noise-scale {noise_scale:g} scales no noise", hint="add --noise SEED, e.g. --noise 0")
    strength = 1.0 if noise_scale is None else noise_scale
    for option, value in (("--noise", noise or 0), ("--noise-scale", strength)):
        if not 0 <= value < float("inf"):
            raise UsageError(f"{option} must not be negative, not {value:g}", hint="take 0 or more")
    warm = [1e-6 * each for each in pair("--coefficients", coefficients)]
    resistor, capacitor = (
        Tolerance(sigma, coefficient=each) for sigma, each in zip((resistors, capacitors), warm, strict=True)
    )
    variation = Variation(resistor, capacitor, grades=grades(grade), celsius=celsius)
    production = Production(variation, scale, trim, noise, strength)
    return replace(settings, technology=technology, passes=(lambda circuit: production.made(circuit, seed),))


def settings_for(
    chosen: EquationSystem | Task, realisation: str, bandwidth: float, step: float | None, scale: list[str] | None
) -> Settings:
    """How to build its circuit, from the options.

    Raises:
        UsageError: an option's value that cannot be used.
    """
    if realisation not in REALISATIONS:
        raise UsageError(f"unknown realisation of prospective '{realisation}'", hint=nearest(realisation, REALISATIONS))
    if not 1 < bandwidth < float("inf"):
        raise UsageError(f"--bandwidth must be over 1, not {bandwidth:g}")
    if step is not None and not 0 < step < float("inf"):
        raise UsageError(f"--step must be positive, not {step:g}")
    span = _system(chosen).span
    if step is not None and step > span / 10:
        raise UsageError(
            f"--step {step:g} is over a tenth of the span of {span:g} model units",
            hint=f"take {span / 10:g} or less, or leave it out: the reference then tells which is needed",
        )
    scales = {}
    for text in scale or ():
        name, _, volts = text.partition("=")
        try:
            scales[name] = float(volts)
        except ValueError:
            scales[name] = 0.0
        if not 0 < scales[name] < float("inf"):
            raise UsageError(f"--scale {text}: not SIGNAL=VOLTS with a positive number", hint="e.g. --scale x=0.5")
    return Settings(realisation, bandwidth, step, scales=scales)


@contextmanager
def from_file(chosen: EquationSystem | Task) -> Iterator[None]:
    """Errors about the equations name the file that these come from."""
    file = _system(chosen).origin
    try:
        yield
    except (SimulationError, OutputError, UsageError):
        raise
    except VleAnalogError as error:
        if file and not (error.where or "").startswith(file):
            raise error.located(file) from None
        raise


def _system(chosen: EquationSystem | Task) -> EquationSystem:
    return chosen.system if isinstance(chosen, Task) else chosen
