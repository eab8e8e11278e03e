"""Descriptors at keypoints, and keypoints paired by them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.closest import SurfaceLocator
from kpstudio.matching.assign import LOWE, Rule, by_descriptors
from kpstudio.matching.descriptors import check_comparable


@dataclass(frozen=True, eq=False)
class Described:
    """Keypoints of a mesh with a descriptor of its vertices.

    Parameters
    ----------
    mesh
        The mesh.
    keypoints
        k keypoints on or near it.
    descriptor
        A vector (d,) for every vertex of the mesh.
    """

    mesh: Mesh
    keypoints: KeypointSet
    descriptor: Descriptor

    def __post_init__(self) -> None:
        """Check that the descriptor is of the mesh."""
        if len(self.descriptor.values) != len(self.mesh.vertices):
            raise InputError(
                f"{self.descriptor.name} is of {len(self.descriptor.values)} vertices, and the "
                f"mesh has {len(self.mesh.vertices)}"
            )

    def at_keypoints(self) -> FloatArray:
        """Return (k,d) the descriptor where the surface is nearest to each keypoint.

        Between vertices it is interpolated.
        """
        mesh, values = self.mesh, self.descriptor.values.astype(np.float64)
        anchor = self.keypoints.anchor
        if anchor is not None and anchor.mesh_key == mesh.key:
            faces, weights = anchor.faces, anchor.barycentric
        else:
            places = SurfaceLocator(mesh.vertices, mesh.faces).closest(self.keypoints.positions)
            faces, weights = places.faces, places.barycentric
        if len(mesh.faces) == 0:
            return values[faces]  # of a cloud these are vertices
        return np.einsum("kc,kcd->kd", weights, values[mesh.faces[faces]])


def match_keypoints(
    first: Described, second: Described, rule: Rule = Rule.MUTUAL, ratio: float = LOWE
) -> Correspondence:
    """Pair the keypoints of two shapes that look alike; see `assign.by_descriptors`.

    Keypoints that are not defined have no partner.

    Raises
    ------
    InputError
        The descriptors of the two shapes cannot be compared.
    ParameterError
        The ratio is out of range.
    """
    check_comparable((first.descriptor, second.descriptor))
    there = [np.flatnonzero(one.keypoints.defined) for one in (first, second)]
    a, b = (one.at_keypoints()[own] for one, own in zip((first, second), there, strict=True))
    found = by_descriptors(a, b, rule, ratio)
    pairs = np.stack([there[0][found.first], there[1][found.second]], axis=1)
    source = f"{first.descriptor.name}, {found.source}"
    return replace(found, pairs=pairs.astype(np.int32), source=source)
