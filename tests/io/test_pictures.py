import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kpstudio.base.errors import FileError, FormatError, InputError
from kpstudio.io.pictures import load_picture, save_picture


def colours() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (6, 9, 3), np.uint8)


def test_png_comes_back_exactly_and_jpeg_nearly(tmp_path: Path) -> None:
    picture = colours()
    save_picture(tmp_path / "a.png", picture)
    assert np.array_equal(load_picture(tmp_path / "a.png"), picture)
    smooth = np.repeat(np.repeat(picture, 8, axis=0), 8, axis=1)
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95, subsampling=0)
    assert np.abs(load_picture(tmp_path / "a.jpg").astype(int) - smooth).mean() < 3


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    picture = np.repeat(np.repeat(colours(), 8, axis=0), 8, axis=1)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: the camera was held upright
    Image.fromarray(picture).save(tmp_path / "a.jpg", quality=95, subsampling=0, exif=exif)
    found = load_picture(tmp_path / "a.jpg")
    assert np.abs(found.astype(int) - np.rot90(picture, -1)).mean() < 3


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    layer = np.zeros((1, 3, 4), np.uint8)
    layer[0, :, 0], layer[0, :, 3] = 255, (0, 255, 102)
    Image.fromarray(layer).save(tmp_path / "a.png")
    assert load_picture(tmp_path / "a.png").tolist() == [
        [[255, 255, 255], [255, 0, 0], [255, 153, 153]]
    ]
    palette = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "p.png", transparency=1)
    assert load_picture(tmp_path / "p.png").tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_grey_pictures_of_8_and_16_bits(tmp_path: Path) -> None:
    values = np.array([[0, 128, 255]], np.uint8)
    save_picture(tmp_path / "8.png", values)
    save_picture(tmp_path / "16.png", values.astype(np.uint16) * 256 + 7)
    for name in ("8.png", "16.png"):
        assert load_picture(tmp_path / name)[0].tolist() == [[0] * 3, [128] * 3, [255] * 3]
    assert np.array_equal(
        np.asarray(Image.open(tmp_path / "16.png")), values.astype(np.uint16) * 256 + 7
    )


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no\.png: does not exist"):
        load_picture(tmp_path / "no.png")
    with pytest.raises(FileError, match="is a folder"):
        load_picture(tmp_path)
    path = tmp_path / "a.png"
    for content in (b"nothing", b"GIF89a" + bytes(30), b"\x89PNG\r\n\x1a\n" + bytes(9)):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"a\.png: .*picture"):
            load_picture(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_photo_that_ends_too_early(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.repeat(np.repeat(colours(), 8, axis=0), 8, axis=1)).save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FormatError, match="damaged picture"):
        load_picture(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    for side in (12_000, 200_000):
        head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
        )  # fmt: skip
        with pytest.raises(FormatError, match=r"bomb\.png: has more than 134 million pixels"):
            load_picture(path)


def test_only_pictures_are_written(tmp_path: Path) -> None:
    for wrong in (np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4))):
        with pytest.raises(InputError, match="no picture"):
            save_picture(tmp_path / "a.png", wrong)
    with pytest.raises(FileError, match=r"a\.png"):
        save_picture(tmp_path / "no" / "a.png", colours())
    assert list(tmp_path.iterdir()) == []
