"""What the edited detection shows beside its keypoints: skeletons, reconstructions, planes."""

from __future__ import annotations

from PyQt6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from kpstudio.app.options import ViewOptions
from kpstudio.app.studio import Studio
from kpstudio.data.overlay import Overlay
from kpstudio.data.shape import Shape
from kpstudio.document.document import Change
from kpstudio.ui.widgets.labels import muted

_HINT = (
    "They belong to the shape as it was detected: while it is deformed, only its ghost has them."
)


class OverlaySection(QWidget):
    """A check box for every overlay of the selected shape's edited detection.

    Parameters
    ----------
    studio
        What is looked at.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        #: The check boxes by the name of the overlay.
        self.checks: dict[str, QCheckBox] = {}
        self.hint = muted(_HINT)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._grid)
        column.addWidget(self.hint)
        self._shown: tuple[Overlay, ...] = ()
        studio.view.changed.connect(self._view_changed)
        studio.selection.changed.connect(self.refresh)
        studio.document.changed.connect(self._document_changed)
        self.refresh()

    # --- what is shown -------------------------------------------------------------------------

    def refresh(self) -> None:
        """List the overlays of the selected shape."""
        item = self.studio.selected
        shape = item.value if item is not None else None
        found = overlays_of(shape)
        if found != self._shown:
            self._shown = found
            self._fill(found)
        self.hint.setVisible(shape is not None and shape.is_deformed)
        self._show_options(self.studio.view.value)

    def _fill(self, overlays: tuple[Overlay, ...]) -> None:
        while (old := self._grid.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.checks.clear()
        for row, overlay in enumerate(overlays):
            box = QCheckBox(overlay.name.capitalize())
            box.toggled.connect(lambda on, name=overlay.name: self._switch(name, on))
            self.checks[overlay.name] = box
            self._grid.addWidget(box, row, 0)
            count = muted(counted(overlay))
            count.setWordWrap(False)
            self._grid.addWidget(count, row, 1)

    def _show_options(self, view: ViewOptions) -> None:
        for name, box in self.checks.items():
            box.blockSignals(True)
            box.setChecked(name in view.overlays)
            box.blockSignals(False)

    def _view_changed(self, new: ViewOptions, old: ViewOptions) -> None:
        if new.overlays != old.overlays:
            self._show_options(new)

    def _document_changed(self, change: Change) -> None:
        if not change.transient and change.item_id == self.studio.selection.item_id:
            self.refresh()

    # --- what a person does --------------------------------------------------------------------

    def _switch(self, name: str, on: bool) -> None:
        view = self.studio.view
        rest = tuple(one for one in view.value.overlays if one != name)
        view.update(overlays=(*rest, name) if on else rest)


def overlays_of(shape: Shape | None) -> tuple[Overlay, ...]:
    """Return the overlays of the detection that is edited."""
    if shape is None or shape.detection is None:
        return ()
    return shape.detection.overlays


def counted(overlay: Overlay) -> str:
    """Return how much there is of an overlay: of its faces, else its lines, else its points."""
    if overlay.faces is not None:
        count, name = len(overlay.faces), "face"
    elif overlay.lines is not None:
        count, name = len(overlay.lines), "line"
    else:
        count, name = len(overlay.points), "point"
    return f"{count:,} {name}{'' if count == 1 else 's'}"
