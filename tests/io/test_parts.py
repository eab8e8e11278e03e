from dataclasses import replace

import numpy as np

from kpstudio.data.mesh import Appearance
from kpstudio.io.parts import baked_colors, merge_parts, split_parts
from tests.io.examples import colored, textured
from tests.shapes import box, grid, torus


def test_merging_puts_one_part_after_the_other() -> None:
    parts = [box(), torus(5, 4), grid(3, 3)]
    merged = merge_parts(parts, "all")
    np.testing.assert_array_equal(merged.vertices, np.concatenate([p.vertices for p in parts]))
    triangles = [part.vertices[part.faces] for part in parts]
    np.testing.assert_array_equal(merged.vertices[merged.faces], np.concatenate(triangles))
    assert merged.appearance is None


def test_one_part_keeps_its_arrays() -> None:
    mesh = colored()
    merged = merge_parts([mesh], "renamed")
    assert merged.vertices is mesh.vertices
    assert merged.appearance is mesh.appearance
    assert merged.name == "renamed"


def test_splitting_and_merging_cover_the_same_triangles() -> None:
    mesh = colored(torus(7, 5))
    groups = [np.arange(0, 70, 2), np.array([], int), np.arange(1, 70, 2)]
    parts = split_parts(mesh, groups, ["even", "none", "odd"])
    assert [part.name for part in parts] == ["even", "odd"]
    merged = merge_parts(parts, "all")
    expected = mesh.vertices[mesh.faces[np.concatenate(groups)]]
    np.testing.assert_array_equal(merged.vertices[merged.faces], expected)
    assert mesh.appearance is not None
    assert mesh.appearance.colors is not None
    assert merged.appearance is not None
    assert merged.appearance.colors is not None
    shades = mesh.appearance.colors[mesh.faces[np.concatenate(groups)]]
    np.testing.assert_array_equal(merged.appearance.colors[merged.faces], shades)


def test_parts_keep_the_order_of_their_vertices() -> None:
    (part,) = split_parts(torus(7, 5), [np.array([30, 3, 12])], ["some"])
    used = np.unique(torus(7, 5).faces[[30, 3, 12]])
    np.testing.assert_array_equal(part.vertices, torus(7, 5).vertices[used])


def test_a_tinted_texture_is_baked_as_it_looks() -> None:
    mesh = textured()
    assert mesh.appearance is not None
    look = Appearance(
        np.full((len(mesh.vertices), 4), 128, np.uint8), mesh.appearance.uv,
        np.full((1, 1, 4), 200, np.uint8),
    )  # fmt: skip
    np.testing.assert_array_equal(baked_colors(replace(mesh, appearance=look)), 200 * 128 // 255)
    assert baked_colors(box()) is None
