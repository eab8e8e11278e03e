"""What is done with every file, without a cluster."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.batch import work as works
from kpstudio.app.batch.models import models_used
from kpstudio.app.batch.work import Aligning, Converting, Detecting, Work, key_of
from kpstudio.base.context import RunContext
from kpstudio.base.errors import KPStudioError
from kpstudio.data.mesh import Mesh
from kpstudio.detectors.registry import get_detector
from kpstudio.io.registry import load_keypoints, load_mesh, read_mesh, save_mesh
from tests import shapes, untrained
from tests.untrained_systems import install_system


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "torus.off"
    save_mesh(path, shapes.torus())
    return path


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model "thing" with a prior, and a recogniser that takes all for a thing."""
    folder = tmp_path / "models"
    folder.mkdir()
    untrained.install(folder, [untrained.model(category="thing", prior=True)])
    monkeypatch.setenv("KPSTUDIO_MODELS", str(folder))
    return folder


def test_keypoints_as_the_library_finds_them(file: Path, tmp_path: Path) -> None:
    import kpstudio

    output = tmp_path / "torus.off.json"
    made = Detecting(".json", "iss", {"radius": "0.1"}).perform(file, output, RunContext())
    expected = kpstudio.detect(kpstudio.load(file), "iss", radius=0.1)
    found = load_keypoints(output)
    assert made.keypoints == len(found.keypoints) == len(expected.keypoints) > 0
    np.testing.assert_array_equal(found.keypoints.positions, expected.keypoints.positions)
    assert found.info.detector == "iss"


def test_a_mesh_format_takes_mesh_and_keypoints(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "torus.off.vtp"
    made = Detecting(".vtp", "iss").perform(file, output, RunContext())
    content = read_mesh(output)
    assert content.keypoints is not None
    assert len(content.keypoints) == made.keypoints
    assert len(content.meshes[0].faces) == 1024


def test_alignment_as_the_library_does_it(models: Path, tmp_path: Path) -> None:
    import kpstudio

    box = shapes.box((3.0, 1.2, 5.0), divisions=3)
    source, target = tmp_path / "source.ply", tmp_path / "target.ply"
    save_mesh(source, box)
    save_mesh(target, Mesh(box.vertices * (1.0, 2.0, 1.0), box.faces, "tall"))
    output = tmp_path / "source.ply.ply"
    detecting = Detecting(".ply", "keypoint-deformer", {"model": "thing"}, up="+y")
    made = Aligning(detecting, target, 0.5).perform(source, output, RunContext())
    first, second = (
        kpstudio.detect(kpstudio.load(path, up="+y"), model="thing") for path in (source, target)
    )
    expected = kpstudio.align(first, second, 0.5).current.vertices
    assert made.model == "kd-thing"
    np.testing.assert_allclose(load_mesh(output)[0].vertices, expected, rtol=1e-6)


def test_conversion(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "torus.off.glb"
    made = Converting(".glb").perform(file, output, RunContext())
    assert made.keypoints is None
    assert len(load_mesh(output)[0].faces) == 1024


def test_the_key_tells_all_that_matters(file: Path, tmp_path: Path) -> None:
    iss = Detecting(".json", "iss")
    other = tmp_path / "other.off"
    save_mesh(other, shapes.box())
    different: list[Work] = [
        iss,
        Detecting(".csv", "iss"),
        Detecting(".json", "iss", {"radius": 0.1}),
        Detecting(".json", "iss", up="+z"),
        Detecting(".json", "harris3d"),
        Aligning(Detecting(".ply", "iss"), file),
        Aligning(Detecting(".ply", "iss"), file, 0.5),
        Aligning(Detecting(".ply", "iss"), other),
        Converting(".json"),
        Converting(".glb"),
    ]
    assert len({key_of(work) for work in different}) == len(different)
    default = get_detector("iss").spec.parameters().radius
    assert key_of(Detecting(".json", "iss", {"radius": str(default)})) == key_of(iss)
    assert [key_of(pickle.loads(pickle.dumps(work))) for work in different] == [
        key_of(work) for work in different
    ]


def test_another_version_has_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(Converting(".glb"))
    monkeypatch.setattr(works, "__version__", "99")
    assert key_of(Converting(".glb")) != before


def test_models_belong_to_the_key(models: Path) -> None:
    spec = get_detector("keypoint-deformer").spec
    named, chosen = models_used(spec, "thing", False), models_used(spec, "", True)
    assert [id for id, _ in named] == ["kd-thing"]
    assert chosen[: len(named)] == named
    assert len(chosen) == 2  # the recogniser as well
    assert models_used(get_detector("iss").spec, "", True) == []
    outside = models.parent / "mine.safetensors"
    outside.write_bytes((models / "kd-thing.safetensors").read_bytes())
    assert models_used(spec, str(outside), False)[0][1] == named[0][1]


def test_what_lifts_belongs_to_the_key_beside_what_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path))
    for system, category in (("pose", "chair"), ("lifting", "")):
        install_system(tmp_path, system, category)
    used = models_used(get_detector("lifting").spec, "chair", False)
    assert [id for id, _ in used] == ["pose-chair", "lifting"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Detecting(".docx", "iss"), "'.docx'"),
        (lambda: Detecting(".json", "nobody"), "no detector 'nobody'"),
        (lambda: Detecting(".json", "iss", {"radius": "far"}), "radius is 'far'"),
        (lambda: Detecting(".json", "iss", {"size": "1"}), "no parameter 'size'"),
        (lambda: Detecting(".json", "iss", up="+y", front="-y"), "up"),
        (lambda: Detecting(".json", "keypoint-deformer", {"model": "x"}), "no keypoint-deformer"),
        (lambda: Aligning(Detecting(".json", "iss"), Path("a.off")), "'.json'"),
        (lambda: Aligning(Detecting(".ply", "iss"), Path("missing.off")), "does not exist"),
        (lambda: Converting(".docx"), "'.docx'"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(make, message: str) -> None:
    with pytest.raises(KPStudioError, match=message):
        make()
