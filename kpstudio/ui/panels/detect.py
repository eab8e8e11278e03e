"""The Detect panel: which detector, how, on what kind of shape, and what it found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from kpstudio.app.detecting import DetectOptions
from kpstudio.app.inspecting import detector_title
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.data.shape import Shape
from kpstudio.detectors import registry
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.nn.catalogue import Model
from kpstudio.ui.panels.orientation import OrientationControl
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.form import ParameterForm, form_layout
from kpstudio.ui.widgets.labels import line, muted
from kpstudio.ui.widgets.switch import Switch

#: The parameter that names a model; the boxes Category and Model stand for it.
MODEL = "model"
#: Between a number and its unit: they stay on one line.
_SPACE = "\N{NO-BREAK SPACE}"


class DetectPanel(Panel):
    """Detector, category, orientation, parameters, Live, Detect, and the result."""

    name, title = "detect", "Detect"

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__(studio, themes)
        self.detector, self.category, self.model = Choice(), Choice(), Choice()
        self.model.setToolTip("Which trained model the detector uses; Tools > Models shows them")
        self.summary, self.result, self.notes = muted(), muted(), QLabel()
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.orientation = OrientationControl(studio, themes)
        self.live = Switch("Live")
        self.live.setToolTip("Detect again whenever a parameter or the shape changes (Ctrl+L)")
        self.run = QPushButton("Detect")
        self.run.setProperty("primary", True)
        self.run.setToolTip("Run the detector on the selected shape (D)")
        self.form: ParameterForm | None = None
        self._build()
        self._fill_detectors()
        self.detector.currentIndexChanged.connect(self._choose_detector)
        self.category.currentIndexChanged.connect(self._choose_category)
        self.model.currentIndexChanged.connect(self._choose_model)
        studio.models.changed.connect(self._models_changed)
        self.live.toggled.connect(lambda on: studio.detecting.options.update(live=on))
        self.run.clicked.connect(lambda: studio.detecting.run())
        studio.detecting.options.changed.connect(self._show_options)
        studio.jobs.changed.connect(self._show_result)
        self._show_options(studio.detecting.options.value, None)
        self.follow_selected()

    def _build(self) -> None:
        self.choices = form_layout()
        self.choices.addRow("Detector", self.detector)
        self.choices.addRow(self.summary)
        self.choices.addRow("Category", self.category)
        self.choices.addRow("Model", self.model)
        self.column.addLayout(self.choices)
        self.column.addWidget(self.orientation)
        self.column.addWidget(line())
        self._form_place = self.column.count()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.live)
        row.addStretch(1)
        row.addWidget(self.run)
        self.column.addLayout(row)
        self.column.addWidget(self.result)
        self.column.addWidget(self.notes)
        self.column.addStretch(1)

    # --- detector and parameters ---------------------------------------------------------------

    def _fill_detectors(self) -> None:
        """List the detectors under the headings of their families, broken ones last."""
        broken = list(registry.detector_ids())
        for family, specs in registry.by_family().items():
            self.detector.add_heading(family)
            for spec in specs:
                broken.remove(spec.id)
                self.detector.addItem(spec.title, spec.id)
                self._set_tooltip(f"{spec.summary}\n\n{spec.citation}".strip())
        if broken:
            self.detector.add_heading("Broken")
        for detector_id in broken:
            self.detector.addItem(detector_id, detector_id)
            self._set_tooltip(registry.detector_failures().get(detector_id, "does not load"))
            self.detector.disable_last()

    def _set_tooltip(self, text: str) -> None:
        last = self.detector.count() - 1
        self.detector.setItemData(last, text, Qt.ItemDataRole.ToolTipRole)

    def _choose_detector(self) -> None:
        self.studio.detecting.choose(self.detector.currentData())

    def _show_options(self, new: DetectOptions, old: DetectOptions | None) -> None:
        self.live.blockSignals(True)
        self.live.setChecked(new.live)
        self.live.blockSignals(False)
        self.live.update()
        self.detector.select_data(new.detector)
        if old is None or old.detector != new.detector or self.form is None:
            self._show_detector(new)
        if self.form is not None and new.parameters is not None:
            self.form.set_value(new.parameters)
            self.model.select_data(getattr(new.parameters, MODEL, ""))

    def _show_detector(self, options: DetectOptions) -> None:
        if self.form is not None:
            self.column.removeWidget(self.form)
            self.form.hide()  # it lives on until the event loop comes round
            self.form.deleteLater()
            self.form = None
        try:
            spec = registry.get_detector(options.detector).spec
        except KPStudioError as error:
            self.summary.setText(str(error))
            return
        self.summary.setText(spec.summary)
        self.form = ParameterForm(spec.parameters, skip=(MODEL,) if spec.needs_model else ())
        self.form.changed.connect(self._parameters_edited)
        self.column.insertWidget(self._form_place, self.form)
        self.choices.setRowVisible(self.category, spec.by_category)
        self.choices.setRowVisible(self.model, spec.needs_model and not spec.by_category)
        self._fill_models(spec)

    def _parameters_edited(self, parameters: Any) -> None:
        self.studio.detecting.options.update(parameters=parameters)

    # --- category or model ---------------------------------------------------------------------

    def _models_changed(self) -> None:
        try:
            self._fill_models(registry.get_detector(self.detector.currentData()).spec)
        except KPStudioError:
            return  # a detector that does not load has none

    def _fill_models(self, spec: DetectorSpec) -> None:
        models = self.studio.models.of_kind(spec.models) if spec.needs_model else ()
        with QSignalBlocker(self.category), QSignalBlocker(self.model):
            self.category.clear()
            self.category.addItem("Automatic", "")
            self.model.clear()
            self.model.addItem("None is installed" if not models else "Default", "")
            for model in models:
                self._add_model(model)
            options = self.studio.detecting.options.value
            self.model.select_data(getattr(options.parameters, MODEL, ""))
        self.refresh()

    def _add_model(self, model: Model) -> None:
        """Offer a model: that of a category by its name, others by theirs."""
        preferred = self.studio.models.is_preferred(model)
        name = model.category if model.category and preferred else model.id
        text = name.replace("_", " ").capitalize() if name == model.category else model.id
        self.category.addItem(text, name)
        self.model.addItem(model.id, model.id)
        self.model.setItemData(self.model.count() - 1, model.title, Qt.ItemDataRole.ToolTipRole)
        if preferred:
            self.model.setItemText(0, f"Default ({model.id})")

    def _choose_model(self) -> None:
        parameters = self.studio.detecting.options.value.parameters
        if parameters is not None:
            chosen = replace(parameters, **{MODEL: self.model.currentData() or ""})
            self.studio.detecting.options.update(parameters=chosen)

    def _choose_category(self) -> None:
        item = self.studio.selected
        if item is not None:
            self.studio.edits.set_category(item.id, self.category.currentData() or "")

    # --- the selected shape --------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the selected shape's category, orientation and result."""
        item = self.studio.selected
        shape = item.value if item is not None else None
        self.run.setEnabled(shape is not None)
        self.category.setEnabled(shape is not None)
        self.orientation.show_orientation(shape.orientation if shape is not None else None)
        detector = self.studio.detecting.options.value.detector
        proposed = _proposed(shape, detector) if shape is not None else ""
        self.category.setItemText(0, f"Automatic ({proposed})" if proposed else "Automatic")
        self.category.select_data(shape.category if shape is not None else "")
        self._show_result()

    def _show_result(self) -> None:
        item = self.studio.selected
        running = item is not None and any(
            job.key == f"detect:{item.id}" for job in self.studio.jobs.running
        )
        text = "Detecting…" if running else _result(item.value) if item is not None else ""
        if self.result.text() != text:
            self.result.setText(text)
        notes = _notes(item.value) if item is not None and not running else ()
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))


def _proposed(shape: Shape, detector: str) -> str:
    """Return the category that was recognised for a detector, if nobody chose one."""
    if shape.category or shape.detection is None:
        return ""
    if shape.detection.provenance.detector != detector:
        return ""  # the model of a detector for any shape is no category
    return str(shape.detection.provenance.parameters.get(MODEL) or "").replace("_", " ")


def _notes(shape: Shape) -> tuple[str, ...]:
    """Return what a person should know of the result."""
    return shape.detection.notes if shape.detection is not None else ()


def _result(shape: Shape) -> str:
    detection = shape.detection
    if detection is None:
        return "No keypoints yet" if shape.keypoints is None else "Keypoints from a file"
    made, found = detection.provenance, detection.keypoints
    assert found.confidence is not None
    parts = [made.model or detector_title(detection), f"{len(found)} keypoints"]
    if len(found) and float(found.confidence.min()) < 1.0:
        parts.append(f"{detection.confidence_means}{_SPACE}{float(found.confidence.mean()):.2f}")
    seconds = made.seconds
    parts.append(f"{seconds * 1000:.0f}{_SPACE}ms" if seconds < 1.0 else f"{seconds:.1f}{_SPACE}s")
    return ", ".join(parts)
