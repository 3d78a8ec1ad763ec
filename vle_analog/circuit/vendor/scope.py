"""What names mean where a subcircuit is placed: its parameters as trees, its functions, its nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vle_analog.circuit.vendor.definitions import Definition, read
from vle_analog.circuit.vendor.expression import Function, Tree, bound, constant, warm
from vle_analog.circuit.vendor.source import Statement
from vle_analog.errors import CircuitError


@dataclass
class Scope(Mapping[str, Tree]):
    """One placing of a definition.

    Attributes:
        definition: which.
        path: names of the instances that lead here.
        outer: the placing of the definition that this one stands in; None for the file.
        given: parameters that the instance gives, already bound.
        nodes: of its ports, as the flat circuit calls them.
    """

    definition: Definition
    path: tuple[str, ...] = ()
    outer: Scope | None = None
    given: Mapping[str, Tree] = field(default_factory=dict)
    nodes: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, Tree] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        head = self.definition.at
        self._texts: dict[str, tuple[str, Statement]] = {}
        if head is not None:
            self._texts |= {name: (text, head) for name, text in self.definition.defaults.items()}
        self._texts |= {name: (text, at) for name, text, at in self.definition.parameters}
        self.functions: dict[str, Function] = {
            **(self.outer.functions if self.outer else {}),
            **self.definition.functions,
        }

    def __getitem__(self, name: str) -> Tree:
        if name in self.given:
            return self.given[name]
        if name in self._known:
            return self._known[name]
        if name not in self._texts:
            if self.outer is None:
                raise KeyError(name)
            return self.outer[name]
        text, at = self._texts[name]
        if name in self._open:
            raise at.refused(f"the parameter '{name}' is defined by itself")
        self._open.add(name)
        self._known[name] = self.tree(text, at)
        self._open.discard(name)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self.given or name in self._texts or (self.outer is not None and name in self.outer)

    def __iter__(self) -> Iterator[str]:
        return iter({**(dict.fromkeys(self.outer) if self.outer else {}), **dict.fromkeys(self._texts)})

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __hash__(self) -> int:
        return id(self)

    def tree(self, text: str, at: Statement) -> Tree:
        """An expression with all that it names, but for voltages and currents.

        Raises:
            CircuitError: it cannot be read, or names what nobody defines; by its line.
        """
        try:
            return bound(read(text, at), self, self.functions)
        except CircuitError as error:
            raise error if error.where else error.located(at.place) from None

    def value(self, text: str, at: Statement) -> float:
        """A number, at 27 degrees.

        Raises:
            CircuitError: it is none, by its line.
        """
        found = constant(self.tree(text, at))
        if found is None:
            raise at.refused(f"'{text}' is no number", "voltages and currents belong into sources' expressions")
        return found

    def is_warm(self, text: str, at: Statement) -> bool:
        """Whether an expression depends on temperature."""
        return warm(self.tree(text, at))
