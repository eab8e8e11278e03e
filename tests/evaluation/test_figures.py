"""All figures of a detector, on a detector whose figures are known beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kpstudio.base.errors import InputError
from kpstudio.data.detection import Detection, Provenance
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.mesh import Mesh
from kpstudio.deformation.handling import distance_handling
from kpstudio.detectors.protocol import DetectorSpec
from kpstudio.evaluation.alignment import align_pairs, random_pairs
from kpstudio.evaluation.card import card_markdown, targets, write_card
from kpstudio.evaluation.figures import CONDITIONS, PAIRS, all_figures
from kpstudio.evaluation.subjects import Finding, Subject, examine, labelled
from tests import shapes

SIZES = [(1.0, 1.0, 1.0), (1.0, 0.5, 0.8), (0.6, 1.0, 0.9), (0.7, 0.9, 0.5), (0.5, 0.6, 1.0)]


class Corners:
    """Knows where the eight corners of a box are."""

    spec = DetectorSpec("corners", "Corners", "Corners of boxes.", object)

    def detect(
        self, mesh: Mesh, orientation: Any = None, parameters: Any = None, ctx: Any = None
    ) -> Detection:
        corners = box_corners(mesh)
        handling = distance_handling(mesh, corners, mesh.normalisation())
        return Detection(KeypointSet(corners), Provenance("corners"), handling=handling)


def box_corners(mesh: Mesh) -> np.ndarray:
    low, high = mesh.bounds
    return np.array([np.where([i & 1, i & 2, i & 4], high, low) for i in range(8)])


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    meshes = [shapes.box(size, divisions=3) for size in SIZES]
    boxes = [Mesh(mesh.vertices * 40.0 + 7.0, mesh.faces, mesh.name) for mesh in meshes]
    subjects = [Subject(f"box {i}", box, box_corners(box)) for i, box in enumerate(boxes)]
    return examine(subjects, Corners(), None)


def test_a_perfect_detector_is_perfectly_consistent(findings: list[Finding]) -> None:
    figures = all_figures(findings[:3], findings[3:])
    scored = figures["consistency"]
    assert (scored["das"], scored["pck"]) == (1.0, 1.0)
    assert set(scored["baselines"]) == {"random points", "farthest points", "box copy"}
    assert scored["baselines"]["random points"]["das"] < 0.5
    assert figures["surface_distance"]["mean"] < 1e-9
    assert not [target for target in targets(figures, "real")[:2] if not target.met]


def test_alignment_goes_the_way_of_the_application(findings: list[Finding]) -> None:
    found = align_pairs(findings, random_pairs(12, len(findings), seed=1))
    assert found.pairs == 12
    assert found.after < 0.3 * found.before
    # Boxes stretched to boxes are the target, but for the sampling.
    assert found.box < 0.1 * found.before


def test_no_way_to_align_without_a_handling(findings: list[Finding]) -> None:
    bare = Detection(findings[0].detection.keypoints, Provenance("bare"))
    broken = [Finding(f.subject, bare, f.frame, f.samples) for f in findings]
    with pytest.raises(InputError, match="does not move meshes such as box"):
        align_pairs(broken, [(0, 1)])


def test_pairs_are_of_different_shapes_and_repeatable() -> None:
    pairs = random_pairs(200, 3, seed=4)
    assert all(source != target for source, target in pairs)
    assert {index for pair in pairs for index in pair} == {0, 1, 2}
    assert pairs == random_pairs(200, 3, seed=4)
    with pytest.raises(InputError):
        random_pairs(1, 1)


def test_shapes_without_landmarks_have_no_consistency(findings: list[Finding]) -> None:
    plain = [
        Finding(Subject("plain", f.subject.mesh), f.detection, f.frame, f.samples) for f in findings
    ]
    figures = all_figures(findings, plain)
    assert figures["consistency"] is None
    assert figures["alignment"]["pairs"] == PAIRS
    assert len(targets(figures, "real")) == 2


def test_shapes_on_which_no_landmark_is_known_do_not_count(findings: list[Finding]) -> None:
    lost = [replace(f, subject=replace(f.subject, known=np.zeros(8, bool))) for f in findings[:2]]
    assert labelled(lost) is None
    scored = all_figures([*lost, *findings[2:]], [*findings, *lost])["consistency"]
    assert scored["shapes"] == len(findings)
    assert scored["das"] == 1.0


def test_a_card_says_it_all(findings: list[Finding], tmp_path: Any) -> None:
    figures = all_figures(findings[:3], findings[3:])
    card = {
        "title": "Boxes", "summary": "Corners of boxes.", "command": "kpstudio train boxes",
        "data": {"procedural_shapes": 3}, "training": {"seconds": 1.25, "seed": 0},
        "keypoints": ["a", "b"], "conditions": dict(CONDITIONS), "figures": {"real": figures},
        "comparison": {"other head": {"real": figures}},
        "targets": [{"shapes": "real", **vars(target)} for target in targets(figures, "real")],
        "notes": ["Boxes only."],
    }  # fmt: skip
    write_card(tmp_path / "boxes.json", card)
    text = (tmp_path / "boxes.md").read_text()
    assert text == card_markdown(card)
    for part in ("# Boxes", "kpstudio train boxes", "| box copy |", "other head", "- [x] real",
                 "seed: 0", "normalisation", "0.1 of the bounding box", "Boxes only."):  # fmt: skip
        assert part in text
