"""The cage of a mesh, in the coordinates of its file."""

from __future__ import annotations

from kpstudio.base.memo import Memo
from kpstudio.data.cage import Cage
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.cage import CLEARANCE, build_cage
from kpstudio.geometry.normalise import Normalisation

#: Cages of the newest meshes: other keypoints on the same mesh have the same cage.
_cages = Memo(most=16)


def enclose(
    mesh: Mesh,
    normalisation: Normalisation,
    subdivisions: int = 1,
    clearance: float = CLEARANCE,
) -> Cage:
    """Build the cage of a mesh in the frame of `normalisation` and return it in file coordinates.

    Vertices that belong to no face are not enclosed, as the normalisation does not see them
    either; mean value coordinates carry them all the same.

    Parameters
    ----------
    mesh
        The mesh, or a cloud.
    normalisation
        From file coordinates to the normalised frame.
    subdivisions
        1 for 42 cage vertices, 2 for 162.
    clearance
        Distance kept from the surface, in sides of the unit cube.
    """

    def build() -> Cage:
        vertices = normalisation.apply(mesh.vertices)
        cage_vertices, cage_faces = build_cage(vertices, subdivisions, clearance, faces=mesh.faces)
        return Cage(normalisation.invert(cage_vertices), cage_faces)

    pose = normalisation.rotation.tobytes(), normalisation.centre.tobytes(), normalisation.scale
    return _cages.get((mesh.key, pose, subdivisions, clearance), build)
