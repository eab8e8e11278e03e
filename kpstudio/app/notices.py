"""What the application has to say to the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kpstudio.base.errors import KPStudioError


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Notice:
    """One message.

    Parameters
    ----------
    level
        How it is shown.
    text
        What happened, one sentence.
    detail
        More for those who look: a remedy, a list, a traceback.
    """

    level: Level
    text: str
    detail: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Notice:
        """Return the notice of an error: its message and remedy, or a traceback's last line."""
        if isinstance(error, KPStudioError):
            where = f"{error.path}: " if error.path else ""
            return cls(Level.ERROR, f"{where}{error.message}", error.remedy)
        return cls(Level.ERROR, f"Unexpected error: {type(error).__name__}: {error}", "")
