import os
import resource
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, FileError, FormatError, InputError, KPStudioError
from kpstudio.data.field import Field
from kpstudio.data.mesh import Mesh
from kpstudio.io.parts import merge_parts
from kpstudio.io.registry import load_mesh, read_mesh, save_mesh
from tests.io.examples import colored, fields, irregular, keypoints, single, textured
from tests.shapes import box, icosphere

WRITABLE = ("obj", "ply", "off", "stl", "glb", "vtp")


@pytest.mark.parametrize("suffix", WRITABLE)
def test_content_counts_more_than_the_name(tmp_path: Path, suffix: str) -> None:
    save_mesh(tmp_path / f"a.{suffix}", box())
    for wrong in ("obj" if suffix == "ply" else "ply", "txt", ""):
        path = tmp_path / f"b.{wrong}"
        path.write_bytes((tmp_path / f"a.{suffix}").read_bytes())
        found = read_mesh(path)
        assert len(found.meshes[0].faces) == 12
        expected = (f"The file is called .{wrong} but holds {suffix.upper()}.",)
        assert found.notes == (expected if wrong in WRITABLE else ())


@pytest.mark.parametrize("suffix", WRITABLE)
def test_a_moved_mesh_keeps_its_looks(tmp_path: Path, suffix: str) -> None:
    for mesh in (colored(single()), textured()):
        moved = mesh.moved(mesh.vertices * 2)
        save_mesh(tmp_path / f"a.{suffix}", moved)
        (found,) = load_mesh(tmp_path / f"a.{suffix}")
        look = found.appearance
        if suffix in ("off", "stl") and mesh.appearance.texture is not None:
            assert look is None
            continue
        if suffix == "stl":
            continue
        np.testing.assert_array_equal(found.vertices, moved.vertices)
        if mesh.appearance.colors is not None:
            np.testing.assert_array_equal(look.colors, mesh.appearance.colors)
        else:
            np.testing.assert_array_equal(look.uv, mesh.appearance.uv)


@pytest.mark.parametrize("suffix", ["obj", "ply"])
def test_a_picture_of_the_same_name_is_not_the_texture(tmp_path: Path, suffix: str) -> None:
    picture, mesh = tmp_path / "Möbel.png", textured()
    picture.write_bytes(b"taken by a person")
    save_mesh(tmp_path / f"Möbel.{suffix}", mesh)
    assert picture.read_bytes() == b"taken by a person"
    (found,) = load_mesh(tmp_path / f"Möbel.{suffix}")
    np.testing.assert_array_equal(found.appearance.texture, mesh.appearance.texture)


def test_what_is_lost_is_said(tmp_path: Path) -> None:
    mesh = replace(colored(), unit="mm")
    (warning,) = save_mesh(tmp_path / "a.stl", mesh, fields(mesh), keypoints())
    for words in ("order", "single precision", "colours", "fields", "keypoints", "unit"):
        assert words in warning
    assert "texture" not in warning
    assert save_mesh(tmp_path / "a.vtp", mesh, fields(mesh), keypoints()) == ()


def test_a_field_of_another_mesh_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 values for 8 vertices"):
        save_mesh(tmp_path / "a.ply", box(), [Field("f", np.zeros(3))])


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    save_mesh(tmp_path / "a.obj", irregular())
    seen: list[float] = []
    load_mesh(tmp_path / "a.obj", RunContext(lambda fraction, _: seen.append(fraction)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("suffix", WRITABLE)
def test_loading_and_saving_can_be_cancelled(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    save_mesh(path, icosphere(2))
    context = RunContext()
    context.cancel()
    with pytest.raises(Cancelled):
        load_mesh(path, context)
    before = path.read_bytes()
    if suffix != "stl":  # written in one go
        with pytest.raises(Cancelled):
            save_mesh(path, box(), ctx=context)
        assert path.read_bytes() == before
    assert [child.name for child in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", ["obj", "ply", "off", "stl", "glb"])
def test_another_library_reads_the_same(tmp_path: Path, suffix: str) -> None:
    trimesh = pytest.importorskip("trimesh")
    mesh = colored(single())
    save_mesh(tmp_path / f"a.{suffix}", mesh, fields(mesh))
    other = trimesh.load_mesh(tmp_path / f"a.{suffix}", process=False)
    corners = other.vertices[other.faces]
    np.testing.assert_array_equal(corners, mesh.vertices[mesh.faces])
    if suffix in ("obj", "ply"):
        np.testing.assert_array_equal(other.visual.vertex_colors, mesh.appearance.colors)


@pytest.mark.parametrize("suffix", ["obj", "ply", "off", "stl", "glb"])
def test_what_another_library_writes_is_read(tmp_path: Path, suffix: str) -> None:
    trimesh = pytest.importorskip("trimesh")
    mesh = single()
    trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).export(tmp_path / f"a.{suffix}")
    (found,) = load_mesh(tmp_path / f"a.{suffix}")
    corners = mesh.vertices[mesh.faces]
    np.testing.assert_allclose(found.vertices[found.faces], corners, atol=1e-7)


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WRITABLE)
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.touch()
    with pytest.raises(FormatError, match=r"a\.\w+: is empty\. Export or download"):
        load_mesh(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"gone\.ply: does not exist"):
        load_mesh(tmp_path / "gone.ply")
    with pytest.raises(FileError, match="is a folder"):
        load_mesh(tmp_path)
    with pytest.raises(FileError, match="is a folder"):
        save_mesh(_folder(tmp_path / "a.ply"), box())


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("suffix", [*WRITABLE, "gltf", "xyz", ""])
def test_garbage(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    for seed in range(5):
        path.write_bytes(np.random.default_rng(seed).bytes(5000))
        with pytest.raises(FormatError) as caught:
            load_mesh(path)
        assert caught.value.path == path
        assert caught.value.remedy


def attempt(path: Path) -> tuple[Mesh | None, KPStudioError | None]:
    """Load a mesh, or return the error that a person would see."""
    try:
        return load_mesh(path)[0], None
    except KPStudioError as error:
        return None, error


@pytest.mark.parametrize("suffix", WRITABLE)
def test_a_cut_file_is_noticed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    mesh = irregular()
    save_mesh(path, mesh)
    data = path.read_bytes()
    for length in np.linspace(1, len(data) - 40, 23).astype(int).tolist():
        path.write_bytes(data[:length])
        found, error = attempt(path)
        if found is None:
            assert isinstance(error, FormatError)
            assert error.path == path
        else:
            # An OBJ file does not say how many faces it has: a cut between two is no fault of it.
            assert suffix == "obj"
            np.testing.assert_array_equal(found.vertices, mesh.vertices)


@pytest.mark.parametrize("suffix", WRITABLE)
@settings(max_examples=60)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
                        min_size=1, max_size=6))  # fmt: skip
def test_damaged_bytes_never_do_worse_than_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, changes: list[tuple[float, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.{suffix}"
    save_mesh(path, colored(icosphere(0)), keypoints=keypoints())
    data = bytearray(path.read_bytes())
    for place, value in changes:
        data[int(place * len(data))] = value
    path.write_bytes(data)
    found, error = attempt(path)
    assert (found is None) == (error is not None)
    assert error is None or error.path == path


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_vertices_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    word = str(value)
    contents = {
        "obj": f"v 0 0 {word}\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3 4\nf 1 2 3 4 1\n",
        "off": f"OFF\n3 1 0\n0 0 {word}\n1 0 0\n0 1 0\n3 0 1 2\n",
    }
    for suffix, content in contents.items():
        path = tmp_path / f"a.{suffix}"
        path.write_text(content)
        with pytest.raises(FormatError, match=rf"a\.{suffix}: vertices hold 1 values that are NaN"):
            load_mesh(path)


def test_a_cloud_is_only_taken_when_asked_for(tmp_path: Path) -> None:
    cloud = Mesh(np.eye(3), np.zeros((0, 3), np.int32), "cloud")
    for suffix in ("ply", "off", "obj", "vtp"):
        path = tmp_path / f"a.{suffix}"
        save_mesh(path, cloud)
        with pytest.raises(FormatError, match="has no faces: it is a point cloud"):
            load_mesh(path)
        (found,) = load_mesh(path, allow_cloud=True)
        np.testing.assert_array_equal(found.vertices, cloud.vertices)


def test_odd_but_legal_meshes_are_kept_as_they_are(tmp_path: Path) -> None:
    faces = [[0, 1, 2], [0, 1, 2], [2, 1, 0], [0, 0, 1], [3, 3, 3], [0, 1, 4], [1, 0, 5]]
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5], [0, 0, 0], [0, -1, 0]], float)
    mesh = Mesh(points, np.array(faces))
    for suffix in ("ply", "off", "obj", "vtp", "glb"):
        save_mesh(tmp_path / f"a.{suffix}", mesh)
        (found,) = load_mesh(tmp_path / f"a.{suffix}")
        np.testing.assert_array_equal(found.vertices, mesh.vertices)
        np.testing.assert_array_equal(found.faces, mesh.faces)


HOSTILE = {
    "ply": b"ply\nformat binary_little_endian 1.0\nelement vertex 1000000000000\n"
    b"property float x\nproperty float y\nproperty float z\nend_header\n" + bytes(100),
    "off": b"OFF\n1000000000000 1 0\n0 0 0\n",
    "stl": bytes(80) + b"\xff\xff\xff\xff" + bytes(100),
}


@pytest.mark.parametrize("suffix", HOSTILE)
def test_a_boastful_header_takes_no_memory(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(HOSTILE[suffix])
    tracemalloc.start()
    with pytest.raises(FormatError, match="cut off"):
        load_mesh(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.parametrize("suffix", WRITABLE)
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    save_mesh(path, box())
    before = path.read_bytes()
    # A limit on the size of files fails a write halfway, just as a full disk does.
    code = (
        "import resource, signal, sys\n"
        "from tests.shapes import icosphere\n"
        "from kpstudio.io.registry import save_mesh\n"
        "from kpstudio.base.errors import FileError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "mesh = icosphere(3)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "try:\n    save_mesh(sys.argv[1], mesh)\n"
        "except FileError as error:\n    print(error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONPATH": "."},
    )  # fmt: skip
    assert str(path) in result.stdout
    assert "the old file is unchanged" in result.stdout
    assert path.read_bytes() == before
    assert [child.name for child in tmp_path.iterdir()] == [path.name]


def test_a_file_nobody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ply"
    save_mesh(path, box())

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match=r"a\.ply: cannot be read \(Permission denied\)"):
        load_mesh(path)


def test_too_little_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ply"
    save_mesh(path, box())

    def fail(_: Path) -> bytes:
        raise MemoryError

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(FormatError, match="more memory than there is"):
        load_mesh(path)


@pytest.mark.slow
def test_two_million_faces(tmp_path: Path) -> None:
    size = 1001
    corner = np.arange(size * (size - 1)).reshape(-1, size)[:, :-1].reshape(-1)
    faces = np.concatenate([
        np.stack([corner, corner + size, corner + 1], 1),
        np.stack([corner + 1, corner + size, corner + size + 1], 1),
    ])  # fmt: skip
    x, y = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    mesh = Mesh(np.stack([x, y, x * y], -1).reshape(-1, 3), faces)
    assert len(mesh.faces) == 2_000_000
    save_mesh(tmp_path / "a.ply", mesh)
    (found,) = load_mesh(tmp_path / "a.ply")
    np.testing.assert_array_equal(found.faces, mesh.faces)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4e6  # KiB


@pytest.mark.parametrize("suffix", WRITABLE)
@pytest.mark.parametrize("space", ["", "LPS", "RAS"])
def test_the_frame_comes_back_or_is_said_to_be_lost(
    tmp_path: Path, suffix: str, space: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    notes = save_mesh(path, replace(single(), space=space), keypoints=keypoints())
    lost = suffix == "off" and space != ""
    assert any("anatomical frame" in note for note in notes) == lost
    found = read_mesh(path)
    assert found.space == found.meshes[0].space == ("" if suffix == "off" else space)
    np.testing.assert_array_equal(found.meshes[0].bounds, single().bounds)  # never turned round


def test_the_parts_of_a_file_have_its_frame(tmp_path: Path) -> None:
    faces = "v 0 0 0\nv 1 0 0\nv 0 1 0\no a\nf 1 2 3\no b\nf 3 2 1\n"
    (tmp_path / "a.obj").write_text(f"# SPACE=RAS\n{faces}")
    parts = load_mesh(tmp_path / "a.obj", scene="list")
    assert [part.space for part in parts] == ["RAS", "RAS"]
    save_mesh(tmp_path / "a.glb", parts[0])
    assert load_mesh(tmp_path / "a.glb", scene="list")[0].space == "RAS"


def test_parts_that_are_merged_keep_the_frame() -> None:
    assert merge_parts([replace(box(), space="RAS")] * 2, "both").space == "RAS"
