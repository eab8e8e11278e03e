"""Actions of the Tools menu."""

from __future__ import annotations

from kpstudio.app.commands.action import Action


def actions() -> tuple[Action, ...]:
    """Return the actions, in menu order."""
    return (
        Action("tools.evaluate", "Evaluate detectors…",
               lambda studio, host: host.show_evaluation(), "Tools", ("Ctrl+Shift+E",),
               icon="fa6s.chart-line",
               help="Compare detectors: repeatability, agreement with people, run time."),
    )  # fmt: skip
