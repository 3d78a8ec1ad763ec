"""Options: from fields to what a user can say, and back to a value."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from vle_analog.errors import UsageError
from vle_analog.fields import at_least, numbers
from vle_analog.options import REQUIRED, Option, build, changed, departures, option, options_of, part, spoken


@dataclass(frozen=True)
class Wheel:
    spokes: int = option("How many.", 32)
    tyre: str | None = option("Of which make (default: any).", None)
    patches: tuple[float, ...] = option("Where.", (), flag="patch")
    air: tuple[float, float] = (1.0, 2.0)


@dataclass(frozen=True)
class Bicycle:
    owner: str = option("Whose.", argument=True, metavar="NAME")
    wheel: Wheel = part(defaults={"spokes": 36}, without=("patches",))
    bell: bool = option("With a bell.", False)
    spare: Wheel | None = None
    seats: int = 1

    OPTIONS = (
        Option(
            "air",
            "Front and back.",
            (("wheel.air",),),
            default=(1.0, 2.0),
            parse=lambda text: numbers(text, name="air", count=2),
        ),
    )

    def __post_init__(self) -> None:
        at_least(1, spokes=self.wheel.spokes)


def test_all_options_with_those_of_the_values_inside() -> None:
    owner, spokes, tyre, bell, air = options_of(Bicycle)
    assert (owner.name, owner.spelling, owner.default) == ("owner", "NAME", REQUIRED)
    assert (spokes.name, spokes.spelling, spokes.paths, spokes.kind, spokes.default) == (
        "spokes", "--spokes", (("wheel.spokes",),), int, 36,
    )  # fmt: skip
    assert (tyre.kind, tyre.default, tyre.many) == (str, None, False)
    assert (bell.kind, bell.default) == (bool, False)
    assert (air.spelling, air.paths) == ("--air", (("wheel.air",),))
    assert [each.many for each in options_of(Wheel)] == [False, False, True]
    assert options_of(Wheel)[2].kind is float and options_of(Wheel)[2].spelling == "--patch"


def test_a_value_from_what_was_said() -> None:
    assert build(Bicycle, {"owner": "Ada"}) == Bicycle("Ada", Wheel(36))
    said = {"owner": "Ada", "tyre": "slick", "air": "3,4", "bell": True, "spokes": None}
    assert build(Bicycle, said) == Bicycle("Ada", Wheel(36, "slick", air=(3.0, 4.0)), True)
    assert build(Wheel, {"patches": [0.5, 0.7]}) == Wheel(patches=[0.5, 0.7])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="`air` '3' is not two numbers"):
        build(Bicycle, {"owner": "Ada", "air": "3"})
    with pytest.raises(UsageError, match="`spokes` must be at least 1, not 0"):
        build(Bicycle, {"owner": "Ada", "spokes": 0})


def test_what_is_not_as_usual() -> None:
    assert departures(Bicycle("Ada", Wheel(36))) == []
    assert departures(Bicycle("Ada", Wheel(35, air=(3.0, 4.0)), bell=True)) == ["spokes", "bell", "air"]


def test_two_options_of_one_name_are_a_mistake_of_ours() -> None:
    @dataclass(frozen=True)
    class Tandem:
        front: Wheel = field(default_factory=Wheel)
        back: Wheel = field(default_factory=Wheel)

    with pytest.raises(TypeError, match="two options --patch, --spokes, --tyre"):
        options_of(Tandem)


def test_messages_speak_of_options() -> None:
    text = "`spokes` must be few; leave `owner` out, or add `tyre=slick`, not `nonsense`; see `jobs`"
    assert spoken(text, Bicycle, {"jobs": "--jobs"}) == (
        "--spokes must be few; leave NAME out, or add --tyre slick, not `nonsense`; see --jobs"
    )


@dataclass(frozen=True)
class Cart:
    name: str = option("a cart.", argument=True, metavar="CART")
    wheel: Wheel = part()
    load: float = option("How much.", 1.0)
    paint: str | None = option("of a cart another colour.", None, metavar="COLOUR")


@dataclass(frozen=True)
class Trip:
    vehicle: Bicycle | Cart = part(
        which=lambda name: Cart if name.startswith("cart") else Bicycle, defaults={"spokes": 28}
    )
    days: int = option("How long.", 1)


def test_one_of_several_values_by_the_argument() -> None:
    listed = {each.name: each for each in options_of(Trip)}
    assert list(listed) == ["owner", "spokes", "tyre", "bell", "air", "patches", "load", "paint", "days"]
    assert (listed["owner"].metavar, listed["owner"].help) == ("NAME|CART", "Whose; or a cart.")
    assert listed["spokes"].default == 28

    ridden = build(Trip, {"owner": "Ann", "bell": True})
    assert ridden == Trip(Bicycle("Ann", Wheel(28), bell=True))
    drawn = build(Trip, {"owner": "cart 1", "load": 3.0, "bell": False, "spokes": 12})
    assert drawn == Trip(Cart("cart 1", Wheel(12), 3.0))
    assert departures(drawn) == ["spokes", "load"]
    assert departures(ridden) == ["bell"]


def test_what_only_another_value_has_is_refused() -> None:
    with pytest.raises(UsageError, match="`load` is not for 'Ann'"):
        build(Trip, {"owner": "Ann", "load": 2.0})
    with pytest.raises(UsageError, match="`bell` is not for 'cart 1'"):
        build(Trip, {"owner": "cart 1", "bell": True})


def test_messages_of_all_values_are_spoken() -> None:
    assert spoken("`paint`, `name`, `days`", Trip, {}) == "--paint, CART, --days"


def test_one_option_of_a_value_is_said_otherwise() -> None:
    own = Bicycle("Ada", Wheel(36, "slick"))
    assert changed(own, "spokes", "32") == Bicycle("Ada", Wheel(32, "slick"))
    assert changed(own, "air", "3,4") == Bicycle("Ada", Wheel(36, "slick", air=(3.0, 4.0)))
    assert changed(own, "bell", "on") == Bicycle("Ada", Wheel(36, "slick"), True)
    assert changed(Wheel(), "patch", "0.5") == Wheel(patches=[0.5])  # type: ignore[arg-type]
    for name, text, message in (
        ("spoke", "3", "no option 'spoke'\n  did you mean 'spokes'?"),
        ("spokes", "x", "`spokes` 'x' is not a whole number"),
        ("spokes", "0", "`spokes` must be at least 1, not 0"),
        ("bell", "yes", "`bell` is on or off"),
        ("owner", "Bob", "no option 'owner'"),
    ):
        with pytest.raises(UsageError) as caught:
            changed(own, name, text)
        assert message in str(caught.value)
