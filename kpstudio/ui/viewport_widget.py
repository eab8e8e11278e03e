"""The widget VTK draws in: one frame a paint, and no key or drop that VTK would take by itself."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, Qt
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PyQt6.QtWidgets import QWidget
from pyvistaqt import QtInteractor

from kpstudio.viewport.scene import Scene

_KEYS = {
    Qt.Key.Key_Escape: "Escape", Qt.Key.Key_Return: "Return", Qt.Key.Key_Enter: "Return",
    Qt.Key.Key_Left: "Left", Qt.Key.Key_Right: "Right", Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down", Qt.Key.Key_Delete: "Delete", Qt.Key.Key_Space: "Space",
}  # fmt: skip


class ViewportWidget(QtInteractor):
    """A plotter in a `QOpenGLWidget`.

    Every wish to render, also those of the camera's mouse style, becomes one repaint: Qt joins
    them, and the paint renders once. Without that each mouse move renders twice.

    Parameters
    ----------
    parent
        Qt parent.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, auto_update=False)
        self.setAcceptDrops(False)  # files are the window's
        self.setMinimumSize(QSize(320, 240))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scene: Scene | None = None
        self._Iren.EnableRenderOff()
        self._tag = self._Iren.AddObserver("RenderEvent", self._render_wanted)  # type: ignore[arg-type]

    def attach(self, scene: Scene | None) -> None:
        """Send keys to a scene; None ends that."""
        self._scene = scene

    def close(self) -> None:  # type: ignore[override] # as the plotter's
        """Give back what is held on the graphics card; safe to call twice."""
        if not self._closed:
            self._Iren.RemoveObserver(self._tag)
        super().close()

    # --- drawing -------------------------------------------------------------------------------

    def paintGL(self) -> None:
        """Render once."""
        interactor = self._Iren
        interactor.EnableRenderOn()
        try:
            super().paintGL()
        finally:
            interactor.EnableRenderOff()

    def _render_wanted(self, *_: object) -> None:
        if not self._in_paint:
            self.update()

    # --- keys ----------------------------------------------------------------------------------

    def event(self, event: QEvent | None) -> bool:
        """Claim the keys of a gesture before they become shortcuts."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._scene is not None
            and (self._scene.is_dragging or self._scene.wants_key(*key_of(event)))
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Send a key to the scene; VTK's own key bindings are never used."""
        if event is None:
            return
        key, shift, ctrl = key_of(event)
        if ctrl and self._scene is not None and self._scene.is_dragging:
            key = "Escape" if key == "Z" else ""  # undo what is not done yet: give it up
        used = self._scene is not None and bool(key) and self._scene.key_press(key, shift, ctrl)
        event.setAccepted(used)

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """Keep releases from VTK as well."""
        if event is not None:
            event.ignore()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Leave drops to the window."""
        if event is not None:
            event.ignore()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Leave drops to the window."""
        if event is not None:
            event.ignore()


def key_of(event: QKeyEvent) -> tuple[str, bool, bool]:
    """Return a key's name for the scene, and whether Shift and Ctrl are held."""
    key, held = Qt.Key(event.key()), event.modifiers()
    name = _KEYS.get(key, "")
    if not name and Qt.Key.Key_A <= key <= Qt.Key.Key_Z:
        name = chr(key)
    shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
    return name, shift, bool(held & Qt.KeyboardModifier.ControlModifier)
