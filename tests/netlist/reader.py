"""An independent reader of decks: flattens what ngspice, LTspice or Xyce would simulate, and evaluates it.

Written from the formats, without the package's code, so that decks of two dialects can be held against each other.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SUFFIXES = {"t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
LITERAL = re.compile(rf"(?<![\w.])({NUMBER})(meg|[tgkmunpf])?(?![\w.])")
PORTS = {"e": 4, "g": 4, "q": 3, "j": 3}


@dataclass(frozen=True)
class Quantities:
    """What behavioural sources depend on: volts by node, amperes by voltage source, seconds."""

    volts: Mapping[str, float]
    amperes: Mapping[str, float]
    time: float


Law = Callable[[Quantities], float]


@dataclass
class Element:
    """A flat element: its nodes, its numbers, and the law of a source that is not constant."""

    kind: str
    nodes: tuple[str, ...]
    numbers: dict[str, float] = field(default_factory=dict)
    text: str = ""
    law: Law | None = None
    filed: bool = False  # its law is a table in a side file, written with other digits than a deck's


@dataclass
class Flat:
    """A flat netlist; elements by instance path, kind and name."""

    elements: dict[str, Element]
    tran: tuple[float, ...]
    probes: frozenset[str]

    @property
    def nodes(self) -> set[str]:
        return {node for element in self.elements.values() for node in element.nodes} - {"0"}


class Powered(float):
    """A number of ngspice, where ``a^b`` is |a|^b."""

    def __pow__(self, other: float, _: None = None) -> Powered:  # type: ignore[override]
        return Powered(abs(float(self)) ** float(other))


for _name in ("add", "sub", "mul", "truediv", "radd", "rsub", "rmul", "rtruediv", "neg"):
    _plain = getattr(float, f"__{_name}__")
    setattr(Powered, f"__{_name}__", lambda self, *other, _plain=_plain: Powered(_plain(self, *other)))


def table(x: float, *pairs: float) -> float:
    """Linear between points, flat outside."""
    return interpolated(list(pairs[::2]), list(pairs[1::2]), x)


def interpolated(times: list[float], values: list[float], t: float) -> float:
    at = bisect_right(times, t)
    if at == 0 or at == len(times):
        return values[0 if at == 0 else -1]
    share = (t - times[at - 1]) / (times[at] - times[at - 1])
    return values[at - 1] + share * (values[at] - values[at - 1])


def sign(x: float) -> float:
    return math.copysign(1.0, x) if x else 0.0


FUNCTIONS: dict[str, object] = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log10", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "floor": math.floor, "abs": abs, "min": min, "max": max, "ln": math.log, "sgn": sign, "pi": math.pi,
    "uramp": lambda x: max(x, 0.0), "pwrs": lambda x, y: sign(x) * abs(x) ** y,
}  # fmt: skip
OF_DIALECT: dict[str, dict[str, object]] = {
    "ngspice": {"log": math.log, "pwl": table, "u": lambda x: float(x > 0), "pow": lambda x, y: abs(x) ** y},
    "ltspice": {"log": math.log, "table": table, "u": lambda x: float(x > 0), "if_": lambda c, a, b: a if c else b},
    "xyce": {"log": math.log10, "table": table, "stp": lambda x: float(x > 0), "if_": lambda c, a, b: a if c else b},
}


def read(text: str, dialect: str, files: Mapping[str, str] | None = None) -> Flat:
    """Flatten a deck."""
    return _Deck(text, dialect, files or {}).flat()


def law(text: str, dialect: str, parameters: Mapping[str, float] | None = None, path: str = "") -> Law:
    """A function of an expression, whose nodes and sources lie at the top or under a path."""
    deck = _Deck("title\n", dialect, {})
    return deck.law(text.lower(), dict(parameters or {}), lambda node: node, path)


class _Deck:
    def __init__(self, text: str, dialect: str, files: Mapping[str, str]) -> None:
        self.dialect = dialect
        self.files = {name.lower(): text for name, text in files.items()}
        self.words = {**FUNCTIONS, **OF_DIALECT[dialect]}
        self.cells: dict[str, list[str]] = {}
        self.top: list[str] = []
        self.shared = {"0"}
        self.models: dict[str, str] = {}
        self.tran: tuple[float, ...] = ()
        self.probes: set[str] = set()
        self.elements: dict[str, Element] = {}
        lines = joined(text)
        into = self.top
        for line in lines:
            if line.startswith(".subckt"):
                into = self.cells.setdefault(line.split()[1], [line])
            elif line.startswith(".ends"):
                into = self.top
            else:
                into.append(line)

    def flat(self) -> Flat:
        for line in self.top:
            self._command(line)
        self._expand(self.top, {}, lambda node: node, "")
        return Flat(self.elements, self.tran, frozenset(self.probes))

    def _command(self, line: str) -> None:
        first, _, rest = line.partition(" ")
        word = first.removeprefix(".")
        if word == "global":
            self.shared |= set(rest.split())
        elif word == "tran" and not self.tran:
            self.tran = tuple(self.value(each, {}) for each in rest.split() if each != "uic")
        elif word in ("save", "print"):
            self.probes |= set(re.findall(r"v\(([^)]*)\)", rest))

    def _expand(self, lines: list[str], parameters: dict[str, float], node: Callable[[str], str], path: str) -> None:
        parameters = dict(parameters)
        models: dict[str, str] = {}
        for line in lines:
            if line.startswith(".param"):
                for key, value in settings(line)[1].items():
                    parameters[key] = self.value(value, parameters)
            elif line.startswith(".model"):
                models[line.split()[1]] = line
        for line in lines:
            if line[:1].isalpha():
                self._element(line, parameters, node, path, models)

    def _element(
        self, line: str, parameters: dict[str, float], node: Callable[[str], str], path: str, models: dict[str, str]
    ) -> None:
        words, given = settings(line)
        name, letter = words[0], words[0][0]
        if letter == "x":
            self._instance([word for word in words if word != "params:"], given, parameters, node, path)
            return
        if line.split()[0] in ("set", "save", "tran", "write", "quit", "wrnodev"):
            return
        number = PORTS.get(letter, 2)
        nodes, rest = tuple(node(each) for each in words[1 : number + 1]), words[number + 1 :]
        where = path + name[1:]
        if letter in "rcleg":
            numbers = {"value": self.value(rest[0], parameters)}
            if letter in "cl":
                numbers["ic"] = self.value(given.get("ic", "0"), parameters)
            self._add(letter, where, Element(letter, nodes, numbers))
        elif letter in "fh":
            self._add(
                letter, where, Element(letter, nodes, {"value": self.value(rest[1], parameters)}, path + rest[0][1:])
            )
        elif letter in "dqj":
            area = self.value(rest[1] if len(rest) > 1 else given.get("area", "1"), parameters)
            kind, numbers = self._model(models[rest[0]], parameters)
            first = re.findall(r"\{[^}]*\}|[^,\s]+", given.get("ic", "")) or [
                given[key] for key in ("ic1", "ic2") if key in given
            ]
            numbers |= {f"ic{n}": self.value(text, parameters) for n, text in enumerate(first)}
            self._add(letter, where, Element(letter, nodes, {"area": area, **numbers}, kind))
        elif letter == "b":
            quantity = "v" if "v" in given else "i"
            body = given[quantity]
            if self.dialect == "ngspice":  # which drops them
                body = body.replace("{", "").replace("}", "")
            whole = f"({body})*({given.get('m', '1')})"
            self._add(quantity, where, Element(quantity, nodes, {}, "", self.law(whole, parameters, node, path)))
        elif letter in "vi":
            law = self._source(line, words, given, parameters)
            self._add(letter, where, Element(letter, nodes, {}, "", law, "pwl file" in line))
        elif letter == "a":
            self._file_source(line, models)
        else:
            raise ValueError(f"not understood: {line}")

    def _add(self, letter: str, where: str, element: Element) -> None:
        key = f"{letter}:{where}"
        assert key not in self.elements, key
        self.elements[key] = element

    def _instance(
        self, words: list[str], given: dict[str, str], outer: dict[str, float], node: Callable[[str], str], path: str
    ) -> None:
        name, *nodes, cell = words
        head, *body = self.cells[cell]
        ports, defaults = settings(head)
        ports = [port for port in ports[2:] if port != "params:"]
        assert len(ports) == len(nodes), words
        inner: dict[str, float] = {}
        for key, value in defaults.items():
            inner[key] = self.value(value, inner)
        for key, value in given.items():
            assert key in inner, f"{cell} has no parameter {key}"
            inner[key] = self.value(value, outer)
        place = dict(zip(ports, map(node, nodes), strict=True))
        below = f"{path}{name[1:]}."
        self._expand(body, inner, lambda each: place.get(each, each if each in self.shared else below + each), below)

    def _model(self, line: str, parameters: dict[str, float]) -> tuple[str, dict[str, float]]:
        match = re.fullmatch(r"\.model\s+\S+\s+([a-z]+)\s*\(?(.*?)\)?", line)
        assert match is not None, line
        numbers = {key: self.value(text, parameters) for key, text in settings(match[2])[1].items()}
        if "bv" in numbers and self.dialect != "ltspice":
            numbers.setdefault("nbv", numbers["n"])
        return match[1], numbers

    def _file_source(self, line: str, models: dict[str, str]) -> None:
        match = re.fullmatch(r"a(\S+) %v\(\[(\S+)\]\) (\S+)", line)
        assert match is not None, line
        found = re.search(r'file="([^"]+)"', models[match[3]])
        assert found is not None
        self._add("v", match[1], Element("v", (match[2], "0"), {}, "", self._from_file(found[1]), True))

    def _from_file(self, name: str) -> Law:
        rows = [tuple(map(float, row.split())) for row in self.files[name].splitlines()]
        times, values = [row[0] for row in rows], [row[1] for row in rows]
        return lambda now: interpolated(times, values, now.time)

    def _source(self, line: str, words: list[str], given: dict[str, str], parameters: dict[str, float]) -> Law:
        rest = line.split(None, 3)[3].replace("=", " = ") if "pwl" in line or "sin" in line else ""
        if (match := re.match(r"sine?\s*\(([^)]*)\)", rest)) is not None:
            offset, amplitude, hertz, _, _, phase = (self.value(each, {}) for each in match[1].split())
            return lambda now: offset + amplitude * math.sin(2 * math.pi * hertz * now.time + math.radians(phase))
        if (match := re.match(r'pwl file\s*=?\s*"?([^"\s]+)"?', rest)) is not None:
            return self._from_file(match[1])
        if rest.startswith("pwl"):
            repeated = "repeat forever" in rest or re.search(r"\br\s*=\s*0", rest) is not None
            body = re.sub(r"pwl|repeat forever|endrepeat|\br\s*=\s*0|[()]", " ", rest).split()
            numbers = [self.value(each, {}) for each in body]
            times, values = numbers[::2], numbers[1::2]
            period = times[-1] if repeated else math.inf
            return lambda now: interpolated(times, values, now.time % period if repeated else now.time)
        constant = self.value(words[-1], parameters)
        return lambda now: constant

    def value(self, text: str, parameters: Mapping[str, float]) -> float:
        """A number or an expression of parameters."""
        text = text.strip()
        if (match := re.fullmatch(rf"([-+]?)({NUMBER})(meg|[tgkmunpf])?", text)) is not None:
            return float(f"{match[1]}{match[2]}") * SUFFIXES.get(match[3] or "", 1.0)
        assert text.startswith("{") and text.endswith("}"), text
        return float(self.law(text, dict(parameters), lambda node: node, "")(Quantities({}, {}, 0.0)))

    def law(self, text: str, parameters: dict[str, float], node: Callable[[str], str], path: str) -> Law:
        """An expression as a function, by way of Python's own grammar."""
        wrap = Powered if self.dialect == "ngspice" else float
        text = re.sub(r"\bif\(", "if_(", text.replace("{", "(").replace("}", ")"))
        text = re.sub(
            r"(?<![\w.])v\(([^)]*)\)", lambda m: f"v_({', '.join(map(repr, map(str.strip, m[1].split(','))))})", text
        )
        text = re.sub(r"(?<![\w.])i\(([^)]*)\)", lambda m: f"i_({m[1].strip()!r})", text)
        parts = re.split(r"('[^']*')", text)
        text = "".join(part if part.startswith("'") else self._python(part) for part in parts)
        code = compile(text.strip(), "a deck's expression", "eval")
        scope = {**self.words, **{key: wrap(number) for key, number in parameters.items()}, "N": wrap}

        def evaluate(now: Quantities) -> float:
            def v_(first: str, second: str = "0") -> float:
                volts = {"0": 0.0, **now.volts}
                return wrap(volts[node(first)] - volts[node(second)])

            def i_(source: str) -> float:
                return wrap(now.amperes[path + source[1:]])

            return float(eval(code, {"__builtins__": {}}, {**scope, "v_": v_, "i_": i_, "time": wrap(now.time)}))

        return evaluate

    def _python(self, text: str) -> str:
        if self.dialect == "ngspice":
            text = text.replace("^", "**")
        assert "^" not in text, "an exclusive or"
        text = re.sub(r"&&?", " and ", text)
        text = re.sub(r"\|\|?", " or ", text)
        text = re.sub(r"!(?!=)|~", " not ", text)
        return LITERAL.sub(lambda m: f"N({float(m[1]) * SUFFIXES.get(m[2] or '', 1.0)!r})", text)


def joined(text: str) -> list[str]:
    """Lines in lower case with their continuations, but for the title, comments and what follows a control block."""
    whole: list[str] = []
    for line in text.splitlines()[1:]:
        if line.startswith("*") or not line.strip() or line.startswith((".control", ".endc")):
            continue
        if line.startswith("+"):
            whole[-1] += " " + line[1:].strip()
        else:
            whole.append(line.strip())
    return [line.lower() for line in whole]


def settings(line: str) -> tuple[list[str], dict[str, str]]:
    """Words, and ``key=value`` pairs whose values may hold brackets and spaces."""
    depth, keys = 0, []
    for match in re.finditer(r"[({]|[)}]|(?:^|(?<=\s))([a-z_]\w*)\s*=(?!=)\s*", line):
        depth += (match[0] in "({") - (match[0] in ")}") if len(match[0]) == 1 else 0
        if match[1] and depth == 0:
            keys.append(match)
    ends = [match.start() for match in keys[1:]] + [len(line)]
    given = {match[1]: line[match.end() : end].strip() for match, end in zip(keys, ends, strict=True)} if keys else {}
    return re.findall(r"\{[^}]*\}|[^\s{}]+", line[: keys[0].start()] if keys else line), given
