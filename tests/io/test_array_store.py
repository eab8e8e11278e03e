import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, FormatError
from kpstudio.io import damage
from kpstudio.io.array_store import ArrayReader, ArrayWriter

NUMBERS = hnp.arrays(
    hnp.integer_dtypes(endianness="<") | hnp.floating_dtypes(sizes=(32, 64)) | hnp.boolean_dtypes(),
    hnp.array_shapes(min_dims=1, max_dims=3, min_side=0),
)


def stored(path: Path, *arrays: np.ndarray) -> list[str]:
    with zipfile.ZipFile(path, "w") as archive:
        writer = ArrayWriter(archive, RunContext())
        return [writer.put(array) for array in arrays]


def opened(path: Path) -> ArrayReader:
    return ArrayReader(zipfile.ZipFile(path), path.stat().st_size)


@given(array=NUMBERS)
def test_arrays_come_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray
) -> None:
    path = tmp_path_factory.getbasetemp() / "arrays.zip"
    (name,) = stored(path, array)
    with zipfile.ZipFile(path) as archive:
        found = ArrayReader(archive, path.stat().st_size).get(name)
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tobytes() == np.ascontiguousarray(array).tobytes()
    assert not found.flags.writeable


def test_equal_arrays_are_stored_once_and_shared(tmp_path: Path) -> None:
    array = np.arange(6.0)
    names = stored(tmp_path / "a.zip", array, array.copy(), array[::-1], array.reshape(2, 3),
                   array.view(np.int64))  # fmt: skip
    assert names[0] == names[1]
    assert len(set(names)) == 4
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert len(archive.namelist()) == 4
        reader = ArrayReader(archive, 10**4)
        assert reader.get(names[0]) is reader.get(names[1])


@pytest.mark.parametrize(
    ("array", "compressed"),
    [
        (np.arange(100_000), True),
        (np.random.default_rng(0).random(100_000), False),  # gains nothing
        (np.zeros(1_000_000), False),  # would look like a bomb
    ],
)
def test_arrays_are_compressed_where_it_helps(
    tmp_path: Path, array: np.ndarray, compressed: bool
) -> None:
    stored(tmp_path / "a.zip", array)
    (info,) = zipfile.ZipFile(tmp_path / "a.zip").infolist()
    assert (info.compress_type == zipfile.ZIP_DEFLATED) == compressed


def test_storing_can_be_cancelled(tmp_path: Path) -> None:
    context = RunContext()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        context.cancel()
        with pytest.raises(Cancelled):
            ArrayWriter(archive, context).put(np.zeros(3))


def member(path: Path, name: str, data: bytes, kind: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr(name, data)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damage, "SLACK", 1 << 16)
    path = tmp_path / "bomb.zip"
    member(path, "zeros", bytes(10_000_000), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 20_000
    with zipfile.ZipFile(path) as archive, pytest.raises(FormatError, match="would unpack to"):
        ArrayReader(archive, path.stat().st_size)


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(tmp_path: Path, kind: int) -> None:
    member(tmp_path / "a.zip", "a", b"data", kind)
    with pytest.raises(FormatError, match="does not use"):
        opened(tmp_path / "a.zip")


def npy(header: str, data: bytes = bytes(16)) -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no array at all",
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }"),
        npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 1), }"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"),
        npy("{'descr': '|S8', 'fortran_order': False, 'shape': (2,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os'),), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }").replace(b"Y\1", b"Y\2"),
    ],
)
def test_what_is_no_honest_array(tmp_path: Path, data: bytes) -> None:
    member(tmp_path / "a.zip", "arrays/a.npy", data)
    with pytest.raises(FormatError):
        opened(tmp_path / "a.zip").get("arrays/a.npy")


def test_an_honest_one_by_hand(tmp_path: Path) -> None:
    member(
        tmp_path / "a.zip", "a", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }")
    )
    np.testing.assert_array_equal(opened(tmp_path / "a.zip").get("a"), [0.0, 0.0])


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    stored(tmp_path / "a.zip", np.zeros(1))
    with pytest.raises(FormatError, match=r"no arrays/gone\.npy"):
        opened(tmp_path / "a.zip").get("arrays/gone.npy")
