"""One step of the reference and of the engine, counted as their compiled loops do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.compiled import compiled
from vle_analog.engine import kernel
from vle_analog.engine.arrays import Memory, Steps
from vle_analog.engine.curves import address
from vle_analog.engine.engine import Engine, Piece
from vle_analog.engine.program import BLOCK
from vle_analog.laws import LAWS
from vle_analog.reference import driver
from vle_analog.reference.codegen import advancing, source
from vle_analog.reference.contraction import LANES, Contraction
from vle_analog.reference.driver import Drive, Recording
from vle_analog.reference.integrator import Integrator
from vle_analog.roofline.counting import Count, Ledger, Room, value_of
from vle_analog.roofline.interpreter import Interpreter
from vle_analog.waveforms import Array

#: steps from which on and up to which a step's longest chain is told
_FROM, _TO = 2, 4
#: rows that the engine's laws are given
_SCRATCH = 8


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
            "_calls": lambda flow: (flow.p, c),
            "_evaluate": lambda calls, y, x, row, d, k: rates(y, x[row], *calls, d, k),
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
    """One step of `Engine.advance` for a block of boards, from where it stands: of one lane, times their number."""
    steps = Steps(_TO, engine.step, 0, 0, engine.order, 0, 0, 0)
    played = engine._played(engine.stimuli, Piece(engine.time, steps))
    tables = engine._layout.tables(played.common, played.own)
    memory = Memory(*(values[0] for values in engine._memory._replace(volts=played.volts())))
    shared, own = played.shared(0), played.owned(0, range(1))[0]
    laws = {address(name): law.fast or law.exact for name, law in LAWS.items() if address(name) in set(tables.law)}

    def after(steps: int) -> tuple[Ledger, Room]:
        ledger = Ledger(latencies)

        def apply(law: int, scratch: Room) -> None:
            function, rows = laws[int(law)], scratch.flat()
            rows[0] = run.of(function)(*(rows[row] for row in range(function.__code__.co_argcount)))

        run = Interpreter(ledger, {"BLOCK": 1, "apply": apply, **_lanes(ledger)})
        first: dict[str, Any] = {}
        for name in memory._fields:
            values = getattr(memory, name)
            boards = values[..., :1] if values.shape[-1:] == (BLOCK,) else values
            first[name] = Room(ledger, boards) if values.dtype.kind == "f" else boards.copy()
        scratch = Room(ledger, np.zeros((_SCRATCH, 1)))
        ledger.forget()
        made = Steps(steps, engine._h, engine._done, 0, engine.order, 0, 0, steps + 1)
        run.of(kernel.march)(tables, memory._replace(**first), scratch, shared, own, made, None)
        return ledger, first["rows"]

    ledger, rows = after(1)
    path = _path(lambda steps: after(steps)[1].ready())
    return Step(ledger.count().times(BLOCK), path, rows.values().ravel())


def _lanes(ledger: Ledger) -> dict[str, Callable[..., Any]]:
    """What stands for the vector instructions of `lanes`, of one lane; widening is not counted."""

    def store(array: Room, row: int, value: Any) -> None:
        array.flat()[row] = value

    def widen(array: Room, row: int, value: Any) -> None:
        array.flat()[row] = ledger.given(value_of(value), ledger.ready(value))

    def narrowed(array: Room, row: int, like: Any) -> Any:
        number = array.flat()[row]
        return ledger.given(number.value, ledger.ready(number), ledger.size(like))

    def chosen(choice: Callable[..., Any], one: Any, other: Any) -> Any:
        value = choice(value_of(one), value_of(other))
        return ledger.operation("compare", value, one, other, word=choice.__name__)

    def differ(one: Any, other: Any) -> bool:
        ledger.operation("compare", 0.0, one, other, word="differ")
        return bool(value_of(one) != value_of(other))

    def equal_or(one: Any, other: Any, then: Any, otherwise: Any) -> Any:
        value = value_of(then if value_of(one) == value_of(other) else otherwise)
        return ledger.operation("compare", value, one, other, then, otherwise)

    return {
        "item": lambda array, place: np.ravel(array)[place],
        "load": lambda array, row: array.flat()[row],
        "store": store,
        "spread": lambda like, number: number,
        "add": lambda one, other: one + other,
        "sub": lambda one, other: one - other,
        "mul": lambda one, other: one * other,
        "div": lambda one, other: one / other,
        "fma": lambda one, other, more: one * other + more,
        "lower": lambda one, other: chosen(min, one, other),
        "higher": lambda one, other: chosen(max, one, other),
        "clip": lambda value, low, high: chosen(min, chosen(max, value, low), high),
        "differ": differ,
        "equal_or": equal_or,
        "widen": widen,
        "narrowed": narrowed,
    }


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
