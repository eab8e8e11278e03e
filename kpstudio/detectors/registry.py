"""The table of detectors; other packages add theirs by the entry point group below."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kpstudio.base.errors import PluginError
from kpstudio.base.plugins import PluginTable
from kpstudio.detectors.protocol import Detector, DetectorSpec, Family

#: Entry point group: name = "package.module:detector", an object that satisfies `Detector`.
GROUP = "kpstudio.detectors"

BUILTIN = {
    "keypoint-deformer": "kpstudio.detectors.keypoint_deformer:DETECTOR",
    "farthest-points": "kpstudio.detectors.farthest_points:DETECTOR",
    "iss": "kpstudio.detectors.iss:DETECTOR",
    "harris3d": "kpstudio.detectors.harris3d:DETECTOR",
    "salient-points": "kpstudio.detectors.salient_points:DETECTOR",
    "meshdog": "kpstudio.detectors.meshdog:DETECTOR",
    "shape-index": "kpstudio.detectors.shape_index:DETECTOR",
    "lsp": "kpstudio.detectors.lsp:DETECTOR",
    "kpq": "kpstudio.detectors.kpq:DETECTOR",
    "mesh-saliency": "kpstudio.detectors.mesh_saliency:DETECTOR",
    "sift3d": "kpstudio.detectors.sift3d:DETECTOR",
    "hks": "kpstudio.detectors.hks:DETECTOR",
    "lbss": "kpstudio.detectors.lbss:DETECTOR",
    "ukpgan": "kpstudio.detectors.ukpgan:DETECTOR",
    "usip": "kpstudio.detectors.usip:DETECTOR",
    "d3feat": "kpstudio.detectors.d3feat:DETECTOR",
    "snake": "kpstudio.detectors.snake:DETECTOR",
    "structural-points": "kpstudio.detectors.structural_points:DETECTOR",
    "symmetric": "kpstudio.detectors.symmetric:DETECTOR",
    "skeleton-merger": "kpstudio.detectors.skeleton_merger:MERGER",
    "mutual-reconstruction": "kpstudio.detectors.skeleton_merger:MUTUAL",
    "keypointnet": "kpstudio.detectors.keypointnet:DETECTOR",
    "multiview": "kpstudio.detectors.multiview:DETECTOR",
    "keypoint3d": "kpstudio.detectors.keypoint3d:DETECTOR",
    "bootstrap": "kpstudio.detectors.bootstrap:DETECTOR",
    "lifting": "kpstudio.detectors.lifting:DETECTOR",
    "pose": "kpstudio.detectors.pose:DETECTOR",
    "image-structure": "kpstudio.detectors.image_structure:DETECTOR",
}


def check(id: str, detector: object) -> None:
    """Raise `PluginError` unless this is a detector of that id."""
    if isinstance(detector, type) or not isinstance(detector, Detector):
        name = detector.__name__ if isinstance(detector, type) else type(detector).__name__
        what = "is the class" if isinstance(detector, type) else "is a"
        raise PluginError(
            f"the detector {id!r} {what} {name}, not an object with `spec` and `detect`",
            remedy="Its entry point must name a detector object.",
        )
    spec: object = detector.spec
    if not isinstance(spec, DetectorSpec) or spec.id != id:
        raise PluginError(
            f"the detector {id!r} has no `DetectorSpec` of that id",
            remedy="Give its entry point the name that its `spec.id` has.",
        )


@cache
def _table() -> PluginTable:
    return PluginTable("detector", BUILTIN, GROUP, check)


def detector_ids() -> tuple[str, ...]:
    """Return the ids of all detectors, built-in ones first; imports none of them."""
    return _table().names()


def get_detector(id: str) -> Detector:
    """Return a detector by its id, importing it when first asked for.

    Raises
    ------
    PluginError
        Unknown id, the plugin does not import, or it is not a detector.
    """
    detector: Detector = _table().get(id)
    return detector


def by_family() -> dict[Family, list[DetectorSpec]]:
    """Return what the detectors say of themselves, by family in the order of lists.

    Imports all of them; those that do not import are left out, see `detector_failures`.
    """
    families: dict[Family, list[DetectorSpec]] = {family: [] for family in Family}
    for id in detector_ids():
        try:
            spec = get_detector(id).spec
        except PluginError:
            continue
        families[spec.family].append(spec)
    return {family: specs for family, specs in families.items() if specs}


def detector_failures() -> Mapping[str, str]:
    """Return why detectors did not load, by id: tracebacks, or what they are instead."""
    return _table().failures
