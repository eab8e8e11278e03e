"""Airplane fuselages: cross-sections along the length, from the nose at +z to the tail at -z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpstudio.base.arrays import FloatArray
from kpstudio.training.procedural.draw import Draw
from kpstudio.training.procedural.primitives import Solid, loft


@dataclass(frozen=True, eq=False)
class Fuselage:
    """A body of superelliptic sections; one unit long, z from 0.5 (nose) to -0.5 (tail).

    Parameters
    ----------
    z
        (r,) stations, falling from the nose to the tail.
    width, height
        (r,) half axes of the section at each station.
    middle
        (r,) height of the section's centre.
    sides
        Corners of a section, a multiple of 4.
    boxiness
        Exponent of the superellipse: 2 is round, 4 nearly rectangular.
    """

    z: FloatArray
    width: FloatArray
    height: FloatArray
    middle: FloatArray
    sides: int
    boxiness: float = 2.0

    def solid(self) -> Solid:
        """Return the closed body; the nose is its last vertex but one, the tail the last."""
        angles = 2.0 * np.pi * np.arange(self.sides) / self.sides
        circle = np.stack([np.cos(angles), np.sin(angles)])
        across, up = np.sign(circle) * np.abs(np.round(circle, 12)) ** (2.0 / self.boxiness)
        rings = np.stack([
            self.width[:, None] * across,
            self.middle[:, None] + self.height[:, None] * up,
            np.repeat(self.z[:, None], self.sides, axis=1),
        ], axis=-1)  # fmt: skip
        return loft(rings, self.nose(), self.tail())

    def nose(self) -> FloatArray:
        """Return the foremost point (3,)."""
        return np.array([0.0, self.middle[0], 0.5])

    def tail(self) -> FloatArray:
        """Return the rearmost point (3,)."""
        return np.array([0.0, self.middle[-1], -0.5])

    def _at(self, values: FloatArray, z: FloatArray | float) -> FloatArray:
        return np.asarray(np.interp(z, self.z[::-1], values[::-1]))

    def centre(self, z: FloatArray | float) -> FloatArray:
        """Return the height of the centre line at z."""
        return self._at(self.middle, z)

    def half_height(self, z: FloatArray | float) -> FloatArray:
        """Return half the height of the section at z."""
        return self._at(self.height, z)

    def top(self, z: FloatArray | float) -> FloatArray:
        """Return the height of the ridge at z."""
        return self.centre(z) + self.half_height(z)

    def bottom(self, z: FloatArray | float) -> FloatArray:
        """Return the height of the belly at z."""
        return self.centre(z) - self.half_height(z)

    def half_width(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """Return half the width of the body at z and height y; 0 above and below it."""
        lift = np.abs(y - self.centre(z)) / self.half_height(z)
        inside = np.clip(1.0 - lift**self.boxiness, 0.0, 1.0)
        return self._at(self.width, z) * inside ** (1.0 / self.boxiness)

    @classmethod
    def airliner(cls, draw: Draw, radius: float, sides: int) -> Fuselage:
        """Return a long tube with a round nose and a tail cone swept upwards."""
        nose, cone = draw.between(0.08, 0.14), draw.between(0.25, 0.36)
        blunt = np.array([0.0, 0.12, 0.4, 1.0])
        z = np.concatenate([0.5 - 0.004 - nose * blunt, -0.5 + cone * np.array([1.0, 0.5, 0.01])])
        scale = np.concatenate([np.sqrt(1.0 - (1.0 - blunt * 0.97 - 0.03) ** 2), [1.0, 0.72, 0.16]])
        droop = np.concatenate([-0.3 * (1.0 - blunt), [0.0, 0.22, draw.between(0.5, 0.8)]])
        tall = draw.between(0.95, 1.15)
        return cls(z, radius * scale, tall * radius * scale, radius * droop, sides)

    @classmethod
    def light(cls, draw: Draw, radius: float, sides: int) -> Fuselage:
        """Return a short body: engine cowling, cabin, and a slim rear."""
        cowl = draw.between(0.5, 0.8)
        z = np.array([0.48, 0.44, 0.28, 0.18, -0.02, -0.15, -0.48])
        scale = np.array([0.35, cowl, cowl + 0.08, 1.0, 1.0, 0.75, draw.between(0.18, 0.35)])
        lift = np.array([-0.2, -0.2, -0.18, 0.0, 0.0, 0.02, draw.between(0.1, 0.4)])
        tall = draw.between(1.0, 1.35)
        return cls(z, radius * scale, tall * radius * scale, radius * lift, sides,
                   draw.between(2.0, 4.0))  # fmt: skip

    @classmethod
    def fighter(cls, draw: Draw, radius: float, sides: int) -> Fuselage:
        """Return a body with a pointed nose that ends in a nozzle."""
        wide = draw.between(1.0, 1.5)
        z = np.array([0.47, 0.36, 0.2, 0.0, -0.25, -0.42, -0.49])
        scale = np.array([0.12, 0.45, 0.8, 1.0, 1.0, 0.85, draw.between(0.5, 0.7)])
        lift = np.array([-0.1, -0.08, 0.0, 0.0, 0.0, 0.02, 0.04])
        return cls(z, wide * radius * scale, radius * scale, radius * lift, sides,
                   draw.between(2.0, 3.0))  # fmt: skip

    @classmethod
    def glider(cls, draw: Draw, radius: float, sides: int) -> Fuselage:
        """Return a slim drop with a thin tail boom."""
        z = np.array([0.49, 0.44, 0.32, 0.15, -0.02, -0.2, -0.485])
        scale = np.array([0.2, 0.55, 0.95, 1.0, 0.6, 0.38, draw.between(0.2, 0.3)])
        lift = np.array([-0.2, -0.15, -0.05, 0.0, 0.2, 0.3, 0.4])
        tall = draw.between(1.0, 1.3)
        return cls(z, radius * scale, tall * radius * scale, radius * lift, sides)
