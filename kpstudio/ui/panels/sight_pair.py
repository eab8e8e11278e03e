"""Two sights that a person picked, and how the shape is turned between them."""

from __future__ import annotations

from collections.abc import Collection

from kpstudio.app.studio import Studio
from kpstudio.base.errors import InputError
from kpstudio.data.views import Sight
from kpstudio.detectors.relative_pose import RelativePose
from kpstudio.ui.panels.sight_view import SightView
from kpstudio.ui.widgets.labels import muted

_DEGREE, _MINUS = "\N{DEGREE SIGN}", "\N{MINUS SIGN}"
_HINT = "Ctrl+click another view to see how the shape is turned between the two."


class SightPair:
    """Marks up to two views as picked and compares their poses in a line of text.

    Parameters
    ----------
    studio
        Compares them.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._picked: list[tuple[SightView, Sight]] = []
        self.line = muted()
        self.line.setToolTip(
            "The rotation that fits the keypoints of the first view to those of the second best\n"
            "(orthogonal Procrustes), its axis in the camera's axes, and how far it is off where\n"
            "the true one is known"
        )
        self.line.hide()

    def toggle(self, view: SightView, sight: Sight) -> None:
        """Pick a view, or no longer; of more than two the first one goes.

        Parameters
        ----------
        view
            What shows it.
        sight
            What the detector saw there, in its own pixels.
        """
        views = [one for one, _ in self._picked]
        self._put([pair for pair in self._picked if pair[0] is not view]
                  + ([] if view in views else [(view, sight)]))  # fmt: skip

    def keep(self, shown: Collection[Sight]) -> None:
        """Forget the views that show something else by now."""
        self._put([pair for pair in self._picked if any(pair[1] is sight for sight in shown)])

    def _put(self, picked: list[tuple[SightView, Sight]]) -> None:
        for view, _ in self._picked:
            view.set_badge("")
        self._picked = picked[-2:]
        for number, (view, _) in enumerate(self._picked, start=1):
            view.set_badge(str(number))
        self.line.setText(self._text())
        self.line.setVisible(bool(self._picked))

    def _text(self) -> str:
        if len(self._picked) < 2:
            return _HINT
        (first, before), (second, after) = self._picked
        if first.names != second.names:
            return "The two views have keypoints of different models."
        try:
            return told(self._studio.looking.relative_pose(before, after))
        except InputError as error:
            return f"{error} {error.remedy or ''}".strip()


def told(pose: RelativePose) -> str:
    """Return how a shape is turned, in a sentence; axes as people see them, y up and z to them."""
    right, down, away = pose.axis
    axis = ", ".join(f"{value:.2f}".replace("-", _MINUS) for value in (right, -down, -away))
    text = f"Turned {pose.angle:.1f}{_DEGREE} about ({axis}), right, up and towards you"
    if pose.error is None:
        return f"{text}. The true rotation is not known."
    return f"{text}; {pose.error:.1f}{_DEGREE} off the true {pose.true_angle:.1f}{_DEGREE}."
