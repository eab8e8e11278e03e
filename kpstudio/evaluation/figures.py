"""All figures of one model: consistency, alignment, distance to the surface, and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.evaluation.alignment import align_pairs, random_pairs
from kpstudio.evaluation.baselines import BASELINES, baseline_keypoints
from kpstudio.evaluation.consistency import PCK_THRESHOLD, consistency
from kpstudio.evaluation.subjects import SAMPLES, Finding, labelled
from kpstudio.geometry.closest import SurfaceLocator

PAIRS = 100
#: How the figures are made: printed beside them.
CONDITIONS: Mapping[str, Any] = {
    "normalisation": "bounding box centred, longest side 1",
    "surface_samples": SAMPLES,
    "chamfer": "mean squared nearest distance, both directions added",
    "pairs": PAIRS,
    "pck_threshold": f"{PCK_THRESHOLD} of the bounding box's diagonal",
}


def consistency_figures(
    training: Sequence[Finding], held_out: Sequence[Finding], seed: int = 0
) -> dict[str, Any] | None:
    """Return DAS and PCK of a detector and of the baselines; None without ground truth.

    Labels and mean offsets come from the training shapes, for detector and baselines alike.
    """
    known_training, known_held_out = labelled(training), labelled(held_out)
    if known_training is None or known_held_out is None:
        return None
    result = consistency(known_training, known_held_out)
    count = known_training.predicted.shape[1]
    clouds = np.stack([finding.cloud for finding in (*training, *held_out)])
    baselines = {}
    for name in BASELINES:
        keypoints = baseline_keypoints(name, clouds, count, seed)
        first = labelled(training, keypoints[: len(training)])
        second = labelled(held_out, keypoints[len(training) :])
        assert first is not None
        assert second is not None
        scored = consistency(first, second)
        baselines[name] = {"das": scored.das, "pck": scored.pck}
    return {
        "shapes": result.shapes,
        "das": result.das,
        "pck": result.pck,
        "agreement": [None if np.isnan(value) else float(value) for value in result.agreement],
        "labels": result.labels.tolist(),
        "baselines": baselines,
    }


def alignment_figures(
    findings: Sequence[Finding], seed: int = 0, ctx: RunContext | None = None
) -> dict[str, float]:
    """Return Chamfer distances of 100 random pairs before and after alignment, and ratios."""
    found = align_pairs(findings, random_pairs(PAIRS, len(findings), seed), ctx)
    ratios = {
        "after_to_before": found.after / found.before,
        "after_to_box": found.after / found.box,
    }
    return asdict(found) | ratios


def surface_figures(findings: Sequence[Finding]) -> dict[str, float]:
    """Return distances of the raw keypoints to the surface, in longest sides."""
    distances: list[FloatArray] = []
    for finding in findings:
        mesh = finding.subject.mesh
        locator = SurfaceLocator(finding.frame.apply(mesh.vertices), mesh.faces)
        distances.append(locator.closest(finding.keypoints).distances)
    flat = np.concatenate(distances)
    return {"mean": float(flat.mean()), "percentile_95": float(np.percentile(flat, 95))}


def all_figures(
    training: Sequence[Finding],
    held_out: Sequence[Finding],
    seed: int = 0,
    ctx: RunContext | None = None,
) -> dict[str, Any]:
    """Return every figure of a detector on held-out shapes, ready for JSON."""
    aligned = alignment_figures(held_out, seed, ctx) if len(held_out) > 1 else None
    return ordered_figures(training, held_out, seed) | {"alignment": aligned}


def ordered_figures(
    training: Sequence[Finding], held_out: Sequence[Finding], seed: int = 0
) -> dict[str, Any]:
    """Return the figures of ordered keypoints on held-out shapes, whether they move it or not."""
    return {
        "shapes": len(held_out),
        "consistency": consistency_figures(training, held_out, seed),
        "alignment": None,
        "surface_distance": surface_figures(held_out),
    }
