import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.cage import Cage
from kpstudio.data.detection import Detection, Handling, Provenance
from kpstudio.data.keypoints import KeypointSet
from tests.shapes import icosphere

BALL = icosphere(1)
CAGE = Cage(BALL.vertices, BALL.faces)


def test_a_handling_fits_its_cage() -> None:
    handling = Handling(CAGE, np.ones((42, 3)))
    assert not handling.influence.flags.writeable
    with pytest.raises(InputError, match="influence"):
        Handling(CAGE, np.ones((41, 3)))
    with pytest.raises(InputError, match="NaN"):
        Handling(CAGE, np.full((42, 3), np.nan))


def test_cage_arrays_are_checked() -> None:
    assert not CAGE.vertices.flags.writeable
    with pytest.raises(InputError, match="cage vertices"):
        Cage(np.zeros((4, 2)), BALL.faces)


def test_raw_keypoints_fit_the_keypoints() -> None:
    keypoints, made = KeypointSet(np.zeros((2, 3))), Provenance("test")
    detection = Detection(keypoints, made, raw=np.ones((2, 3)))
    assert detection.raw is not None
    assert not detection.raw.flags.writeable
    with pytest.raises(InputError, match="raw keypoints"):
        Detection(keypoints, made, raw=np.ones((3, 3)))
