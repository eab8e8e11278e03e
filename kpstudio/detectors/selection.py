"""Which candidates become keypoints: threshold, suppression radius, cap; again without a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.parameters import as_dict, describe, parameter
from kpstudio.data.candidates import Candidates
from kpstudio.data.detection import Detection
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.surfaces import is_kept, surface_of
from kpstudio.geometry.geodesics import GRAPH, surface_graph
from kpstudio.geometry.suppression import suppress, suppress_geodesic

#: The choices of `metric`.
EUCLIDEAN, GEODESIC = "euclidean", "geodesic"


@dataclass(frozen=True)
class SelectionParameters:
    """How keypoints are chosen among candidates: what every choosing detector has in common."""

    threshold: float = parameter(
        0.0,
        "Weakest response that counts, as a share of the strongest.",
        low=0.0,
        high=1.0,
        step=0.01,
    )
    radius: float = parameter(
        0.04,
        "Of two keypoints closer than this the weaker one goes.",
        unit="x diameter",
        low=0.0,
        high=0.5,
        step=0.005,
    )
    metric: str = parameter(
        EUCLIDEAN,
        "Whether that distance goes straight through space or along the surface.",
        choices=(EUCLIDEAN, GEODESIC),
        advanced=True,
    )
    count: int = parameter(64, "Most keypoints, the strongest ones.", low=1, high=4096)


#: Names of those parameters: changing them alone needs no new run.
SELECTION = tuple(info.name for info in describe(SelectionParameters))


def select(candidates: Candidates, mesh: Mesh, parameters: SelectionParameters) -> NDArray[np.intp]:
    """Return the indices of the candidates that become keypoints, the strongest first.

    Parameters
    ----------
    candidates
        The candidates.
    mesh
        The mesh they are on.
    parameters
        Threshold, radius, metric and cap.
    """
    strongest = candidates.response.max(initial=0.0)
    kept = np.flatnonzero(candidates.response >= parameters.threshold * strongest)
    surface = surface_of(mesh)
    response = candidates.response[kept]
    if parameters.metric == GEODESIC:
        points = surface.of_vertex[candidates.vertices[kept]]
        graph = surface_graph(surface)
        chosen = suppress_geodesic(points, response, graph, parameters.radius, parameters.count)
    else:
        radius = parameters.radius * surface.scale
        chosen = suppress(candidates.positions[kept], response, radius, parameters.count)
    return kept[chosen]


def prepare(mesh: Mesh, metric: str) -> None:
    """Do what takes time the first time that candidates on a mesh are chosen from."""
    surface = surface_of(mesh)
    if metric == GEODESIC:
        surface_graph(surface)


def is_prepared(mesh: Mesh, metric: str) -> bool:
    """Whether `select` is quick: the surface is at hand, and its graph if that is needed."""
    return is_kept(mesh) and (metric != GEODESIC or surface_of(mesh).keeps(GRAPH))


def keypoints_of(
    candidates: Candidates, chosen: NDArray[np.intp], mesh: Mesh
) -> tuple[KeypointSet, FloatArray | None]:
    """Return the chosen candidates as unordered keypoints, and their sizes if they have any.

    Confidence is the response as a share of the strongest candidate's.
    """
    strongest = candidates.response.max(initial=0.0)
    confidence = candidates.response[chosen] / (strongest if strongest > 0.0 else 1.0)
    positions = candidates.positions[chosen]
    vertices = candidates.vertices[chosen]
    anchor = _anchor(mesh, vertices, positions)
    keypoints = KeypointSet(
        positions,
        KeypointSchema.numbered(len(chosen), ordered=False),
        confidence=confidence,
        anchor=anchor,
    )
    return keypoints, None if candidates.sizes is None else candidates.sizes[chosen]


def reselect(detection: Detection, mesh: Mesh, values: Mapping[str, Any]) -> Detection:
    """Return a detection with its keypoints chosen anew; everything else stays.

    Parameters
    ----------
    detection
        What a choosing detector found.
    mesh
        The mesh it was found on.
    values
        Values of `SelectionParameters` by name; those left out stay as they were.
    """
    assert detection.candidates is not None
    made = dict(detection.provenance.parameters)
    known = as_dict(SelectionParameters()) | made | dict(values)
    wanted = {name: known[name] for name in SELECTION}
    chosen = select(detection.candidates, mesh, SelectionParameters(**wanted))
    keypoints, sizes = keypoints_of(detection.candidates, chosen, mesh)
    return dataclasses.replace(
        detection,
        keypoints=keypoints,
        sizes=sizes,
        raw=keypoints.positions,
        provenance=dataclasses.replace(detection.provenance, parameters=made | wanted),
        handling=None,
    )


def differs_in_selection_only(detection: Detection, parameters: Any) -> bool:
    """Whether `parameters` ask for other keypoints among the candidates of this detection."""
    if detection.candidates is None or not isinstance(parameters, SelectionParameters):
        return False
    made, wanted = dict(detection.provenance.parameters), as_dict(parameters)
    return all(made.get(name) == value for name, value in wanted.items() if name not in SELECTION)


def _anchor(mesh: Mesh, vertices: IntArray, positions: FloatArray) -> Anchor | None:
    """Return where on the mesh the keypoints are, if all of them are at vertices with faces."""
    if len(mesh.faces) == 0 or not np.array_equal(mesh.vertices[vertices], positions):
        return None
    corner_of = np.full(len(mesh.vertices), -1)
    corners = mesh.faces.reshape(-1)
    corner_of[corners[::-1]] = np.arange(len(corners) - 1, -1, -1)
    places = corner_of[vertices]
    if (places < 0).any():
        return None
    return Anchor(places // 3, np.eye(3)[places % 3], mesh.key)
