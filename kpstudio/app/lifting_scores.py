"""What the card of a model that lifts says: figures by category, for it knows several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kpstudio.app.training_data import TrainingData, subjects
from kpstudio.base.context import RunContext
from kpstudio.detectors.lifting import DETECTOR, LiftingParameters
from kpstudio.evaluation.lifting_figures import lifting_figures, lifting_targets, seen_figures
from kpstudio.evaluation.subjects import Subject
from kpstudio.nn.catalogue import Model, find_model

#: Held-out shapes of a category and kind that are looked at in pictures.
_SEEN = 40


def lifting_scores(model: Path, data: TrainingData, seed: int, ctx: RunContext) -> dict[str, Any]:
    """Return keypoints, figures and targets of a model that lifts.

    Parameters
    ----------
    model
        Its file.
    data
        The shapes.
    seed
        Seed of the cameras.
    ctx
        Progress and cancellation.
    """
    entry = find_model(str(model), DETECTOR.spec.id)
    figures = {
        kind: {
            category: _figures(entry, shapes, seed, ctx)
            for category, shapes in _by_category(subjects(held_out)).items()
        }
        for kind, held_out in data.held_out.items()
    }
    return {
        "keypoints": list(DETECTOR.network().load(entry).metadata["names"]),
        "figures": figures,
        "targets": [
            {"shapes": kind, **asdict(target)}
            for kind, values in figures.items()
            for target in lifting_targets(values)
        ],
    }


def _figures(
    entry: Model, shapes: Sequence[Subject], seed: int, ctx: RunContext
) -> dict[str, float]:
    parameters = LiftingParameters(lifting=str(entry.path))
    lifted = lifting_figures(shapes, DETECTOR.network().load(entry), seed)
    return lifted | seen_figures(shapes[:_SEEN], DETECTOR, parameters, seed, ctx)


def _by_category(shapes: Sequence[Subject]) -> dict[str, list[Subject]]:
    names = sorted({shape.category for shape in shapes})
    return {name: [shape for shape in shapes if shape.category == name] for name in names}
