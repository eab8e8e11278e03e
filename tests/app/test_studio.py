from __future__ import annotations

import json

import pytest

from kpstudio.app.jobs import Mailbox
from kpstudio.app.options import Shading, ViewOptions
from kpstudio.app.settings import Settings
from kpstudio.app.studio import Studio
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from tests.handled import box_mesh, handled_shape


def opened(studio) -> int:
    item = Item(Shape(box_mesh()))
    studio.history.push(Insert(item, 0, "Open"), automatic=True)
    return item.id


def test_looking_at_a_mesh_is_no_work_that_could_be_lost(studio):
    item_id = opened(studio)
    studio.edits.set_detection(item_id, handled_shape(), "Detect")
    assert not studio.has_unsaved_work
    assert studio.title == "Untitled"


def test_an_edit_is_work_until_it_is_undone_or_saved(studio):
    item_id = opened(studio)
    studio.edits.rename(item_id, "wing")
    assert studio.has_unsaved_work
    assert studio.title == "Untitled *"
    studio.history.undo()
    assert not studio.has_unsaved_work
    studio.history.redo()
    studio.history.mark_saved(studio.history.position)
    assert not studio.has_unsaved_work


def test_in_a_project_even_an_opened_mesh_is_work(studio, tmp_path):
    studio.files.project_path = tmp_path / "wings.kpstudio"
    assert studio.title == "wings"
    opened(studio)
    assert studio.title == "wings *"


def test_view_options_are_kept_but_not_the_field(studio, tmp_path):
    studio.view.update(shading=Shading.FLAT, handle_size=9.5, field="displacement")
    again = Studio(Mailbox().post, Settings(tmp_path / "settings.json"))
    assert again.view.value == ViewOptions(shading=Shading.FLAT, handle_size=9.5)
    again.close()


def test_damaged_view_options_give_the_defaults(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"view": {"shading": "sepia", "handle_size": "big", "cage": True}}))
    studio = Studio(Mailbox().post, Settings(path))
    assert studio.view.value == ViewOptions(cage=True)
    studio.close()


@pytest.mark.parametrize(
    "size", ["NaN", "Infinity", "-Infinity", "1e9", "0", "-7", "1" + "0" * 400]
)
def test_an_absurd_handle_size_gives_the_default(tmp_path, size):
    path = tmp_path / "settings.json"
    path.write_text(f'{{"view": {{"handle_size": {size}, "cage": true}}}}')
    studio = Studio(Mailbox().post, Settings(path))
    assert studio.view.value == ViewOptions(cage=True)
    studio.close()


def test_the_steps_undone_are_named_next_first(studio):
    item_id = opened(studio)
    studio.edits.rename(item_id, "a")
    studio.edits.rename(item_id, "b")
    studio.history.undo()
    studio.history.undo()
    assert studio.history.redo_labels == ("Rename box", "Rename a")


def test_close_can_be_called_twice(studio):
    studio.close()
    studio.close()
