"""Matches, registration and dense maps of two shapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.carrying import carried
from kpstudio.app.pairing import (
    MatchOptions,
    Method,
    Verification,
    dense_pair,
    match,
    register_shapes,
    vertices_at,
)
from kpstudio.app.transfers import What, transfer
from kpstudio.base.errors import InputError, ParameterError
from kpstudio.data.correspondence import Correspondence
from kpstudio.data.detection import Handling
from kpstudio.geometry.procrustes import Similarity
from kpstudio.matching.assign import Rule
from kpstudio.matching.dense import DenseParameters
from tests.described import place_descriptor
from tests.handled import handled_shape
from tests.paired import COUNT, MOTION, ORDER, pair

TRUE = np.stack([np.arange(COUNT), ORDER], axis=1)
SMALL = DenseParameters(start=20, finish=60, samples=400)


@pytest.mark.parametrize("method", [Method.FPFH, Method.HEAT, Method.WAVE])
def test_the_same_places_are_matched_whatever_their_order(method):
    first, second, _ = pair(rounds=3)  # of fewer faces FPFH sees too few
    found = match(first, second, MatchOptions(method, Rule.ONE_TO_ONE))
    assert np.array_equal(found.pairs, TRUE)
    assert found.confidence.min() > 0.5


def test_by_order_and_by_the_descriptors_of_the_detector():
    first, second, _ = pair()
    by_order = match(first, second, MatchOptions(Method.ORDER))
    assert np.array_equal(by_order.pairs, np.stack([np.arange(COUNT)] * 2, axis=1))
    with pytest.raises(InputError, match="no descriptors in common"):
        match(first, second, MatchOptions(Method.DETECTOR))
    described = [
        replace(shape, detection=replace(shape.detection, descriptors=(place_descriptor(mesh),)))
        for shape, mesh in ((first, first.mesh), (second, second.mesh))
    ]
    found = match(*described, MatchOptions(Method.DETECTOR))
    assert 0 < len(found) <= COUNT
    with pytest.raises(InputError, match="no keypoints"):
        match(replace(first, keypoints=None), second, MatchOptions())


def test_matches_that_do_not_agree_on_one_motion_are_left_out():
    first, second, _ = pair()
    wrong = second.keypoints.positions.copy()
    wrong[ORDER[0]] += 0.4
    moved = replace(second, keypoints=second.keypoints.moved(wrong))
    options = MatchOptions(Method.HEAT, Rule.ONE_TO_ONE, verify=Verification.RIGID)
    found = match(first, moved, options)
    assert len(found) < COUNT
    assert {tuple(one) for one in found.pairs} <= {tuple(one) for one in TRUE[1:]}
    larger = carried(second, Similarity(np.eye(3), 3.0, np.zeros(3)))
    assert len(match(first, larger, replace(options, verify=Verification.SIMILAR))) == COUNT


@pytest.mark.parametrize("wrong", [{"ratio": 0.0}, {"tolerance": -1.0}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError):
        MatchOptions(**wrong)


@pytest.mark.parametrize("matched", [True, False])
def test_registration_finds_the_motion(matched):
    first, second, _ = pair(rounds=3)
    found = register_shapes(first, second, Correspondence(TRUE) if matched else None)
    assert found.transform.rotation == pytest.approx(MOTION.rotation, abs=1e-4)
    assert found.transform.translation == pytest.approx(MOTION.translation, abs=1e-3)
    assert found.overlap == pytest.approx(1.0)
    moved = carried(first, found.transform)
    places = moved.keypoints.positions
    assert places == pytest.approx(second.keypoints.positions[ORDER], abs=1e-3)


def test_a_dense_map_brings_everything_over():
    first, second, now = pair(rounds=3)
    maps = dense_pair(first, second, Correspondence(TRUE), SMALL)
    right = (maps.there.vertices == now).mean()
    assert right > 0.98
    result = transfer(first, second, maps)
    places = result.keypoints.positions
    assert places == pytest.approx(second.keypoints.positions[ORDER], abs=1e-6)
    assert result.keypoints.schema.names == first.keypoints.schema.names
    assert result.others == (second.detection,) or result.others == ()
    labels, height = result.detection.fields
    back = np.argsort(now)
    assert set(np.unique(labels.values)) <= {0.0, 1.0}
    assert (labels.values == first.detection.fields[0].values[back]).mean() > 0.98
    assert np.abs(height.values - first.detection.fields[1].values[back]).mean() < 0.01
    colors = result.mesh.appearance.colors
    assert (colors == first.mesh.appearance.colors[back]).mean() > 0.97
    assert result.mesh.key == second.mesh.key


def test_only_what_is_wanted_is_brought_over():
    first, second, _ = pair()
    maps = dense_pair(first, second, Correspondence(TRUE), SMALL)
    fields = transfer(first, second, maps, What(keypoints=False, colors=False))
    assert fields.keypoints is second.keypoints
    assert fields.mesh is second.mesh
    assert [one.name for one in fields.detection.fields] == ["labels", "height"]
    assert fields.detection.fields[0] is not second.detection.fields[0]
    bare = replace(second, detection=None, keypoints=None)
    assert len(transfer(first, bare, maps, What(False, True, False)).detection.fields) == 2
    with pytest.raises(InputError, match="nothing"):
        transfer(first, second, maps, What(False, False, False))
    with pytest.raises(InputError, match="other meshes"):
        transfer(first, handled_shape(), maps)


def test_keypoints_have_vertices():
    first, second, now = pair()
    assert np.array_equal(now[vertices_at(first)], vertices_at(second)[ORDER])


def test_a_shape_is_carried_with_all_that_was_found_on_it():
    shape = handled_shape()
    motion = Similarity(MOTION.rotation, 2.0, MOTION.translation)
    found = carried(shape, motion)
    assert found.mesh.vertices == pytest.approx(motion.apply(shape.mesh.vertices))
    assert found.deformed is found.mesh
    assert found.keypoints is found.detection.keypoints
    assert found.keypoints.positions == pytest.approx(motion.apply(shape.keypoints.positions))
    assert found.detection.raw == pytest.approx(motion.apply(shape.detection.raw))
    handling = found.detection.handling
    assert isinstance(handling, Handling)
    cage = shape.detection.handling.cage.vertices
    assert handling.cage.vertices == pytest.approx(motion.apply(cage))
    assert handling.prior is None  # its axes are not those of the file any more
    shift = Similarity(np.eye(3), 1.0, np.array([1.0, 2.0, 3.0]))
    assert carried(shape, shift).detection.handling.prior is not None
    back = carried(found, motion.inverted())
    assert back.mesh.vertices == pytest.approx(shape.mesh.vertices, abs=1e-12)


def test_an_edited_shape_stays_edited_when_it_is_carried():
    shape = handled_shape()
    edited = shape.edited(
        shape.keypoints.moved(shape.keypoints.positions + 0.1), shape.mesh.vertices * 1.1
    )
    found = carried(edited, MOTION)
    assert found.is_deformed
    assert found.current.vertices == pytest.approx(MOTION.apply(edited.current.vertices))
    assert found.keypoints.positions == pytest.approx(MOTION.apply(edited.keypoints.positions))
