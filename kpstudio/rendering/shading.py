"""Light and backgrounds of pictures.

Colours are multiplied as they stand in sRGB, without going through linear light: this is what the
viewport does too, so that pictures of both look alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import ByteArray, FloatArray
from kpstudio.base.errors import InputError, ParameterError


@dataclass(frozen=True)
class Light:
    """A lamp infinitely far away.

    Parameters
    ----------
    direction
        Towards the lamp, any length: x to the right, y up, z towards the viewer, so that it moves
        with the camera; or axes of the world.
    strength
        How much of a white surface's light it gives when it shines straight onto it.
    in_world
        Whether it stands still in the world instead of moving with the camera.
    """

    direction: tuple[float, float, float]
    strength: float = 1.0
    in_world: bool = False


@dataclass(frozen=True)
class Lighting:
    """All the light there is: Lambert's law, and Phong's highlights where they are asked for.

    B. T. Phong 1975, "Illumination for computer generated pictures", doi:10.1145/360825.360839.

    Parameters
    ----------
    lights
        The lamps.
    ambient
        Light from everywhere, as a share of a white surface's.
    specular
        Strength of highlights; 0 for none.
    shininess
        Phong's exponent: the larger, the smaller the highlights.

    Raises
    ------
    ParameterError
        A lamp without a direction, a negative strength, or an exponent below 1.
    """

    lights: tuple[Light, ...]
    ambient: float = 0.25
    specular: float = 0.0
    shininess: float = 20.0

    def __post_init__(self) -> None:
        """Refuse what gives no light."""
        strengths = [self.ambient, self.specular, *(light.strength for light in self.lights)]
        if min(strengths) < 0.0 or self.shininess < 1.0:
            raise ParameterError(
                "light takes nothing away", remedy="Use strengths from 0 and an exponent from 1."
            )
        if not all(np.linalg.norm(light.direction) > 0.0 for light in self.lights):
            raise ParameterError(
                "a lamp shines from nowhere", remedy="Give it a direction of some length."
            )


#: A lamp over the viewer's left shoulder, a weak one from the right, and some light everywhere.
STUDIO = Lighting((Light((-0.5, 0.7, 1.0), 0.6), Light((0.8, 0.0, 0.6), 0.2)))
#: Colour of surfaces that have none of their own.
GREY = (205, 205, 205)
WHITE = (255, 255, 255)


def random_lighting(rng: np.random.Generator) -> Lighting:
    """Return one to three lamps before the shape, their places and all else by chance."""
    count = int(rng.integers(1, 4))
    ambient = float(rng.uniform(0.15, 0.45))
    strengths = (1.0 - ambient) * rng.dirichlet(np.ones(count)) * rng.uniform(0.8, 1.3)
    directions = rng.normal(size=(count, 3))
    directions[:, 2] = np.abs(directions[:, 2]) + 0.2
    lamps = [
        Light((float(x), float(y), float(z)), float(strength))
        for (x, y, z), strength in zip(directions, strengths, strict=True)
    ]
    return Lighting(
        tuple(lamps), ambient, float(rng.uniform(0.0, 0.4)), float(rng.uniform(5.0, 40.0))
    )


def random_colour(rng: np.random.Generator) -> ByteArray:
    """Return (3,) uint8 any colour, each with the same chance."""
    return rng.integers(0, 256, 3, dtype=np.uint8)


def shade(
    lighting: Lighting,
    normals: FloatArray,
    rays: FloatArray,
    rotation: FloatArray,
    colours: FloatArray,
) -> FloatArray:
    """Return colours (q,3) as they look in the light, 0..255.

    I = c (a + sum_l s_l max(n . l, 0)) + 255 k sum_l s_l max(r_l . v, 0)^m, where v points to the
    viewer and r_l = 2 (n . l) n - l is where the light of lamp l goes.

    Parameters
    ----------
    lighting
        The light.
    normals
        (q,3) unit normals n in camera axes, towards the camera.
    rays
        (q,3) unit vectors from the eye, camera axes: -v.
    rotation
        (3,3) from the world to camera axes.
    colours
        (q,3) colours c of the surface, 0..255.
    """
    bright = np.full(len(normals), lighting.ambient)
    shine = np.zeros(len(normals))
    for lamp in lighting.lights:
        direction = np.asarray(lamp.direction) / np.linalg.norm(lamp.direction)
        # Lamps have y up and z towards the viewer, cameras have them the other way round.
        l = rotation @ direction if lamp.in_world else direction * (1.0, -1.0, -1.0)  # noqa: E741
        cosine = normals @ l
        bright += lamp.strength * np.maximum(cosine, 0.0)
        if lighting.specular > 0.0:
            r = 2.0 * cosine[:, None] * normals - l
            towards = np.maximum(-np.einsum("qc,qc->q", r, rays), 0.0)
            shine += lamp.strength * np.where(cosine > 0.0, towards**lighting.shininess, 0.0)
    lit = colours * bright[:, None] + 255.0 * lighting.specular * shine[:, None]
    return np.clip(lit, 0.0, 255.0)


def background_of(background: ByteArray, index: int, size: tuple[int, int]) -> ByteArray:
    """Return (h,w,3) or (1,1,3) what is behind the shape in one of several pictures.

    Parameters
    ----------
    background
        (3,) one colour, (v,3) a colour a picture, (a,b,3) an image, or (v,a,b,3) an image a
        picture; uint8.
    index
        Which picture.
    size
        Its width and height. Images are cropped in the middle to its proportions.

    Raises
    ------
    InputError
        The background is none of these.
    """
    image = np.asarray(background, np.uint8)
    if image.ndim in (2, 4) and index < len(image):
        image = image[index]
    if image.ndim == 1 and len(image) == 3:
        return image.reshape(1, 1, 3)
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise InputError(
            f"no background for picture {index} in an array of shape {np.shape(background)}",
            remedy="Give a colour (3), an image (height, width, 3), or one of either a picture.",
        )
    return _cropped(image, size)


def _cropped(image: ByteArray, size: tuple[int, int]) -> ByteArray:
    """Return the middle of an image in the given size, each pixel the nearest one's."""
    height, width = image.shape[:2]
    step = min(width / size[0], height / size[1])
    columns = (width - step * size[0]) / 2.0 + step * (np.arange(size[0]) + 0.5)
    rows = (height - step * size[1]) / 2.0 + step * (np.arange(size[1]) + 0.5)
    return image[rows.astype(int)[:, None], columns.astype(int)]
