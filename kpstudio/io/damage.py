"""Words for what can be wrong with a file."""

from __future__ import annotations

from kpstudio.base.errors import FormatError

EXPORT_AGAIN = "The file is damaged: export or download it again."

#: A file may unpack to this many bytes, and to this many times its own size on top.
SLACK, RATIO = 1 << 28, 200


def truncated(what: str, found: int, declared: int) -> FormatError:
    """Return the error of a file that ends too early."""
    return FormatError(
        f"the file is cut off: it declares {declared:,} {what} and holds {found:,}",
        remedy="Export or download it again.",
    )


def damaged(message: str) -> FormatError:
    """Return the error of a file whose content makes no sense."""
    return FormatError(message, remedy=EXPORT_AGAIN)


def check_unpacked(unpacked: int, size: int) -> None:
    """Refuse what would fill the memory, before anything is unpacked.

    Parameters
    ----------
    unpacked
        Bytes it claims to unpack to.
    size
        Bytes of the file.

    Raises
    ------
    FormatError
        It claims absurdly much.
    """
    if unpacked > SLACK + RATIO * size:
        raise FormatError(
            f"it would unpack to {unpacked / 2**30:,.0f} GiB, far more than a file of its size",
            remedy="No program that means well writes such a file: do not open it.",
        )
