import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.prior import ShapePrior


def test_a_prior_fits_together() -> None:
    prior = ShapePrior(np.zeros((4, 3)), np.zeros((2, 4, 3)), np.ones(2))
    assert not prior.modes.flags.writeable


@pytest.mark.parametrize(
    ("modes", "variances", "message"),
    [
        (np.zeros((2, 5, 3)), np.ones(2), "prior modes"),
        (np.zeros((2, 4, 3)), np.ones(3), "prior variances"),
        (np.zeros((2, 4, 3)), np.array([1.0, 0.0]), "positive"),
        (np.zeros((2, 4, 3)), np.array([1.0, -1.0]), "positive"),
    ],
)
def test_priors_that_do_not(modes: np.ndarray, variances: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ShapePrior(np.zeros((4, 3)), modes, variances)
