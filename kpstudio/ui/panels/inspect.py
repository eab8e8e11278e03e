"""The Inspect panel: what detectors saw, as colours, and the keypoints chosen from it."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PyQt6.QtWidgets import QWidget

from kpstudio.app.inspecting import DISPLACEMENT, INFLUENCE, fields_of, resolve
from kpstudio.app.options import ViewOptions
from kpstudio.app.studio import Studio
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.ui.panels.inspect_compare import CompareSection
from kpstudio.ui.panels.inspect_descriptors import DescriptorSection
from kpstudio.ui.panels.inspect_field import FieldList
from kpstudio.ui.panels.inspect_overlays import OverlaySection, overlays_of
from kpstudio.ui.panels.inspect_selection import SelectionControls, threshold_in
from kpstudio.ui.panels.inspect_style import StyleControls, range_text
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import muted
from kpstudio.ui.widgets.section import Section


class InspectPanel(Panel):
    """Fields, their colours, and the choice of keypoints; more sections below."""

    name, title = "inspect", "Inspect"

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__(studio, themes)
        self.fields, self.style_of_field = FieldList(), StyleControls(studio)
        self.selection = SelectionControls(studio)
        self.hint = muted()
        self._ranges: WeakKeyDictionary[Field, str] = WeakKeyDictionary()
        self.column.addWidget(self.hint)
        self.column.addWidget(self.fields)
        self._colors = self.add_section("Colours", self.style_of_field)
        self.add_section("Keypoints", self.selection)
        self.compare = CompareSection(studio, themes)
        self.add_section("Compare detectors", self.compare)
        self.descriptors = DescriptorSection(studio)
        self.add_section("Descriptors", self.descriptors)
        self.overlays = OverlaySection(studio)
        self._overlays = self.add_section("Overlays", self.overlays)
        self.column.addStretch(1)
        self.fields.chosen.connect(self._choose)
        studio.view.changed.connect(self._show_options)
        studio.inspecting.changed.connect(self._show_field)
        studio.rigs.ready.connect(lambda _: self._show_field())
        themes.changed.connect(self.refresh)
        self.follow_selected()

    def add_section(self, title: str, content: QWidget, *, folded: bool = False) -> Section:
        """Put another section below those that are there."""
        section = Section(title, content, folded=folded)
        last = self.column.count()
        item = self.column.itemAt(last - 1) if last else None
        # What stretches stays at the bottom.
        at_end = item is None or item.spacerItem() is None
        self.column.insertWidget(last if at_end else last - 1, section)
        return section

    # --- what is shown -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the fields of the selected shape and the one that is seen."""
        item = self.studio.selected
        shape = item.value if item is not None else None
        choices = self.studio.inspecting.choices(shape) if shape is not None else ()
        self.hint.setVisible(not choices)
        self.fields.setVisible(bool(choices))
        if shape is None:
            self.hint.setText("Select a shape to see what detectors make of it.")
        elif not choices:
            self.hint.setText("Run a detector to see what it makes of this shape.")
        self.fields.show_fields(choices, self._texts(shape), self.themes.current)
        self.selection.show_shape(shape)
        self._overlays.setVisible(bool(overlays_of(shape)))
        self._show_field()

    def _show_options(self, new: ViewOptions, old: ViewOptions) -> None:
        if (new.style, new.shown_field) != (old.style, old.shown_field):
            self._show_field()

    def _show_field(self) -> None:
        item, view = self.studio.selected, self.studio.view.value
        key = view.shown_field
        found = self.studio.inspecting.find(item, key) if item is not None else None
        row = self.fields.row(key)
        self.fields.select(key if row is not None else "")
        self._colors.setVisible(isinstance(found, Field))
        if item is not None and isinstance(found, Field):
            self.style_of_field.show_style(view.style)
            self.style_of_field.show_field(found, key, item.value, threshold_in(found, item.value))

    def _texts(self, shape: Shape | None) -> dict[str, str]:
        """Return what stands beside each field: its range, or what is needed to see it."""
        texts: dict[str, str] = {}
        for choice in fields_of(shape) if shape is not None else ():
            assert shape is not None
            if self._needs_keypoint(choice.key, shape):
                texts[choice.key] = "select a keypoint"
            elif choice.key == DISPLACEMENT:
                continue  # it changes with every edit
            elif (field := resolve(choice.key, shape)) is not None:
                if field not in self._ranges:
                    self._ranges[field] = range_text(field)
                texts[choice.key] = self._ranges[field]
        return texts

    def _needs_keypoint(self, key: str, shape: Shape) -> bool:
        found = shape.detection.keypoint_fields if shape.detection is not None else {}
        return (key == INFLUENCE or key in found) and not self.studio.selection.keypoints

    # --- what a person does --------------------------------------------------------------------

    def _choose(self, key: str) -> None:
        view = self.studio.view
        view.set(self.studio.inspecting.showing(self.studio.selected, view.value, key))
