"""Words for what can be wrong with a file."""

from __future__ import annotations

from kpstudio.base.errors import FormatError

EXPORT_AGAIN = "The file is damaged: export or download it again."


def truncated(what: str, found: int, declared: int) -> FormatError:
    """Return the error of a file that ends too early."""
    return FormatError(
        f"the file is cut off: it declares {declared:,} {what} and holds {found:,}",
        remedy="Export or download it again.",
    )


def damaged(message: str) -> FormatError:
    """Return the error of a file whose content makes no sense."""
    return FormatError(message, remedy=EXPORT_AGAIN)
