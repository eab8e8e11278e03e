"""Which shapes of a collection are looked at, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kpstudio.app.collection.collection import Collection, Entry, Status


class Order(StrEnum):
    """In which order shapes are shown."""

    #: What failed, then what is farthest from the others.
    OUTLIERS = "outliers first"
    NAME = "by name"


@dataclass(frozen=True)
class Filter:
    """Which shapes are wanted.

    Parameters
    ----------
    text
        Words that must all be in the name, in any case.
    status
        Only shapes that are so far; None for all.
    label
        Number of a label; None for any.
    lacking
        With a label: the shapes on which it is missing instead of those that have it.
    order
        In which order.
    """

    text: str = ""
    status: Status | None = None
    label: int | None = None
    lacking: bool = False
    order: Order = Order.OUTLIERS


def arranged(collection: Collection, wanted: Filter) -> tuple[Entry, ...]:
    """Return the entries that are wanted, in their order."""
    words = wanted.text.lower().split()
    found = [
        entry
        for entry in collection.entries
        if all(word in entry.name.lower() for word in words)
        and (wanted.status is None or collection.status(entry) is wanted.status)
        and _has_label(collection, entry, wanted)
    ]
    if wanted.order is Order.OUTLIERS:
        found.sort(key=lambda entry: _strangeness(collection, entry))
    return tuple(found)


def _has_label(collection: Collection, entry: Entry, wanted: Filter) -> bool:
    if wanted.label is None:
        return True
    there = bool((collection.labelled(entry) == wanted.label).any())
    return there != wanted.lacking


def _strangeness(collection: Collection, entry: Entry) -> tuple[bool, float, str]:
    score = collection.score(entry)
    # What nothing is known of comes last, and by name.
    return not entry.error, np.inf if np.isnan(score) else -score, entry.name
