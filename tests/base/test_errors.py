from pathlib import Path

import pytest

from kpstudio.base import errors
from kpstudio.base.errors import FileError, FormatError, KPStudioError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KPStudioError("it broke"), "it broke"),
        (KPStudioError("it broke", remedy="Mend it."), "it broke. Mend it."),
        (
            FileError("is gone", remedy="Look.", path="a/b.ply"),
            f"{Path('a/b.ply')}: is gone. Look.",
        ),
        (KPStudioError("it broke.", remedy="Mend it."), "it broke. Mend it."),
    ],
)
def test_the_message_names_file_and_remedy(error: KPStudioError, text: str) -> None:
    assert str(error) == text


def test_a_file_is_filled_in_once() -> None:
    error = FormatError("is damaged")
    assert error.at("a.ply") is error
    assert error.at("b.ply").path == Path("a.ply")


def test_one_family() -> None:
    kinds = [errors.InputError, errors.ParameterError, FileError, FormatError, errors.ModelError,
             errors.PluginError]  # fmt: skip
    assert all(issubclass(kind, KPStudioError) for kind in kinds)
    assert issubclass(FormatError, FileError)
