"""What actions need from the window they run in; the window implements it, tests may too."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Host(Protocol):
    """The questions and views that only a window can provide."""

    def ask_open(self, title: str, filters: str) -> list[Path]:
        """Let the person choose files to open; empty when they change their mind."""

    def ask_save(self, title: str, filters: str, suggestion: Path) -> Path | None:
        """Let the person choose a file to write."""

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        """Let the person type a line."""

    def ask_choice(self, title: str, label: str, choices: list[str]) -> str | None:
        """Let the person choose one of several words."""

    def ask_keep_changes(self) -> bool:
        """Offer to save unsaved changes; False when the person wants to go back."""

    def look_from(self, preset: str) -> None:
        """Turn the camera: front, back, left, right, top, bottom or isometric."""

    def fit_view(self) -> None:
        """Show everything that is visible."""

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front."""

    def close_window(self) -> None:
        """Close the window, asking about unsaved changes."""

    def show_commands(self) -> None:
        """Open the command palette."""

    def switch_theme(self) -> None:
        """Change from dark to light or back."""

    def show_evaluation(self) -> None:
        """Show the window in which detectors are compared."""

    def show_collection(self) -> None:
        """Show the window with a collection of shapes."""

    def show_training(self) -> None:
        """Show the window in which models are trained."""

    def show_models(self) -> None:
        """Show the window with the models."""

    def show_about(self) -> None:
        """Show version, licence and credits."""

    def show_shortcuts(self) -> None:
        """Show the keyboard table."""

    def ask_screenshot(self) -> tuple[Path, tuple[int, int]] | None:
        """Let the person choose a file and a size in pixels for a picture."""

    def save_screenshot(self, path: Path, size: tuple[int, int]) -> None:
        """Write a picture of the viewport."""
