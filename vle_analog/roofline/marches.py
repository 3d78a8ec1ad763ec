"""One step of the reference and of the engine, counted as their compiled loops do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.compiled import compiled
from vle_analog.engine import kernel
from vle_analog.engine.curves import address
from vle_analog.engine.engine import Engine
from vle_analog.engine.kernel import Steps
from vle_analog.engine.program import BLOCK
from vle_analog.laws import LAWS
from vle_analog.reference import driver
from vle_analog.reference.codegen import advancing, source
from vle_analog.reference.contraction import LANES, Contraction
from vle_analog.reference.driver import Drive, Recording
from vle_analog.reference.integrator import Integrator
from vle_analog.roofline.counting import Count, Ledger, Room
from vle_analog.roofline.interpreter import Interpreter
from vle_analog.waveforms import Array

#: steps from which on and up to which a step's longest chain is told
_FROM, _TO = 2, 4


@dataclass(frozen=True)
class Step:
    """What one step does.

    Attributes:
        count: of it.
        path: seconds that it takes at least, however much is done side by side: of the longest chain of operations
            that wait for one another, from one step to the next.
        after: all states (of the engine, the rows of its first board) once it is made.
    """

    count: Count
    path: float
    after: Array


def reference_step(
    integrator: Integrator, y: Array, inputs: Array, h: float, latencies: Mapping[str, float], path: bool = True
) -> Step:
    """One step of `Integrator.march`.

    Args:
        integrator: with a method of one stage.
        y: states, flat.
        inputs: at the beginnings of steps, shape (5 or more, instances).
        h: step, model units.
        latencies: seconds, by kind of operation.
        path: whether its longest chain is wanted, which takes several steps; 0 if not.
    """
    made = advancing(integrator.system, integrator.layout)
    text, held = made or source(integrator.system, integrator.layout)
    module = compiled(text, "reference")

    def after(steps: int) -> tuple[Ledger, Room]:
        ledger = Ledger(latencies)
        sums = {name: _contraction(ledger, each.sizes) for name, each in vars(module).items() if hasattr(each, "sizes")}
        run = Interpreter(ledger, sums)
        states, p, c, x = (
            Room(ledger, each) for each in (y, integrator.parameters, np.zeros(held), inputs[: steps + 1])
        )
        if held:
            run.of(module.constants)(p, c)
        rates = run.of(module.flow if made is None else module.advance)
        instead = {
            "_constants": lambda flow: c,
            "_evaluate": lambda flow, y, x, row, p, c, d, k: rates(y, x[row], p, c, d, k),
        }
        loop = Interpreter(ledger, instead)
        nothing = Recording(np.zeros(0, np.int64), np.zeros(0, np.int64), 1, 0)
        flow = integrator._flow._replace(p=p)  # type: ignore[arg-type]
        drive = Drive(x, 1, np.full(steps, h))  # type: ignore[arg-type]
        ledger.forget()
        if made is None:
            loop.of(driver.march)(flow, integrator.method.stages, states, drive, nothing, None)
        else:
            loop.of(driver.advance)(flow, states, drive, nothing, None)
        return ledger, states

    ledger, states = after(1)
    return Step(ledger.count(), _path(lambda steps: after(steps)[1].ready()) if path else 0.0, states.values())


def engine_step(engine: Engine, latencies: Mapping[str, float]) -> Step:
    """One step of `Engine.advance` for a block of boards, from where it stands."""
    played = engine._played(engine.stimuli, engine.time, Steps(_TO, engine.step, 0, 0, engine.order, 0, 0, 0))
    tables = engine._layout.tables(played.common, played.own)
    memory = engine._memories[0]._replace(volts=played.volts(0))
    shared, own = played.shared(0), played.owned(0, 0)
    laws = {address(law.name): law.fast or law.exact for law in LAWS.values() if address(law.name) in set(tables.law)}

    def after(steps: int) -> tuple[Ledger, Room]:
        ledger = Ledger(latencies)

        def apply(law: int, values: Room, constants: Room, first: int) -> None:
            function = laws[int(law)]
            rows = (constants[first + row, 0] for row in range(function.__code__.co_argcount - 1))
            values[0] = run.of(function)(values[0], *rows)

        run = Interpreter(ledger, {"BLOCK": 1, "apply": apply})
        arrays = {name: getattr(memory, name) for name in memory._fields}
        first: dict[str, Any] = {name: Room(ledger, each[..., :1]) for name, each in arrays.items()}
        ledger.forget()
        made = Steps(steps, engine._h, engine._done, 0, engine.order, 0, 0, steps + 1)
        run.of(kernel.march)(tables, memory._replace(**first), shared, own, made, None)
        return ledger, first["rows"]

    ledger, rows = after(1)
    path = _path(lambda steps: after(steps)[1].ready())
    return Step(ledger.count().times(BLOCK), path, rows.values().ravel())


def _path(ready: Callable[[int], float]) -> float:
    """Seconds by which one step more is later."""
    return (ready(_TO) - ready(_FROM)) / (_TO - _FROM)


def _contraction(ledger: Ledger, sizes: Contraction) -> Callable[[Room, Room, Room], None]:
    """A contraction, whose operations are known by its sizes: all products are added to something."""
    m, n, k = np.arange(sizes.rows), np.arange(sizes.columns), np.arange(sizes.depth)
    ones = sizes.a + np.add.outer(m * sizes.a_strides[0], k * sizes.a_strides[1])
    others = sizes.b + np.add.outer(k * sizes.b_strides[0], n * sizes.b_strides[1])
    fma, add = ledger.latency("fma"), ledger.latency("add")
    across = sizes.across or sizes.turned
    wait = sizes.depth * fma if across else -(-sizes.depth // LANES) * fma + np.log2(LANES) * add

    def contracted(out: Room, a: Room, b: Room) -> None:
        numbers = [np.vectorize(room.__getitem__, otypes=[object])(places) for room, places in ((a, ones), (b, others))]
        one, other = (np.vectorize(lambda number: number.value)(each) for each in numbers)
        waited = [np.vectorize(ledger.ready)(each) for each in numbers]
        ready = np.maximum.outer(waited[0].max(axis=1), waited[1].max(axis=0)) + wait
        ledger.several("fma", sizes.products)
        for place, (value, late) in enumerate(zip((one @ other).ravel(), ready.ravel(), strict=True), sizes.out):
            out[place] = ledger.given(float(value), float(late))

    return contracted
