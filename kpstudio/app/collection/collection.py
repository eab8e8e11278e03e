"""What a collection is: shapes of a folder, their keypoints, and labels that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from kpstudio.app.collection.labels import Labelling
from kpstudio.base.arrays import BoolArray, FloatArray, IntArray, freeze
from kpstudio.base.errors import InputError
from kpstudio.data.keypoints import KeypointSet
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import Orientation


class Status(StrEnum):
    """How far a shape of a collection is."""

    #: Without keypoints.
    BARE = "no keypoints"
    #: With keypoints, of which nobody knows what they are on other shapes.
    KEYPOINTS = "keypoints"
    #: With keypoints that have labels.
    LABELLED = "labelled"
    #: Its file, or detection on it, failed.
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class Entry:
    """One shape of a collection.

    Parameters
    ----------
    name
        Its place below the folder, with "/" on every system.
    path
        The file, absolute.
    sha256
        Hash of the file's bytes; empty if it could not be read.
    bounds
        (2,3) corners of its bounding box, file coordinates.
    keypoints
        Its keypoints; None without any.
    source
        Where they come from: the name of a file, or the id of a detector.
    error
        What went wrong, in a sentence.
    """

    name: str
    path: Path
    sha256: str = ""
    bounds: FloatArray = field(default_factory=lambda: np.zeros((2, 3)))
    keypoints: KeypointSet | None = None
    source: str = ""
    error: str = ""

    def __post_init__(self) -> None:
        """Check and freeze the arrays."""
        object.__setattr__(self, "bounds", freeze(self.bounds, (2, 3), float, "bounds"))

    @property
    def candidates(self) -> IntArray:
        """(p,) the keypoints that are there."""
        if self.keypoints is None:
            return np.zeros(0, np.int32)
        return np.flatnonzero(self.keypoints.defined).astype(np.int32)

    def frame(self, orientation: Orientation) -> Normalisation:
        """Return the similarity from file coordinates to the normalised frame."""
        return Normalisation.fit(self.bounds, orientation)

    def places(self, orientation: Orientation) -> FloatArray:
        """Return (p,3) the keypoints that are there, in the normalised frame."""
        if self.keypoints is None:
            return np.zeros((0, 3))
        return self.frame(orientation).apply(self.keypoints.positions[self.candidates])


@dataclass(frozen=True, eq=False)
class Collection:
    """The shapes of a folder.

    Parameters
    ----------
    folder
        The folder, absolute.
    entries
        Its shapes, by name.
    orientation
        Which axes are up and front on all of them.
    labelling
        What their keypoints are; None before they were matched.
    """

    folder: Path
    entries: tuple[Entry, ...]
    orientation: Orientation = field(default_factory=Orientation)
    labelling: Labelling | None = None

    @property
    def with_keypoints(self) -> tuple[Entry, ...]:
        """The shapes that have keypoints."""
        return tuple(entry for entry in self.entries if len(entry.candidates))

    def find(self, name: str) -> Entry | None:
        """Return the entry of a name."""
        return next((entry for entry in self.entries if entry.name == name), None)

    def row(self, entry: Entry) -> int | None:
        """Return the number of a shape in the labelling, None if it is not in it."""
        return None if self.labelling is None else self.labelling.rows.get(entry.name)

    def status(self, entry: Entry) -> Status:
        """Return how far a shape is."""
        if entry.error:
            return Status.FAILED
        if not len(entry.candidates):
            return Status.BARE
        some = bool((self.labelled(entry) >= 0).any())
        return Status.LABELLED if some else Status.KEYPOINTS

    def score(self, entry: Entry) -> float:
        """Return how far from the others a shape is; NaN if nothing tells."""
        row = self.row(entry)
        if row is None or self.labelling is None:
            return float("nan")
        return float(self.labelling.scores[row])

    def labelled(self, entry: Entry) -> IntArray:
        """Return (p,) the labels of an entry's candidates, -1 for none."""
        row = self.row(entry)
        if row is None or self.labelling is None:
            return np.full(len(entry.candidates), -1, np.int32)
        return self.labelling.labels_of(row)

    def features(self) -> tuple[FloatArray, BoolArray]:
        """Return where the labels are on the labelled shapes, and whether they are there.

        Returns
        -------
        places
            (n,k,3) in the normalised frame, 0 where a label is missing.
        seen
            (n,k) whether it is there.

        Raises
        ------
        InputError
            Nothing is labelled.
        """
        if self.labelling is None:
            raise InputError("keypoints have no labels yet", remedy="Match all shapes first.")
        numbers = self.labelling.universe.places
        by_name = {entry.name: entry for entry in self.entries}
        places = np.zeros((*numbers.shape, 3))
        for row, name in enumerate(self.labelling.shapes):
            there = numbers[row] >= 0
            own = by_name[name].places(self.orientation)
            places[row, there] = own[numbers[row, there]]
        return places, numbers >= 0

    def carried(self, entry: Entry) -> KeypointSet | None:
        """Return an entry's keypoints under the names of their labels."""
        if entry.keypoints is None or self.labelling is None:
            return entry.keypoints
        names = list(entry.keypoints.schema.names)
        for index, label in zip(entry.candidates, self.labelled(entry), strict=True):
            if label >= 0:
                names[index] = self.labelling.names[label]
        schema = replace(entry.keypoints.schema, names=tuple(names))
        return replace(entry.keypoints, schema=schema)

    def replaced(self, changed: Mapping[str, Entry]) -> Collection:
        """Return the collection with other entries, by name; labels of other keypoints are gone."""
        entries = tuple(changed.get(entry.name, entry) for entry in self.entries)
        return replace(self, entries=entries, labelling=None)
