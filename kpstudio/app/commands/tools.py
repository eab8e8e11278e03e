"""Actions of the Tools menu."""

from __future__ import annotations

from kpstudio.app.commands.action import Action


def actions() -> tuple[Action, ...]:
    """Return the actions, in menu order."""
    return (
        Action("tools.collection", "Collection…", lambda studio, host: host.show_collection(),
               "Tools", ("Ctrl+Shift+L",), icon="fa6s.table-cells",
               help="A folder of shapes: keypoints on all, what they share, how they vary."),
        Action("tools.evaluate", "Evaluate detectors…",
               lambda studio, host: host.show_evaluation(), "Tools", ("Ctrl+Shift+E",),
               icon="fa6s.chart-line",
               help="Compare detectors: repeatability, agreement with people, run time."),
        Action("tools.train", "Train a model…", lambda studio, host: host.show_training(), "Tools",
               ("Ctrl+Shift+T",), icon="fa6s.graduation-cap",
               help="Train a detector on shapes of your own or on generated ones."),
        Action("tools.models", "Models…", lambda studio, host: host.show_models(), "Tools",
               ("Ctrl+Shift+M",), icon="fa6s.boxes-stacked",
               help="See, import and remove models, and choose which one is used."),
    )  # fmt: skip
