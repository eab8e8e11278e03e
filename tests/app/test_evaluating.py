from __future__ import annotations

from pathlib import Path

import pytest

from kpstudio.app.evaluating import DISTURBANCES, EvaluateOptions
from kpstudio.data.keypoints import KeypointSet
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from kpstudio.evaluation.disturbances import parse
from kpstudio.io.registry import save_keypoints
from tests import shapes


@pytest.fixture
def opened(studio):
    def put(*names: str) -> None:
        for name in names:
            item = Item(Shape(shapes.torus()), name)
            studio.history.push(Insert(item, len(studio.document), "Open"))

    return put


def options(**changes) -> EvaluateOptions:
    return EvaluateOptions(
        **{"detectors": ("iss",), "count": 6, "disturbances": ("none",)} | changes
    )


@pytest.fixture
def finish(studio, mailbox):
    def wait(**changes):
        studio.evaluating.options.set(options(**changes))
        studio.evaluating.run()
        assert studio.evaluating.is_running
        assert mailbox.process(lambda: not studio.evaluating.is_running)
        return studio.evaluating.finished

    return wait


def test_open_shapes_of_one_name_are_told_apart(opened, finish) -> None:
    opened("ring", "ring")
    finished = finish()
    assert [one.name for one in finished.evaluation.shapes] == ["ring", "ring (2)"]
    assert finished.evaluation.value("iss", "keypoints") is not None
    assert finished.evaluation.conditions["timing"] == "with what was kept of a shape"


def test_annotated_keypoints_are_found_by_name(opened, finish, tmp_path: Path) -> None:
    opened("ring")
    save_keypoints(tmp_path / "ring.json", KeypointSet(shapes.torus().vertices[:4]))
    finished = finish(truth=tmp_path)
    assert finished.evaluation.shapes[0].annotated == 4
    assert finished.evaluation.value("iss", "iou_cloud", threshold=0.05) is not None


def test_the_report_is_written_in_the_background(opened, finish, studio, mailbox) -> None:
    opened("ring")
    finish()
    assert {one.detector for one in studio.evaluating.pictured()} == {"iss", "random", "farthest"}
    written: list[Path] = []
    studio.evaluating.write_report(None, {}, written.append)
    assert mailbox.process(lambda: bool(written))
    assert "ring" in written[0].read_text("utf-8")


def test_a_cancelled_run_delivers_nothing(opened, studio, mailbox) -> None:
    opened("ring")
    studio.evaluating.options.set(options())
    studio.evaluating.run()
    studio.evaluating.cancel()
    assert not studio.evaluating.is_running
    mailbox.process(lambda: False, timeout=0.5)
    assert studio.evaluating.finished is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [({}, "no shape is open"), ({"detectors": ()}, "no detector is chosen"),
     ({"folder": Path("nowhere")}, "is not a folder")],
)  # fmt: skip
def test_what_cannot_be_is_told(finish, studio, changes, message) -> None:
    told = []
    studio.notified.connect(told.append)
    assert finish(**changes) is None
    assert message in told[0].text


def test_failures_are_told_with_the_first_reason(opened, studio, finish) -> None:
    cloud = shapes.torus()
    bare = type(cloud)(cloud.vertices, cloud.faces[:0], "dust")
    studio.history.push(Insert(Item(Shape(bare)), 0, "Open"))
    told = []
    studio.notified.connect(told.append)
    finished = finish(detectors=("meshdog",))
    assert len(finished.evaluation.failures) == 2
    assert "2 of 6 measurements failed" in told[0].text
    assert "meshdog on dust" in told[0].detail


def test_disturbances_on_offer_are_known() -> None:
    assert [parse(name).name for name in DISTURBANCES] == list(DISTURBANCES)
