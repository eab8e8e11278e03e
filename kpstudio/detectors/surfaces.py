"""Surfaces of the meshes that detectors look at, kept with all that was derived from them."""

from __future__ import annotations

from kpstudio.base.memo import Memo
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.surface import Surface

#: Most shapes whose surfaces are kept, and bytes for what was derived from them.
_SHAPES, _BYTES = 8, 1 << 30

_surfaces = Memo(most=_SHAPES)
_derived = Memo(_BYTES)


def surface_of(mesh: Mesh) -> Surface:
    """Return the surface of a mesh; meshes with the same vertices and faces share one.

    Raises
    ------
    InputError
        Fewer than three points at different places, or no face has an area.
    """
    return _surfaces.get(mesh.key, lambda: Surface(mesh.vertices, mesh.faces, _derived, mesh.key))


def is_kept(mesh: Mesh) -> bool:
    """Whether `surface_of` this mesh takes no time."""
    return mesh.key in _surfaces


def forget() -> None:
    """Let go of all surfaces and what was derived from them, to time a detector from the start."""
    _surfaces.clear()
    _derived.clear()
