"""A handling for keypoints that came without one: placed by hand, read from a file, or classic."""

from __future__ import annotations

from kpstudio.base.arrays import FloatArray
from kpstudio.data.detection import Handling
from kpstudio.data.mesh import Mesh
from kpstudio.deformation.cage import enclose
from kpstudio.deformation.influence import distance_influence, follow_keypoints
from kpstudio.deformation.mean_value import mean_value_coordinates
from kpstudio.geometry.normalise import Normalisation


def distance_handling(
    mesh: Mesh, keypoints: FloatArray, normalisation: Normalisation, subdivisions: int = 1
) -> Handling:
    """Return a cage and an influence that know nothing but distances.

    The surface under a dragged keypoint goes where the keypoint goes, as far as the cage is fine
    enough to tell the keypoints apart, and all keypoints moved by t move the mesh by t.

    Parameters
    ----------
    mesh
        The rest shape.
    keypoints
        (k,3) at rest, file coordinates.
    normalisation
        Of the mesh.
    subdivisions
        1 for a cage of 42 vertices, 2 for 162: more keypoints want the finer one.
    """
    cage = enclose(mesh, normalisation, subdivisions)
    smooth = distance_influence(cage.vertices, keypoints)
    coordinates = mean_value_coordinates(keypoints, cage.vertices, cage.faces)
    return Handling(cage, follow_keypoints(smooth, coordinates))
