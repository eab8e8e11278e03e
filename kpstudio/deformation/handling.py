"""A handling for keypoints that came without one: placed by hand, read from a file, or classic."""

from __future__ import annotations

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.data.detection import Handling
from kpstudio.data.mesh import Mesh
from kpstudio.deformation.cage import enclose
from kpstudio.deformation.influence import distance_influence, follow_keypoints
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.geometry.normalise import Normalisation

#: Subdivisions of the finest cage.
_FINEST = 2
#: A vertex of the cage may go so many times as far as the keypoints. Well-spread ones need 8;
#: pulled apart, keypoints that a cage hardly tells apart would fling it away.
_MOST_GAIN = 12.0
#: How much exactness is given up, one after the other, until that holds.
_DAMPINGS = (0.01, 0.03, 0.1, 0.3, 1.0)


def distance_handling(
    mesh: Mesh, keypoints: FloatArray, normalisation: Normalisation, subdivisions: int = 1
) -> Handling:
    """Return a cage and an influence that know nothing but distances.

    The surface under a dragged keypoint goes where the keypoint goes, as far as the cage is fine
    enough to tell the keypoints apart, and all keypoints moved by t move the mesh by t. Where
    keypoints are crowded the finer cage is taken, and where that does not do either, they pull
    each other along.

    Parameters
    ----------
    mesh
        The rest shape.
    keypoints
        (k,3) at rest, file coordinates.
    normalisation
        Of the mesh.
    subdivisions
        1 for a cage of 42 vertices if that does, 2 for 162: more keypoints want the finer one.
    """
    cage = enclose(mesh, normalisation, subdivisions)
    smooth = distance_influence(cage.vertices, keypoints)
    coordinates = mean_value_coordinates(keypoints, cage.vertices, cage.faces)
    for damping in _DAMPINGS:
        influence = follow_keypoints(smooth, coordinates, damping)
        if np.abs(influence).sum(axis=1).max() <= _MOST_GAIN:
            break
        if subdivisions < _FINEST:
            return distance_handling(mesh, keypoints, normalisation, _FINEST)
    return Handling(cage, influence)
