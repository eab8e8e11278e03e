"""Registration in the Match panel: the motion from source to target, told and applied."""

from __future__ import annotations

from PyQt6.QtGui import QFontDatabase, QGuiApplication
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kpstudio.app.notices import Level, Notice
from kpstudio.app.registering import angle_of, matrix_text, shift_of
from kpstudio.app.studio import Studio
from kpstudio.matching.registration import Registration
from kpstudio.ui.widgets.labels import muted

_FIGURES = ("Turn", "Shift", "RMSE", "Overlap", "Matches")


class RegisterSection(QWidget):
    """Finds the rigid motion, shows its figures and its matrix.

    Parameters
    ----------
    studio
        What is registered.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.run = QPushButton("Register source to target")
        self.run.setToolTip("By the matches if there are three, else by all points;\n"
                            "then the surfaces settle on each other")  # fmt: skip
        self.apply, self.copy = QPushButton("Apply"), QPushButton("Copy matrix")
        self.apply.setToolTip("Move the source onto the target, as one step")
        self.copy.setToolTip("Copy the 4 x 4 matrix as text")
        self.hint = muted()
        self.figures: dict[str, QLabel] = {}
        self.matrix = QLabel()
        self.matrix.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.result = QWidget()
        self._build()
        self.run.clicked.connect(lambda: studio.registering.run())
        self.apply.clicked.connect(lambda: studio.registering.apply())
        self.copy.clicked.connect(self._copy)
        studio.registering.changed.connect(self.refresh)
        studio.jobs.changed.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.run)
        column.addWidget(self.hint)
        inside = QVBoxLayout(self.result)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(_FIGURES):
            self.figures[name] = QLabel()
            grid.addWidget(muted(name), row, 0)
            grid.addWidget(self.figures[name], row, 1)
        inside.addLayout(grid)
        inside.addWidget(self.matrix)
        buttons = QHBoxLayout()
        buttons.addWidget(self.apply, 1)
        buttons.addWidget(self.copy, 1)
        inside.addLayout(buttons)
        column.addWidget(self.result)

    def refresh(self) -> None:
        """Show what was found."""
        registering, items = self.studio.registering, self.studio.corresponding.items
        found = registering.registration
        self.run.setEnabled(items is not None and not registering.is_running)
        self.result.setVisible(found is not None)
        self.hint.setVisible(found is None)
        self.hint.setText("Registering…" if registering.is_running else
                          "For scans of one thing in one unit, partial ones too.")  # fmt: skip
        if found is not None and items is not None:
            self._show(found, items[0].value.mesh.unit)

    def _show(self, found: Registration, unit: str) -> None:
        items = self.studio.corresponding.items
        assert items is not None
        shift = shift_of(found, items[0].value.current)
        texts = {
            "Turn": f"{angle_of(found):.2f}°",
            "Shift": f"{shift:.4g} {unit}".strip(),
            "RMSE": f"{found.rmse:.3g} {unit}".strip(),
            "Overlap": f"{100.0 * found.overlap:.0f} %",
            "Matches": f"{int(found.inliers.sum())} of {len(found.inliers)} agree",
        }
        for name, text in texts.items():
            self.figures[name].setText(text)
        # Cosines on the left, lengths on the right; the last row is always the same.
        rows = found.transform.matrix[:3]
        self.matrix.setText("\n".join(
            " ".join(f"{value:8.5f}" for value in row[:3]) + f" {row[3]:11.5g}" for row in rows
        ))  # fmt: skip

    def _copy(self) -> None:
        found, clipboard = self.studio.registering.registration, QGuiApplication.clipboard()
        if found is not None and clipboard is not None:
            clipboard.setText(matrix_text(found))
            self.studio.notify(Notice(Level.INFO, "Copied the matrix"))
