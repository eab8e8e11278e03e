"""How the shapes of a collection vary: modes, coefficients, and a mesh that follows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kpstudio.app.collection.collection import Collection, Entry
from kpstudio.app.opening import load_shape
from kpstudio.app.operations import FEW_HANDLES, MOST_HANDLES
from kpstudio.base.arrays import BoolArray, FloatArray
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.deformation.handling import distance_handling
from kpstudio.deformation.probabilistic_prior import ProbabilisticPrior, fit_probabilistic
from kpstudio.deformation.rig import Rig, bind
from kpstudio.geometry.generalised_procrustes import LEAST, Together, bring_together
from kpstudio.geometry.normalise import Normalisation

#: Most modes, and the share of shapes that must have a label for it to take part.
MOST_MODES, SHARE = 8, 0.5
#: Largest score of a shape that takes part, as a rule.
MOST_SCORE = 3.0
#: Fewest shapes from which something of their variety can be learnt.
_FEWEST = 3


@dataclass(frozen=True, eq=False)
class ShapeSpace:
    """The variety of a collection.

    Parameters
    ----------
    shapes
        Names of the n shapes it was learnt from.
    labels
        (k,) the labels that take part.
    names
        What these are called.
    together
        The shapes, aligned with each other.
    seen
        (n,k) which labels they have.
    model
        Probabilistic principal components of the aligned shapes.
    coefficients
        (n,b) where the shapes are, standard deviations.
    outliers
        Names of the shapes that were left out since they are unlike the others.
    """

    shapes: tuple[str, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...]
    together: Together
    seen: BoolArray
    model: ProbabilisticPrior
    coefficients: FloatArray
    outliers: tuple[str, ...] = ()

    def points(self, coefficients: ArrayLike) -> FloatArray:
        """Return (k,3) the keypoints of coefficients (b,), aligned frame."""
        return np.asarray(self.model.shapes(coefficients)[0])

    def completed(self, row: int) -> FloatArray:
        """Return (k,3) a shape of the collection, missing keypoints where they are expected."""
        one = slice(row, row + 1)
        points = np.nan_to_num(self.together.points[one])
        return np.asarray(self.model.completed(points, self.seen[one])[0])

    def nearest(self, coefficients: ArrayLike, modes: tuple[int, int]) -> int:
        """Return the shape nearest to coefficients (b,) as far as two modes tell."""
        wanted = np.asarray(coefficients, float)[list(modes)]
        away = np.linalg.norm(self.coefficients[:, list(modes)] - wanted, axis=1)
        return int(away.argmin())


def learn(
    collection: Collection, ctx: RunContext | None = None, *, most_score: float = MOST_SCORE
) -> ShapeSpace:
    """Return the variety of a labelled collection.

    Labels that are on fewer than half of the shapes are left out, and then shapes on which fewer
    than three are left. What is missing on the others is told by the rest.

    Parameters
    ----------
    collection
        The shapes.
    ctx
        Progress and cancellation.
    most_score
        Shapes with a larger score (`Labelling.scores`) are left out: wrong labels would become a
        mode.

    Raises
    ------
    InputError
        Nothing is labelled, or too little to learn from.
    """
    ctx = ctx or RunContext()
    ctx.progress(0.0, "Aligning the shapes")
    places, seen = collection.features()
    labelling = collection.labelling
    assert labelling is not None
    labels = np.flatnonzero(seen.mean(axis=0) >= SHARE)
    strange = labelling.scores > most_score
    enough = seen[:, labels].sum(axis=1) >= LEAST
    shapes = np.flatnonzero(enough & ~strange)
    labels = labels[seen[np.ix_(shapes, labels)].any(axis=0)]
    if len(shapes) < _FEWEST or len(labels) < LEAST:
        raise InputError(
            f"{len(shapes)} shapes share {len(labels)} labels: too few to learn from",
            remedy=f"At least {_FEWEST} shapes must have {LEAST} labels in common.",
        )
    part = np.ix_(shapes, labels)
    together = bring_together(places[part], seen[part])
    ctx.progress(0.5, "Learning how the shapes vary")
    modes = min(MOST_MODES, len(shapes) - 1, 3 * len(labels) - 1)
    points = np.nan_to_num(together.points)
    model = fit_probabilistic(points, modes, seen[part])
    return ShapeSpace(
        tuple(labelling.shapes[i] for i in shapes),
        tuple(map(int, labels)),
        tuple(labelling.names[i] for i in labels),
        together,
        seen[part],
        model,
        model.coefficients(points, seen[part]),
        tuple(labelling.shapes[i] for i in np.flatnonzero(enough & strange)),
    )


@dataclass(frozen=True, eq=False)
class Morph:
    """A mesh of the collection that takes any coefficients.

    Parameters
    ----------
    space
        Where these are.
    row
        The shape.
    mesh
        Its mesh.
    frame
        Normalised frame of the mesh.
    rig
        Lets keypoints move the mesh.
    rest
        (k,3) its keypoints, aligned frame.
    """

    space: ShapeSpace
    row: int
    mesh: Mesh
    frame: Normalisation
    rig: Rig
    rest: FloatArray

    def keypoints(self, coefficients: ArrayLike) -> FloatArray:
        """Return (k,3) the keypoints of coefficients (b,), aligned frame.

        What sets this shape apart from the others and is in no mode stays.
        """
        own = self.space.points(self.space.coefficients[self.row])
        return self.rest + self.space.points(coefficients) - own

    def mesh_at(self, coefficients: ArrayLike) -> Mesh:
        """Return the mesh in the aligned frame, deformed to coefficients (b,)."""
        to_frame = self.space.together.transforms[self.row]
        away = (self.keypoints(coefficients) - self.rest) / to_frame.scale @ to_frame.rotation
        vertices = self.rig.deform(self.frame.invert_vectors(away))
        return Mesh(to_frame.apply(self.frame.apply(vertices)), self.mesh.faces)


def morph(
    collection: Collection, space: ShapeSpace, row: int, ctx: RunContext | None = None
) -> Morph:
    """Return a shape of the collection as a mesh that takes any coefficients.

    Raises
    ------
    KPStudioError
        Its file cannot be read, or it has too many keypoints to be moved by them.
    """
    ctx = ctx or RunContext()
    entry = collection.find(space.shapes[row])
    if entry is None:
        raise InputError(f"{space.shapes[row]} is no longer in the collection")
    if len(space.labels) > MOST_HANDLES:
        raise InputError(
            f"{len(space.labels)} keypoints cannot move a mesh",
            remedy=f"Match them to {MOST_HANDLES} labels at most.",
        )
    mesh = load_shape(entry.path, "", "", ctx.part(0.0, 0.3)).mesh
    frame = entry.frame(collection.orientation)
    rest = space.completed(row)
    back = space.together.transforms[row].inverted()
    positions = frame.invert(back.apply(rest))
    handling = distance_handling(
        mesh, positions, frame, subdivisions=1 if len(positions) <= FEW_HANDLES else 2
    )
    rig = bind(mesh, KeypointSet(positions), handling, ctx.part(0.3, 1.0))
    return Morph(space, row, mesh, frame, rig, rest)


def usual_entry(collection: Collection, space: ShapeSpace) -> tuple[int, Entry]:
    """Return the number and entry of the shape that is nearest to the mean."""
    row = int(np.square(space.coefficients).sum(axis=1).argmin())
    entry = collection.find(space.shapes[row])
    assert entry is not None
    return row, entry
