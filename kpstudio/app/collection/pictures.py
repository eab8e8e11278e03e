"""Pictures of shapes for a view that asks whenever it paints: drawn in the background, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from kpstudio.app.jobs import Jobs
from kpstudio.base.arrays import ByteArray
from kpstudio.base.context import RunContext
from kpstudio.geometry.orientation import Orientation

if TYPE_CHECKING:
    from kpstudio.app.collection.collection import Entry
    from kpstudio.app.collection.thumbnails import Color

KEY = "collection:pictures"
#: Pictures that are kept in memory; the others come back from the disk.
_KEPT = 2000


class Pictures:
    """Pictures that are at hand, and those on their way.

    Parameters
    ----------
    jobs
        Where they are drawn, one at a time.
    """

    #: A picture of a shape is there, by its name.
    arrived = Signal(str)

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._kept: dict[str, ByteArray] = {}
        self._wanted: dict[str, tuple[Entry, Orientation, Color]] = {}
        # The picture that is being drawn, and those that cannot be.
        self._drawing = ""
        self._impossible: set[str] = set()

    def get(self, entry: Entry, orientation: Orientation, background: Color) -> ByteArray | None:
        """Return the picture (h,w,3) of a shape if it is at hand; else it is on its way.

        Parameters
        ----------
        entry
            The shape.
        orientation
            Its axes.
        background
            Colour behind it.
        """
        key = f"{entry.sha256} {orientation.up}{orientation.front} {background}"
        if key in self._kept:
            return self._kept[key]
        if entry.sha256 and key != self._drawing and key not in self._impossible:
            self._wanted.pop(key, None)  # what was asked for last is looked at now
            self._wanted[key] = entry, orientation, background
            self._draw_next()
        return None

    def forget_wanted(self) -> None:
        """Draw none of the pictures that are still to come: nobody looks."""
        self._wanted.clear()

    def _draw_next(self) -> None:
        if not self._wanted or self._drawing:
            return
        key, (entry, orientation, background) = self._wanted.popitem()
        self._drawing = key

        def work(ctx: RunContext) -> ByteArray:
            from kpstudio.app.collection.thumbnails import thumbnail

            return thumbnail(entry, orientation, background)

        def arrived(picture: ByteArray) -> None:
            self._drawing = ""
            if len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = picture
            self.arrived.emit(entry.name)
            self._draw_next()

        def failed(error: BaseException) -> None:
            self._drawing = ""
            self._impossible.add(key)
            self._draw_next()

        self._jobs.submit(KEY, "Drawing shapes", work, arrived, failed, quiet=True)
