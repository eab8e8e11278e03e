"""Descriptors of the selected shape: as colours, or as distance to a probed point."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kpstudio.app.descriptors import Kind, descriptors_of, named_by, parse
from kpstudio.app.inspecting import detector_title, key_of
from kpstudio.app.studio import Studio
from kpstudio.data.shape import Shape
from kpstudio.document.document import Change
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import muted
from kpstudio.ui.widgets.switch import Switch

_TITLES = {
    Kind.COLORS: ("Colours", "Similar places have similar colours: the first three principal\n"
                             "components of the descriptors, of all shapes that have them"),
    Kind.DISTANCE: ("Distance to here", "How unlike the probed point every place is, on all shapes"
                                        "\nwhose descriptors can be compared"),
}  # fmt: skip


class DescriptorSection(QWidget):
    """Which descriptor, seen in which way, and where the probe is.

    Parameters
    ----------
    studio
        What is looked at.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.choice = Choice()
        self.choice.setToolTip("A vector for every vertex that says what the surface is like there")
        self.choice.setAccessibleName("Descriptor")
        self.buttons: dict[Kind, QPushButton] = {}
        for kind, (title, tooltip) in _TITLES.items():
            button = QPushButton(title)
            button.setCheckable(True)
            button.setProperty("segment", "wide")
            button.setToolTip(tooltip)
            button.clicked.connect(lambda on, kind=kind: self._show_kind(kind, on))
            self.buttons[kind] = button
        self.always = Switch("Clicks set the probe")
        self.always.setToolTip("Also while something else than a distance is shown")
        self.info = muted()
        self._shown: list[tuple[str, str]] | None = None
        self._build()
        self.choice.currentIndexChanged.connect(self._choose)
        self.always.toggled.connect(lambda on: studio.descriptors.state.update(on=on))
        studio.descriptors.state.changed.connect(self._state_changed)
        studio.view.changed.connect(self._state_changed)
        studio.selection.changed.connect(self.refresh)
        studio.document.changed.connect(self._document_changed)
        self.refresh()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in self.buttons.values():
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.choice)
        column.addLayout(row)
        column.addWidget(self.always)
        column.addWidget(self.info)

    # --- what is shown -------------------------------------------------------------------------

    def refresh(self) -> None:
        """List the descriptors of the selected shape."""
        item = self.studio.selected
        found = descriptors_of(item.value) if item is not None else []
        listed = []
        for detection, one in found:
            assert item is not None
            title = f"{one.name} ({detector_title(detection)})"
            listed.append((title, key_of(f"{Kind.COLORS}:{one.name}", detection, item.value)))
        if listed != self._shown:
            self._shown = listed
            self.choice.blockSignals(True)
            self.choice.clear()
            for title, key in listed:
                self.choice.addItem(title, key)
            self.choice.blockSignals(False)
        for widget in (self.choice, *self.buttons.values(), self.always):
            widget.setEnabled(bool(listed))
        self._show()

    def _show(self) -> None:
        key, item = self.studio.view.value.shown_field, self.studio.selected
        shown, _ = parse(key)
        if shown is not None and item is not None:
            self._select(item.value, key)
        for kind, button in self.buttons.items():
            button.setChecked(kind is shown)
        state = self.studio.descriptors.state.value
        self.always.blockSignals(True)
        self.always.setChecked(state.on)
        self.always.blockSignals(False)
        self.always.update()
        self.info.setText(self._words(shown))

    def _select(self, shape: Shape, key: str) -> None:
        wanted = named_by(shape, key)
        for index, (_, one) in enumerate(descriptors_of(shape)):
            if one is wanted:
                self.choice.blockSignals(True)
                self.choice.setCurrentIndex(index)
                self.choice.blockSignals(False)

    def _words(self, shown: Kind | None) -> str:
        if not self._shown:
            return "No detector of this shape gives descriptors; HKS does."
        probe = self.studio.descriptors.state.value.probe
        item = self.studio.document.find(probe.item_id) if probe is not None else None
        if probe is None or item is None:
            asked = shown is Kind.DISTANCE or self.studio.descriptors.is_probing
            return "Click a point of a shape to probe it." if asked else ""
        places = ", ".join(f"{value:.4g}" for value in item.value.current.vertices[probe.vertex])
        text = f"Probe: vertex {probe.vertex:,} of {item.name} at {places}"
        key = self.studio.view.value.shown_field
        if shown is Kind.DISTANCE and self.studio.descriptors.find(item, key) is None:
            missing = f"It has nothing to compare with {self.choice.currentText()}"
            return f"{text}. {missing}: run that detector on it."
        return (
            f"{text}. Drag its marker to move it." if self.studio.descriptors.is_probing else text
        )

    def _state_changed(self, new: object, old: object) -> None:
        self._show()

    def _document_changed(self, change: Change) -> None:
        if not change.transient:
            self.refresh()

    # --- what a person does --------------------------------------------------------------------

    def _show_kind(self, kind: Kind, on: bool) -> None:
        key = self.choice.currentData(Qt.ItemDataRole.UserRole)
        if key:
            view = self.studio.view
            wanted = key.replace(f"{Kind.COLORS}:", f"{kind}:", 1) if on else ""
            view.set(self.studio.inspecting.showing(self.studio.selected, view.value, wanted))

    def _choose(self) -> None:
        shown, _ = parse(self.studio.view.value.shown_field)
        if shown is not None:
            self._show_kind(shown, True)
