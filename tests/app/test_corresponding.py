"""The matches of two open shapes: found, corrected, undone, kept in step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kpstudio.app.corrections import Corrections
from kpstudio.app.descriptors import Probe
from kpstudio.app.mapping import PLACES
from kpstudio.app.pairing import MatchOptions, Method
from kpstudio.app.registering import angle_of, matrix_text, shift_of
from kpstudio.app.transfers import What
from kpstudio.data.correspondence import Correspondence
from kpstudio.matching.assign import Rule
from kpstudio.matching.dense import DenseParameters
from tests.paired import COUNT, MOTION, ORDER, pair

SMALL = DenseParameters(start=20, finish=40, samples=300)


@pytest.fixture
def two(studio, add, settle):
    """Both shapes of a pair, matched."""
    first, second, _ = pair()
    ids = add(first), add(second)
    options = MatchOptions(Method.WAVE, Rule.ONE_TO_ONE)
    studio.corresponding.state.update(options=options)
    studio.corresponding.run()
    settle()
    return ids


def pairs(studio):
    return [tuple(int(one) for one in pair) for pair in studio.corresponding.matches.pairs]


def test_the_first_two_shapes_are_paired_up_and_matched_when_asked(studio, two):
    state = studio.corresponding.state.value
    assert (state.source, state.target) == two
    assert pairs(studio) == [(i, int(ORDER[i])) for i in range(COUNT)]
    assert studio.corresponding.names(0) == ("place 0", str(ORDER[0]))
    assert studio.corresponding.shown is studio.corresponding.matches
    assert studio.corresponding.matched(two[0]).all()
    assert studio.corresponding.matched(999) is None


def test_a_cut_match_is_gone_until_it_is_undone(studio, two):
    before, saved = pairs(studio), studio.has_unsaved_work
    studio.corresponding.cut([2, 0])
    assert pairs(studio) == [before[1], *before[3:]]
    assert studio.history.undo_label == "Cut 2 matches"
    assert studio.has_unsaved_work is saved  # no project holds matches
    assert not studio.corresponding.matched(two[0])[[0, 2]].any()
    studio.history.undo()
    assert pairs(studio) == before
    studio.history.redo()
    assert len(pairs(studio)) == COUNT - 2
    studio.corresponding.forget_corrections()
    assert pairs(studio) == before
    assert not studio.corresponding.is_corrected


def test_a_drawn_match_takes_both_keypoints_from_their_partners(studio, two, settle):
    studio.corresponding.draw(0, int(ORDER[1]))
    assert (0, int(ORDER[1])) in pairs(studio)
    assert len(pairs(studio)) == COUNT - 1
    row = studio.corresponding.row_of(two[0], 0)
    assert studio.corresponding.is_drawn(row)
    assert studio.corresponding.matches.confidence[row] == 1.0
    assert studio.history.undo_label == f"Match place 0 with {ORDER[1]}"
    studio.corresponding.run()  # what was found anew is corrected in the same way
    settle()
    assert (0, int(ORDER[1])) in pairs(studio)


def test_matches_follow_the_keypoints_and_the_options(studio, two, settle):
    item = studio.document.find(two[1])
    shape = item.value
    fewer = replace(
        shape,
        keypoints=replace(shape.keypoints, defined=np.arange(COUNT) != ORDER[3]),
    )
    studio.corresponding.draw(0, int(ORDER[0]))
    studio.edits.set_detection(two[1], fewer, "Detect")
    settle()
    assert (3, int(ORDER[3])) not in pairs(studio)
    studio.corresponding.state.update(options=MatchOptions(Method.ORDER))
    settle()
    assert (4, 4) in pairs(studio)
    studio.corresponding.state.update(options=MatchOptions(Method.DETECTOR))
    settle()
    assert "no descriptors in common" in studio.corresponding.problem


def test_closing_a_shape_ends_the_pair_and_another_one_fills_in(studio, two, add, settle):
    studio.edits.remove(two[1])
    settle()
    assert studio.corresponding.items is None
    assert studio.corresponding.matches is None
    other = add(pair()[1])
    assert studio.corresponding.state.value.target == other
    assert not studio.corresponding.state.value.shown
    studio.corresponding.swap()
    assert studio.corresponding.state.value.source == other


def test_a_match_lights_up_from_either_side_and_from_the_table(studio, two):
    told = []
    studio.corresponding.highlight_changed.connect(lambda: told.append(1))
    studio.selection.select_item(two[0])
    studio.selection.hover(4)
    assert studio.corresponding.highlighted == (4,)
    assert studio.corresponding.hovered_on(two[1]) == ORDER[4]
    studio.selection.hover(None)
    assert studio.corresponding.highlighted == ()
    studio.corresponding.hover(2)
    assert studio.corresponding.hovered_on(two[0]) == 2
    studio.corresponding.choose([5])
    assert studio.corresponding.highlighted == (5, 2)
    assert len(told) == 4


def test_corrections_as_such():
    found = Correspondence([[0, 1], [1, 0], [2, 2]], np.array([0.5, 0.6, 0.7]))
    corrections = Corrections().without([(1, 0)]).joined((3, 2))
    result = corrections.apply(found)
    assert result.pairs.tolist() == [[0, 1], [3, 2]]
    assert result.confidence.tolist() == [0.5, 1.0]
    assert corrections.joined((1, 0)).apply(found).pairs.tolist() == [[0, 1], [1, 0], [3, 2]]
    assert corrections.without([(3, 2)]).apply(found).pairs.tolist() == [[0, 1], [2, 2]]


def test_registering_carries_the_source_onto_the_target(studio, two, settle):
    studio.registering.run()
    assert studio.registering.is_running
    settle()
    found = studio.registering.registration
    turn = np.degrees(np.linalg.norm([0.3, -0.5, 0.2]))
    assert angle_of(found) == pytest.approx(turn, abs=0.1)
    mesh = studio.document.find(two[0]).value.mesh
    goal = np.linalg.norm(MOTION.apply(mesh.origin[None])[0] - mesh.origin)
    assert shift_of(found, mesh) == pytest.approx(goal, abs=0.01)
    rows = [[float(one) for one in row.split()] for row in matrix_text(found).splitlines()]
    assert np.array(rows) == pytest.approx(MOTION.matrix, abs=0.01)
    studio.registering.apply()
    assert studio.history.undo_label == "Register to second"
    moved = studio.document.find(two[0]).value
    assert moved.mesh.vertices == pytest.approx(MOTION.apply(mesh.vertices), abs=0.01)
    assert studio.registering.registration is None  # it is there now
    studio.history.undo()
    assert studio.document.find(two[0]).value.mesh is mesh
    settle()


def test_a_dense_map_transfers_in_one_step_and_finds_places(studio, two, settle):
    mapping = studio.mapping
    mapping.run(SMALL)
    settle()
    assert mapping.maps is not None
    first, second = (studio.document.find(one) for one in two)
    mapping.set_finding(True)
    vertex = 17
    studio.descriptors.state.update(probe=Probe(two[0], vertex))
    settle()
    here, there = (mapping.find(item, PLACES) for item in (first, second))
    assert here.values.argmax() == vertex
    assert there.values.argmax() == mapping.maps.there.vertices[vertex]
    assert mapping.mark(second).vertex == mapping.maps.there.vertices[vertex]
    assert mapping.mark(first) is None
    assert [one.key for one in mapping.choices(first.value)] == [PLACES]
    mapping.set_finding(False)
    assert mapping.find(first, PLACES) is None
    mapping.transfer(What())
    assert studio.history.undo_label == "Transfer from first"
    after = studio.document.find(two[1]).value
    assert after.keypoints.schema.names == first.value.keypoints.schema.names
    settle()
    studio.history.undo()
    assert studio.document.find(two[1]).value is second.value
    settle()


def test_without_a_map_places_are_found_by_descriptors(studio, two, settle):
    _, second, now = pair()
    studio.mapping.set_finding(True)
    studio.descriptors.state.update(probe=Probe(two[0], 40))
    settle()
    field = studio.mapping.find(studio.document.find(two[1]), PLACES)
    assert field.values[now[40]] == pytest.approx(1.0, abs=1e-3)
    assert field.values.min() >= 0.0
    assert len(field.values) == len(second.mesh.vertices)
