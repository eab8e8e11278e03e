"""Checked, frozen arrays: the only arrays that data classes hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from kpstudio.base.errors import InputError

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.uint8]


def freeze(
    values: ArrayLike,
    shape: tuple[int | None, ...],
    dtype: DTypeLike,
    what: str,
    *,
    finite: bool = True,
) -> NDArray[Any]:
    """Return `values` as a read-only, contiguous array of the given shape.

    An array that already fits is returned as it is, so that frozen data share memory.

    Parameters
    ----------
    values
        Anything numpy can turn into an array.
    shape
        Expected shape; None stands for any length.
    dtype
        Type of the result.
    what
        The name used in the error, such as "vertices".
    finite
        Refuse NaN and infinity in floating-point arrays.

    Raises
    ------
    InputError
        Wrong shape, not numeric, or not finite.
    """
    try:
        array = np.ascontiguousarray(values, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{what} are not an array of {np.dtype(dtype).name}") from error
    if array.ndim != len(shape) or any(
        want is not None and want != got for want, got in zip(shape, array.shape, strict=True)
    ):
        wanted = " x ".join("n" if size is None else str(size) for size in shape)
        raise InputError(f"{what} have shape {array.shape}, expected {wanted}")
    if finite and array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise InputError(f"{what} hold {bad} values that are NaN or infinite")
    if array.flags.writeable:
        # A view of somebody's writable array must not change under us.
        array = array.copy() if array is values or array.base is not None else array
        array.setflags(write=False)
    return array
