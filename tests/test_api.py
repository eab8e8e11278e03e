"""`import kpstudio`: the functions people write scripts with."""

from __future__ import annotations

import ast
import gc
import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import kpstudio
from kpstudio import api
from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, InputError, ModelError, ParameterError
from kpstudio.data.shape import Shape
from kpstudio.io.registry import read_mesh
from tests import shapes, untrained
from tests.handled import LEFT, RIGHT, SCHEMA, handled_shape


@pytest.fixture
def thing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shape:
    """A box, and a model "thing" that takes everything for a thing."""
    untrained.install(tmp_path, [untrained.model(category="thing", prior=True)])
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    return Shape(shapes.box((3.0, 1.0, 2.0), divisions=3))


def test_every_public_name_is_there_and_documented() -> None:
    for name in kpstudio.__all__:
        value = getattr(kpstudio, name)
        assert name.startswith("__") or inspect.getdoc(value)
    assert set(kpstudio.__all__) <= set(dir(kpstudio))
    assert kpstudio.load is api.load


def test_editors_see_the_same_names_as_python() -> None:
    tree = ast.parse(Path(str(kpstudio.__file__)).read_text(encoding="utf-8"))
    seen = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "kpstudio.api"
        for alias in node.names
    }
    assert seen | {"__version__"} == set(kpstudio.__all__)


def test_other_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = kpstudio.lode
    assert not hasattr(kpstudio, "_rigs")


@pytest.mark.parametrize(
    ("given", "pose"),
    [
        ({"up": "+z"}, ("+z", "-y")),
        ({"front": "-y"}, ("+z", "-y")),
        ({"up": "-y"}, ("-y", "+z")),
        ({"front": "+x"}, ("+y", "+x")),
        ({}, ("+y", "+z")),
    ],
)
def test_one_axis_is_enough(given: dict[str, str], pose: tuple[str, str]) -> None:
    orientation = kpstudio.load(kpstudio.sample_path("airplane"), **given).orientation
    assert (orientation.up, orientation.front) == pose


def test_load_and_save_keep_the_mesh(tmp_path: Path) -> None:
    mesh = shapes.torus()
    assert kpstudio.save(Shape(mesh), tmp_path / "torus.obj") == ()
    shape = kpstudio.load(tmp_path / "torus.obj")
    np.testing.assert_array_equal(shape.mesh.vertices, mesh.vertices)
    assert not shape.orientation_chosen
    posed = kpstudio.load(str(tmp_path / "torus.obj"), up="+z", front="-y")
    assert (posed.orientation.up, posed.orientation.front) == ("+z", "-y")
    assert posed.orientation_chosen
    with pytest.raises(kpstudio.KPStudioError, match="same axis"):
        kpstudio.load(tmp_path / "torus.obj", up="-z", front="+z")
    with pytest.raises(kpstudio.KPStudioError, match="does not exist"):
        kpstudio.load(tmp_path / "none.obj")


def test_detect(thing: Shape) -> None:
    named = kpstudio.detect(thing, model="thing")
    assert named.keypoints is not None
    assert named.keypoints.schema.names == untrained.NAMES
    assert thing.keypoints is None
    recognised = kpstudio.detect(thing)
    assert recognised.keypoints is not None
    np.testing.assert_array_equal(recognised.keypoints.positions, named.keypoints.positions)
    spread = kpstudio.detect(thing, "farthest-points", count=5)
    assert spread.keypoints is not None
    assert len(spread.keypoints) == 5


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"detector": "magic"}, kpstudio.KPStudioError, "no detector 'magic'"),
        ({"model": "teapot"}, ModelError, "Installed: thing"),
        ({"points": 1}, ParameterError, "expected 256 to 16384"),
        ({"wings": 2}, ParameterError, "no parameter 'wings'"),
    ],
)
def test_detections_that_cannot_be(
    thing: Shape, arguments: dict[str, str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        kpstudio.detect(thing, **arguments)


def test_long_steps_report_and_stop(thing: Shape) -> None:
    heard: list[float] = []
    kpstudio.detect(thing, ctx=RunContext(lambda fraction, _: heard.append(fraction)))
    assert heard
    stopped = RunContext()
    stopped.cancel()
    with pytest.raises(Cancelled):
        kpstudio.detect(thing, ctx=stopped)


@pytest.mark.parametrize("name", [LEFT, "left", np.int64(LEFT), str(LEFT)])
def test_deform_by_index_or_name(name: int | str) -> None:
    shape = handled_shape()
    moved = kpstudio.deform(shape, {name: (0.2, 0.0, 0.1)})
    assert moved.keypoints is not None
    assert shape.keypoints is not None
    offset = moved.keypoints.positions - shape.keypoints.positions
    np.testing.assert_allclose(offset[LEFT], (0.2, 0.0, 0.1), atol=1e-12)
    np.testing.assert_array_equal(np.delete(offset, LEFT, axis=0), 0.0)
    assert moved.is_deformed


def test_deform_goes_on_where_the_shape_is_and_comes_back() -> None:
    shape = handled_shape()
    step, back = {"left": (0.25, 0.0, 0.0)}, {"left": (-0.5, 0.0, 0.0)}
    twice = kpstudio.deform(kpstudio.deform(shape, step), step)
    once = kpstudio.deform(shape, {"left": (0.5, 0.0, 0.0)})
    np.testing.assert_array_equal(twice.current.vertices, once.current.vertices)
    assert kpstudio.deform(twice, back).current is shape.mesh
    assert kpstudio.deform(shape, {}).current is shape.mesh


def test_units_of_the_shape() -> None:
    shape = handled_shape(size=(4.0, 1.0, 2.0))
    cube = kpstudio.deform(shape, {"top": (0.0, 0.1, 0.0)}, units="shape")
    file = kpstudio.deform(shape, {"top": (0.0, 0.4, 0.0)})
    np.testing.assert_allclose(cube.current.vertices, file.current.vertices, atol=1e-12)


def test_symmetric_and_prior() -> None:
    shape = handled_shape()
    mirrored = kpstudio.deform(shape, {"left": (0.2, 0.1, 0.0)}, symmetric=True)
    by_hand = kpstudio.deform(shape, {"left": (0.2, 0.1, 0.0), "right": (-0.2, 0.1, 0.0)})
    np.testing.assert_allclose(mirrored.current.vertices, by_hand.current.vertices, atol=1e-12)
    plausible = kpstudio.deform(shape, {"left": (0.2, 0.0, 0.0)}, prior=1.0)
    assert plausible.keypoints is not None
    assert shape.keypoints is not None
    offset = plausible.keypoints.positions - shape.keypoints.positions
    assert offset[LEFT, 0] == pytest.approx(0.2, abs=1e-12)
    assert offset[RIGHT, 0] < -0.05  # boxes are symmetric, and the prior knows it


@pytest.mark.parametrize(
    ("moves", "options", "words"),
    [
        ({"wing": (0, 0, 0)}, {}, "Use 0 to 5, or one of: left, right"),
        ({6: (0, 0, 0)}, {}, "there is no keypoint 6"),
        ({-1: (0, 0, 0)}, {}, "there is no keypoint -1"),
        ({0: (0, 0, 0), "left": (0, 0, 0)}, {}, "moved twice"),
        ({0: (0, 0)}, {}, "three finite numbers"),
        ({0: "far"}, {}, "three finite numbers"),
        ({0: (0, 0, np.inf)}, {}, "three finite numbers"),
        ({0: (0, 0, 0)}, {"units": "miles"}, 'Use "file" or "shape"'),
        ({0: (0, 0, 0)}, {"prior": 2.0}, "expected 0 to 1"),
        ({0: (0, 0, 0)}, {"prior": np.nan}, "expected 0 to 1"),
    ],
)
def test_moves_that_make_no_sense(
    moves: dict[int | str, object], options: dict[str, object], words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        kpstudio.deform(handled_shape(), moves, **options)


@pytest.mark.parametrize(
    "use",
    [
        lambda shape: kpstudio.deform(shape, {0: (0, 0, 0)}),
        lambda shape: kpstudio.align(shape, shape),
        kpstudio.sample,
        lambda shape: kpstudio.save_keypoints(shape, "keypoints.json"),
    ],
)
def test_without_keypoints_there_is_nothing_to_do(use: Callable[[Shape], object]) -> None:
    with pytest.raises(InputError, match="the shape has no keypoints"):
        use(Shape(shapes.box()))


def test_any_detector_s_keypoints_move_the_mesh_unless_they_are_too_many() -> None:
    shape = Shape(shapes.box(divisions=4))
    few = kpstudio.detect(shape, "farthest-points", count=6)
    assert kpstudio.deform(few, {0: (0.1, 0.0, 0.0)}).is_deformed
    shape = kpstudio.detect(shape, "farthest-points", count=api.operations.MOST_HANDLES + 1)
    with pytest.raises(InputError, match="do not move the mesh"):
        kpstudio.deform(shape, {0: (0.1, 0.0, 0.0)})


def test_a_shape_is_bound_once_and_forgotten_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[Shape] = []
    rig_for = api.operations.rig_for

    def counting(shape: Shape, ctx: RunContext | None) -> object:
        bound.append(shape)
        return rig_for(shape, ctx)

    monkeypatch.setattr(api.operations, "rig_for", counting)
    gc.collect()
    before = len(api._rigs)
    shape = handled_shape()
    kpstudio.deform(kpstudio.deform(shape, {0: (0.1, 0.0, 0.0)}), {1: (0.1, 0.0, 0.0)})
    kpstudio.sample(shape)
    assert len(bound) == 1
    assert len(api._rigs) == before + 1
    bound.clear()
    del shape
    gc.collect()
    assert len(api._rigs) == before


def test_align_copies_the_arrangement() -> None:
    source, target = handled_shape(), handled_shape(size=(2.0, 1.8, 1.5))
    aligned = kpstudio.align(source, target)
    height = aligned.current.bounds[1, 1] - aligned.current.bounds[0, 1]
    assert height == pytest.approx(1.8, rel=0.05)
    assert kpstudio.align(source, target, 0.0).current is source.mesh


def test_samples_are_the_seed_s() -> None:
    shape = handled_shape()
    first, again, other = (kpstudio.sample(shape, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.current.vertices, again.current.vertices)
    assert (first.current.vertices != other.current.vertices).any()
    generator = np.random.default_rng(1)
    np.testing.assert_array_equal(
        kpstudio.sample(shape, generator).current.vertices, first.current.vertices
    )
    assert (kpstudio.sample(shape, generator).current.vertices != first.current.vertices).any()


def test_what_is_saved(tmp_path: Path) -> None:
    moved = kpstudio.deform(handled_shape(), {"left": (0.2, 0.0, 0.0)})
    notes = kpstudio.save_keypoints(moved, tmp_path / "k.json")
    assert notes == ()
    loaded = kpstudio.load_keypoints(tmp_path / "k.json")
    assert moved.keypoints is not None
    np.testing.assert_array_equal(loaded.positions, moved.keypoints.positions)
    assert loaded.schema == SCHEMA
    kpstudio.save(moved, tmp_path / "mesh.vtp")
    content = read_mesh(tmp_path / "mesh.vtp")
    assert "displacement" in {field.name for field in content.fields}
    np.testing.assert_array_equal(content.meshes[0].vertices, moved.current.vertices)
    assert "cannot hold" in " ".join(kpstudio.save_keypoints(moved, tmp_path / "k.csv"))


def test_keypoints_are_loaded_in_the_frame_of_a_mesh(tmp_path: Path) -> None:
    scan = handled_shape()
    scan = replace(scan, mesh=replace(scan.mesh, space="RAS"))
    scan = replace(scan, deformed=scan.mesh)
    kpstudio.save_keypoints(scan, tmp_path / "k.mrk.json")
    assert scan.keypoints is not None
    positions = scan.keypoints.positions
    same = kpstudio.load_keypoints(tmp_path / "k.mrk.json", space=scan.mesh.space)
    np.testing.assert_array_equal(same.positions, positions)
    turned = kpstudio.load_keypoints(tmp_path / "k.mrk.json")
    np.testing.assert_array_equal(turned.positions, positions * (-1.0, -1.0, 1.0))
