"""What `kpstudio evaluate` is asked for, made into a contest; and pictures of what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kpstudio.app.training_data import subjects
from kpstudio.base.context import RunContext
from kpstudio.base.errors import ParameterError
from kpstudio.cli.options import say
from kpstudio.detectors.registry import detector_ids, get_detector
from kpstudio.evaluation.contest import Conditions, contestants
from kpstudio.evaluation.disturbances import DEFAULTS, parse
from kpstudio.evaluation.outcome import Outcome
from kpstudio.evaluation.pictured import pictured
from kpstudio.evaluation.run import Contest
from kpstudio.evaluation.subjects import Subject
from kpstudio.evaluation.truth import load_subjects
from kpstudio.geometry.orientation import Orientation
from kpstudio.training.shapes import procedural

#: Seed of generated shapes is this plus the seed of the run: others than models are trained on.
_PROCEDURAL_SEED = 2_000_000


@dataclass(frozen=True)
class Request:
    """What the command line says.

    Parameters
    ----------
    detectors
        Ids, or "all".
    folder, truth
        Where meshes and annotated keypoints are.
    procedural
        Texts such as "chair:10".
    count, seed
        As in `Conditions`.
    disturbances
        Texts such as "noise=0.5"; the default ones if None.
    up, front
        Axes of the meshes in the folder; canonical if empty.
    """

    detectors: tuple[str, ...]
    folder: Path | None
    truth: Path | None
    procedural: tuple[str, ...]
    count: int
    seed: int
    disturbances: tuple[str, ...] | None
    up: str = ""
    front: str = ""


def contest_of(request: Request, ctx: RunContext) -> tuple[Contest, list[str]]:
    """Return the contest that was asked for, and notes about files that could not be read.

    Raises
    ------
    KPStudioError
        Unknown detectors, disturbances or categories; files that cannot be read.
    """
    chosen = request.disturbances
    conditions = Conditions(
        request.count,
        request.seed,
        disturbances=DEFAULTS if chosen is None else tuple(dict.fromkeys(map(parse, chosen))),
    )
    entrants = contestants(_ids(request.detectors), request.count)
    generated = [_generated(text, request.seed) for text in request.procedural]
    found: list[Subject] = []
    notes: list[str] = []
    if request.folder is not None:
        found, notes = load_subjects(request.folder, request.truth, ctx)
        if request.up or request.front:
            axes = Orientation(request.up or "+y", request.front or "+z")
            found = [replace(subject, orientation=axes) for subject in found]
    everything = [*found, *(subject for group in generated for subject in group)]
    return Contest(entrants, everything, conditions), notes


def _ids(asked: Sequence[str]) -> list[str]:
    ids: list[str] = []
    for id in asked:
        if id == "all":
            ids += [one for one in detector_ids() if not get_detector(one).spec.needs_model]
        else:
            ids.append(id)
    return ids


def _generated(text: str, seed: int) -> list[Subject]:
    category, _, count = text.partition(":")
    if not count.isdigit() or int(count) < 1:
        raise ParameterError(f"{text!r} names no shapes", remedy="Write it like chair:10.")
    return subjects(procedural(category, int(count), _PROCEDURAL_SEED + seed))


def draw_pictures(
    contest: Contest, outcomes: Sequence[Outcome], shapes: int, ctx: RunContext
) -> dict[tuple[str, str], bytes]:
    """Return PNG files by detector and shape, for some shapes; none where nothing can be drawn."""
    wanted = pictured(contest.subjects, outcomes, shapes)
    if not wanted:
        return {}
    try:
        from kpstudio.viewport.thumbnails import keypoint_picture
    except ImportError as error:  # libraries of the system that no Python package brings along
        say(f"no pictures: {error}")
        return {}
    pictures = {}
    for index, one in enumerate(wanted):
        ctx.progress(index / len(wanted), f"Drawing {one.subject.name}")
        subject = one.subject
        pictures[one.key] = keypoint_picture(subject.mesh, one.keypoints, subject.orientation)
    return pictures
