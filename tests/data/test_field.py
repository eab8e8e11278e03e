import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.field import Field


def test_range() -> None:
    assert Field("height", np.array([1.0, -3.0, 2.0])).range == (-3.0, 2.0)
    assert Field("change", np.array([1.0, -3.0, 2.0]), signed=True).range == (-3.0, 3.0)
    assert Field("nothing", np.empty(0)).range == (0.0, 0.0)


def test_values_are_numbers_a_vertex() -> None:
    assert not Field("f", np.ones(3)).values.flags.writeable
    for bad in (np.ones((3, 1)), np.array([np.nan]), np.array(["a"])):
        with pytest.raises(InputError, match="values of f"):
            Field("f", bad)


def test_colours_span_the_reference_where_there_is_one() -> None:
    field = Field("distance", np.array([0.5, 9.0]))
    assert field.spanned is field.values
    compared = Field("distance", field.values, reference=np.array([0.0, 2.0]))
    assert compared.spanned.tolist() == [0.0, 2.0]
    with pytest.raises(InputError, match="reference of distance"):
        Field("distance", field.values, reference=np.array([np.nan]))
