"""What is remembered between runs: a small JSON file, written atomically."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from psygnal import Signal

from kpstudio.base.errors import FileError, ParameterError
from kpstudio.base.paths import atomic_path, data_dir
from kpstudio.geometry.orientation import Orientation

log = logging.getLogger(__name__)

RECENT_LIMIT = 12
ORIENTATION_LIMIT = 2000


class Settings:
    """Recent files, remembered orientations and options.

    A missing or damaged file gives the defaults: settings never keep the application from
    starting.

    Parameters
    ----------
    path
        The file; in the user's data folder by default.
    """

    changed = Signal()

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or data_dir() / "settings.json"
        self._values: dict[str, Any] = {}
        try:
            loaded = json.loads(self.path.read_text("utf-8"))
            self._values = loaded if isinstance(loaded, dict) else {}
        except FileNotFoundError:
            pass
        except (OSError, ValueError):
            log.warning("%s is damaged: starting from defaults", self.path)

    def get(self, key: str, default: Any) -> Any:
        """Return a value of the default's type, or the default."""
        value = self._values.get(key, default)
        return value if default is None or isinstance(value, type(default)) else default

    def put(self, key: str, value: Any) -> None:
        """Remember a JSON value and write the file."""
        if self._values.get(key) == value:
            return
        self._values[key] = value
        try:
            # Losing the newest setting in a power cut costs less than waiting for the disk at
            # every move of a slider.
            with atomic_path(self.path, durable=False) as temporary:
                temporary.write_text(json.dumps(self._values, indent=1), "utf-8")
        except FileError as error:
            log.warning("settings not kept: %s", error)
        self.changed.emit()

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """Files opened lately, newest first."""
        return tuple(Path(name) for name in self.get("recent", []) if isinstance(name, str))

    def add_recent(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        names = [str(path.resolve()), *self.get("recent", [])]
        self.put("recent", list(dict.fromkeys(names))[:RECENT_LIMIT])

    def clear_recent(self) -> None:
        """Forget the recent files."""
        self.put("recent", [])

    def orientation(self, mesh_key: str) -> Orientation | None:
        """Return the orientation a person chose for this mesh, if any."""
        axes = self.get("orientations", {}).get(mesh_key)
        try:
            up, front = axes
            return Orientation(up, front)
        except (ParameterError, TypeError, ValueError):
            return None  # not known, or damaged

    def remember_orientation(self, mesh_key: str, orientation: Orientation) -> None:
        """Keep the orientation a person chose for this mesh."""
        known = {k: v for k, v in self.get("orientations", {}).items() if k != mesh_key}
        known[mesh_key] = [orientation.up, orientation.front]
        self.put("orientations", dict(list(known.items())[-ORIENTATION_LIMIT:]))
