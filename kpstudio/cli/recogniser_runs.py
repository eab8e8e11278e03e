"""Training the recogniser, from shapes to a model file with its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kpstudio.app.training_data import HELD_OUT_COUNT, HELD_OUT_SEED, REAL_SHARE, TRAINING_SEED
from kpstudio.app.training_run import LICENCE
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import as_dict
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.recognise import Recognition, recognise_with
from kpstudio.evaluation.card import write_card
from kpstudio.evaluation.recognition import recognition_figures
from kpstudio.nn.device import runtime
from kpstudio.nn.recogniser import KIND, NETWORK, RecogniserNet
from kpstudio.training.loop import LoopSettings, train
from kpstudio.training.recogniser import (
    RecogniserRecipe,
    RecogniserTrainee,
    build_recogniser_pool,
    load_foreign,
)
from kpstudio.training.shapes import (
    CATEGORIES,
    TrainingShape,
    is_held_out,
    load_real,
    procedural,
)

#: What must come out right at least this often.
_LEAST = 0.9


@dataclass(frozen=True, eq=False)
class RecogniserJob:
    """One training of the recogniser; fields as in `training_runs.Job`.

    `count` is the number of procedural shapes a category.
    """

    data: Path | None
    output: Path
    recipe: RecogniserRecipe
    count: int = 200
    device: str = "auto"
    resume: bool = False
    command: str = ""


def train_recogniser(job: RecogniserJob, ctx: RunContext | None = None) -> dict[str, Any]:
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
    learned, held_out = _shapes(job)
    pool = build_recogniser_pool(learned, CATEGORIES, recipe.seed, ctx.part(0.0, 0.2))
    trainee = RecogniserTrainee(pool, recipe, job.device)
    settings = LoopSettings(
        steps=recipe.steps, learning_rate=recipe.learning_rate, seed=recipe.seed
    )
    folder = job.output.with_suffix(".training")
    seconds = train(trainee, settings, folder, ctx.part(0.2, 0.9), resume=job.resume)
    net = trainee.module.cpu().eval().requires_grad_(False)
    NETWORK.save(job.output, net, {"recipe": as_dict(recipe)})
    figures = _figures(net, held_out, recipe.seed, ctx)
    card = {
        "format": 1,
        "id": job.output.stem,
        "kind": KIND,
        "category": "",
        "title": "Recogniser of categories and orientations",
        "licence": LICENCE,
        "summary": f"Proposes one of {', '.join(CATEGORIES)}, or none, and which axes are up and "
        "front. It looks at a shape in all 24 axis orientations.",
        "command": job.command,
        "data": _data(learned),
        "conditions": {
            "shown": "each held-out shape in one random orientation of the 24",
            "orientation": "of the shapes named rightly; symmetric ones may look right otherwise",
            "seed": recipe.seed,
        },
        "training": {
            **as_dict(recipe),
            **runtime(trainee.device),
            "seconds": round(seconds, 1),
            "file_bytes": job.output.stat().st_size,
        },
        "figures": figures,
        "targets": _targets(figures),
        "notes": [],
    }
    write_card(job.output.with_suffix(".json"), card)
    return card


def _shapes(
    job: RecogniserJob,
) -> tuple[list[TrainingShape], dict[str, dict[str, list[TrainingShape]]]]:
    """Return shapes to learn from, and held-out ones by kind and category ("" for foreign)."""
    learned: list[TrainingShape] = []
    held_out: dict[str, dict[str, list[TrainingShape]]] = {"procedural": {}, "real": {}}
    foreign = load_foreign(job.data) if job.data is not None else []
    for category in CATEGORIES:
        learned += procedural(category, job.count, TRAINING_SEED)
        held_out["procedural"][category] = procedural(category, HELD_OUT_COUNT // 2, HELD_OUT_SEED)
    groups = {"": foreign}
    if job.data is not None:
        groups |= {category: load_real(job.data, category) for category in CATEGORIES}
    for category, shapes in groups.items():
        learned += [shape for shape in shapes if not is_held_out(shape.name, REAL_SHARE)]
        kept = [shape for shape in shapes if is_held_out(shape.name, REAL_SHARE)]
        if kept:
            held_out["real"][category] = kept
    return learned, held_out


def _figures(
    net: RecogniserNet,
    held_out: Mapping[str, Mapping[str, Sequence[TrainingShape]]],
    seed: int,
    ctx: RunContext,
) -> dict[str, Any]:
    def recogniser(mesh: Mesh) -> Recognition:
        return recognise_with(net, mesh)

    return {
        kind: {
            category or "foreign": asdict(
                recognition_figures(
                    [shape.mesh for shape in shapes], category, seed, recogniser, ctx
                )
            )
            for category, shapes in groups.items()
        }
        for kind, groups in held_out.items()
        if groups
    }


def _targets(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "shapes": f"{kind} {category}",
            "text": "named rightly at least",
            "value": values["category"],
            "limit": _LEAST,
            "met": values["category"] >= _LEAST,
        }
        for kind, groups in figures.items()
        for category, values in groups.items()
    ]


def _data(shapes: Sequence[TrainingShape]) -> dict[str, Any]:
    real = [shape for shape in shapes if shape.kind == "real"]
    return {
        "real_shapes": sum(shape.category in CATEGORIES for shape in real),
        "foreign_shapes": sum(shape.category not in CATEGORIES for shape in real),
        "procedural_shapes": len(shapes) - len(real),
        "procedural_seed": TRAINING_SEED,
        "split": "real shapes by the hash of their name",
    }
