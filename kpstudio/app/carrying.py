"""A whole shape carried somewhere else: its mesh and everything that was found on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kpstudio.data.candidates import Candidates
from kpstudio.data.detection import Detection, Handling
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.geometry.procrustes import Similarity

#: A turn by less than this is none.
_TURN = 1e-9


def carried(shape: Shape, motion: Similarity) -> Shape:
    """Return a shape at another place: vertices, keypoints and all that was found move along.

    What is known in the normalised frame alone, a shape prior, is left behind by a turn: that frame
    goes with the axes.

    Parameters
    ----------
    shape
        The shape.
    motion
        From where it is to where it shall be, file coordinates.
    """
    mesh = shape.mesh.moved(motion.apply(shape.mesh.vertices))
    deformed = mesh
    if shape.is_deformed:
        deformed = mesh.moved(motion.apply(shape.current.vertices))
    detections = {id(one): _detection(one, motion, mesh) for one in shape.detections}
    detection, keypoints = shape.detection, shape.keypoints
    moved_detection = detections[id(detection)] if detection is not None else None
    if moved_detection is not None and detection is not None and keypoints is detection.keypoints:
        keypoints = moved_detection.keypoints  # nobody has edited them, and it can be told so
    elif keypoints is not None:
        keypoints = _keypoints(keypoints, motion, mesh)
    return replace(
        shape,
        mesh=mesh,
        deformed=deformed,
        detection=moved_detection,
        keypoints=keypoints,
        others=tuple(detections[id(one)] for one in shape.others),
    )


def _detection(found: Detection, motion: Similarity, mesh: Mesh) -> Detection:
    scale = motion.scale
    turned = float(np.abs(motion.rotation - np.eye(3)).max()) > _TURN
    return replace(
        found,
        keypoints=_keypoints(found.keypoints, motion, mesh),
        provenance=replace(found.provenance, input_key=mesh.key),
        raw=None if found.raw is None else motion.apply(found.raw),
        sizes=None if found.sizes is None else scale * found.sizes,
        handling=_handling(found.handling, motion, turned),
        candidates=_candidates(found.candidates, motion),
        prior=None if turned else found.prior,
        overlays=tuple(replace(one, points=motion.apply(one.points)) for one in found.overlays),
        sights=tuple(_sight(one, motion) for one in found.sights),
    )


def _keypoints(keypoints: KeypointSet, motion: Similarity, mesh: Mesh) -> KeypointSet:
    anchor = keypoints.anchor
    if anchor is not None:
        anchor = replace(anchor, mesh_key=mesh.key)
    return replace(keypoints, positions=motion.apply(keypoints.positions), anchor=anchor)


def _handling(handling: Handling | None, motion: Similarity, turned: bool) -> Handling | None:
    if handling is None:
        return None
    cage = replace(handling.cage, vertices=motion.apply(handling.cage.vertices))
    return replace(handling, cage=cage, prior=None if turned else handling.prior)


def _candidates(found: Candidates | None, motion: Similarity) -> Candidates | None:
    if found is None:
        return None
    sizes = None if found.sizes is None else motion.scale * found.sizes
    return replace(found, positions=motion.apply(found.positions), sizes=sizes)


def _sight(sight: Sight, motion: Similarity) -> Sight:
    """Return what was seen, by a camera that goes along with the shape."""
    scale = np.float32(motion.scale)
    camera = sight.camera
    if camera is not None:
        camera = camera.moved(motion.rotation, motion.scale, motion.translation)
    maps = {name: values * scale if name.endswith("depth") else values
            for name, values in sight.maps.items()}  # fmt: skip
    return replace(
        sight,
        camera=camera,
        depth=None if sight.depth is None else motion.scale * sight.depth,
        maps=maps,
        pose=None if sight.pose is None else sight.pose @ motion.rotation.T,
    )
