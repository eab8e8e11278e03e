"""Opening, saving, themes, notices and the end of the window."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDockWidget

from kpstudio.app import operations
from kpstudio.app.notices import Level, Notice
from kpstudio.data.shape import Shape
from kpstudio.ui import questions
from tests.handled import LEFT, handled_shape

CTRL = Qt.KeyboardModifier.ControlModifier
NO_KEY = Qt.KeyboardModifier.NoModifier
DISCARD, BACK, SAVE = questions.Keep.DISCARD, questions.Keep.BACK, questions.Keep.SAVE


def drop(window, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, NO_KEY
    enter = QDragEnterEvent(QPoint(500, 300), copy, data, button, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert window.area.drop.isVisible()
    event = QDropEvent(QPointF(500, 300), copy, data, button, none)
    QApplication.sendEvent(window, event)
    assert not window.area.drop.isVisible()


def changed_part(before: QImage, after: QImage) -> float:
    """Part of the pixels of a coarse grid that differ."""
    places = [(x, y) for x in range(4, before.width(), 11) for y in range(4, before.height(), 11)]
    return sum(before.pixel(x, y) != after.pixel(x, y) for x, y in places) / len(places)


def colors_of(image: QImage) -> int:
    """Number of different colours in a coarse grid of an image's pixels."""
    return len({image.pixel(x, y) for x in range(2, image.width(), 9)
                for y in range(2, image.height(), 9)})  # fmt: skip


def viewport_image(window) -> QImage:
    """The viewport's part of a picture of the whole window."""
    picture = window.grab().toImage()
    corner = window.viewport.mapTo(window, QPoint(0, 0))
    return picture.copy(corner.x(), corner.y(), window.viewport.width(), window.viewport.height())


# --- in and out --------------------------------------------------------------------------------


def test_a_dropped_mesh_is_opened_and_drawn(window, settle, box_file):
    assert window.area.empty.isVisible()
    bare = viewport_image(window)
    drop(window, [box_file])
    settle()
    assert window.studio.selected.name == "box"
    assert not window.area.empty.isVisible()
    assert changed_part(bare, viewport_image(window)) > 0.1
    assert "vertices" in window.status.mesh.text()


def test_a_drag_that_leaves_takes_the_hint_away(window, box_file):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(box_file))])
    event = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data,
                            Qt.MouseButton.LeftButton, NO_KEY)  # fmt: skip
    QApplication.sendEvent(window, event)
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.area.drop.isVisible()


def test_dropped_text_is_refused(window):
    data = QMimeData()
    data.setText("hello")
    event = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data,
                            Qt.MouseButton.LeftButton, NO_KEY)  # fmt: skip
    event.ignore()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()


def test_a_bad_file_is_told_in_the_window_and_nothing_is_lost(window, add, settle, tmp_path):
    item_id = add()
    bad = tmp_path / "broken.ply"
    bad.write_bytes(b"ply\nformat ascii 1.0\nelement vertex 9\n")
    drop(window, [bad])
    settle()
    (card,) = window.area.notices.cards
    assert card.isVisible()
    assert "broken.ply" in card.notice.text
    assert window.studio.selection.item_id == item_id
    QTest.mouseClick(card.dismiss, Qt.MouseButton.LeftButton)


def test_save_and_open_again_gives_the_same(window, add, settle, tmp_path, monkeypatch):
    item_id = add()
    session = window.studio.edits.begin_drag(item_id, (LEFT,))
    session.move((0.2, 0.1, 0.0))
    session.commit()
    saved = window.studio.document.find(item_id).value
    path = tmp_path / "wing.kpstudio"
    monkeypatch.setattr(questions, "ask_save", lambda *_: path)
    QTest.keyClick(window, Qt.Key.Key_S, CTRL)
    settle()
    assert window.windowTitle().startswith("wing \N{EN DASH}")
    window.studio.edits.remove(item_id)
    monkeypatch.setattr(questions, "ask_keep", lambda *_: DISCARD)
    drop(window, [path])
    settle()
    again = window.studio.selected.value
    assert np.array_equal(again.current.vertices, saved.current.vertices)
    assert np.array_equal(again.keypoints.positions, saved.keypoints.positions)


def test_recent_files_are_in_the_menu(window, settle, box_file):
    window.open([box_file])
    settle()
    recent = next(action.menu() for action in window.menus["File"].actions()
                  if action.menu() and action.text() == "Open recent")  # fmt: skip
    recent.aboutToShow.emit()
    assert recent.actions()[0].text() == "box.ply"


# --- closing -----------------------------------------------------------------------------------


@pytest.fixture
def answer(monkeypatch):
    """Answer the question about unsaved changes; count how often it was asked."""
    asked: list[questions.Keep] = []

    def will_be(keep: questions.Keep) -> list[questions.Keep]:
        monkeypatch.setattr(questions, "ask_keep", lambda *_: asked.append(keep) or keep)
        return asked

    return will_be


def edit(window, add) -> int:
    item_id = add()
    window.studio.edits.rename(item_id, "wing")
    return item_id


def test_the_title_has_a_star_for_unsaved_work(window, add, qtbot):
    edit(window, add)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Untitled *"))


def test_going_back_keeps_the_window(window, add, answer):
    asked = answer(BACK)
    edit(window, add)
    assert not window.close()
    assert window.isVisible()
    assert asked == [BACK]


def test_discarding_closes_the_window(window, add, answer):
    answer(DISCARD)
    edit(window, add)
    assert window.close()
    assert not window.isVisible()


def test_saving_closes_the_window_when_the_file_is_there(
    window, add, answer, tmp_path, monkeypatch
):
    answer(SAVE)
    path = tmp_path / "kept.kpstudio"
    monkeypatch.setattr(questions, "ask_save", lambda *_: path)
    edit(window, add)
    assert window.close()
    assert path.is_file()


def test_a_save_that_fails_keeps_the_window(window, add, answer, tmp_path, monkeypatch):
    answer(SAVE)
    monkeypatch.setattr(questions, "ask_save", lambda *_: tmp_path / "none" / "kept.kpstudio")
    edit(window, add)
    assert not window.close()
    assert window.isVisible()
    assert window.area.notices.cards[-1].notice.level is Level.ERROR


def test_nothing_is_asked_when_nothing_was_done(window, settle, box_file, answer):
    asked = answer(BACK)
    window.open([box_file])
    settle()
    assert window.close()
    assert asked == []


def test_work_under_way_is_stopped_by_closing(window, add):
    add()
    window.studio.detecting.choose("farthest-points")
    window.studio.detecting.run()
    window.finish()
    assert window.studio.jobs.idle


# --- look --------------------------------------------------------------------------------------


def test_both_themes_colour_the_window_and_the_viewport(window, add, settle):
    add()
    light = {}
    for name in ("dark", "light"):
        window.themes.use(name)
        settle()
        picture = window.grab().toImage()
        light[name] = [picture.pixelColor(5, 5).lightness(),
                       viewport_image(window).pixelColor(12, 60).lightness()]  # fmt: skip
    assert light["dark"][0] < 90 < 160 < light["light"][0]
    assert light["dark"][1] + 50 < light["light"][1]


def test_the_theme_is_remembered(window):
    QTest.keyClick(window, Qt.Key.Key_T, CTRL)
    assert window.themes.current.name == "light"
    assert window.studio.settings.get("theme", "dark") == "light"
    assert window.display.theme.currentData() == "light"


def test_floating_a_dock_keeps_the_viewport_alive(window, add, settle, qtbot):
    add()
    window.studio.view.update(field="displacement")
    dock = next(dock for dock in window.docks.all if dock.objectName() == "keypoints")
    dock.setFloating(True)
    settle()
    qtbot.wait(100)
    assert colors_of(viewport_image(window)) > 10
    dock.setFloating(False)
    settle()


def test_a_tab_that_floats_has_its_title_back(window, qtbot):
    dock = next(dock for dock in window.docks.all if dock.objectName() == "align")
    qtbot.waitUntil(lambda: dock.titleBarWidget() is not None)
    dock.setFloating(True)
    assert dock.titleBarWidget() is None
    window.docks.reset()
    qtbot.waitUntil(lambda: dock.titleBarWidget() is not None)


def test_the_layout_is_remembered(window, qtbot):
    window.docks.raise_panel("display")
    dock = window.findChild(QDockWidget, "history")
    dock.hide()
    window.docks.keep()
    window.docks.reset()
    assert not dock.isHidden()
    assert window.docks.restore()
    assert dock.isHidden()


def test_a_damaged_layout_is_ignored(window):
    window.studio.settings.put("layout", "no base64!")
    window.studio.settings.put("geometry", "%%%")
    assert not window.docks.restore()
    assert window.isVisible()


def test_no_panel_is_wider_than_its_dock_at_1280_by_800(window, add, qtbot):
    window.resize(1280, 800)
    add()
    for panel in (window.detect, window.prior, window.align, window.display):
        window.docks.raise_panel(panel.name)
        area = panel.parentWidget()
        qtbot.waitUntil(lambda panel=panel, area=area: panel.width() <= area.width())
        assert panel.minimumSizeHint().width() <= area.width(), panel.name


# --- notices -----------------------------------------------------------------------------------


def test_an_error_stays_and_the_same_one_is_shown_once(window):
    for _ in range(3):
        window.studio.notify(Notice(Level.ERROR, "disk full", "Free some space."))
    assert len(window.area.notices.cards) == 1
    assert not window.area.notices.cards[0]._age.isActive()


def test_a_notice_is_put_away_by_its_button(window, qtbot):
    window.studio.notify(Notice(Level.ERROR, "disk full"))
    (card,) = window.area.notices.cards
    QTest.mouseClick(card.dismiss, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.area.notices.cards)
    assert not window.area.notices.isVisible()


def test_few_notices_at_once(window):
    for index in range(6):
        window.studio.notify(Notice(Level.WARNING, f"notice {index}"))
    assert [card.notice.text for card in window.area.notices.cards] == [
        "notice 3", "notice 4", "notice 5",
    ]  # fmt: skip


def test_a_running_job_is_shown_and_can_be_cancelled(window, qtbot):
    def work(context):
        context.progress(0.5, "half way")
        while True:
            context.check()
            time.sleep(0.01)

    job = window.studio.jobs.submit("key", "Counting sheep", work, print, print)
    qtbot.waitUntil(window.status.bar.isVisible)
    qtbot.waitUntil(lambda: window.status.bar.value() == 500)
    assert window.status.job.text() == "Counting sheep: half way"
    QTest.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    assert job.context.cancelled.is_set()
    assert not window.status.bar.isVisible()


def test_a_number_of_keypoints_is_not_told_when_it_is_another(window, add):
    shape = handled_shape()
    item_id = add(shape)
    window.studio.notify(Notice(Level.INFO, "ISS: 6 keypoints in 0.10 s"))
    item = window.studio.document.find(item_id)
    window.studio.document.preview(item)
    assert window.status.text.text() == "ISS: 6 keypoints in 0.10 s"
    found = operations.detect(Shape(shape.mesh), "farthest-points", {"count": 3})
    window.studio.document.preview(replace(item, value=found))
    assert window.status.text.text() == ""


def test_information_goes_to_the_status_bar(window):
    window.studio.notify(Notice(Level.INFO, "Wrote box.ply"))
    assert window.status.text.text() == "Wrote box.ply"
    assert not window.area.notices.cards
    window._show_hover("left wing tip")
    assert window.status.text.text() == "left wing tip"
    window._show_hover("")
    assert window.status.text.text() == "Wrote box.ply"
