"""Which shape and which of its keypoints the person means."""

from __future__ import annotations

from collections.abc import Iterable

from psygnal import Signal


class Selection:
    """One item, some of its keypoints in the order they were chosen, and the one hovered."""

    changed = Signal()
    hover_changed = Signal()

    def __init__(self) -> None:
        self.item_id: int | None = None
        self.keypoints: tuple[int, ...] = ()
        self.hovered: int | None = None

    def select_item(self, item_id: int | None) -> None:
        """Choose a shape; its keypoints start unselected."""
        if item_id != self.item_id:
            self.item_id, self.keypoints, self.hovered = item_id, (), None
            self.changed.emit()

    def select_keypoints(self, indices: Iterable[int]) -> None:
        """Choose exactly these keypoints."""
        chosen = tuple(dict.fromkeys(indices))
        if chosen != self.keypoints:
            self.keypoints = chosen
            self.changed.emit()

    def toggle_keypoint(self, index: int) -> None:
        """Add a keypoint to the selection, or take it out."""
        if index in self.keypoints:
            self.select_keypoints(i for i in self.keypoints if i != index)
        else:
            self.select_keypoints((*self.keypoints, index))

    def hover(self, index: int | None) -> None:
        """Say which keypoint is under the cursor."""
        if index != self.hovered:
            self.hovered = index
            self.hover_changed.emit()

    @property
    def active_keypoint(self) -> int | None:
        """The keypoint chosen last: its heatmap and influence are shown."""
        return self.keypoints[-1] if self.keypoints else None
