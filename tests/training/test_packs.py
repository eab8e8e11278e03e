from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FileError, FormatError, InputError
from kpstudio.training.packs import PACKS, read_pack
from kpstudio.training.shapes import is_held_out, load_real, split_key

WEDGE = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint16)


def write_pack(path: Path, *names: str) -> Path:
    arrays = {f"V_{name}": WEDGE for name in names} | {f"F_{name}": FACES for name in names}
    np.savez(path, **arrays)
    return path


def test_known_pack_is_turned_to_the_canonical_front(tmp_path: Path) -> None:
    (packed,) = read_pack(write_pack(tmp_path / "torcs_cars_freeart.npz", "p406"))
    # These cars face +x in their file: what was at x = 1 must be at z = 1.
    assert packed.category == "car"
    np.testing.assert_allclose(packed.mesh.vertices[1], [0, 0, 1])
    np.testing.assert_allclose(packed.mesh.vertices[2], [0, 2, 0])


def test_the_longest_beginning_of_a_name_decides(tmp_path: Path) -> None:
    path = write_pack(tmp_path / "cc0_mug_cup.npz", "m_mug", "m_mug-1", "m_bowl", "m_cup-saucer")
    packed = {entry.mesh.name: entry for entry in read_pack(path)}
    assert set(packed) == {"m_mug", "m_mug-1", "m_bowl"}  # the saucer is dropped
    assert packed["m_bowl"].category == ""
    np.testing.assert_allclose(packed["m_mug"].mesh.vertices[1], [0, 0, 1])
    np.testing.assert_allclose(packed["m_mug-1"].mesh.vertices[1], [0, 0, -1])


def test_z_up_pack_stands_up(tmp_path: Path) -> None:
    path = write_pack(tmp_path / "ikea_furniture_mit.npz", "chair_agam_0005", "bed_dalselv_0270")
    packed = {entry.mesh.name: entry for entry in read_pack(path)}
    np.testing.assert_allclose(packed["chair_agam_0005"].mesh.vertices[3], [0, 3, 0])
    assert packed["bed_dalselv_0270"].category == ""


def test_every_turn_and_drop_of_the_table_is_for_a_name_of_the_right_pack() -> None:
    for pack in PACKS.values():
        assert pack.source
        for name, reason in pack.dropped.items():
            assert name
            assert reason


def test_folder_of_known_packs_gives_only_the_category(tmp_path: Path) -> None:
    folder = tmp_path / "cc0"
    folder.mkdir()
    write_pack(folder / "cc0_mug_cup.npz", "m_mug", "m_bowl")
    write_pack(folder / "unknown.npz", "thing")
    assert [shape.name for shape in load_real(tmp_path, "mug")] == ["m_mug"]
    assert load_real(tmp_path, "car") == []


def test_own_folder_is_of_the_category_asked_for(tmp_path: Path) -> None:
    write_pack(tmp_path / "mine.npz", "a", "b")
    (tmp_path / "c.off").write_text("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")
    shapes = load_real(tmp_path, "teapot")
    assert [shape.name for shape in shapes] == ["a", "b", "c"]
    assert all(shape.kind == "real" and shape.keypoints is None for shape in shapes)


def test_damaged_packs_name_the_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(FormatError, match=r"broken\.npz"):
        list(read_pack(broken))
    half = tmp_path / "half.npz"
    np.savez(half, V_a=WEDGE)
    with pytest.raises(FormatError, match=r"half\.npz"):
        list(read_pack(half))
    hostile = tmp_path / "hostile.npz"
    np.savez(hostile, V_a=np.array([object()]), F_a=FACES)
    with pytest.raises(FormatError, match=r"hostile\.npz"):  # never unpickled
        list(read_pack(hostile))
    infinite = tmp_path / "infinite.npz"
    np.savez(infinite, V_a=np.full((4, 3), np.inf), F_a=FACES)
    with pytest.raises(InputError, match=r"infinite\.npz"):
        list(read_pack(infinite))
    with pytest.raises(FileError, match="is not a folder"):
        load_real(tmp_path / "nowhere", "car")


def test_split_is_stable_and_keeps_families_together() -> None:
    assert is_held_out("a320")
    assert not is_held_out("a332")
    assert split_key("b738") == split_key("b739")
    assert {is_held_out(name) for name in ("b737", "b738", "b739")} == {False}
    share = np.mean([is_held_out(f"shape-{index}") for index in range(4000)])
    assert 0.22 < share < 0.28
