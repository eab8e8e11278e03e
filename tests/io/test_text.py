import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpstudio.base.context import RunContext
from kpstudio.base.errors import Cancelled, FormatError
from kpstudio.io import text
from kpstudio.io.text import Words, integers, numbers, pieces, table, unix_lines, without_comments
from kpstudio.io.text_writer import formatted

finite = st.floats(allow_nan=False, allow_infinity=False)


def chars(content: str | bytes) -> np.ndarray:
    return np.frombuffer(content if isinstance(content, bytes) else content.encode(), np.uint8)


@given(st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=30))
def test_written_numbers_read_back_bit_for_bit(rows: list[tuple[float, float, float]]) -> None:
    values = np.array(rows)
    written = b"".join(formatted("%r %r %r", values, RunContext()))
    read = numbers(chars(written)).reshape(-1, 3)
    assert read.tobytes() == values.tobytes()


@given(st.lists(st.integers(-(2**70), 2**70), min_size=1))
def test_whole_numbers_are_rounded_as_numbers_are(values: list[int]) -> None:
    content = " ".join(str(value) for value in values)
    expected = [float(value) for value in values]
    np.testing.assert_array_equal(numbers(chars(content)), expected)


def test_blank_text_has_no_numbers() -> None:
    assert len(numbers(chars(" \r\n\t"))) == 0
    assert len(integers(chars("\n"))) == 0


@pytest.mark.parametrize("content", ["1 2 x3 4", "1,5 2", "1 2\0 3", "0x12"])
def test_what_is_no_number_is_named(content: str) -> None:
    with pytest.raises(FormatError, match="stands where a number should be"):
        numbers(chars(content))


def test_what_is_no_index_is_named() -> None:
    with pytest.raises(FormatError, match=r"'2\.5' stands where an index"):
        integers(chars("1 2.5"))


def test_pieces_are_whole_lines_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 10)
    data = b"one two\nthree\nfour five six seven\n\neight"
    found = [piece.tobytes() for piece in pieces(data, RunContext())]
    assert b"".join(found) == data
    assert len(found) > 2
    assert all(piece.endswith(b"\n") for piece in found[:-1])


def test_pieces_report_progress_and_stop_when_cancelled() -> None:
    seen: list[float] = []
    context = RunContext(lambda fraction, _: seen.append(fraction))
    data = b"1 2 3\n" * (3 * text.PIECE // 6)
    parts = pieces(data, context)
    next(parts)
    next(parts)
    assert seen == sorted(seen)
    assert 0.0 < seen[-1] < 1.0
    context.cancel()
    with pytest.raises(Cancelled):
        next(parts)


def test_comments_end_with_their_line() -> None:
    content = chars("# all\n1 2 # rest # more\n3#\n4")
    assert without_comments(content).tobytes().split() == [b"1", b"2", b"3", b"4"]
    assert len(without_comments(content)) == len(content)


def test_words_know_their_lines() -> None:
    words = Words.find(chars("  v 1 2\n\n# nothing\nvt 3\nf"))
    np.testing.assert_array_equal(words.counts, [3, 2, 1])
    assert words.character(0).tobytes() == b"vvf"
    assert words.character(1).tobytes() == b" t\0"
    assert words.line(0) == "v 1 2"
    kept = words.of_lines(np.array([True, False, True]), skip=1)
    assert kept.tobytes().split() == [b"1", b"2"]


@given(st.lists(st.lists(finite, max_size=5), min_size=1), st.integers(1, 6))
def test_table_cuts_and_fills(rows: list[list[float]], columns: int) -> None:
    counts = np.array([len(row) for row in rows])
    values = np.array([value for row in rows for value in row], float)
    result = table(values, counts, columns)
    assert result.shape == (len(rows), columns)
    for line, row in zip(result, rows, strict=True):
        kept = row[:columns]
        np.testing.assert_array_equal(line[: len(kept)], kept)
        assert np.isnan(line[len(kept) :]).all()


def test_old_macintosh_line_ends() -> None:
    assert unix_lines(b"a\rb\r") == b"a\nb\n"
    assert unix_lines(b"a\r\nb\n") == b"a\r\nb\n"
