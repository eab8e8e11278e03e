"""A contest: detectors, shapes, disturbances and the conditions under which all are scored."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kpstudio import __version__
from kpstudio.base.parameters import as_dict, describe
from kpstudio.detectors.protocol import Detector
from kpstudio.detectors.registry import get_detector
from kpstudio.evaluation.baseline_detectors import FARTHEST, RANDOM
from kpstudio.evaluation.disturbances import DEFAULTS, Disturbance
from kpstudio.evaluation.subjects import Subject

#: Distances at which everything is scored, in diagonals of the bounding box.
THRESHOLDS = tuple(step / 100.0 for step in range(1, 13))
#: Version of what is measured: results of another one are made again.
_FORMAT = 1


@dataclass(frozen=True)
class Conditions:
    """What is the same for all detectors.

    Parameters
    ----------
    count
        Number of keypoints asked of every detector that lets itself be asked.
    seed
        Seed of disturbances, baselines and samples.
    thresholds
        Distances at which everything is scored, in diagonals of the undisturbed shape's box.
    disturbances
        What repeatability is measured under.
    cold
        Forget what was derived from a shape before a detector is timed on it. In the window that
        would slow down the shapes a person works on.
    """

    count: int = 20
    seed: int = 0
    thresholds: tuple[float, ...] = THRESHOLDS
    disturbances: tuple[Disturbance, ...] = DEFAULTS
    cold: bool = True

    def seed_of(self, *what: str) -> int:
        """Return a seed for one thing, whatever was drawn before it."""
        digest = hashlib.sha256("/".join([str(self.seed), *what]).encode()).digest()
        return int.from_bytes(digest[:4], "big")


@dataclass(frozen=True, eq=False)
class Contestant:
    """A detector with its parameters.

    Parameters
    ----------
    detector
        The detector.
    parameters
        Its parameter object.
    """

    detector: Detector
    parameters: Any

    @property
    def id(self) -> str:
        """Id of the detector."""
        return self.detector.spec.id

    @property
    def title(self) -> str:
        """Name for people."""
        return self.detector.spec.title

    def parameters_for(self, subject: Subject) -> Any:
        """Return the parameters on a shape: a detector with models takes that of its category."""
        needs_name = self.detector.spec.by_category and not self.parameters.model
        if needs_name and subject.category:
            return dataclasses.replace(self.parameters, model=subject.category)
        return self.parameters


def contestants(ids: Sequence[str], count: int) -> tuple[Contestant, ...]:
    """Return detectors by their ids, each asked for `count` keypoints, and the two baselines.

    Raises
    ------
    PluginError
        There is no such detector.
    """
    detectors = [get_detector(id) for id in dict.fromkeys(ids)]
    asked = [Contestant(detector, _asked(detector, count)) for detector in detectors]
    baselines = [
        Contestant(detector, detector.spec.parameters(count)) for detector in (RANDOM, FARTHEST)
    ]
    return (*asked, *baselines)


def _asked(detector: Detector, count: int) -> Any:
    infos = {info.name: info for info in describe(detector.spec.parameters)}
    if "count" not in infos:
        return detector.spec.parameters()
    high = infos["count"].high
    return detector.spec.parameters(count=count if high is None else min(count, int(high)))


def key_of(
    conditions: Conditions, contestant: Contestant, subject: Subject, disturbance: str
) -> str:
    """Return a hash of everything a result depends on: the same hash, the same result."""
    truth = hashlib.sha256()
    for array in (subject.landmarks, subject.known, subject.weights):
        truth.update(b"-" if array is None else array.tobytes())
    content = [
        _FORMAT,
        __version__,
        contestant.id,
        as_dict(contestant.parameters_for(subject)),
        subject.mesh.key,
        str(subject.orientation),
        truth.hexdigest(),
        disturbance,
        conditions.seed,
        conditions.thresholds,
        conditions.cold,
    ]
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
