"""How much a source shape, deformed by its keypoints, comes to look like a target shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.deformation.rig import Rig, bind
from kpstudio.evaluation.baselines import stretch_to_box
from kpstudio.evaluation.subjects import Finding
from kpstudio.geometry.chamfer import chamfer_distance


@dataclass(frozen=True)
class Alignment:
    """Chamfer distances to the target, means over pairs, squared in the normalised frame.

    Parameters
    ----------
    before
        Of the source as it is.
    box
        Of the source stretched to the target's bounding box.
    after
        Of the source deformed by its keypoints.
    pairs
        Number of pairs.
    """

    before: float
    box: float
    after: float
    pairs: int


def random_pairs(count: int, shapes: int, seed: int = 0) -> list[tuple[int, int]]:
    """Return `count` random (source, target) of different shapes.

    Raises
    ------
    InputError
        Fewer than two shapes.
    """
    if shapes < 2:
        raise InputError("alignment needs two shapes or more")
    rng = np.random.default_rng(seed)
    sources = rng.integers(0, shapes, count)
    targets = (sources + rng.integers(1, shapes, count)) % shapes
    return list(zip(sources.tolist(), targets.tolist(), strict=True))


def align_pairs(
    findings: Sequence[Finding],
    pairs: Sequence[tuple[int, int]],
    ctx: RunContext | None = None,
) -> Alignment:
    """Deform sources to targets the way the application does, and measure.

    Parameters
    ----------
    findings
        What a detector with a handling found.
    pairs
        (source, target) indices.

    Raises
    ------
    InputError
        A detection has no handling.
    """
    ctx = ctx or RunContext()
    rigs = {source: _bound(findings[source]) for source in sorted({a for a, _ in pairs})}
    rows = []
    for index, (source, target) in enumerate(pairs):
        ctx.progress(index / len(pairs), "Aligning pairs")
        rest, goal = findings[source].cloud, findings[target].cloud
        moved = _deformed(findings[source], rigs[source], findings[target].keypoints)
        boxed = stretch_to_box(rest, rest, goal)
        rows.append([chamfer_distance(cloud, goal) for cloud in (rest, boxed, moved)])
    before, box, after = np.mean(rows, axis=0).tolist()
    return Alignment(before, box, after, len(pairs))


def _bound(finding: Finding) -> Rig:
    handling = finding.detection.handling
    if handling is None:
        raise InputError(f"the detector does not move meshes such as {finding.subject.name}")
    return bind(finding.subject.mesh, finding.detection.keypoints, handling, RunContext())


def _deformed(finding: Finding, rig: Rig, goal: FloatArray) -> FloatArray:
    """Return the samples (p,3) after the keypoints have moved to `goal` (k,3), normalised."""
    offsets = finding.frame.invert_vectors(goal - finding.keypoints)
    vertices = rig.deform(offsets)
    samples, faces = finding.samples, finding.subject.mesh.faces
    points = np.einsum("sc,scd->sd", samples.barycentric, vertices[faces[samples.faces]])
    return finding.frame.apply(points)
