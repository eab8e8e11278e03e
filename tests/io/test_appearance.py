import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kpstudio.io import appearance
from kpstudio.io.appearance import (
    decode_texture,
    encode_texture,
    face_colors_to_vertices,
    linear_from_srgb,
    sample_texture,
    split_seams,
    srgb_from_linear,
    with_alpha,
)


def test_srgb_and_linear_undo_each_other() -> None:
    levels = np.arange(256) / 255.0
    np.testing.assert_allclose(srgb_from_linear(linear_from_srgb(levels)), levels, atol=1e-12)
    assert linear_from_srgb(np.array([0.5]))[0] == pytest.approx(0.21404114)


def test_colors_are_taken_as_fractions_or_bytes() -> None:
    half = [[128, 0, 255, 255]]
    np.testing.assert_array_equal(with_alpha(np.array([[0.5, 0.0, 1.0]])), half)
    np.testing.assert_array_equal(with_alpha(np.array([[128.0, 0.0, 255.0]])), half)
    np.testing.assert_array_equal(with_alpha(np.array([[128, 0, 255]], np.uint8)), half)
    clear = np.array([[1, 2, 3, 4]], np.uint8)
    np.testing.assert_array_equal(with_alpha(clear), clear)


def test_the_first_face_of_a_vertex_colors_it() -> None:
    faces = np.array([[0, 1, 2], [3, 2, 1], [1, 3, 0]])
    colors = np.array([[1] * 4, [2] * 4, [3] * 4], np.uint8)
    result = face_colors_to_vertices(5, faces, colors)
    np.testing.assert_array_equal(result[:, 0], [1, 1, 1, 2, 255])


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0])), min_size=1))
def test_seams_give_every_vertex_one_coordinate(corners: list[tuple[int, float]]) -> None:
    vertices = np.array([vertex for vertex, _ in corners])
    uv = np.array([[u, 1 - u] for _, u in corners])
    split, copies, result = split_seams(vertices, uv, 6)
    # Every corner keeps its coordinate, every copy stands for the vertex it was made of.
    np.testing.assert_array_equal(result[split], uv)
    np.testing.assert_array_equal(np.append(np.arange(6), copies)[split], vertices)
    assert len(result) == 6 + len(copies)
    # No more copies than there are further coordinates.
    assert len(set(zip(vertices, uv[:, 0], strict=True))) == len(set(split.tolist()))
    assert all(vertex in split for vertex in vertices)


def test_textures_are_read_as_they_lie() -> None:
    texture = np.zeros((2, 2, 4), np.uint8)
    texture[0, 0] = 10  # upper left
    texture[1, 1] = 40  # lower right
    uv = np.array([[0.1, 0.9], [0.9, 0.1], [1.1, 1.9], [0.0, 0.0], [1.0, 1.0]])
    np.testing.assert_array_equal(sample_texture(texture, uv)[:3, 0], [10, 40, 10])


@pytest.mark.parametrize("opaque", [True, False])
def test_textures_survive_as_png(opaque: bool) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (5, 7, 4)).astype(np.uint8)
    if opaque:
        pixels[..., 3] = 255
    data = encode_texture(pixels)
    assert Image.open(io.BytesIO(data)).mode == ("RGB" if opaque else "RGBA")
    np.testing.assert_array_equal(decode_texture(data), pixels)


def test_a_picture_that_cannot_be_shown_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decode_texture(b"no picture") is None
    data = encode_texture(np.zeros((20, 20, 4), np.uint8))
    assert decode_texture(data[:60]) is None
    unusual = io.BytesIO()
    Image.new("RGB", (4, 4)).save(unusual, "PPM")  # the library could open it, and much worse
    assert decode_texture(unusual.getvalue()) is None
    monkeypatch.setattr(appearance, "PIXEL_LIMIT", 399)
    assert decode_texture(data) is None
