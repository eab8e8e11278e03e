"""The shapes of one training: which are learned from, which are kept for scoring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpstudio.base.errors import ParameterError
from kpstudio.evaluation.subjects import Subject
from kpstudio.training.shapes import (
    CATEGORIES,
    TrainingShape,
    is_held_out,
    load_real,
    procedural,
)

#: Seeds of the procedural shapes that are learned from and of those that are not.
TRAINING_SEED = 1
HELD_OUT_SEED = 1_000_001
HELD_OUT_COUNT = 100
#: Share of real shapes that are not learned from: there are few, and figures need some.
REAL_SHARE = 0.35


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Shapes of one category.

    Parameters
    ----------
    training
        Shapes to learn from, real and procedural.
    held_out
        Shapes to score on by kind, "real" and "procedural"; a kind without shapes is left out.
    """

    training: tuple[TrainingShape, ...]
    held_out: dict[str, tuple[TrainingShape, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return what a model card says about them."""
        real = [shape for shape in self.training if shape.kind == "real"]
        held_out = self.held_out.get("real", ())
        return {
            "real_shapes": len(real),
            "real_sources": dict(Counter(shape.source for shape in real)),
            "procedural_shapes": len(self.training) - len(real),
            "procedural_seed": TRAINING_SEED,
            "held_out_real": [shape.name for shape in held_out],
            "held_out_procedural": len(self.held_out.get("procedural", ())),
            "split": "real shapes by the hash of their name",
        }


def gather(data: Path | None, category: str, count: int) -> TrainingData:
    """Collect the shapes of a category.

    Parameters
    ----------
    data
        Folder of real meshes; procedural shapes alone if None.
    category
        One of the known categories, or a new one, for which the folder has to have shapes.
    count
        Number of procedural shapes to learn from; there are none of a new category.

    Raises
    ------
    ParameterError
        A new category without a folder.
    FileError
        The folder does not exist or its files cannot be read.
    """
    if category not in CATEGORIES and data is None:
        raise ParameterError(
            f"no shapes of {category!r} can be generated",
            remedy=f"Give a folder of meshes, or choose one of {', '.join(CATEGORIES)}.",
        )
    return divide(load_real(data, category) if data is not None else [], category, count)


def divide(real: Sequence[TrainingShape], category: str, count: int) -> TrainingData:
    """Part real shapes into those to learn from and the rest, and add procedural ones to both.

    Parameters
    ----------
    real
        Shapes of the category.
    category, count
        As for `gather`.
    """
    if category not in CATEGORIES:
        count = 0
    learned = [shape for shape in real if not is_held_out(shape.name, REAL_SHARE)]
    learned += procedural(category, count, TRAINING_SEED)
    held_out = {
        "real": tuple(shape for shape in real if is_held_out(shape.name, REAL_SHARE)),
        "procedural": tuple(procedural(category, min(count, HELD_OUT_COUNT), HELD_OUT_SEED)),
    }
    if not learned:
        # Of a few shapes the names may hold out every one: a model matters more than its figures.
        return TrainingData(tuple(real), {})
    kept = {kind: shapes for kind, shapes in held_out.items() if shapes}
    return TrainingData(tuple(learned), kept)


def gather_for(per_category: bool, data: Path | None, category: str, count: int) -> TrainingData:
    """Collect the shapes for a system: of one category, or of all if it works on any shape.

    Parameters
    ----------
    per_category
        Whether the system learns one category.
    data, category, count
        As for `gather`; without `category` a general system takes those of all known ones.

    Raises
    ------
    ParameterError
        A system that learns one category was given none.
    """
    if category:
        return gather(data, category, count)
    if per_category:
        raise ParameterError("this network learns one category", remedy="Name it with --category.")
    each_count = max(count // len(CATEGORIES), 1) if count else 0
    return _together([gather(data, each, each_count) for each in CATEGORIES])


def _together(parts: Sequence[TrainingData]) -> TrainingData:
    """Return the shapes of several, each mesh once: a plain file counts for every category."""
    kinds = dict.fromkeys(kind for part in parts for kind in part.held_out)
    return TrainingData(
        _once(shape for part in parts for shape in part.training),
        {
            kind: _once(shape for part in parts for shape in part.held_out.get(kind, ()))
            for kind in kinds
        },
    )


def _once(shapes: Iterable[TrainingShape]) -> tuple[TrainingShape, ...]:
    return tuple({(shape.kind, shape.mesh.key): shape for shape in shapes}.values())


def subjects(shapes: Sequence[TrainingShape]) -> list[Subject]:
    """Return training shapes as something to score on."""
    return [
        Subject(
            shape.name,
            shape.mesh,
            shape.keypoints,
            shape.present,
            shape.keypoint_names,
            category=shape.category,
        )
        for shape in shapes
    ]
