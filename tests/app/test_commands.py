"""The table of actions, run through a host that answers instead of a window."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kpstudio.app.commands.file import open_paths
from kpstudio.app.commands.table import all_actions
from kpstudio.app.options import EditMode, Shading

ACTIONS = {action.id: action for action in all_actions()}


class Answers:
    """A host whose answers a test sets, and which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open: list[Path] = []
        self.save: Path | None = None
        self.text: str | None = None
        self.keep = True

    def ask_open(self, title, filters):
        self.asked.append(f"open {title}: {filters}")
        return self.open

    def ask_save(self, title, filters, suggestion):
        self.asked.append(f"save {title}: {filters}: {suggestion.name}")
        return self.save

    def ask_text(self, title, label, text):
        self.asked.append(f"text {title}: {text}")
        return self.text

    def ask_keep_changes(self):
        self.asked.append("keep")
        return self.keep

    def ask_screenshot(self):
        self.asked.append("screenshot")
        return self.save, (64, 48)

    def __getattr__(self, name):
        return lambda *arguments: self.asked.append(f"{name} {arguments}")


@pytest.fixture
def host():
    return Answers()


def run(studio, host, action_id):
    action = ACTIONS[action_id]
    assert action.enabled(studio), f"{action_id} cannot be done now"
    action.run(studio, host)


def test_ids_and_keys_are_unique():
    assert len(ACTIONS) == len(all_actions())
    keys = Counter(key for action in all_actions() for key in action.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_action_has_a_place_and_a_name():
    for action in all_actions():
        assert action.title
        assert action.menu


def test_every_action_can_be_looked_at_in_any_state(studio, add):
    def look():
        for action in all_actions():
            assert isinstance(action.enabled(studio), bool), action.id
            if action.label is not None:
                assert action.label(studio)
            if action.checked is not None:
                assert isinstance(action.checked(studio), bool), action.id

    look()
    item_id = add()
    look()
    studio.edits.sample(item_id)
    look()


def test_an_empty_document_has_nothing_to_edit(studio):
    enabled = {action.id for action in all_actions() if action.enabled(studio)}
    assert "file.open" in enabled
    for action_id in ("edit.undo", "edit.rename", "shape.sample", "file.export_mesh"):
        assert action_id not in enabled


# The theme is the window's, which changes it.
SWITCHES = [action.id for action in all_actions() if action.checked and action.id != "view.theme"]


@pytest.mark.parametrize("action_id", SWITCHES)
def test_a_switch_is_another_one_after_it_was_run(studio, add, host, action_id):
    add()
    action = ACTIONS[action_id]
    before = [other.checked(studio) for other in all_actions() if other.checked]
    already = action.checked(studio)
    action.run(studio, host)
    after = [other.checked(studio) for other in all_actions() if other.checked]
    one_of_many = action.id.startswith(("view.shading.", "view.labels.", "view.layout."))
    assert (before == after) == (already and one_of_many)


def test_undo_names_what_it_takes_back(studio, add, host):
    item_id = add()
    studio.edits.rename(item_id, "wing")
    assert ACTIONS["edit.undo"].label(studio) == "Undo Rename box"
    run(studio, host, "edit.undo")
    assert studio.document.find(item_id).name == "box"
    assert ACTIONS["edit.redo"].label(studio) == "Redo Rename box"
    run(studio, host, "edit.redo")
    assert studio.document.find(item_id).name == "wing"


def test_keypoints_are_selected_by_keys(studio, add, host):
    add()
    run(studio, host, "edit.select_all")
    assert studio.selection.keypoints == (0, 1, 2, 3, 4, 5)
    run(studio, host, "edit.select_none")
    assert studio.selection.keypoints == ()


def test_rename_asks_for_the_name(studio, add, host):
    item_id = add()
    run(studio, host, "edit.rename")
    assert studio.document.find(item_id).name == "box"  # the person changed their mind
    host.text = "wing"
    run(studio, host, "edit.rename")
    assert studio.document.find(item_id).name == "wing"


def test_modes_of_editing_are_switches(studio, add, host):
    add()
    run(studio, host, "shape.place")
    run(studio, host, "shape.prior")
    run(studio, host, "shape.symmetric")
    options = studio.editing.value
    assert (options.mode, options.prior_strength, options.symmetric) == (EditMode.PLACE, 1.0, True)
    run(studio, host, "view.shading.flat")
    assert studio.view.value.shading is Shading.FLAT


def test_sample_and_reset(studio, add, host):
    item_id = add()
    assert not ACTIONS["shape.reset"].enabled(studio)
    run(studio, host, "shape.sample")
    assert studio.document.find(item_id).value.is_deformed
    run(studio, host, "shape.reset")
    assert not studio.document.find(item_id).value.is_deformed


def test_a_project_asks_before_it_takes_the_place_of_work(studio, add, host, tmp_path):
    item_id = add()
    studio.edits.rename(item_id, "wing")
    host.keep = False
    open_paths(studio, host, [tmp_path / "other.kpstudio"])
    assert host.asked == ["keep"]
    assert studio.jobs.idle
    assert studio.document.find(item_id) is not None


def test_a_field_is_switched_on_and_off(studio, add, host):
    add()
    run(studio, host, "view.field.influence")
    assert studio.view.value.field == "influence"
    run(studio, host, "view.field.influence")
    assert studio.view.value.field == ""


def test_questions_reach_the_window(studio, add, host):
    add()
    for action_id in ("view.fit", "view.look.top", "view.commands", "help.about",
                      "help.shortcuts", "file.quit", "file.screenshot"):  # fmt: skip
        run(studio, host, action_id)
    assert [line.split(" ")[0] for line in host.asked] == [
        "fit_view", "look_from", "show_commands", "show_about", "show_shortcuts",
        "close_window", "screenshot", "save_screenshot",
    ]  # fmt: skip
