"""The Match panel: which keypoint of one shape is which of another, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from kpstudio.app.notices import Level, Notice
from kpstudio.app.options import Arrangement
from kpstudio.app.pairing import TOLERANCES, Method, Verification
from kpstudio.app.studio import Studio
from kpstudio.base.errors import KPStudioError
from kpstudio.io.match_file import Side, save_matches
from kpstudio.matching.assign import LOWE, Rule
from kpstudio.ui.panels.match_dense import DenseSection
from kpstudio.ui.panels.match_register import RegisterSection
from kpstudio.ui.panels.match_table import MatchTable
from kpstudio.ui.panels.panel import Panel
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import muted, tool_button
from kpstudio.ui.widgets.section import Section
from kpstudio.ui.widgets.slider import Slider
from kpstudio.ui.widgets.switch import Switch

_METHODS = {
    Method.FPFH: "FPFH: the form nearby",
    Method.HEAT: "HKS: also when bent",
    Method.WAVE: "WKS: also when bent, sharper",
    Method.DETECTOR: "Descriptors of the detector",
    Method.ORDER: "Their order",
}
_RULES = {
    Rule.MUTUAL: "Each the other's nearest",
    Rule.ONE_TO_ONE: "As many as possible",
    Rule.RATIO: "Clearly the nearest",
}
_VERIFICATIONS = {
    Verification.NONE: "No",
    Verification.RIGID: "One rigid motion",
    Verification.SIMILAR: "One motion and scale",
}

AskSave = Callable[[str, str, Path], Path | None]


class MatchPanel(Panel):
    """Two shapes, how they are matched, the matches, a dense map, a registration.

    Parameters
    ----------
    studio, themes
        See `Panel`.
    ask_save
        Lets the person choose a file to write.
    """

    name, title = "match", "Match"

    def __init__(self, studio: Studio, themes: Themes, ask_save: AskSave) -> None:
        super().__init__(studio, themes)
        self._ask_save = ask_save
        self.source, self.target = Choice(), Choice()
        self.swap = tool_button("Let source and target change places", self)
        themes.set_icon(self.swap, "fa6s.arrow-right-arrow-left", "muted")
        self.method, self.rule, self.verify = Choice(), Choice(), Choice()
        self.ratio = Slider(0.3, 1.0, LOWE, 0.05)
        self.ratio.setToolTip("The nearest must be nearer than this share of the second nearest")
        self.tolerance = Slider(*TOLERANCES, 0.005)
        self.tolerance.setToolTip("How far from its partner a keypoint may be, of the diagonal")
        self.ratio_label, self.tolerance_label = QLabel("Ratio"), QLabel("Tolerance")
        self.run = QPushButton("Match")
        self.run.setToolTip("Find which keypoints correspond")
        self.shown, self.apart = Switch("Show"), Switch("Side by side")
        self.apart.setToolTip("Show the shapes in a row (Alt+S)")
        self.table = MatchTable(studio)
        self.summary = muted(wrap=False)
        self.problem = muted()
        self.draw, self.cut, self.restore, self.export = self._buttons()
        self.dense, self.register = DenseSection(studio), RegisterSection(studio)
        self._build()
        self._connect()
        self.refresh()

    # --- how it is laid out --------------------------------------------------------------------

    def _buttons(self) -> tuple[QToolButton, ...]:
        wanted = (
            ("fa6s.pen", "Draw matches: click a keypoint of one shape, then of the other"),
            ("fa6s.scissors", "Cut the chosen matches (Delete)"),
            ("fa6s.rotate-left", "Show the matches as they were found"),
            ("fa6s.file-export", "Save the matches as JSON or CSV"),
        )
        buttons = []
        for icon, text in wanted:
            button = tool_button(text, self)
            button.setAccessibleName(text.split(":")[0].split(" (")[0])
            self.themes.set_icon(button, icon)
            buttons.append(button)
        buttons[0].setCheckable(True)
        return tuple(buttons)

    def _build(self) -> None:
        choices: tuple[tuple[Choice, dict[Any, str]], ...] = (
            (self.method, _METHODS), (self.rule, _RULES), (self.verify, _VERIFICATIONS),
        )  # fmt: skip
        for choice, entries in choices:
            for data, text in entries.items():
                choice.addItem(text, data)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        lines: tuple[tuple[QLabel, QWidget], ...] = (
            (QLabel("Source"), self.source), (QLabel("Target"), self.target),
            (QLabel("By"), self.method), (QLabel("Pairs"), self.rule),
            (self.ratio_label, self.ratio), (QLabel("Verify"), self.verify),
            (self.tolerance_label, self.tolerance),
        )  # fmt: skip
        for row, (label, widget) in enumerate(lines):
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1, 1, 1 if row < 2 else 2)
        grid.addWidget(self.swap, 0, 2, 2, 1)
        self.column.addLayout(grid)
        actions = QHBoxLayout()
        actions.setSpacing(12)
        actions.addWidget(self.run, 1)
        actions.addWidget(self.shown)
        actions.addWidget(self.apart)
        self.column.addLayout(actions)
        self.column.addWidget(self.problem)
        self.column.addWidget(self.table, 1)
        tools = QHBoxLayout()
        tools.setSpacing(4)
        for button in (self.draw, self.cut, self.restore, self.export):
            tools.addWidget(button)
        tools.addWidget(self.summary, 1)
        self.column.addLayout(tools)
        self.column.addWidget(Section("Dense map", self.dense))
        self.column.addWidget(Section("Registration", self.register))

    def _connect(self) -> None:
        studio, corresponding = self.studio, self.studio.corresponding
        for choice in (self.source, self.target):
            choice.currentIndexChanged.connect(self._pair_up)
        self.swap.clicked.connect(lambda: corresponding.swap())
        for name, choice in (("method", self.method), ("rule", self.rule),
                             ("verify", self.verify)):  # fmt: skip
            choice.currentIndexChanged.connect(
                lambda _, name=name, choice=choice: self._set(**{name: choice.currentData()})
            )
        self.ratio.released.connect(lambda ratio: self._set(ratio=ratio))
        self.tolerance.released.connect(lambda tolerance: self._set(tolerance=tolerance))
        self.run.clicked.connect(lambda: corresponding.run())
        self.shown.toggled.connect(self._show_matches)
        self.apart.toggled.connect(self._set_apart)
        self.draw.toggled.connect(lambda on: corresponding.state.update(drawing=on))
        self.cut.clicked.connect(self.table.cut_chosen)
        self.restore.clicked.connect(lambda: corresponding.forget_corrections())
        self.export.clicked.connect(self._export)
        self.table.itemSelectionChanged.connect(self._enable)
        corresponding.changed.connect(self.refresh)
        corresponding.state.changed.connect(lambda *_: self.refresh())
        corresponding.highlight_changed.connect(self.table.show_highlighted)
        studio.view.changed.connect(lambda *_: self._show_switches())
        studio.document.changed.connect(self._document_changed)

    # --- what is shown -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the pair, the options and the matches."""
        state = self.studio.corresponding.state.value
        items = list(self.studio.document)
        for choice, chosen in ((self.source, state.source), (self.target, state.target)):
            with QSignalBlocker(choice):
                choice.clear()
                for item in items:
                    choice.addItem(item.name, item.id)
                choice.setCurrentIndex(choice.findData(chosen) if chosen is not None else -1)
        options = state.options
        for box, value in ((self.method, options.method), (self.rule, options.rule),
                           (self.verify, options.verify)):  # fmt: skip
            box.select_data(value)
        self.ratio.set_value(options.ratio)
        self.tolerance.set_value(options.tolerance)
        by_rule = options.method is not Method.ORDER
        self.rule.setEnabled(by_rule)
        for widget in (self.ratio, self.ratio_label):
            widget.setVisible(by_rule and options.rule is Rule.RATIO)
        for widget in (self.tolerance, self.tolerance_label):
            widget.setVisible(options.verify is not Verification.NONE)
        self.table.show_matches()
        self._show_switches()
        self._show_words()
        self._enable()
        self.dense.refresh()
        self.register.refresh()

    def _show_switches(self) -> None:
        state = self.studio.corresponding.state.value
        switches = ((self.shown, state.shown), (self.apart, self.studio.arranging.is_apart))
        for switch, on in switches:
            with QSignalBlocker(switch):
                switch.setChecked(on)
            switch.update()
        with QSignalBlocker(self.draw):
            self.draw.setChecked(state.drawing)

    def _show_words(self) -> None:
        corresponding = self.studio.corresponding
        matches = corresponding.matches
        problem = corresponding.problem
        if corresponding.items is None:
            problem = "Open two shapes to match their keypoints."
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        if matches is None:
            self.summary.setText("")
            return
        count = len(matches)
        text = f"{count} match" if count == 1 else f"{count} matches"
        self.summary.setText(f"{text}, corrected" if corresponding.is_corrected else text)

    def _enable(self) -> None:
        corresponding = self.studio.corresponding
        two, some = corresponding.items is not None, corresponding.matches is not None
        for widget in (self.run, self.swap, self.draw):
            widget.setEnabled(two)
        self.shown.setEnabled(two)
        self.cut.setEnabled(bool(self.table.chosen))
        self.restore.setEnabled(corresponding.is_corrected)
        self.export.setEnabled(some)

    def _document_changed(self, change: Any) -> None:
        if not change.transient:
            self.refresh()

    # --- what a person does --------------------------------------------------------------------

    def _pair_up(self) -> None:
        state = self.studio.corresponding.state.value
        source, target = self.source.currentData(), self.target.currentData()
        if source == target:  # the other one gives way
            source, target = (source, state.source) if source != state.source else (
                state.target, target)  # fmt: skip
        self.studio.corresponding.pair_up(source, target)

    def _set(self, **fields: Any) -> None:
        corresponding = self.studio.corresponding
        corresponding.state.update(options=replace(corresponding.state.value.options, **fields))

    def _show_matches(self, on: bool) -> None:
        corresponding = self.studio.corresponding
        if on and corresponding.matches is None:
            corresponding.run()
        else:
            corresponding.state.update(shown=on)

    def _set_apart(self, on: bool) -> None:
        arrangement = Arrangement.SIDE_BY_SIDE if on else Arrangement.FILES
        self.studio.view.update(arrangement=arrangement)

    def _export(self) -> None:
        items, matches = self.studio.corresponding.items, self.studio.corresponding.matches
        if items is None or matches is None:
            return
        first, second = items
        assert first.value.keypoints is not None
        assert second.value.keypoints is not None
        filters = "Matches (*.json);;Table (*.csv)"
        suggestion = Path(f"{first.name} - {second.name}.json")
        path = self._ask_save("Save matches", filters, suggestion)
        if path is None:
            return
        try:
            save_matches(path, Side(first.name, first.value.keypoints),
                         Side(second.name, second.value.keypoints), matches)  # fmt: skip
        except KPStudioError as error:
            self.studio.notify(Notice.of(error))
        else:
            self.studio.notify(Notice(Level.INFO, f"Wrote {path.name}"))
