"""The Prior panel: how the other keypoints answer, and the modes of the category."""

from __future__ import annotations

from PyQt6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from kpstudio.app.options import EditMode, EditOptions
from kpstudio.app.studio import Studio
from kpstudio.base.arrays import FloatArray
from kpstudio.document.document import Change
from kpstudio.document.item import Item
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.panels.prior_state import PriorState, prior_state
from kpstudio.ui.panels.shape_modes import SIGMA, ModeSliders
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import heading, line, muted
from kpstudio.ui.widgets.meter import Meter
from kpstudio.ui.widgets.slider import Slider
from kpstudio.ui.widgets.switch import Switch

#: Up to this root mean square deviation a shape is plausible, up to the next it is unusual.
PLAUSIBLE, UNUSUAL, FULL = 1.5, 2.2, 3.0


class ShapePriorPanel(Panel):
    """Strength, symmetry, mode of the drags; sliders of the modes; Sample and Reset."""

    name, title = "prior", "Prior"

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__(studio, themes)
        self.deform, self.place = _segment("Deform"), _segment("Place")
        self.deform.setToolTip("Dragging a keypoint deforms the mesh")
        self.place.setToolTip("Dragging a keypoint slides it over the surface (E)")
        self.symmetric = Switch("Symmetric")
        self.symmetric.setToolTip("Every move is mirrored to the partner keypoint (M)")
        self.strength, self.percent = Slider(), QLabel()
        self.strength.setToolTip("How much the other keypoints follow the category (P: off, on)")
        self.meter, self.verdict = Meter(FULL), muted(wrap=False)
        self.modes = ModeSliders(self._change_modes, self._give_up)
        self.hint, self.about_modes = muted(), muted(wrap=False)
        self.sample, self.reset = QPushButton("Sample"), QPushButton("Reset")
        self.sample.setToolTip("Make a new plausible shape from this mesh (N)")
        self.reset.setToolTip("Back to the mesh as it was loaded (R)")
        self._build()
        self._connect()
        self._show_options(studio.editing.value, None)
        self.follow_selected()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        mode = QHBoxLayout()
        mode.setSpacing(2)
        mode.addWidget(self.deform)
        mode.addWidget(self.place)
        mode.addSpacing(12)
        mode.addWidget(self.symmetric)
        mode.addStretch(1)
        self.percent.setFixedWidth(self.percent.fontMetrics().horizontalAdvance("100 % "))
        grid.addWidget(QLabel("Drags"), 0, 0)
        grid.addLayout(mode, 0, 1, 1, 2)
        grid.addWidget(QLabel("Prior"), 1, 0)
        grid.addWidget(self.strength, 1, 1)
        grid.addWidget(self.percent, 1, 2)
        self.column.addLayout(grid)
        self.column.addWidget(line())
        self.body = QWidget()
        body = QGridLayout(self.body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setVerticalSpacing(6)
        body.addWidget(heading("Modes"), 0, 0)
        body.addWidget(self.about_modes, 0, 1)
        body.addWidget(self.modes, 1, 0, 1, 2)
        body.addWidget(self.meter, 2, 0, 1, 2)
        body.addWidget(self.verdict, 3, 0, 1, 2)
        body.setColumnStretch(1, 1)
        self.column.addWidget(self.body)
        self.column.addWidget(self.hint)
        buttons = QHBoxLayout()
        buttons.addWidget(self.sample, 1)
        buttons.addWidget(self.reset, 1)
        self.column.addLayout(buttons)
        self.column.addStretch(1)

    def _connect(self) -> None:
        studio = self.studio
        group = QButtonGroup(self)
        group.addButton(self.deform)
        group.addButton(self.place)
        self.deform.clicked.connect(lambda: studio.editing.update(mode=EditMode.DEFORM))
        self.place.clicked.connect(lambda: studio.editing.update(mode=EditMode.PLACE))
        self.symmetric.toggled.connect(lambda on: studio.editing.update(symmetric=on))
        self.strength.moved.connect(lambda value: studio.editing.update(prior_strength=value))
        self.sample.clicked.connect(self._sample)
        self.reset.clicked.connect(self._reset)
        studio.editing.changed.connect(self._show_options)
        studio.rigs.ready.connect(self._rig_ready)
        self.themes.changed.connect(self.refresh)
        # The sliders follow a drag, but need not do so at every frame.
        self._drag: Item | None = None
        self._drags = Coalescer(self._show_drag, 40, self)

    # --- options of the drags ------------------------------------------------------------------

    def _show_options(self, new: EditOptions, old: EditOptions | None) -> None:
        (self.place if new.mode is EditMode.PLACE else self.deform).setChecked(True)
        self.symmetric.blockSignals(True)
        self.symmetric.setChecked(new.symmetric)
        self.symmetric.blockSignals(False)
        self.symmetric.update()
        self.strength.set_value(new.prior_strength)
        strength = round(100 * new.prior_strength)
        self.percent.setText(f"{strength} %" if strength else "off")

    # --- the shape -----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the selected shape's coefficients and what can be done with it."""
        item = self.studio.selected
        self._show_state(prior_state(item.value if item is not None else None, self.studio.rigs))

    def _show_state(self, state: PriorState) -> None:
        self.body.setVisible(state.deviations is not None)
        self.body.setEnabled(state.ready)
        self.hint.setText(state.hint)
        self.hint.setVisible(bool(state.hint))
        self.strength.setEnabled(state.deviations is not None)
        self.sample.setEnabled(state.ready)
        self.reset.setEnabled(state.edited)
        self.about_modes.setText(state.about)
        self.modes.show_coefficients(state.deviations)
        self._judge(state.unusualness)

    def _judge(self, deviation: float | None) -> None:
        if deviation is None:
            return
        words, role = next(
            (words, role)
            for limit, words, role in (
                (PLAUSIBLE, "plausible", "good"),
                (UNUSUAL, "unusual", "warning"),
                (float("inf"), "hardly seen", "error"),
            )
            if deviation <= limit
        )
        self.meter.show_value(deviation, self.themes.current.color(role))
        self.verdict.setText(f"{words}: {deviation:.2f} {SIGMA} from the category's mean")

    def _document_changed(self, change: Change) -> None:
        if not change.transient:
            self._drags.stop()
            self._drag = None
            super()._document_changed(change)
        elif change.item_id == self.studio.selection.item_id:
            self._drag = change.after
            self._drags.request()

    def _show_drag(self) -> None:
        if self._drag is not None:
            self._show_state(prior_state(self._drag.value, self.studio.rigs))

    def _rig_ready(self, item_id: int) -> None:
        if item_id == self.studio.selection.item_id:
            self.refresh()

    # --- what a person does --------------------------------------------------------------------

    def _change_modes(self, deviations: FloatArray, final: bool) -> None:
        item_id = self.studio.selection.item_id
        if item_id is not None:
            self.studio.edits.set_coefficients(item_id, deviations, final=final)

    def _give_up(self) -> None:
        if self.studio.selection.item_id is not None:
            self.studio.edits.restore(self.studio.selection.item_id)

    def _sample(self) -> None:
        if self.studio.selection.item_id is not None:
            self.studio.edits.sample(self.studio.selection.item_id)

    def _reset(self) -> None:
        if self.studio.selection.item_id is not None:
            self.studio.edits.reset(self.studio.selection.item_id)


def _segment(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("segment", "wide")
    button.setCheckable(True)
    return button
