"""What came out of one detector on one shape: scores, or why there are none; kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kpstudio.evaluation.iou import Matches, Ranked
from kpstudio.evaluation.misses import Misses
from kpstudio.evaluation.repeatability import Repeatability


@dataclass(frozen=True)
class Scores:
    """Scores of one set of keypoints; what was not measured is None or empty.

    Parameters
    ----------
    count
        Number of keypoints on the shape as it was looked at.
    repeatability
        Under the disturbance.
    misses
        Against annotated keypoints, along the surface.
    matches
        By the name of the distance, one entry for each threshold.
    ranked
        For average precision, along a 20-NN graph.
    coverage_diagonals, coverage_boxes, inclusivity
        How the keypoints span the shape; inclusivity by its threshold.
    keypoints
        Positions in the normalised frame, for scores across shapes.
    """

    count: int
    repeatability: Repeatability | None = None
    misses: Misses | None = None
    matches: Mapping[str, tuple[Matches, ...]] = field(default_factory=dict)
    ranked: Ranked | None = None
    coverage_diagonals: float | None = None
    coverage_boxes: float | None = None
    inclusivity: Mapping[str, float] = field(default_factory=dict)
    keypoints: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One detector on one shape, undisturbed or disturbed in one way.

    Parameters
    ----------
    key
        Hash of everything the scores depend on.
    detector
        Id of the detector.
    shape
        Name of the shape.
    category
        Its category, empty if nobody said.
    disturbance
        Name of the disturbance; empty for the shape as it is.
    error
        Why there are no scores; empty if there are.
    seconds
        How long detection took.
    scores
        Those of the detector.
    baselines
        Those of the baselines with the same number of keypoints, by id.
    """

    key: str
    detector: str
    shape: str
    category: str
    disturbance: str
    error: str = ""
    seconds: float = 0.0
    scores: Scores | None = None
    baselines: Mapping[str, Scores] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Outcome:
        """Return the outcome that `as_json` described.

        Raises
        ------
        KeyError, TypeError
            It is something else.
        """
        values = dict(content)
        if values["scores"] is not None:
            values["scores"] = _scores(values["scores"])
        values["baselines"] = {id: _scores(row) for id, row in values["baselines"].items()}
        return cls(**values)


def _scores(content: Mapping[str, Any]) -> Scores:
    values = dict(content)
    for name, kind in (("repeatability", Repeatability), ("misses", Misses), ("ranked", Ranked)):
        if values[name] is not None:
            values[name] = kind(**{key: _frozen(value) for key, value in values[name].items()})
    values["matches"] = {
        name: tuple(Matches(**row) for row in rows) for name, rows in values["matches"].items()
    }
    values["keypoints"] = tuple(_frozen(row) for row in values["keypoints"])
    return Scores(**values)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
