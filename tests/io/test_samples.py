import numpy as np
import pytest

from kpstudio.base.errors import FileError
from kpstudio.geometry.topology import degenerate_faces
from kpstudio.io.registry import read_mesh
from kpstudio.io.samples import DEFAULT, sample_names, sample_path


def test_the_airplane_comes_first() -> None:
    assert sample_names()[0] == DEFAULT == "airplane"
    assert {"car", "chair", "table", "mug", "figure"} <= set(sample_names())
    assert sample_path() == sample_path("airplane")


@pytest.mark.parametrize("name", sample_names())
def test_samples_are_sound_small_and_upright(name: str) -> None:
    assert sample_path(name).stat().st_size < 500_000
    found = read_mesh(sample_path(name))
    (mesh,) = found.meshes
    assert found.notes == ()
    assert mesh.unit == "m"
    assert mesh.appearance is not None
    assert mesh.appearance.colors is not None
    assert 3_000 < len(mesh.vertices) < 20_000
    assert not degenerate_faces(mesh.vertices, mesh.faces).any()
    # On the ground, in the middle.
    low, high = mesh.bounds
    assert abs(low[1]) < 1e-6 * mesh.diagonal
    np.testing.assert_allclose((low + high)[[0, 2]], 0.0, atol=1e-6 * mesh.diagonal)


def test_every_sample_is_credited() -> None:
    credits = sample_path().with_name("CREDITS.md").read_text("utf-8")
    assert all(f"| {name} |" in credits for name in sample_names())


def test_an_unknown_sample_is_named() -> None:
    with pytest.raises(FileError, match=r"no sample 'boat'.*airplane"):
        sample_path("boat")
