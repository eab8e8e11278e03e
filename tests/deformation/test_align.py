import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.errors import InputError
from kpstudio.deformation.align import align_offsets
from kpstudio.geometry.normalise import Normalisation
from kpstudio.geometry.orientation import ORIENTATIONS, Orientation
from tests.shapes import box

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.sampled_from(ORIENTATIONS), st.sampled_from(ORIENTATIONS), st.floats(0, 1.5))
def test_keypoints_meet_in_the_normalised_frame(
    seed: int, source_up: Orientation, target_up: Orientation, amount: float
) -> None:
    rng = np.random.default_rng(seed)
    source_mesh, target_mesh = rng.normal(size=(2, 30, 3)) * [[[5.0]], [[0.1]]] + 3
    source_frame = Normalisation.fit(source_mesh, source_up)
    target_frame = Normalisation.fit(target_mesh, target_up)
    source, target = source_mesh[:7], target_mesh[:7]
    offsets = align_offsets(source, target, amount, source_frame, target_frame)
    reached = source_frame.apply(source + offsets)
    there, goal = source_frame.apply(source), target_frame.apply(target)
    np.testing.assert_allclose(reached, (1 - amount) * there + amount * goal, atol=1e-12)


def test_the_same_shape_elsewhere_needs_no_offsets() -> None:
    mesh = box((1.0, 2.0, 3.0))
    other = mesh.moved(4 * mesh.vertices + [7, 8, 9])
    offsets = align_offsets(
        mesh.vertices, other.vertices, 1.0, mesh.normalisation(), other.normalisation()
    )
    np.testing.assert_allclose(offsets, 0.0, atol=1e-14)


def test_keypoints_must_correspond() -> None:
    frame = box().normalisation()
    with pytest.raises(InputError, match="3 keypoints cannot follow 4"):
        align_offsets(np.zeros((3, 3)), np.zeros((4, 3)), 1.0, frame, frame)
