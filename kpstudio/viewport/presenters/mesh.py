"""The mesh: shading, colours of the file, fields as colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from vtkmodules.vtkRenderingCore import (
    VTK_FLAT,
    VTK_GOURAUD,
    VTK_POINTS,
    VTK_SURFACE,
    VTK_WIREFRAME,
    vtkActor,
    vtkPolyDataMapper,
    vtkTexture,
)

from kpstudio.app.options import Shading
from kpstudio.base.arrays import ByteArray
from kpstudio.rendering.vtk_arrays import image_of
from kpstudio.viewport.colormaps import lookup_table
from kpstudio.viewport.fields import ShownField, shown_field
from kpstudio.viewport.ground import Ground
from kpstudio.viewport.palette import Color
from kpstudio.viewport.presenters.look import Look
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.skin import Skin
from kpstudio.viewport.surface import Surface
from kpstudio.viewport.surfaces import Surfaces

#: Under the lights: a plain surface; colours of the file, which may be white; a field, with enough
#: shading for form and not so much that colours change.
_PLAIN = {"ambient": 0.0, "diffuse": 1.0, "specular": 0.22}
_OWN = {"ambient": 0.04, "diffuse": 0.88, "specular": 0.06}
_FIELD = {"ambient": 0.28, "diffuse": 0.74, "specular": 0.04}
_SPECULAR_POWER = 28.0
_POINT_SIZE = 3.0
_EDGE_OPACITY = 0.6
_REPRESENTATIONS = {Shading.WIREFRAME: VTK_WIREFRAME, Shading.POINTS: VTK_POINTS}


class MeshPresenter:
    """Draws the surface of one item.

    Parameters
    ----------
    stage
        Where it stands.
    surfaces
        The surfaces that all views draw.
    """

    def __init__(self, stage: Ground, surfaces: Surfaces) -> None:
        self._stage, self._surfaces = stage, surfaces
        self._actor, self._mapper = vtkActor(), vtkPolyDataMapper()
        self._mapper.SetInterpolateScalarsBeforeMapping(True)
        self._actor.SetMapper(self._mapper)
        self._actor.GetProperty().SetSpecularPower(_SPECULAR_POWER)
        stage.add(self._actor)
        self._skin: Skin | None = None
        self._texture: vtkTexture | None = None
        self._has_colors = False  # the file's, a colour a vertex
        self._seen: Look | None = None
        #: The field that colours the mesh now.
        self.field: ShownField | None = None

    @property
    def surface(self) -> Surface | None:
        """The surface drawn, once the item has been visible."""
        return self._skin.surface if self._skin is not None else None

    @property
    def skin(self) -> Skin | None:
        """Its colours in this view."""
        return self._skin

    @property
    def actor(self) -> vtkActor:
        """The actor, for tests."""
        return self._actor

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        # The look is kept, the buffer of a drag is not ours to keep.
        seen, self._seen = self._seen, replace(look, positions=None)
        self._actor.SetVisibility(look.item.visible)
        if not look.item.visible:
            return
        skin = self._bound(look)
        vertices = look.shape.current.vertices
        skin.surface.follow(look.item, vertices, look.positions, moving=look.moving)
        self._shade(look)
        if skin.renew() or seen is None or _field_changed(seen, look):
            self._color(look, skin)

    def place(self, view: Projection, ratio: float) -> None:
        """Set the sizes that are in pixels."""
        style = self._actor.GetProperty()
        style.SetPointSize(_POINT_SIZE * ratio)
        style.SetLineWidth(ratio)

    def close(self) -> None:
        """Leave the stage."""
        self._stage.remove(self._actor)

    # --- geometry ------------------------------------------------------------------------------

    def _bound(self, look: Look) -> Skin:
        """Return the skin of the item's rest mesh, made when that mesh is new."""
        mesh = look.shape.mesh
        if self._skin is None or not self._skin.surface.is_of(mesh, look.coarse):
            surface = self._surfaces.of("mesh", look.item.id, mesh, look.coarse)
            self._skin, self.field, self._texture = Skin(surface), None, None
            self._actor.SetPosition(*surface.origin)
            self._mapper.SetInputData(self._skin.polydata)
            self._file_colors(self._skin)
        return self._skin

    # --- colour --------------------------------------------------------------------------------

    def _shade(self, look: Look) -> None:
        style, shading = self._actor.GetProperty(), look.view.shading
        style.SetRepresentation(_REPRESENTATIONS.get(shading, VTK_SURFACE))
        # Thin things under a light are mostly dark.
        style.SetLighting(shading not in _REPRESENTATIONS)
        style.SetInterpolation(VTK_FLAT if shading is Shading.FLAT else VTK_GOURAUD)
        style.SetEdgeVisibility(look.view.edges and shading not in _REPRESENTATIONS)
        style.SetEdgeColor(*look.palette.edge)
        style.SetEdgeOpacity(_EDGE_OPACITY)

    def _color(self, look: Look, skin: Skin) -> None:
        before, self.field = self.field, shown_field(look, skin.surface)
        if self.field is not None:
            self._light(_FIELD)
            if look.moving and before is not None and before.title == self.field.title:
                # Colours that jump with their range hide what moves.
                self.field = replace(self.field, scale=before.scale)
            self._color_by(self.field, skin, before)
            return
        if before is not None:
            skin.drop_scalars()
            self._file_colors(skin)
        own = self._texture is not None or self._has_colors
        self._light(_OWN if own else _PLAIN)
        self._actor.GetProperty().SetColor(*_base_color(look, own))

    def _light(self, strengths: dict[str, float]) -> None:
        style = self._actor.GetProperty()
        style.SetAmbient(strengths["ambient"])
        style.SetDiffuse(strengths["diffuse"])
        style.SetSpecular(strengths["specular"])

    def _color_by(self, field: ShownField, skin: Skin, before: ShownField | None) -> None:
        self._actor.SetTexture(None)  # type: ignore[arg-type]
        self._actor.GetProperty().SetColor(1.0, 1.0, 1.0)
        self._mapper.SetScalarVisibility(True)
        if field.colors is not None:
            skin.set_colors(field.colors)
            self._mapper.SetColorModeToDirectScalars()
            return
        skin.set_values(field.scale.measure(field.values))
        if before is None or before.colors is not None or before.scale != field.scale:
            self._mapper.SetLookupTable(lookup_table(field.scale))
            self._mapper.SetUseLookupTableScalarRange(True)
        self._mapper.SetColorModeToMapScalars()

    def _file_colors(self, skin: Skin) -> None:
        """Draw the colours and the texture that the file has."""
        look = skin.surface.mesh.appearance
        self._has_colors = False
        self._mapper.SetScalarVisibility(False)
        self._actor.SetTexture(None)  # type: ignore[arg-type]
        if look is None:
            return
        if look.texture is not None and look.uv is not None:
            self._texture = self._texture or _texture_of(look.texture)
            skin.set_texture_coordinates(look)
            self._actor.SetTexture(self._texture)
        elif look.colors is not None:
            skin.set_colors(look.colors[:, :3])
            self._has_colors = True
            self._mapper.SetColorModeToDirectScalars()
            self._mapper.SetScalarVisibility(True)


def _field_changed(seen: Look, look: Look) -> bool:
    return (
        seen.field is not look.field
        or seen.view.field != look.view.field
        or seen.view.style != look.view.style
        or seen.view.shading is not look.view.shading
        or seen.active != look.active
        or seen.palette is not look.palette
        or seen.active_keypoint != look.active_keypoint
        or seen.coarse is not look.coarse
        or _names(seen) is not _names(look)
        or seen.moving != look.moving
    )


def _names(look: Look) -> tuple[str, ...] | None:
    keypoints = look.shape.keypoints
    return keypoints.schema.names if keypoints is not None else None


def _base_color(look: Look, own_colors: bool) -> Color:
    """Return what the surface is painted with, or what its own colours are multiplied with."""
    if own_colors:
        return (1.0, 1.0, 1.0) if look.active else (0.6, 0.6, 0.6)
    if not look.active:
        return look.palette.dimmed
    return look.palette.wire if look.view.shading in _REPRESENTATIONS else look.palette.mesh


def _texture_of(image: ByteArray) -> vtkTexture:
    texture = vtkTexture()
    # Images start at the top left, texture coordinates at the bottom left.
    texture.SetInputData(image_of(np.ascontiguousarray(image[::-1, :, :3])))
    texture.SetInterpolate(True)
    texture.SetMipmap(True)
    return texture
