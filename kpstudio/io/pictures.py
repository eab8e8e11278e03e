"""Photos and pictures of views: PNG and JPEG files to arrays, and arrays to PNG files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kpstudio.base.arrays import ByteArray
from kpstudio.base.errors import FormatError, InputError
from kpstudio.base.paths import atomic_path
from kpstudio.io.files import file_size, guarded

if TYPE_CHECKING:
    from PIL import Image

#: Suffixes of what can be opened.
SUFFIXES = (".png", ".jpg", ".jpeg")
#: Pixels of the largest photo that is opened: a small file can claim a huge picture.
PIXEL_LIMIT = 1 << 27

_KINDS = ("PNG", "JPEG")


def load_picture(path: Path | str) -> ByteArray:
    """Return the pixels of a photo as a person sees them.

    A photo that says how the camera was held (EXIF) is turned upright; what is transparent is
    white; one channel of 16 bits loses its lower ones.

    Parameters
    ----------
    path
        A PNG or JPEG file, told by what it holds.

    Returns
    -------
    (h,w,3) uint8 sRGB, upper row first.

    Raises
    ------
    FileError
        It does not exist, is a folder or must not be read.
    FormatError
        It is no picture of these kinds, damaged, or has absurdly many pixels.
    """
    path = Path(path)
    file_size(path)
    return guarded(path, "picture", lambda: _read(path))


def _read(path: Path) -> ByteArray:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow warns of much that we accept; what is too large is refused below.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_KINDS) as image:
                _check_size(*image.size)
                return _on_white(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise FormatError(
            "is no PNG or JPEG picture", remedy="Save it as one of these in another program."
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, SyntaxError) as error:
        # Pillow's words for a file that ends too early, or whose parts do not fit.
        raise FormatError(
            f"is a damaged picture ({error})", remedy="Export or download it again."
        ) from error


def _check_size(width: int, height: int) -> None:
    if width * height > PIXEL_LIMIT:
        raise _too_large()


def _too_large() -> FormatError:
    return FormatError(
        f"has more than {PIXEL_LIMIT // 10**6} million pixels", remedy="Make the picture smaller."
    )


def _on_white(image: Image.Image) -> ByteArray:
    """Return (h,w,3) uint8 of an image of any mode, over white where it is transparent."""
    from PIL import Image

    if image.mode.startswith("I"):  # Pillow would cut 16 bits off at 255
        return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[:, :, None], 3, axis=2)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(image.convert("RGB"))


def save_picture(path: Path | str, picture: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Write a PNG file.

    Parameters
    ----------
    path
        The file.
    picture
        (h,w,3) uint8 colours, or (h,w) uint8 or uint16 values.

    Raises
    ------
    InputError
        It is another kind of array.
    FileError
        No such folder, no permission, or the disk is full: the old file is unchanged.
    """
    from PIL import Image

    colours = picture.ndim == 3 and picture.shape[2] == 3 and picture.dtype == np.uint8
    values = picture.ndim == 2 and picture.dtype in (np.uint8, np.uint16)
    if not (colours or values):
        raise InputError(f"no picture is {picture.dtype} of shape {picture.shape}")
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        Image.fromarray(np.ascontiguousarray(picture)).save(stream, "PNG")
