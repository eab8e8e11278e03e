"""From a recipe to a model file with its card: what `kpstudio train` does, without a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kpstudio.app.training_data import TrainingData, subjects
from kpstudio.app.training_run import LICENCE
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict, build
from kpstudio.detectors.keypoint_deformer import DETECTOR, KeypointDeformerParameters
from kpstudio.evaluation.card import targets, write_card
from kpstudio.evaluation.consistency import majority_labels
from kpstudio.evaluation.figures import CONDITIONS, all_figures
from kpstudio.evaluation.subjects import Finding, examine, labelled
from kpstudio.nn.catalogue import Model
from kpstudio.nn.device import runtime
from kpstudio.nn.keypoint_deformer_file import KIND, save_keypoint_deformer
from kpstudio.training.finish import finished_model
from kpstudio.training.keypoint_deformer import KeypointDeformerRecipe, KeypointDeformerTrainee
from kpstudio.training.keypoint_plan import KeypointPlan, free_plan, named_plan
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.pool import Pool, build_pool

#: Samples a shape kept in memory while training.
_POOL = 3072
#: Procedural training shapes that labels and mean offsets are taken from.
_LABELLED = 100


@dataclass(frozen=True, eq=False)
class Job:
    """One training.

    Parameters
    ----------
    category
        What to learn.
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
    """

    category: str
    data: TrainingData
    output: Path
    recipe: KeypointDeformerRecipe
    device: str = "auto"
    resume: bool = False
    command: str = ""

    @property
    def entry(self) -> Model:
        """The model as the catalogue lists it."""
        title = f"KeypointDeformer: {self.category}"
        return Model(self.output.stem, KIND, self.category, title, self.output)


def train_keypoint_deformer(job: Job, ctx: RunContext | None = None) -> dict[str, Any]:
    """Train, save, score; write the card beside the model and return it.

    Raises
    ------
    KPStudioError
        Data, folder or checkpoint do not serve.
    Cancelled
        The run was cancelled; it can be resumed.
    """
    ctx = ctx or RunContext()
    recipe = job.recipe
    pool = build_pool(job.data.training, _POOL, recipe.seed, ctx.part(0.0, 0.05))
    plan = plan_for(pool, recipe)
    trainee = KeypointDeformerTrainee(pool, plan, recipe, job.device)
    settings = LoopSettings(
        steps=recipe.steps, learning_rate=recipe.learning_rate, seed=recipe.seed
    )
    folder = job.output.with_suffix(".training")
    seconds = train(trainee, settings, folder, ctx.part(0.05, 0.9), resume=job.resume)
    names = plan.names
    _save(job, trainee, names)
    learned, held_out = _examine(job, ctx.part(0.9, 1.0))
    if not plan.named and learned["procedural"]:
        names = names_by_majority(learned["procedural"], pool.landmark_names)
        _save(job, trainee, names)
    figures = {
        kind: all_figures(learned[kind], findings, recipe.seed)
        for kind, findings in held_out.items()
    }
    card = {
        **_head(job, plan),
        "training": _training(job, trainee, seconds),
        "keypoints": list(names),
        "figures": figures,
        "comparison": {},
        "targets": [
            {"shapes": kind, **asdict(target)}
            for kind, values in figures.items()
            for target in targets(values, kind)
        ],
        "notes": [],
    }
    write_card(job.output.with_suffix(".json"), card)
    return card


def recipe_of(named: bool, values: Mapping[str, Any]) -> KeypointDeformerRecipe:
    """Return the recipe with these values, and the weights that suit named or free keypoints.

    Raises
    ------
    ParameterError
        An unknown name or a value out of range.
    """
    # Landmarks already say where keypoints belong: coverage need not push them about.
    weights = {"semantic_weight": 1.0, "coverage_weight": 0.1} if named else {}
    return build(KeypointDeformerRecipe, weights | dict(values))


def plan_for(pool: Pool, recipe: KeypointDeformerRecipe) -> KeypointPlan:
    """Return the keypoints a recipe asks for: named after landmarks, or free."""
    if recipe.semantic_weight == 0.0:
        return free_plan(recipe.pairs, recipe.middle, recipe.mirror_axis)
    known = pool.known[~pool.real]
    return named_plan(
        pool.landmark_names, known, recipe.extra_pairs, mirror_axis=recipe.mirror_axis
    )


def names_by_majority(
    findings: Sequence[Finding], landmark_names: Sequence[str]
) -> tuple[str, ...]:
    """Return for each keypoint "near <landmark>", numbered where several have the same."""
    shapes = labelled(findings)
    assert shapes is not None
    near = [f"near {landmark_names[label]}" for label in majority_labels(shapes)]
    return tuple(
        name if near.count(name) == 1 else f"{name} {near[: index + 1].count(name)}"
        for index, name in enumerate(near)
    )


def _save(job: Job, trainee: KeypointDeformerTrainee, names: tuple[str, ...]) -> None:
    model = finished_model(trainee.module, trainee.pool, names, job.category)
    save_keypoint_deformer(job.output, model, {"recipe": as_dict(job.recipe)})


def _examine(
    job: Job, ctx: RunContext
) -> tuple[dict[str, list[Finding]], dict[str, list[Finding]]]:
    """Return what the model finds on labelled training shapes and on held-out ones, by kind."""
    parameters = KeypointDeformerParameters(
        model=str(job.output), snap=False, heatmaps=False, seed=job.recipe.seed
    )

    def run(shapes: Sequence[Any]) -> list[Finding]:
        return examine(subjects(shapes), DETECTOR, parameters, job.recipe.seed, ctx)

    labelled_shapes = [shape for shape in job.data.training if shape.keypoints is not None]
    of_kind = {
        kind: [shape for shape in labelled_shapes if shape.kind == kind]
        for kind in ("procedural", "real")
    }
    learned = {"procedural": run(of_kind["procedural"][:_LABELLED])}
    # Where no real training shape has landmarks, procedural ones say what a keypoint stands for.
    learned["real"] = run(of_kind["real"]) or learned["procedural"]
    return learned, {kind: run(shapes) for kind, shapes in job.data.held_out.items()}


def _head(job: Job, plan: KeypointPlan) -> dict[str, Any]:
    how = (
        "the landmarks of procedural training shapes gave the keypoints their places and names "
        "(L_sem); everything else is unsupervised"
        if plan.named
        else "unsupervised; keypoints are named after the landmark they are nearest to"
    )
    head = "softmax over the points" if job.recipe.head == "softmax" else "regressed coordinates"
    return {
        "format": 1,
        "id": job.entry.id,
        "kind": KIND,
        "category": job.category,
        "title": job.entry.title,
        "licence": LICENCE,
        "summary": f"{2 * plan.pairs + plan.middle} keypoints of shapes of the category "
        f"{job.category}, and how they move a cage of 42 vertices. Head: {head}. Training: {how}.",
        "command": job.command,
        "data": job.data.as_json(),
        "conditions": {**CONDITIONS, "seed": job.recipe.seed, "keypoints": "raw, not snapped"},
    }


def _training(job: Job, trainee: KeypointDeformerTrainee, seconds: float) -> dict[str, Any]:
    return {
        **as_dict(job.recipe),
        **runtime(trainee.device),
        "seconds": round(seconds, 1),
        "file_bytes": job.output.stat().st_size,
    }
