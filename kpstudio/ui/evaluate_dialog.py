"""Tools > Evaluate: choose detectors and shapes, watch the run, read the table, open the report."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QTimer, QUrl, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QDesktopServices
from PyQt6.QtWidgets import (
    QDialog,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kpstudio.app.evaluating import Evaluating
from kpstudio.app.studio import Studio
from kpstudio.evaluation.pictured import Pictured
from kpstudio.ui.dialogs import lay_out
from kpstudio.ui.evaluate_form import EvaluateForm
from kpstudio.ui.evaluate_table import EvaluateTable
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import muted
from kpstudio.viewport.thumbnails import keypoint_picture

_SIZE = (1180, 640)
#: Room for the frame on a small screen.
_MARGIN = 40
#: Milliseconds between two looks at how far a run is.
_GLANCE = 150


class EvaluateDialog(QDialog):
    """Compares detectors; stays open beside the window while a run goes on.

    Parameters
    ----------
    parent
        The window.
    studio
        The application.
    themes
        The look.
    """

    #: The report is written, here.
    report_written = pyqtSignal(Path)

    def __init__(self, parent: QWidget, studio: Studio, themes: Themes) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate")
        self.setWindowTitle("Evaluate detectors")
        self._fit_screen()
        self._evaluating: Evaluating = studio.evaluating
        self.form = EvaluateForm(studio, self)
        self.table = EvaluateTable(themes)
        self.caption = muted("Choose detectors and shapes, then press Run.")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.step = muted("", wrap=False)
        self.run_button = QPushButton("Run")
        self.run_button.setProperty("primary", True)
        self.cancel_button = QPushButton("Cancel")
        self.report_button = QPushButton("Open report")
        close_button = QPushButton("Close")
        self.run_button.clicked.connect(self._run)
        self.cancel_button.clicked.connect(self._evaluating.cancel)
        self.report_button.clicked.connect(self._begin_report)
        close_button.clicked.connect(self.close)
        self._lay_out(close_button)
        self._to_draw: list[Pictured] = []
        self._pictures: dict[tuple[str, str], bytes] = {}
        self._glance = QTimer(self)
        self._glance.setInterval(_GLANCE)
        self._glance.timeout.connect(self._show_progress)
        self._draw = QTimer(self)
        self._draw.setInterval(0)
        self._draw.timeout.connect(self._draw_next)
        self._evaluating.changed.connect(self._show_state)
        self._show_state()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop drawing; a run under way goes on and is there when the dialog is opened again."""
        self._glance.stop()
        self._draw.stop()
        self._evaluating.changed.disconnect(self._show_state)
        super().closeEvent(event)
        self.deleteLater()

    def _fit_screen(self) -> None:
        screen = self.screen()
        assert screen is not None
        room = screen.availableSize()
        self.resize(min(_SIZE[0], room.width() - _MARGIN), min(_SIZE[1], room.height() - _MARGIN))

    def _lay_out(self, close_button: QPushButton) -> None:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.caption)
        row = lay_out(self, self.form, right, (320, _SIZE[0] - 320))
        row.addWidget(self.bar)
        row.addWidget(self.step, 1)
        for button in (self.run_button, self.cancel_button, self.report_button, close_button):
            row.addWidget(button)

    # --- the run -------------------------------------------------------------------------------

    def _run(self) -> None:
        self._evaluating.options.set(self.form.options)
        self._evaluating.run()

    def _show_state(self) -> None:
        running, finished = self._evaluating.is_running, self._evaluating.finished
        self.run_button.setEnabled(not running)
        self.form.setEnabled(not running)
        self.cancel_button.setEnabled(running)
        self.report_button.setEnabled(finished is not None and not running)
        self.bar.setVisible(running)
        self.step.setText("")
        if running:
            self._glance.start()
        else:
            self._glance.stop()
        if finished is not None:
            self.caption.setText(self.table.show_evaluation(finished.evaluation))

    def _show_progress(self) -> None:
        fraction, text = self._evaluating.progress
        self.bar.setValue(round(1000 * fraction))
        self.step.setText(text)

    # --- the report ----------------------------------------------------------------------------

    def _begin_report(self) -> None:
        self.report_button.setEnabled(False)
        self._to_draw, self._pictures = self._evaluating.pictured(), {}
        self._draw.start()

    def _draw_next(self) -> None:
        """Draw one picture between two events: the window stays alive."""
        if self._to_draw:
            one = self._to_draw.pop(0)
            self.step.setText(f"Drawing {one.subject.name}")
            subject = one.subject
            picture = keypoint_picture(subject.mesh, one.keypoints, subject.orientation)
            self._pictures[one.key] = picture
            return
        self._draw.stop()
        self.step.setText("Writing the report")
        self._evaluating.write_report(None, self._pictures, self._report_done)

    def _report_done(self, path: Path) -> None:
        self._show_state()
        self.report_written.emit(path)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
