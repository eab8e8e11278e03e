from dataclasses import dataclass, field

import pytest

from kpstudio.base.errors import ParameterError
from kpstudio.base.parameters import as_dict, build, describe, parameter


@dataclass(frozen=True)
class Example:
    radius: float = parameter(6.0, "Radius", unit="mm", low=1.0, high=50.0, step=0.5)
    count: int = parameter(10, "How many", low=1)
    flag: bool = parameter(False, "Whether")
    kind: str = parameter("a", "Which", choices=("a", "b"))
    limit: float | None = parameter(None, "Limit", advanced=True)
    hidden: int = field(default=3)


def info(name: str):
    return next(one for one in describe(Example) if one.name == name)


def test_parameters_are_described_in_order() -> None:
    assert [one.name for one in describe(Example)] == ["radius", "count", "flag", "kind", "limit"]
    radius = info("radius")
    assert (radius.kind, radius.default, radius.unit) == (float, 6.0, "mm")
    assert (radius.low, radius.high, radius.step) == (1.0, 50.0, 0.5)
    assert radius.help == "Radius"
    assert info("kind").choices == ("a", "b")
    assert info("limit").kind is float
    assert info("limit").advanced


def test_titles_are_for_people() -> None:
    @dataclass(frozen=True)
    class Named:
        salient_radius: float = parameter(1.0, "")

    assert describe(Named)[0].title == "Salient radius"


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("radius", "7.5", 7.5), ("radius", 1, 1.0), ("count", "3", 3), ("count", 4.0, 4),
        ("flag", "yes", True), ("flag", "False", False), ("flag", True, True), ("kind", "b", "b"),
    ],
)  # fmt: skip
def test_values_become_of_their_kind(name: str, given: object, expected: object) -> None:
    value = getattr(build(Example, {name: given}), name)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"radius": 0.5}, "radius is 0.5, expected 1 to 50"),
        ({"radius": 51}, "expected 1 to 50"),
        ({"radius": float("nan")}, "expected float"),
        ({"radius": "wide"}, "radius is 'wide', expected float"),
        ({"count": 0}, "expected 1 to inf"),
        ({"count": 2.5}, "count is 2.5, expected int"),
        ({"flag": "perhaps"}, "expected bool"),
        ({"kind": "c"}, "kind is 'c'. Choose one of a, b."),
        ({"size": 3}, "no parameter 'size'. Known: radius, count"),
        ({"hidden": 3}, "no parameter 'hidden'"),
    ],
)
def test_misfits_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        build(Example, values)
    assert message in str(caught.value)


def test_there_and_back() -> None:
    example = build(Example, {"radius": 2, "kind": "b"})
    values = as_dict(example)
    assert values["radius"] == 2.0
    assert build(Example, {k: v for k, v in values.items() if v is not None and k != "hidden"}) == (
        example
    )


def test_a_unit_that_multiplies_is_shown_with_its_sign() -> None:
    @dataclass(frozen=True)
    class Ball:
        radius: float = parameter(2.0, "Radius", unit="x diameter")

    assert [one.unit for one in describe(Ball)] == ["\N{MULTIPLICATION SIGN} diameter"]
