"""The Display panel: what the viewport shows."""

from __future__ import annotations

from PyQt6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from kpstudio.app.options import HANDLE_SIZES, SPACINGS, Arrangement, Labels, Shading, ViewOptions
from kpstudio.app.studio import Studio
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import DARK, LIGHT, Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.form import form_layout
from kpstudio.ui.widgets.slider import Slider

_CHECKS = {
    "edges": ("Mesh edges", "Draw the edges of the faces (W)"),
    "keypoints": ("Keypoints", "Show the keypoint handles (K)"),
    "raw": ("Raw keypoints", "Where the detector put them before they were snapped"),
    "cage": ("Cage", "The cage; vertices no keypoint controls are marked (C)"),
    "ghost": ("Original", "The shape before the edits, as a ghost (G)"),
    "mirror_plane": ("Mirror plane", "The plane of symmetric editing"),
}

_FILES, _ALIKE, _TRUE = "as in the files", "side by side", "side by side, true sizes"


class DisplayPanel(Panel):
    """Shading, projection, overlays, theme."""

    name, title = "display", "Display"

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__(studio, themes)
        self.shading, self.labels = Choice(), Choice()
        self.projection, self.theme = Choice(), Choice()
        self.handle_size = Slider(*HANDLE_SIZES, 0.5)
        self.handle_size.setToolTip("Radius of the handles; double-click for the default")
        self.arrangement, self.spacing = Choice(), Slider(*SPACINGS, 0.05)
        self.arrangement.setToolTip("Where several shapes are shown (Alt+S)")
        self.spacing.setToolTip("Gap between shapes side by side; double-click for the default")
        self.checks: dict[str, QCheckBox] = {}
        self._build()
        self._connect()
        self._show_options(studio.view.value, None)

    def _build(self) -> None:
        for shading in Shading:
            self.shading.addItem(shading.value.capitalize(), shading)
        for labels in Labels:
            self.labels.addItem(labels.value.capitalize(), labels)
        self.projection.addItem("Perspective", False)
        self.projection.addItem("Orthographic", True)
        for text in (_FILES, _ALIKE, _TRUE):
            self.arrangement.addItem(text.capitalize(), text)
        self.theme.addItem("Dark", DARK)
        self.theme.addItem("Light", LIGHT)
        form = form_layout()
        for text, widget in (
            ("Shading", self.shading), ("Projection", self.projection),
            ("Shapes", self.arrangement), ("Spacing", self.spacing),
            ("Labels", self.labels), ("Handle size", self.handle_size), ("Theme", self.theme),
        ):  # fmt: skip
            form.addRow(QLabel(text), widget)
        self.column.addLayout(form)
        overlays = QWidget()
        grid = QGridLayout(overlays)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for place, (name, (text, help_text)) in enumerate(_CHECKS.items()):
            box = QCheckBox(text)
            box.setToolTip(help_text)
            self.checks[name] = box
            grid.addWidget(box, place // 2, place % 2)
        self.column.addWidget(overlays)
        self.column.addStretch(1)

    def _connect(self) -> None:
        view = self.studio.view
        for name, box in self.checks.items():
            box.toggled.connect(lambda on, name=name: view.update(**{name: on}))
        choices = {"shading": self.shading, "labels": self.labels,
                   "orthographic": self.projection}  # fmt: skip
        for name, choice in choices.items():
            choice.currentIndexChanged.connect(
                lambda _, name=name, choice=choice: view.update(**{name: choice.currentData()})
            )
        self.arrangement.currentIndexChanged.connect(self._arrange)
        self.spacing.moved.connect(lambda spacing: view.update(spacing=spacing))
        self.handle_size.moved.connect(lambda size: view.update(handle_size=size))
        self.theme.currentIndexChanged.connect(lambda _: self.themes.use(self.theme.currentData()))
        self.themes.changed.connect(self._show_theme)
        view.changed.connect(self._show_options)
        self._show_theme()

    def _arrange(self) -> None:
        chosen, view = self.arrangement.currentData(), self.studio.view
        if chosen == _FILES:
            view.update(arrangement=Arrangement.FILES)
        else:
            view.update(arrangement=Arrangement.SIDE_BY_SIDE, true_size=chosen == _TRUE)

    def _show_theme(self) -> None:
        self.theme.select_data(self.themes.current.name)

    def _show_options(self, new: ViewOptions, old: ViewOptions | None) -> None:
        for name, box in self.checks.items():
            box.blockSignals(True)
            box.setChecked(getattr(new, name))
            box.blockSignals(False)
        self.shading.select_data(new.shading)
        self.labels.select_data(new.labels)
        self.projection.select_data(new.orthographic)
        apart = new.arrangement is Arrangement.SIDE_BY_SIDE
        self.arrangement.select_data(_FILES if not apart else _TRUE if new.true_size else _ALIKE)
        self.spacing.setEnabled(apart)
        self.spacing.set_value(new.spacing)
        self.handle_size.set_value(new.handle_size)
