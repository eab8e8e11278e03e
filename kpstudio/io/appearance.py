"""Colours and textures between files and `Appearance`.

`Appearance.colors` are sRGB, as a screen shows them. `Appearance.uv` has its origin at the lower
left of the texture, as in OBJ; the texture's first row is its upper one.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.io.weld import weld

Indices = NDArray[np.int64]

#: Pixels of the largest texture that is decoded: a small file can claim a huge picture.
PIXEL_LIMIT = 1 << 27

#: Kinds of pictures that are textures. Others, some of which are programs to run, stay closed.
PICTURES = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF", "GIF", "DDS")

OPAQUE = 255


def srgb_from_linear(linear: FloatArray) -> FloatArray:
    """Return sRGB values 0..1 of linear light 0..1 (IEC 61966-2-1)."""
    linear = np.clip(linear, 0.0, 1.0)
    bright = 1.055 * np.power(linear, 1.0 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, 12.92 * linear, bright)


def linear_from_srgb(srgb: FloatArray) -> FloatArray:
    """Return linear light 0..1 of sRGB values 0..1, the inverse of `srgb_from_linear`."""
    srgb = np.clip(srgb, 0.0, 1.0)
    bright = np.power((srgb + 0.055) / 1.055, 2.4)
    return np.where(srgb <= 0.04045, srgb / 12.92, bright)


def bytes_from_unit(values: ArrayLike) -> ByteArray:
    """Return values 0..1 as 0..255, rounded."""
    scaled: FloatArray = np.clip(np.asarray(values, float), 0.0, 1.0) * 255.0
    return np.round(scaled).astype(np.uint8)


def with_alpha(colors: ArrayLike) -> ByteArray:
    """Return (n,4) uint8 colours from (n,3) or (n,4), numbers 0..1 or 0..255."""
    values = np.asarray(colors)
    if values.dtype != np.uint8:
        # Files write colours both ways; what stays within 0..1 everywhere is a fraction.
        fractions = values.size == 0 or values.max() <= 1.0
        values = bytes_from_unit(values if fractions else values / 255.0)
    if values.shape[1] == 4:
        return values
    alpha = np.full((len(values), 1), OPAQUE, np.uint8)
    return np.concatenate([values[:, :3], alpha], axis=1)


def face_colors_to_vertices(count: int, faces: NDArray[np.integer], colors: ByteArray) -> ByteArray:
    """Return (n,4) colours of vertices from those of faces (m,4); where faces differ, the first."""
    result = np.full((count, 4), OPAQUE, np.uint8)
    # Written last to first, so that the first face of a vertex stays.
    result[faces[::-1].reshape(-1)] = np.repeat(colors[::-1], 3, axis=0)
    return result


def split_seams(corner_vertices: Indices, corner_uv: FloatArray, count: int) -> tuple[
    Indices, Indices, FloatArray
]:  # fmt: skip
    """Give every vertex one texture coordinate, adding a copy of it for each further one.

    Vertices keep their indices; the copies follow after them.

    Parameters
    ----------
    corner_vertices
        (c,) vertex of every corner of the faces.
    corner_uv
        (c,2) texture coordinate of every corner.
    count
        Number of vertices n.

    Returns
    -------
    corners
        (c,) vertex or copy of every corner.
    copies
        (e,) the vertex each copy was made of.
    uv
        (n+e,2) texture coordinates; (0,0) for vertices without a corner.
    """
    first, group = weld(np.column_stack([corner_vertices.astype(float), corner_uv]))
    vertices = corner_vertices[first]
    place = np.empty(len(first), np.int64)
    kept = np.unique(vertices, return_index=True)[1]
    extra = np.ones(len(first), bool)
    extra[kept] = False
    place[kept] = vertices[kept]
    place[extra] = count + np.arange(int(extra.sum()))
    uv = np.zeros((count + int(extra.sum()), 2))
    uv[place] = corner_uv[first]
    return place[group], vertices[extra], uv


def sample_texture(texture: ByteArray, uv: FloatArray) -> ByteArray:
    """Return (n,4) the nearest texels at texture coordinates (n,2), which repeat beyond 0..1."""
    height, width = texture.shape[:2]
    wrapped = np.nan_to_num(uv) % 1.0
    column = np.minimum((wrapped[:, 0] * width).astype(int), width - 1)
    row = np.minimum(((1.0 - wrapped[:, 1]) * height).astype(int), height - 1)
    result: ByteArray = texture[row, column]
    return result


def decode_texture(data: bytes) -> ByteArray | None:
    """Return an image file's pixels as (h,w,4) uint8, or None when it cannot be shown."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=PICTURES) as image:
            if image.width * image.height > PIXEL_LIMIT:
                return None
            return np.asarray(image.convert("RGBA"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def encode_texture(texture: ByteArray) -> bytes:
    """Return a texture (h,w,4) as a PNG file, without alpha when it is opaque."""
    from PIL import Image

    opaque = bool((texture[:, :, 3] == OPAQUE).all())
    stream = io.BytesIO()
    pixels = np.ascontiguousarray(texture[:, :, :3]) if opaque else texture
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()
