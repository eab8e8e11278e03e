"""Which candidates are keypoints: threshold, radius and count, without another run."""

from __future__ import annotations

from typing import Any

import numpy as np
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kpstudio.app.inspecting import detector_title
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.base.parameters import ParameterInfo, describe
from kpstudio.data.detection import Detection
from kpstudio.data.field import Field
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.detectors.selection import SelectionParameters
from kpstudio.document.document import Change
from kpstudio.ui.frames import Coalescer
from kpstudio.ui.widgets.choice import Choice, IntegerBox, NumberBox
from kpstudio.ui.widgets.labels import muted
from kpstudio.ui.widgets.slider import Slider

#: Decimals of what a slider says: no hand is finer, and all of them can be read.
_DIGITS = 3
_PARAMETERS = {info.name: info for info in describe(SelectionParameters)}


class SelectionControls(QWidget):
    """Live sliders that choose the keypoints of the edited detection of the selected shape.

    Parameters
    ----------
    studio
        Whose keypoints are chosen.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.threshold, self.threshold_box = _number(_PARAMETERS["threshold"])
        self.radius, self.radius_box = _number(_PARAMETERS["radius"])
        self.distance, self.count = Choice(), IntegerBox()
        self.summary, self.hint = QLabel(), muted()
        self._build()
        self._wanted: dict[str, Any] = {}
        self._soon = Coalescer(self._preview, parent=self)
        self._connect()

    def _build(self) -> None:
        metric, count = _PARAMETERS["metric"], _PARAMETERS["count"]
        for choice in metric.choices or ():
            self.distance.addItem(choice.capitalize(), choice)
        self.count.setRange(int(count.low or 0), int(count.high or 0))
        self.distance.setToolTip(metric.help)
        self.count.setToolTip(count.help)
        self.body = QWidget()
        grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        rows = (("Threshold", "threshold", self.threshold, self.threshold_box),
                ("Radius", "radius", self.radius, self.radius_box))  # fmt: skip
        for row, (title, name, slider, box) in enumerate(rows):
            label = QLabel(title)
            for widget in (label, slider, box):
                widget.setToolTip(_PARAMETERS[name].help)
            label.setBuddy(box)
            grid.addWidget(label, row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(box, row, 2)
        across = QLabel(metric.title)
        across.setBuddy(self.distance)
        grid.addWidget(across, 2, 0)
        last = QHBoxLayout()
        last.setSpacing(8)
        last.addWidget(self.distance, 1)
        most = QLabel(count.title)
        most.setBuddy(self.count)
        last.addWidget(most)
        last.addWidget(self.count)
        grid.addLayout(last, 2, 1, 1, 2)
        for box in (self.threshold_box, self.radius_box):
            box.setFixedWidth(self.radius_box.fontMetrics().horizontalAdvance("0.0000") + 96)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.summary)
        column.addWidget(self.body)
        column.addWidget(self.hint)

    def _connect(self) -> None:
        sliders = (("threshold", self.threshold, self.threshold_box),
                   ("radius", self.radius, self.radius_box))  # fmt: skip
        for name, slider, box in sliders:
            slider.moved.connect(lambda value, name=name: self._move(name, round(value, _DIGITS)))
            slider.released.connect(
                lambda value, name=name: self._choose(**{name: round(value, _DIGITS)})
            )
            slider.cancelled.connect(self._give_up)
            box.valueChanged.connect(lambda value, name=name: self._choose(**{name: value}))
        self.distance.currentIndexChanged.connect(
            lambda _: self._choose(metric=self.distance.currentData())
        )
        self.count.valueChanged.connect(lambda count: self._choose(count=count))
        self._studio.document.changed.connect(self._document_changed)

    # --- what is shown -------------------------------------------------------------------------

    def show_shape(self, shape: Shape | None) -> None:
        """Show how the keypoints of a shape were chosen."""
        detection = shape.detection if shape is not None else None
        chosen = detection is not None and detection.candidates is not None
        self.body.setVisible(chosen)
        self.summary.setVisible(chosen)
        self.hint.setVisible(not chosen)
        if detection is None or detection.candidates is None:
            who = "Detectors such as ISS" if detection is None else detector_title(detection)
            chooses = "choose" if detection is None else "does not choose"
            self.hint.setText(f"{who} {chooses} keypoints among candidates by their response.")
            return
        made = detection.provenance.parameters
        usual = _defaults(detection)
        for name, slider, box in (("threshold", self.threshold, self.threshold_box),
                                  ("radius", self.radius, self.radius_box)):  # fmt: skip
            slider.origin = getattr(usual, name)
            slider.set_value(made[name])
            _set(box, made[name])
        self.distance.select_data(made["metric"])
        _set(self.count, made["count"])
        self._show_counts(detection)

    def _show_counts(self, detection: Detection) -> None:
        assert detection.candidates is not None
        kept, all_ = len(detection.keypoints), len(detection.candidates)
        text = f"{detector_title(detection)}: {kept} keypoints of {all_} candidates"
        if self.summary.text() != text:
            self.summary.setText(text)

    def _document_changed(self, change: Change) -> None:
        # The panel shows what the document holds; this one follows the slider as well.
        if change.transient and change.after is not None and self._held:
            detection = change.after.value.detection
            if change.item_id == self._studio.selection.item_id and detection is not None:
                self._show_counts(detection)

    # --- what a person does --------------------------------------------------------------------

    @property
    def _held(self) -> bool:
        return self.threshold.held or self.radius.held

    def _move(self, name: str, value: float) -> None:
        self._wanted = {name: value}
        _set(self.threshold_box if name == "threshold" else self.radius_box, value)
        self._soon.request()

    def _preview(self) -> None:
        item_id = self._studio.selection.item_id
        if item_id is not None:
            self._studio.detecting.reselect(item_id, self._wanted, final=False)

    def _choose(self, **values: Any) -> None:
        self._soon.stop()
        item_id = self._studio.selection.item_id
        if item_id is not None:
            self._studio.detecting.reselect(item_id, values)

    def _give_up(self) -> None:
        self._soon.stop()
        item = self._studio.selected
        if item is not None:
            self._studio.jobs.cancel(f"choose:{item.id}")
            self._studio.edits.restore(item.id)
            self.show_shape(item.value)


def threshold_in(field: Field, shape: Shape) -> float | None:
    """Return the value of a field above which candidates count; None if it is not the response."""
    detection = shape.detection
    if detection is None or detection.candidates is None or len(detection.candidates) == 0:
        return None
    candidates = detection.candidates
    if len(field.values) != len(shape.mesh.vertices):
        return None
    if not np.allclose(field.values[candidates.vertices], candidates.response, atol=0.0):
        return None
    share = detection.provenance.parameters["threshold"]
    return float(share * candidates.response.max())


def _number(info: ParameterInfo) -> tuple[Slider, NumberBox]:
    low, high, step = float(info.low or 0.0), float(info.high or 1.0), float(info.step or 0.01)
    slider, box = Slider(low, high, info.default, step), NumberBox()
    box.setDecimals(4)
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setSuffix(f" {info.unit}" if info.unit else "")
    return slider, box


def _set(box: IntegerBox | NumberBox, value: Any) -> None:
    box.blockSignals(True)
    box.setValue(value)
    box.blockSignals(False)


def _defaults(detection: Detection) -> SelectionParameters:
    """Return the usual parameters of the detector of a detection, if it is still installed."""
    try:
        parameters = registry.get_detector(detection.provenance.detector).spec.parameters()
    except KPStudioError:
        return SelectionParameters()
    return parameters if isinstance(parameters, SelectionParameters) else SelectionParameters()
