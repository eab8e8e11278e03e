"""Parameters as frozen dataclasses: one description makes form, options and saved values.

A parameter class is a frozen dataclass whose fields are made by `parameter`::

    @dataclass(frozen=True)
    class IssParameters:
        radius: float = parameter(6.0, "Salient radius", unit="x resolution", low=1.0, high=50.0)
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kpstudio.base.errors import ParameterError

P = TypeVar("P")


@dataclass(frozen=True)
class ParameterInfo:
    """What is known of one parameter: enough for a form, an option and a check."""

    name: str
    kind: type
    default: Any
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] | None = None
    advanced: bool = False

    @property
    def title(self) -> str:
        """The name as a person reads it."""
        return self.name.replace("_", " ").capitalize()

    def check(self, value: Any) -> Any:
        """Return `value` as this parameter's kind.

        Raises
        ------
        ParameterError
            Wrong kind, out of range, or not one of the choices.
        """
        try:
            value = _convert(value, self.kind)
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f"{self.name} is {value!r}, expected {self.kind.__name__}"
            ) from error
        if self.choices is not None and value not in self.choices:
            raise ParameterError(
                f"{self.name} is {value!r}", remedy=f"Choose one of {', '.join(self.choices)}."
            )
        below = self.low is not None and value < self.low
        above = self.high is not None and value > self.high
        if below or above:
            low = "-inf" if self.low is None else f"{self.low:g}"
            high = "inf" if self.high is None else f"{self.high:g}"
            raise ParameterError(f"{self.name} is {value:g}, expected {low} to {high}")
        return value


def _convert(value: Any, kind: type) -> Any:
    if kind is bool and isinstance(value, str):
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in words:
            raise ValueError(value)
        return words[value.lower()]
    converted = kind(value)
    if kind is int and float(value) != converted:
        raise ValueError(value)
    if kind is float and converted != converted:
        raise ValueError(value)
    return converted


def parameter(
    default: Any,
    help: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    choices: Sequence[str] | None = None,
    advanced: bool = False,
) -> Any:
    """Declare a field of a parameter dataclass.

    Parameters
    ----------
    default
        Default value; its type is the parameter's kind unless annotated otherwise.
    help
        One sentence for tooltips and `--help`.
    unit
        Unit shown beside the value, such as "% of diagonal"; one that begins with "x " is shown
        with a multiplication sign: "x diameter".
    low, high, step
        Range of a number (inclusive) and the step of its spin box.
    choices
        The allowed words, for a parameter of kind str.
    advanced
        Shown folded away.
    """
    metadata = {
        "help": help,
        "unit": re.sub("^x ", "\N{MULTIPLICATION SIGN} ", unit),
        "low": low,
        "high": high,
        "step": step,
        "choices": tuple(choices) if choices is not None else None,
        "advanced": advanced,
    }
    return dataclasses.field(default=default, metadata=metadata)


def describe(kind: type) -> tuple[ParameterInfo, ...]:
    """Return what is known of every parameter of a parameter dataclass, in order."""
    hints = typing.get_type_hints(kind)
    return tuple(
        ParameterInfo(
            name=field.name, kind=_plain(hints[field.name]), default=field.default, **field.metadata
        )
        for field in dataclasses.fields(kind)
        if field.metadata
    )


def _plain(hint: Any) -> type:
    if isinstance(hint, types.UnionType):
        hint = next(part for part in hint.__args__ if part is not type(None))
    return typing.get_origin(hint) or hint


def build(kind: type[P], values: Mapping[str, Any]) -> P:
    """Make a parameter object from loose values, checking every one.

    Raises
    ------
    ParameterError
        Unknown name, wrong kind or out of range.
    """
    known = {info.name: info for info in describe(kind)}
    for name in values:
        if name not in known:
            raise ParameterError(
                f"there is no parameter {name!r}",
                remedy=f"Known: {', '.join(known) or 'none'}.",
            )
    return kind(**{name: known[name].check(value) for name, value in values.items()})


def as_dict(parameters: Any) -> dict[str, Any]:
    """Return a parameter object's values by name, ready for JSON."""
    return dataclasses.asdict(parameters)
