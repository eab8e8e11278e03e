"""Training a network, from shapes to a model file with its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kpstudio.app.lifting_scores import lifting_scores
from kpstudio.app.training_data import TrainingData, subjects
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict, build
from kpstudio.detectors.picture_detector import PictureDetector
from kpstudio.detectors.registry import get_detector
from kpstudio.evaluation.bootstrap_figures import bootstrap_figures, bootstrap_targets
from kpstudio.evaluation.card import ordered_targets, write_card
from kpstudio.evaluation.figures import CONDITIONS, ordered_figures
from kpstudio.evaluation.landmark_regression import regression_error, regression_targets
from kpstudio.evaluation.motion import motion_figures
from kpstudio.evaluation.picture_figures import look_twice, picture_targets, turn_figures
from kpstudio.evaluation.place_figures import place_figures, place_targets
from kpstudio.evaluation.pose_figures import (
    Posed,
    close_figures,
    look_once,
    pose_targets,
    rotation_figures,
)
from kpstudio.evaluation.subjects import Finding, examine
from kpstudio.nn.catalogue import Model
from kpstudio.nn.device import runtime
from kpstudio.training.log import read_log
from kpstudio.training.loop import LoopSettings, Watch, train
from kpstudio.training.shapes import TrainingShape
from kpstudio.training.system import System

LICENCE = "GPL-3.0-or-later"
#: Procedural training shapes that labels and mean offsets are taken from.
_LABELLED = 100
#: Pictures of each of them from which landmarks are learned as functions of keypoints.
_LESSONS = 3
#: Held-out shapes of a kind on which repeatability is measured.
_MOVED = 30
#: Systems of which it is asked where the keypoints are that they join from several pictures.
_JOINED = ("multiview", "keypoint3d")
_NO_FIGURES = "No shapes were held out: nothing tells how good this model is on others."


@dataclass(frozen=True, eq=False)
class SystemJob:
    """One training.

    Parameters
    ----------
    system
        What is trained.
    category
        The category to learn; empty for systems that work on any shape.
    data
        Shapes to learn from and to score on.
    output
        The model file; log and checkpoint go to a folder beside it, `<name>.training`.
    recipe
        Constants.
    device
        Name of the device.
    resume
        Go on with an interrupted training.
    command
        The command line, for the card.
    licence
        Of the weights.
    """

    system: System
    category: str
    data: TrainingData
    output: Path
    recipe: Any
    device: str = "auto"
    resume: bool = False
    command: str = ""
    licence: str = LICENCE

    @property
    def folder(self) -> Path:
        """Where log, pictures and checkpoint are."""
        return self.output.with_suffix(".training")

    @property
    def entry(self) -> Model:
        """The model as the catalogue lists it."""
        title = f"{self.system.title}: {self.category or 'any shape'}"
        return Model(
            self.output.stem,
            self.system.id,
            self.category,
            title,
            self.output,
            licence=self.licence,
            card=self.output.with_suffix(".json"),
        )


def train_system(
    job: SystemJob, ctx: RunContext | None = None, watch: Watch | None = None
) -> dict[str, Any]:
    """Train, save, score; write the card beside the model and return it.

    Parameters
    ----------
    job
        What to train.
    ctx
        Progress, pause and cancellation.
    watch
        Who looks on.

    Raises
    ------
    KPStudioError
        Data, folder or checkpoint do not serve.
    Cancelled
        The run was cancelled; it can be resumed.
    """
    ctx = ctx or RunContext()
    recipe = job.recipe
    pool = job.system.gather(job.data.training, recipe, ctx.part(0.0, 0.05))
    trainee = job.system.trainee(pool, recipe, job.device)
    settings = LoopSettings(
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        seed=recipe.seed,
        patience=recipe.patience,
        preview_every=recipe.preview_every,
    )
    run = ctx.part(0.05, 0.85)
    seconds = train(trainee, settings, job.folder, run, resume=job.resume, watch=watch)
    ctx.progress(0.85, "Measuring how good the model is")
    job.system.save(job.output, trainee, job.category, {"recipe": as_dict(recipe)})
    scored = _scored(job, ctx.part(0.85, 1.0))
    card = {
        **_head(job),
        "training": {
            **as_dict(recipe),
            **runtime(trainee.device),
            **_steps_taken(job),
            **trainee.story(),
            "seconds": round(seconds, 1),
            "file_bytes": job.output.stat().st_size,
        },
        **scored,
        "comparison": {},
        "notes": [] if scored["figures"] else [_NO_FIGURES],
    }
    write_card(job.output.with_suffix(".json"), card)
    return card


def _scored(job: SystemJob, ctx: RunContext) -> dict[str, Any]:
    """Return keypoints, figures and targets."""
    spec = get_detector(job.system.id).spec
    if spec.models_of:
        return lifting_scores(job.output, job.data, job.recipe.seed, ctx)
    return _ordered(job, ctx) if spec.ordered else _unordered(job, ctx)


def _head(job: SystemJob) -> dict[str, Any]:
    return {
        "format": 1,
        "id": job.entry.id,
        "kind": job.system.id,
        "category": job.category,
        "title": job.entry.title,
        "licence": job.licence,
        "summary": job.system.summary,
        "command": job.command,
        "data": job.data.as_json(),
        "conditions": {**CONDITIONS, "seed": job.recipe.seed},
    }


def _steps_taken(job: SystemJob) -> dict[str, int]:
    """Return how many steps there were, if patience ended them early."""
    last = int(read_log(job.folder)[-1]["step"])
    return {"steps_taken": last} if last < job.recipe.steps else {}


def _parameters(job: SystemJob) -> Any:
    """Return the detector's parameters with the new model."""
    values: dict[str, Any] = {"model": str(job.output)}
    kind = get_detector(job.system.id).spec.parameters
    if job.category:
        values |= {"snap": False}
    return build(kind, values)


def _ordered(job: SystemJob, ctx: RunContext) -> dict[str, Any]:
    """Return consistency across the instances of the category, with targets and names."""
    detector, parameters = get_detector(job.system.id), _parameters(job)

    def run(shapes: Sequence[TrainingShape]) -> list[Finding]:
        return examine(subjects(shapes), detector, parameters, job.recipe.seed, ctx)

    known = [shape for shape in job.data.training if shape.keypoints is not None]
    learned = {
        kind: run([shape for shape in known if shape.kind == kind][:_LABELLED])
        for kind in ("procedural", "real")
    }
    # Where no real training shape has landmarks, procedural ones say what a keypoint stands for.
    learned["real"] = learned["real"] or learned["procedural"]
    held_out = {kind: run(shapes) for kind, shapes in job.data.held_out.items()}
    figures = {
        kind: ordered_figures(learned[kind], findings, job.recipe.seed)
        for kind, findings in held_out.items()
    }
    if isinstance(detector, PictureDetector):
        taught = _taught(
            job, detector, [shape for group in learned.values() for shape in group], ctx
        )
        for kind, findings in held_out.items():
            figures[kind]["pictures"] = _of_pictures(job, detector, findings, taught, ctx)
            figures[kind]["pictures"] |= bootstrap_figures(
                findings, detector, job.entry, parameters, job.recipe.seed, ctx
            )
            figures[kind]["places"] = place_figures(findings)
    found = [finding for group in (*held_out.values(), *learned.values()) for finding in group]
    some = found or run(job.data.training[:1])
    return {
        "keypoints": list(some[0].detection.keypoints.schema.names),
        "figures": figures,
        "targets": [
            {"shapes": kind, **asdict(target)}
            for kind, values in figures.items()
            for target in (
                *ordered_targets(values, kind),
                *picture_targets(values),
                *pose_targets(values),
                *regression_targets(values),
                *bootstrap_targets(values),
                *(place_targets(values) if job.system.id in _JOINED else ()),
            )
        ],
    }


def _taught(
    job: SystemJob, detector: PictureDetector, findings: Sequence[Finding], ctx: RunContext
) -> list[Posed]:
    """Return sights of training shapes, by which landmarks can be told from keypoints."""
    shapes = [finding.subject for finding in findings]
    return [
        posed
        for seed in range(1, 1 + _LESSONS)
        for posed in look_once(
            shapes, detector, job.entry, _parameters(job), job.recipe.seed + seed, ctx
        )
    ]


def _of_pictures(
    job: SystemJob,
    detector: PictureDetector,
    findings: Sequence[Finding],
    taught: Sequence[Posed],
    ctx: RunContext,
) -> dict[str, float]:
    """Return what single pictures tell, before views are fused."""
    shapes, parameters = [finding.subject for finding in findings], _parameters(job)
    asked = (shapes, detector, job.entry, parameters, job.recipe.seed, ctx)
    schema = findings[0].detection.keypoints.schema
    seen = look_once(*asked)
    error = regression_error(taught, seen)
    return {
        **turn_figures(look_twice(*asked), schema.mirror),
        **rotation_figures(seen, schema.names),
        **close_figures(*asked),
        **({} if error is None else {"2D consistency": error}),
    }


def _unordered(job: SystemJob, ctx: RunContext) -> dict[str, Any]:
    """Return repeatability under random motions, beside hand-crafted detectors on the same."""
    figures, targets = {}, []
    for kind, shapes in job.data.held_out.items():
        found = motion_figures(
            subjects(shapes[:: max(len(shapes) // _MOVED, 1)][:_MOVED]),
            {job.system.id: _parameters(job), "iss": None, "harris3d": None},
            job.recipe.seed,
            ctx,
        )
        figures[kind] = found.figures
        targets += [{"shapes": kind, **asdict(target)} for target in found.targets(job.system.id)]
    return {"figures": figures, "targets": targets}
