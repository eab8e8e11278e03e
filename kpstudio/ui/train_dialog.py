"""Tools > Train: choose a system and shapes, watch it learn, pause, stop, go on."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QImage, QPixmap, QResizeEvent
from PyQt6.QtWidgets import (
    QDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.model_card import duration, figures
from kpstudio.app.notices import Notice
from kpstudio.app.studio import Studio
from kpstudio.app.training import State
from kpstudio.base.arrays import ByteArray
from kpstudio.base.errors import KPStudioError
from kpstudio.ui.dialogs import lay_out
from kpstudio.ui.figure_table import FigureTable
from kpstudio.ui.theme import Themes
from kpstudio.ui.train_form import TrainForm
from kpstudio.ui.widgets.curves import Curves
from kpstudio.ui.widgets.labels import muted

_SIZE = (1120, 720)
#: Milliseconds between two looks at how far a training is.
_GLANCE = 200
#: Height of the figures, logical pixels.
_MOST = 190
_WORDS = {
    State.IDLE: "Choose what to train, then press Train.",
    State.PAUSED: "Paused.",
    State.STOPPED: "Stopped; the checkpoint is kept. Go on takes it up again.",
    State.FAILED: "The training ended with an error.",
}


class TrainDialog(QDialog):
    """Trains a model; may be closed while a training goes on.

    Parameters
    ----------
    parent
        The window.
    studio
        The application.
    themes
        The look.
    """

    def __init__(self, parent: QWidget, studio: Studio, themes: Themes) -> None:
        super().__init__(parent)
        self.setObjectName("train")
        self.setWindowTitle("Train a model")
        self.resize(*_SIZE)
        self._studio, self._training = studio, studio.training
        self.form = TrainForm(self._training.options.value)
        self.curves = Curves()
        self.preview = Preview()
        self.figures = FigureTable(themes)
        self.caption = muted()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.step = muted("", wrap=False)
        self.train_button = QPushButton("Train")
        self.train_button.setProperty("primary", True)
        self.pause_button = QPushButton("Pause")
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("End the training; its checkpoint is kept")
        self.go_on_button = QPushButton("Go on")
        self.go_on_button.setToolTip("Take up the interrupted training of this model file")
        close_button = QPushButton("Close")
        self.train_button.clicked.connect(self._run)
        self.pause_button.clicked.connect(self._pause)
        self.stop_button.clicked.connect(self._training.stop)
        self.go_on_button.clicked.connect(self._go_on)
        close_button.clicked.connect(self.close)
        self._lay_out(close_button)
        self._shown_preview: ByteArray | None = None
        self._glance = QTimer(self)
        self._glance.setInterval(_GLANCE)
        self._glance.timeout.connect(self._show_progress)
        self._glance.start()
        self._training.changed.connect(self._show_state)
        self.form.output.line.textChanged.connect(self._show_buttons)
        self._show_state()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Look away; a training under way goes on and is there when the dialog opens again."""
        self._glance.stop()
        self._training.changed.disconnect(self._show_state)
        if not self._training.is_active:
            self._training.options.set(self.form.options)
        super().closeEvent(event)
        self.deleteLater()

    def _lay_out(self, close_button: QPushButton) -> None:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.curves, 3)
        column.addWidget(self.preview, 2)
        column.addWidget(self.figures)
        column.addWidget(self.caption)
        row = lay_out(self, self.form, right, (360, _SIZE[0] - 360))
        row.addWidget(self.bar)
        row.addWidget(self.step, 1)
        for button in (
            self.train_button, self.go_on_button, self.pause_button, self.stop_button, close_button
        ):  # fmt: skip
            row.addWidget(button)

    # --- the training --------------------------------------------------------------------------

    def _run(self) -> None:
        self._training.options.set(self.form.options)
        try:
            self._training.run()
        except KPStudioError as error:
            self._studio.notify(Notice.of(error))
            self.caption.setText(str(error))

    def _pause(self) -> None:
        if self._training.state is State.PAUSED:
            self._training.go_on()
        else:
            self._training.pause()

    def _go_on(self) -> None:
        self._training.options.set(self.form.options)
        self._training.go_on()
        self.form.show_options(self._training.options.value)

    def _show_state(self) -> None:
        state, finished = self._training.state, self._training.finished
        active = self._training.is_active
        self.form.setEnabled(not active)
        self.pause_button.setText("Resume" if state is State.PAUSED else "Pause")
        self.bar.setVisible(active)
        self.step.setText("")
        self.caption.setText(_WORDS.get(state, ""))
        self.figures.setVisible(finished is not None)
        if finished is not None:
            self.form.suggest()  # the next training shall not write over this model
            self.figures.show_figures(figures(finished.card))
            self.figures.setFixedHeight(min(self.figures.whole_height, _MOST))
            self.figures.setVisible(self.figures.rowCount() > 0)
            self.caption.setText(
                f"{finished.model.title} is in the Detect panel as {finished.model.id}. "
                + " ".join(finished.card.get("notes", ()))
            )
        self._show_buttons()
        self._show_progress()

    def _show_buttons(self) -> None:
        active = self._training.is_active
        self.train_button.setEnabled(not active)
        self.pause_button.setEnabled(active)
        self.stop_button.setEnabled(active)
        if not active:
            self._training.options.update(output=self.form.output.path)
        self.go_on_button.setEnabled(self._training.can_go_on)

    def _show_progress(self) -> None:
        steps, losses = self._training.record.copy()
        recipe = self._training.options.value.recipe
        self.curves.show_curves(steps, losses, recipe.steps if recipe is not None else 0)
        preview = self._training.record.preview
        self.preview.setVisible(preview is not None)
        if preview is not None and preview[1] is not self._shown_preview:
            self._shown_preview = preview[1]
            self.preview.show_pixels(preview[1], f"Step {preview[0]}")
        if self._training.is_active:
            fraction, text = self._training.progress
            left = self._training.seconds_left
            self.bar.setValue(round(1000 * fraction))
            words = text.split(":")[0].capitalize() if text.startswith("step") else text
            self.step.setText(words + (f", {duration(left)} left" if left is not None else ""))
        elif self._training.can_go_on != self.go_on_button.isEnabled():
            self._show_buttons()  # the checkpoint of a training that was stopped comes a bit later


class Preview(QLabel):
    """The newest picture of a training, as large as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QPixmap()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumHeight(140)

    def show_pixels(self, pixels: ByteArray, title: str) -> None:
        """Show a picture (h,w,3)."""
        height, width, _ = pixels.shape
        data = pixels.tobytes()
        image = QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture = QPixmap.fromImage(image.copy())
        self.setToolTip(title)
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the picture as large as there is room."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        if not self._picture.isNull():
            self.setPixmap(
                self._picture.scaled(
                    self.size(),
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
