"""A form made from a parameter dataclass: nothing about a detector is written twice."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kpstudio.base.parameters import ParameterInfo, as_dict, build, describe
from kpstudio.ui.widgets.choice import Choice, IntegerBox, NumberBox
from kpstudio.ui.widgets.section import Section

_UNBOUNDED_INT, _UNBOUNDED = 2**31 - 1, 1e12


@dataclass(frozen=True)
class Editor:
    """A widget for one parameter.

    Parameters
    ----------
    widget
        The widget.
    read, write
        Get and set its value; writing is silent.
    """

    widget: QWidget
    read: Callable[[], Any]
    write: Callable[[Any], None]


class ParameterForm(QWidget):
    """Editors for the fields of a frozen dataclass; `changed` carries a new object.

    Parameters
    ----------
    kind
        The dataclass, made with `kpstudio.base.parameters.parameter`.
    skip
        Parameters that are edited elsewhere and keep their value here.
    """

    changed = pyqtSignal(object)

    def __init__(self, kind: type, skip: Collection[str] = ()) -> None:
        super().__init__()
        self._kind = kind
        self._value = kind()
        self.editors: dict[str, Editor] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        plain, advanced = form_layout(), form_layout()
        for info in describe(kind):
            if info.name not in skip:
                self._add(info, advanced if info.advanced else plain)
        if plain.rowCount():
            column.addLayout(plain)
        if advanced.rowCount():
            content = QWidget()
            content.setLayout(advanced)
            column.addWidget(Section("Advanced", content))

    @property
    def value(self) -> Any:
        """The parameter object as the form shows it."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show a parameter object, silently."""
        self._value = value
        for name, editor in self.editors.items():
            editor.widget.blockSignals(True)
            editor.write(getattr(value, name))
            editor.widget.blockSignals(False)

    def _add(self, info: ParameterInfo, layout: QFormLayout) -> None:
        editor = _editor(info, self._edited)
        editor.widget.setObjectName(info.name)
        editor.widget.setToolTip(info.help)
        self.editors[info.name] = editor
        # One edge on the right, and room for the unit.
        editor.widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if isinstance(editor.widget, QCheckBox):
            layout.addRow(editor.widget)
        else:
            label = QLabel(info.title)
            label.setToolTip(info.help)
            label.setBuddy(editor.widget)
            layout.addRow(label, editor.widget)

    def _edited(self) -> None:
        values = {name: editor.read() for name, editor in self.editors.items()}
        self._value = build(self._kind, {**as_dict(self._value), **values})
        self.changed.emit(self._value)


def form_layout() -> QFormLayout:
    """Return a form layout with the house's spacing."""
    layout = QFormLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(12)
    layout.setVerticalSpacing(8)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return layout


def _editor(info: ParameterInfo, edited: Callable[[], None]) -> Editor:
    if info.choices is not None:
        return _choice(info, edited)
    makers = {bool: _check, int: _integer, float: _number}
    return makers.get(info.kind, _text)(info, edited)


def _choice(info: ParameterInfo, edited: Callable[[], None]) -> Editor:
    box = Choice()
    for choice in info.choices or ():
        box.addItem(choice.replace("_", " ").capitalize(), choice)
    box.select_data(info.default)
    box.currentIndexChanged.connect(lambda _: edited())
    return Editor(box, box.currentData, box.select_data)


def _check(info: ParameterInfo, edited: Callable[[], None]) -> Editor:
    box = QCheckBox(info.title)
    box.setChecked(info.default)
    box.toggled.connect(lambda _: edited())
    return Editor(box, box.isChecked, box.setChecked)


def _integer(info: ParameterInfo, edited: Callable[[], None]) -> Editor:
    box = IntegerBox()
    low, high = info.low, info.high
    box.setRange(
        -_UNBOUNDED_INT if low is None else int(low), _UNBOUNDED_INT if high is None else int(high)
    )
    box.setSingleStep(int(info.step or 1))
    box.setSuffix(f" {info.unit}" if info.unit else "")
    box.setValue(info.default)
    box.valueChanged.connect(lambda _: edited())
    return Editor(box, box.value, box.setValue)


def _number(info: ParameterInfo, edited: Callable[[], None]) -> Editor:
    box = NumberBox()
    box.setDecimals(6)
    box.setRange(
        -_UNBOUNDED if info.low is None else info.low,
        _UNBOUNDED if info.high is None else info.high,
    )
    if info.step is not None:
        box.setSingleStep(info.step)
    else:
        box.setStepType(NumberBox.StepType.AdaptiveDecimalStepType)
    box.setSuffix(f" {info.unit}" if info.unit else "")
    box.setValue(info.default)
    box.valueChanged.connect(lambda _: edited())
    return Editor(box, box.value, box.setValue)


def _text(info: ParameterInfo, edited: Callable[[], None]) -> Editor:
    box = QLineEdit(str(info.default))
    box.editingFinished.connect(edited)
    return Editor(box, box.text, box.setText)
