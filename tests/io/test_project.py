import dataclasses
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, FileError, FormatError, InputError, KPStudioError
from kpstudio.data.cage import Cage
from kpstudio.data.candidates import Candidates
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.detection import Detection, Handling, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.data.overlay import Overlay
from kpstudio.data.prior import ShapePrior
from kpstudio.data.shape import Shape
from kpstudio.data.views import Sight
from kpstudio.geometry.camera import Camera
from kpstudio.geometry.orientation import ORIENTATIONS
from kpstudio.io.project import ProjectContents, ShapeEntry, load_project, save_project
from tests.io.examples import colored, fields, keypoints, textured
from tests.shapes import box, icosphere


def detection(mesh: Mesh) -> Detection:
    rng = np.random.default_rng(5)
    points, ball = keypoints(), icosphere(1)
    prior = ShapePrior(rng.random((4, 3)), rng.random((2, 4, 3)), np.array([2.0, 0.1]), 77, 0.9)
    return Detection(
        points,
        Provenance("iss", {"radius": 0.1, "names": ["a"], "deep": {"on": None}}, "m-1",
                   ORIENTATIONS[3], mesh.key, 1.25),
        raw=points.positions + 1e-17,
        fields=fields(mesh),
        keypoint_fields={"heat": tuple(Field(str(i), rng.random(len(mesh.vertices)))
                                       for i in range(4))},
        handling=Handling(Cage(ball.vertices * 2, ball.faces), rng.random((42, 4)), prior),
    )  # fmt: skip


def chosen(mesh: Mesh) -> Detection:
    """Return what a detector finds that chooses among candidates."""
    rng = np.random.default_rng(6)
    candidates = Candidates(rng.random((7, 3)), rng.random(7), np.arange(7), rng.random(7))
    descriptor = Descriptor("hks", rng.random((len(mesh.vertices), 3)).astype(np.float32), "hks-3")
    bones = Overlay("skeleton", rng.random((4, 3)), [[0, 1], [2, 3]], None, [0.5, 1.0])
    return Detection(keypoints(), Provenance("hks"), candidates=candidates, sizes=np.ones(4),
                     descriptors=(descriptor,),
                     prior=detection(mesh).handling.prior,
                     overlays=(bones,), notes=("It may be upside down.",))  # fmt: skip


def seen(mesh: Mesh, cells: int = 5) -> Detection:
    """Return what a detector finds that looks at pictures."""
    rng = np.random.default_rng(7)
    camera = Camera.look_at(np.ones(3), np.zeros(3), np.array([0.0, 1, 0]), 37.5, (8, 6))
    picture = rng.integers(0, 256, (6, 8, 3), np.uint8)
    heat = rng.random((4, cells, cells)).astype(np.float32)
    depth = np.array([[1.0, np.inf]], np.float32)
    full = Sight(picture, rng.random((4, 2)), np.ones(4), camera, heat, rng.random(4),
                 {"depth": depth, "edges": heat[0]}, rng.random(2), np.eye(3))  # fmt: skip
    return Detection(keypoints(), Provenance("keypointnet", {}, "m", input_key=mesh.key),
                     sights=(full, Sight(picture, rng.random((4, 2)), np.zeros(4))))  # fmt: skip


def shapes() -> dict[str, Shape]:
    mesh = replace(colored(), unit="mm", source=Path("models/ü.ply"), space="RAS")
    found = Shape(mesh, ORIENTATIONS[5], True, "airplane").detected(detection(mesh))
    assert found.keypoints is not None
    moved = found.keypoints.moved(found.keypoints.positions + 0.1)
    return {
        "bare": Shape(box()),
        "textured": Shape(textured()),
        "detected": found,
        "edited": found.edited(moved, mesh.vertices * np.float64(1.1) - 0.0),
        "placed": replace(Shape(mesh), keypoints=keypoints()),
        "seen": Shape(mesh).detected(seen(mesh)),
        "others": found.detected(chosen(mesh)).detected(
            replace(chosen(mesh), provenance=Provenance("harris3d"), candidates=None, sizes=None)
        ),
        "without handling": Shape(mesh).detected(replace(detection(mesh), handling=None, raw=None)),
        "without prior": Shape(mesh).detected(
            replace(detection(mesh), handling=replace(detection(mesh).handling, prior=None))
        ),
    }


def through(path: Path, *some: Shape, state: dict | None = None) -> ProjectContents:
    entries = [ShapeEntry(f"shape {i}", i % 2 == 0, shape) for i, shape in enumerate(some)]
    save_project(path, ProjectContents(entries, state or {}))
    return load_project(path)


def assert_equal(found: object, expected: object, place: str = "shape") -> None:
    """Compare data classes attribute by attribute, arrays bit for bit."""
    assert type(found) is type(expected), place
    if dataclasses.is_dataclass(expected):
        for attribute in dataclasses.fields(expected):
            values = getattr(found, attribute.name), getattr(expected, attribute.name)
            assert_equal(*values, f"{place}.{attribute.name}")
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, place
        assert found.shape == expected.shape, place
        assert found.tobytes() == expected.tobytes(), place
        assert not found.flags.writeable, place
    elif isinstance(expected, dict):
        assert list(found) == list(expected), place
        for key in expected:
            assert_equal(found[key], expected[key], f"{place}[{key}]")
    elif isinstance(expected, tuple):
        assert len(found) == len(expected), place
        for index, pair in enumerate(zip(found, expected, strict=True)):
            assert_equal(*pair, f"{place}[{index}]")
    else:
        assert found == expected, place


@pytest.mark.parametrize("kind", shapes())
def test_everything_comes_back_bit_for_bit(tmp_path: Path, kind: str) -> None:
    shape = shapes()[kind]
    (entry,) = through(tmp_path / "a.kpstudio", shape).shapes
    assert_equal(entry.shape, shape)
    assert entry.shape.is_deformed == shape.is_deformed
    assert entry.shape.current.key == shape.current.key


def test_no_attribute_is_forgotten() -> None:
    # Whoever adds one teaches project_codec and the schema about it, then this test.
    known = {
        Shape: "mesh orientation orientation_chosen category detection keypoints deformed others",
        Mesh: "vertices faces name source unit appearance space",
        Appearance: "colors uv texture",
        Detection: "keypoints provenance raw fields keypoint_fields handling candidates sizes "
        "descriptors prior overlays notes sights",
        Sight: "picture pixels confidence camera heatmaps depth maps edges pose",
        Camera: "rotation translation focal size",
        Overlay: "name points lines faces values",
        Candidates: "positions response vertices sizes",
        Descriptor: "name values space",
        Provenance: "detector parameters model orientation input_key seconds",
        Handling: "cage influence prior",
        Cage: "vertices faces",
        ShapePrior: "mean modes variances count explained",
        Field: "name values unit signed reference logarithmic",
        KeypointSet: "positions schema confidence locked defined origin anchor",
        KeypointSchema: "names mirror edges ordered",
        Anchor: "faces barycentric mesh_key",
    }
    for kind, names in known.items():
        assert [f.name for f in dataclasses.fields(kind)] == names.split(), kind.__name__


def test_maps_that_are_too_large_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    shape = Shape(box()).detected(seen(box(), 600))
    (entry,) = through(tmp_path / "a.kpstudio", shape).shapes
    found, expected = entry.shape.detection, shape.detection
    assert found is not None
    assert expected is not None
    assert len(found.notes) == 1
    assert "too large" in found.notes[0]
    for sight, whole in zip(found.sights, expected.sights, strict=True):
        assert_equal(sight, replace(whole, heatmaps=None, maps={}))
    save_project(tmp_path / "b.kpstudio", ProjectContents([entry]))
    assert load_project(tmp_path / "b.kpstudio").shapes[0].shape.detection.notes == found.notes


def test_projects_from_before_there_were_sights_open(tmp_path: Path) -> None:
    path = tmp_path / "a.kpstudio"
    through(path, shapes()["seen"])
    rewritten(path, lambda c: c["shapes"][0]["detection"].pop("sights"))
    assert load_project(path).shapes[0].shape.detection.sights == ()


def test_what_was_shared_is_shared_again(tmp_path: Path) -> None:
    edited = shapes()["edited"]
    found = through(tmp_path / "a.kpstudio", edited, shapes()["bare"], edited).shapes
    one, _, other = (entry.shape for entry in found)
    assert one.mesh is other.mesh
    assert one.current is other.current
    assert one.current is not one.mesh
    assert one.current.faces is one.mesh.faces
    detected = through(tmp_path / "b.kpstudio", shapes()["detected"]).shapes[0].shape
    assert detected.current is detected.mesh
    assert detected.detection is not None
    assert detected.keypoints is detected.detection.keypoints


def test_names_order_visibility_and_state(tmp_path: Path) -> None:
    state = {"view": {"position": [0.1, -0.0, 1e300], "theme": "dark"}, "selected": 1, "é": None}
    found = through(tmp_path / "a.kpstudio", *shapes().values(), state=state)
    assert [entry.name for entry in found.shapes] == [f"shape {i}" for i in range(len(shapes()))]
    assert [entry.visible for entry in found.shapes][:3] == [True, False, True]
    assert found.state == state


def test_an_empty_project(tmp_path: Path) -> None:
    assert list(through(tmp_path / "a.kpstudio").shapes) == []


def test_the_same_document_gives_the_same_file(tmp_path: Path) -> None:
    through(tmp_path / "a.kpstudio", *shapes().values())
    through(tmp_path / "b.kpstudio", *shapes().values())
    assert (tmp_path / "a.kpstudio").read_bytes() == (tmp_path / "b.kpstudio").read_bytes()
    assert through(tmp_path / "b.kpstudio", shapes()["edited"]) is not None


def test_saving_what_was_loaded_changes_nothing(tmp_path: Path) -> None:
    found = through(tmp_path / "a.kpstudio", *shapes().values(), state={"a": 1})
    save_project(tmp_path / "b.kpstudio", found)
    assert (tmp_path / "a.kpstudio").read_bytes() == (tmp_path / "b.kpstudio").read_bytes()


def test_progress_and_cancellation(tmp_path: Path) -> None:
    path = tmp_path / "a.kpstudio"
    entries = [ShapeEntry("a", True, shape) for shape in shapes().values()]
    for work in (lambda c: save_project(path, ProjectContents(entries), c),
                 lambda c: load_project(path, c)):  # fmt: skip
        seen: list[float] = []
        work(RunContext(lambda fraction, _, seen=seen: seen.append(fraction)))
        assert seen == sorted(seen)
        assert seen[-1] == 1.0
        assert len(seen) > len(entries)
    before = path.read_bytes()
    context = RunContext(lambda fraction, _: fraction > 0.5 and context.cancel())
    with pytest.raises(Cancelled):
        save_project(path, ProjectContents(entries[::-1]), context)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# --- bad input ----------------------------------------------------------------------------------


def test_state_must_be_json(tmp_path: Path) -> None:
    for state in ({"a": float("nan")}, {"a": object()}):
        with pytest.raises(InputError, match="cannot be written as JSON"):
            save_project(tmp_path / "a.kpstudio", ProjectContents([], state))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_project(tmp_path: Path) -> None:
    path = tmp_path / "a.kpstudio"
    with pytest.raises(FileError, match="does not exist"):
        load_project(path)
    with pytest.raises(FileError, match="is a folder"):
        load_project(tmp_path)
    for content in (b"", b"nothing", b"PK\3\4" + bytes(100)):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"a\.kpstudio"):
            load_project(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.json", "{}")
    with pytest.raises(FormatError, match=r"no project\.json"):
        load_project(path)


def rewritten(path: Path, change) -> Path:
    """Write the project again with changed JSON."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(members["project.json"])
    change(content)
    members["project.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


CHANGES = {
    "newer KP Studio": lambda c: c.update(version=2, shapes="unknown"),
    "no KP Studio project": lambda c: c.update(format="other"),
    "shapes": lambda c: c["shapes"][0].update(visible="yes"),
    "mesh": lambda c: c["shapes"][0].pop("mesh"),
    "does not fit": lambda c: c["meshes"][0].update(vertices="../../etc/passwd"),
    "there is no arrays": lambda c: c["meshes"][0].update(vertices=f"arrays/{'0' * 32}.npy"),
    "vertices have shape": lambda c: c["meshes"][0].update(
        vertices=c["shapes"][0]["keypoints"]["confidence"]
    ),
    "damaged": lambda c: c["shapes"][0].update(mesh=99),
    "same axis": lambda c: c["shapes"][0]["orientation"].update(up="+z", front="-z"),
    "4 mirror indices for 3": lambda c: c["shapes"][0]["keypoints"]["names"].pop(),
}


@pytest.mark.parametrize("message", CHANGES)
def test_damage_is_named(tmp_path: Path, message: str) -> None:
    path = tmp_path / "a.kpstudio"
    through(path, shapes()["edited"])
    with pytest.raises(FormatError, match=message) as caught:
        load_project(rewritten(path, CHANGES[message]))
    assert caught.value.path == path


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_project_is_noticed(tmp_path: Path, part: float) -> None:
    path = tmp_path / "a.kpstudio"
    through(path, shapes()["edited"])
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    with pytest.raises(FormatError, match="is damaged"):
        load_project(path)


@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_damaged_byte_is_noticed_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, place: float, value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.kpstudio"
    shape = shapes()["detected"]
    save_project(path, ProjectContents([ShapeEntry("a", True, shape)]))
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] = value
    path.write_bytes(data)
    try:
        (entry,) = load_project(path).shapes
    except KPStudioError:
        return
    assert_equal(entry.shape, shape)


def test_a_full_disk_leaves_the_old_project(tmp_path: Path) -> None:
    path = tmp_path / "a.kpstudio"
    through(path, shapes()["bare"])
    before = path.read_bytes()
    code = (
        "import resource, signal, sys\n"
        "from tests.shapes import icosphere\n"
        "from kpstudio.data.shape import Shape\n"
        "from kpstudio.io.project import *\n"
        "from kpstudio.base.errors import FileError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "entry = ShapeEntry('a', True, Shape(icosphere(4)))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "try:\n    save_project(sys.argv[1], ProjectContents([entry]))\n"
        "except FileError as error:\n    print(error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONPATH": "."},
    )  # fmt: skip
    assert "the old file is unchanged" in result.stdout
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_projects_from_before_meshes_had_a_frame_open(tmp_path: Path) -> None:
    path, old = tmp_path / "a.kpstudio", tmp_path / "old.kpstudio"
    through(path, shapes()["edited"])
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(old, "w") as target:
        for name in archive.namelist():
            data = archive.read(name)
            if name == "project.json":
                content = json.loads(data)
                for mesh in content["meshes"]:
                    assert mesh.pop("space") == "RAS"
                data = json.dumps(content).encode()
            target.writestr(name, data)
    assert load_project(old).shapes[0].shape.mesh.space == ""
