"""What several detectors found on the selected shape, side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.comparing import Compared, compare
from kpstudio.app.options import AGREEMENT_RADII, ViewOptions
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.detectors import registry
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.document.document import Change
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import muted, tool_button
from kpstudio.ui.widgets.marker import Marker
from kpstudio.ui.widgets.slider import Slider
from kpstudio.ui.widgets.switch import Switch
from kpstudio.viewport.forms import DOT, form_of
from kpstudio.viewport.palette import detector_color

_STEP = 0.005  #: of the radius, by an arrow key
_BUTTON = 26  #: logical pixels


class CompareSection(QWidget):
    """A row for every detection on the shape; switches and radius of the comparison.

    Parameters
    ----------
    studio
        What is compared.
    themes
        Colours of the icons.
    """

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__()
        self.studio, self.themes = studio, themes
        self.rows: list[CompareRow] = []
        self.overlay = Switch("Show all on the shape")
        self.overlay.setToolTip("Keypoints of the other detectors, each in a form of its own")
        self.sizes = Switch("Found sizes")
        low, high, usual = AGREEMENT_RADII
        self.radius = Slider(low, high, usual, _STEP)
        self.radius.setToolTip(
            "Up to which distance two keypoints are at the same place, as a share of the shape's\n"
            "diagonal; double-click for the usual one"
        )
        self.radius.setAccessibleName("Radius of agreement")
        self.radius_text = QLabel()
        self.more = QPushButton("Run another detector\N{HORIZONTAL ELLIPSIS}")
        self.more.setToolTip("What is edited now stays to compare with")
        self.hint = muted()
        self._shown: tuple[object, ...] | None = None
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        switches = QHBoxLayout()
        switches.addWidget(self.overlay)
        switches.addStretch(1)
        switches.addWidget(self.sizes)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        label = QLabel("Agree within")
        label.setBuddy(self.radius)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.radius, 0, 1)
        grid.addWidget(self.radius_text, 0, 2)
        self.radius_text.setMinimumWidth(self.fontMetrics().horizontalAdvance("10.0 % "))
        self.radius_text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._list)
        column.addWidget(self.hint)
        column.addLayout(switches)
        column.addLayout(grid)
        column.addWidget(self.more)

    def _connect(self) -> None:
        view = self.studio.view
        self.overlay.toggled.connect(lambda on: view.update(compare=on))
        self.sizes.toggled.connect(lambda on: view.update(sizes=on))
        self.radius.moved.connect(lambda value: view.update(agreement_radius=value))
        self.more.clicked.connect(self._offer)
        view.changed.connect(self._view_changed)
        self.studio.selection.changed.connect(self.refresh)
        self.studio.document.changed.connect(self._document_changed)
        self.themes.changed.connect(self.refresh)

    # --- what is shown -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the detections on the selected shape."""
        item, view = self.studio.selected, self.studio.view.value
        shape = item.value if item is not None else None
        key = (shape, view.agreement_radius, view.left_out, view.keypoints, view.compare,
               self.themes.current)  # fmt: skip
        self._show_options(view)
        if key == self._shown:
            return
        self._shown = key
        found = compare(shape, view.agreement_radius) if shape is not None else ()
        if [row.compared.detection for row in self.rows] == [one.detection for one in found]:
            for row, one in zip(self.rows, found, strict=True):
                row.show_compared(one, view)
        else:
            self._fill(found, view)
        self.more.setEnabled(shape is not None)
        self.sizes.setEnabled(any(one.detection.sizes is not None for one in found))
        self.sizes.setToolTip(_sizes_explained(found))
        self.hint.setText("Nothing has been detected on this shape yet." if shape is not None
                          else "Select a shape.")  # fmt: skip
        self.hint.setVisible(not found)

    def _fill(self, found: tuple[Compared, ...], view: ViewOptions) -> None:
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [CompareRow(self.studio, self.themes, one) for one in found]
        for row, one in zip(self.rows, found, strict=True):
            self._list.addWidget(row)
            row.show_compared(one, view)

    def _show_options(self, view: ViewOptions) -> None:
        for switch, on in ((self.overlay, view.compare), (self.sizes, view.sizes)):
            switch.blockSignals(True)
            switch.setChecked(on)
            switch.blockSignals(False)
            switch.update()
        self.radius.set_value(view.agreement_radius)
        self.radius_text.setText(f"{100.0 * view.agreement_radius:.1f} %")

    def _view_changed(self, new: ViewOptions, old: ViewOptions) -> None:
        self.refresh()

    def _document_changed(self, change: Change) -> None:
        if not change.transient and change.item_id == self.studio.selection.item_id:
            self.refresh()

    # --- what a person does --------------------------------------------------------------------

    def _offer(self) -> None:
        """Open the menu of the detectors that have not looked at the shape."""
        menu = self.detectors_menu()
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def detectors_menu(self) -> QMenu:
        """Return a menu of the detectors that have not looked at the selected shape."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        there = {row.compared.detector for row in self.rows}
        # Those that do not load are told of in the Detect panel.
        for family, specs in registry.by_family().items():
            missing = [spec for spec in specs if spec.id not in there]
            if missing:
                menu.addSection(family)
            for spec in missing:
                action = menu.addAction(spec.title, partial(self.run, spec.id))
                assert action is not None
                action.setToolTip(spec.summary)
        menu.setToolTipsVisible(True)
        return menu

    def run(self, detector: str) -> None:
        """Detect with another detector and show all keypoints."""
        self.studio.view.update(compare=True)
        detecting = self.studio.detecting
        live = detecting.options.value.live
        detecting.choose(detector)
        if not live:  # else choosing has started it
            detecting.run()


class CompareRow(QWidget):
    """One detection: marker, title, count or agreement, and what can be done with it."""

    def __init__(self, studio: Studio, themes: Themes, compared: Compared) -> None:
        super().__init__()
        self.studio, self.themes, self.compared = studio, themes, compared
        form = DOT if compared.edited else form_of(compared.style)
        color = None if compared.edited else QColor.fromRgbF(*detector_color(compared.style))
        self.marker = Marker(form, color)
        self.title = QLabel(compared.title)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.figures = muted(wrap=False)
        self.eye, self.edit, self.remove = (tool_button(text) for text in (
            "Show or hide", "Edit these keypoints", "Remove these keypoints"))  # fmt: skip
        themes.set_icon(self.edit, "fa6s.pen")
        themes.set_icon(self.remove, "fa6s.xmark", "muted")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.figures)
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 2, 0, 2)
        line.setSpacing(6)
        line.addWidget(self.marker)
        line.addLayout(words, 1)
        for button in (self.eye, self.edit, self.remove):
            # Squeezed while rows come and go, they would paint icons of no size.
            button.setFixedSize(_BUTTON, _BUTTON)
            line.addWidget(button)
        for button in (self.edit, self.remove):
            _keep_room(button)
            button.setVisible(not compared.edited)
        self.eye.clicked.connect(self._toggle)
        self.edit.clicked.connect(lambda: self._change(studio.edits.edit_other))
        self.remove.clicked.connect(lambda: self._change(studio.edits.remove_other))

    def show_compared(self, compared: Compared, view: ViewOptions) -> None:
        """Show the row's detection as it compares now."""
        self.compared = compared
        shown = view.keypoints if compared.edited else (
            view.compare and compared.detector not in view.left_out)  # fmt: skip
        self.themes.set_icon(self.eye, "fa6s.eye" if shown else "fa6s.eye-slash",
                             "text" if shown else "disabled")  # fmt: skip
        self.eye.setToolTip("Hide" if shown else "Show")
        self.figures.setText(_figures(compared))
        self.figures.setToolTip(_explained(compared, view.agreement_radius))

    def _toggle(self) -> None:
        view, detector = self.studio.view, self.compared.detector
        if self.compared.edited:
            view.update(keypoints=not view.value.keypoints)
            return
        rest = tuple(one for one in view.value.left_out if one != detector)
        shown = view.value.compare and detector not in view.value.left_out
        view.update(compare=True, left_out=(*rest, detector) if shown else rest)

    def _change(self, change: Callable[[int, str], None]) -> None:
        item = self.studio.selected
        if item is not None:
            change(item.id, self.compared.detector)


def _keep_room(button: QToolButton) -> None:
    policy = button.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    button.setSizePolicy(policy)


def _figures(compared: Compared) -> str:
    if compared.edited:
        return f"{compared.summary}, being edited"
    return f"{compared.summary} agree" if compared.agreement is not None else compared.summary


def _sizes_explained(found: tuple[Compared, ...]) -> str:
    """Return what the circles around keypoints mean for each detector that has some."""
    lines = ["A circle as large as what the detector found at a keypoint, for detectors that say"]
    for one in found:
        if one.detection.sizes is not None:
            lines.append(f"{one.title}: {_meaning(one.detector)}")
    return "\n".join(lines)


def _meaning(detector: str) -> str:
    try:
        return registry.get_detector(detector).spec.sizes
    except KPStudioError:
        return DetectorSpec.sizes  # found by a detector that is not installed here


def _explained(compared: Compared, radius: float) -> str:
    found = compared.agreement
    if found is None:
        return ""
    return (
        f"{len(found)} of its {found.second} keypoints ({100.0 * found.share_of_second:.0f} %)\n"
        f"and of the {found.first} edited ones ({100.0 * found.share_of_first:.0f} %)\n"
        f"are pairs within {100.0 * radius:.1f} % of the diagonal"
    )
