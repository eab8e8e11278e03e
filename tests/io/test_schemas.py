import pytest

from kpstudio.base.errors import FormatError
from kpstudio.io import schemas


@pytest.mark.parametrize("text", [b"", b"{", b'{"a": 1,}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json(text: bytes) -> None:
    with pytest.raises(FormatError, match="not valid JSON"):
        schemas.parse(text)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have(word: str) -> None:
    with pytest.raises(FormatError, match=word):
        schemas.parse(f'{{"a": {word}}}')


def test_a_byte_order_mark_is_no_content() -> None:
    assert schemas.parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_a_misfit_is_located() -> None:
    content = {"keypoints": [{"position": [0, 0, 0]}, {"position": [0, "x", 0]}]}
    with pytest.raises(FormatError, match=r"keypoints\[1\]\.position\[1\].*'x' is not of type"):
        schemas.check(content, "keypoints")


def test_newer_versions_are_refused() -> None:
    schemas.check_version({"version": 1}, 1)
    schemas.check_version({}, 1)
    schemas.check_version([], 1)
    with pytest.raises(FormatError, match=r"version 2 .* reads up to 1.*newer KP Studio"):
        schemas.check_version({"version": 2}, 1)
