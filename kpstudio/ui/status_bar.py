"""The status bar: what is under the cursor, what has just happened, what is running."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QStatusBar

from kpstudio.app.jobs import Job
from kpstudio.app.studio import Studio
from kpstudio.document.document import Change
from kpstudio.document.item import Item
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.labels import tool_button

MESSAGE_MS = 6000
#: Jobs shorter than this are not worth a flicker of the bar.
DELAY_MS = 150


class StatusBar(QStatusBar):
    """Text on the left; the oldest running job and the size of the mesh on the right.

    Parameters
    ----------
    studio
        Whose jobs and shapes are shown.
    themes
        Colours of the cancel button.
    """

    def __init__(self, studio: Studio, themes: Themes) -> None:
        super().__init__()
        self._studio = studio
        self._hover = self._message = ""
        self.text, self.job, self.mesh = QLabel(), QLabel(), QLabel()
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setFixedSize(120, 10)
        self.bar.setTextVisible(False)
        self.cancel = tool_button("Cancel")
        themes.set_icon(self.cancel, "fa6s.xmark", "muted")
        self.cancel.clicked.connect(self._cancel)
        self.setSizeGripEnabled(False)
        self.addWidget(self.text, 1)
        for widget in (self.job, self.bar, self.cancel, self.mesh):
            self.addPermanentWidget(widget)
        self._forget = _timer(self, MESSAGE_MS, self._forget_message)
        self._appear = _timer(self, DELAY_MS, self._show_jobs)
        studio.jobs.changed.connect(self._jobs_changed)
        studio.selection.changed.connect(self._show_mesh)
        studio.document.changed.connect(self._document_changed)
        self._show_jobs()
        self._show_mesh()

    def show_hover(self, text: str) -> None:
        """Show what is under the cursor; it goes before messages."""
        self._hover = text
        self._show_text()

    def show_message(self, text: str) -> None:
        """Show what has just happened, for a while."""
        self._message = text
        self._forget.start()
        self._show_text()

    def _forget_message(self) -> None:
        self._message = ""
        self._show_text()

    def _show_text(self) -> None:
        self.text.setText(self._hover or self._message)

    def _jobs_changed(self) -> None:
        if self.bar.isVisible() or not self._jobs:
            self._show_jobs()
        elif not self._appear.isActive():
            self._appear.start()

    def _show_jobs(self) -> None:
        running = self._jobs
        for widget in (self.job, self.bar, self.cancel):
            widget.setVisible(bool(running))
        if not running:
            return
        job = running[0]
        more = f" (+{len(running) - 1})" if len(running) > 1 else ""
        self.job.setText(_elided(f"{_title(job)}{more}"))
        # Without a number to show the bar only says that something goes on.
        self.bar.setRange(0, 1000 if job.fraction > 0.0 else 0)
        self.bar.setValue(round(1000 * job.fraction))

    @property
    def _jobs(self) -> list[Job]:
        return [job for job in self._studio.jobs.running if not job.quiet]

    def _cancel(self) -> None:
        running = self._jobs
        if running:
            self._studio.jobs.cancel(running[0].key)
            self.show_message(f"Cancelled: {running[0].title}")

    def _document_changed(self, change: Change) -> None:
        # A number of keypoints that was told is no longer true.
        if _count(change.before) != _count(change.after) and change.before is not None:
            self._forget_message()
        if not change.transient:
            self._show_mesh()

    def _show_mesh(self) -> None:
        item = self._studio.selected
        text = ""
        if item is not None:
            mesh = item.value.mesh
            text = f"{len(mesh.vertices):,} vertices   {len(mesh.faces):,} faces"
        self.mesh.setText(text)


def _count(item: Item | None) -> int:
    keypoints = item.value.keypoints if item is not None else None
    return len(keypoints) if keypoints is not None else 0


def _title(job: Job) -> str:
    return f"{job.title}: {job.text}" if job.text else job.title


def _elided(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _timer(parent: StatusBar, milliseconds: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer
