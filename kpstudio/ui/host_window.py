"""The window as the actions see it: the questions it asks and the views it turns."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PyQt6.QtCore import QEventLoop
from PyQt6.QtWidgets import QMainWindow

from kpstudio.app.notices import Level, Notice
from kpstudio.app.studio import Studio
from kpstudio.ui import questions
from kpstudio.ui.about import about_dialog, shortcuts_dialog
from kpstudio.ui.actions import Actions
from kpstudio.ui.command_palette import CommandPalette
from kpstudio.ui.dialogs import open_once
from kpstudio.ui.docks import Docks
from kpstudio.ui.theme import Themes
from kpstudio.ui.viewport_widget import ViewportWidget
from kpstudio.viewport.camera import Preset
from kpstudio.viewport.scene import Scene


class HostWindow(QMainWindow):
    """Implements `kpstudio.app.host.Host`; `MainWindow` makes the parts it works with."""

    studio: Studio
    themes: Themes
    viewport: ViewportWidget
    scene: Scene
    docks: Docks
    commands: Actions
    palette_box: CommandPalette

    def ask_open(self, title: str, filters: str) -> list[Path]:
        """Let the person choose files to open; empty when they change their mind."""
        return questions.ask_open(self, self.studio.settings, title, filters)

    def ask_save(self, title: str, filters: str, suggestion: Path) -> Path | None:
        """Let the person choose a file to write."""
        return questions.ask_save(self, self.studio.settings, title, filters, suggestion)

    def ask_text(self, title: str, label: str, text: str) -> str | None:
        """Let the person type a line."""
        return questions.ask_text(self, title, label, text)

    def ask_choice(self, title: str, label: str, choices: list[str]) -> str | None:
        """Let the person choose one of several words."""
        return questions.ask_choice(self, title, label, choices)

    def ask_keep_changes(self) -> bool:
        """Offer to save unsaved changes; False when the person wants to go back."""
        if not self.studio.has_unsaved_work:
            return True
        path = self.studio.files.project_path
        answer = questions.ask_keep(self, path.name if path is not None else "this project")
        if answer is questions.Keep.SAVE:
            return self._save_and_wait()
        return answer is questions.Keep.DISCARD

    def look_from(self, preset: str) -> None:
        """Turn the camera: front, back, left, right, top, bottom or isometric."""
        self.scene.look_from(cast(Preset, preset))

    def fit_view(self) -> None:
        """Show everything that is visible."""
        self.scene.fit()

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front."""
        self.docks.raise_panel(name)

    def close_window(self) -> None:
        """Close the window, asking about unsaved changes."""
        self.close()

    def show_commands(self) -> None:
        """Open the command palette."""
        self.palette_box.open()

    def switch_theme(self) -> None:
        """Change from dark to light or back."""
        self.themes.switch()

    def show_evaluation(self) -> None:
        """Show the window in which detectors are compared; there is one at most."""
        # Late: what evaluation needs would slow down every start.
        from kpstudio.ui.evaluate_dialog import EvaluateDialog

        open_once(EvaluateDialog, self, self.studio, self.themes)

    def show_collection(self) -> None:
        """Show the window with a collection of shapes; there is one at most."""
        from kpstudio.ui.collection_dialog import CollectionDialog

        open_once(CollectionDialog, self, self.studio, self.themes)

    def show_training(self) -> None:
        """Show the window in which models are trained; there is one at most."""
        from kpstudio.ui.train_dialog import TrainDialog

        open_once(TrainDialog, self, self.studio, self.themes)

    def show_models(self) -> None:
        """Show the window with the models; there is one at most."""
        from kpstudio.ui.models_dialog import ModelsDialog

        open_once(ModelsDialog, self, self.studio, self.themes)

    def show_about(self) -> None:
        """Show version, licence and credits."""
        about_dialog(self, self.windowIcon()).open()

    def show_shortcuts(self) -> None:
        """Show the keyboard table."""
        shortcuts_dialog(self, list(self.commands.table.values()), self.themes.current).show()

    def ask_screenshot(self) -> tuple[Path, tuple[int, int]] | None:
        """Let the person choose a file and a size in pixels for a picture."""
        ratio = self.viewport.devicePixelRatioF()
        shown = round(self.viewport.width() * ratio), round(self.viewport.height() * ratio)
        name = self.studio.selected.name if self.studio.selected is not None else "screenshot"
        return questions.ask_screenshot(self, self.studio.settings, shown, Path(f"{name}.png"))

    def save_screenshot(self, path: Path, size: tuple[int, int]) -> None:
        """Write a picture of the viewport."""
        self.scene.screenshot(path, size)
        self.studio.notify(Notice(Level.INFO, f"Wrote {path.name}, {size[0]} x {size[1]} pixels"))

    def _save_and_wait(self) -> bool:
        """Save; True when that worked. The window stays alive meanwhile."""
        self.commands.run("file.save")
        jobs, files, loop = self.studio.jobs, self.studio.files, QEventLoop(self)

        def look() -> None:
            if not files.is_saving:
                loop.quit()

        jobs.changed.connect(look)
        if files.is_saving:
            loop.exec()
        jobs.changed.disconnect(look)
        return not self.studio.has_unsaved_work
