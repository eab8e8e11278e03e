"""Numbers into text, a piece at a time, each with the fewest digits that read back exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from kpstudio.base.context import RunContext

#: Rows formatted in one go: a few milliseconds.
ROWS = 8192


def formatted(template: str, rows: NDArray[Any], ctx: RunContext) -> Iterator[bytes]:
    """Yield the rows (n,d) as text.

    Parameters
    ----------
    template
        One line with d places: %r for numbers of double precision, %d for integers.
    rows
        The numbers; converted to Python's own, so that %r gives the shortest exact text.
    ctx
        Asked for cancellation.
    """
    for start in range(0, len(rows), ROWS):
        ctx.check()
        block = rows[start : start + ROWS]
        yield ((template + "\n") * len(block) % tuple(block.reshape(-1).tolist())).encode()
