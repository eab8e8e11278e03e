"""The models at hand: the person's own, the default ones, pictures, cards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kpstudio.app.model_card import duration, facts, figures, kind_title, markdown, read_card
from kpstudio.app.model_import import import_model
from kpstudio.base.errors import ModelError
from kpstudio.base.paths import user_models_dir
from kpstudio.detectors.any_shape import choose_any_model
from kpstudio.detectors.model_choice import choose_model
from kpstudio.geometry.orientation import Orientation
from kpstudio.nn.catalogue import (
    Model,
    find_model,
    installed_models,
    preferred_model,
    remove_model,
)
from tests import shapes
from tests.networks import general_model, ordered_model


@pytest.fixture
def chairs(tmp_path: Path) -> tuple[Model, Model]:
    """Two models of one category."""
    files = (ordered_model(tmp_path / f"{n}.safetensors", "chairs", note=n) for n in "ab")
    first, second = (import_model(path) for path in files)
    return first, second


@pytest.fixture
def general(tmp_path: Path) -> list[Model]:
    for seed in (1, 2):
        import_model(general_model(tmp_path / f"u{seed}.safetensors", seed))
    return list(installed_models("usip"))


def test_the_first_of_a_category_is_used_until_another_is_chosen(studio, chairs) -> None:
    first, second = chairs
    mesh, told = shapes.box(), []
    studio.models.changed.connect(lambda: told.append(1))
    assert choose_model("structural-points", mesh, Orientation(), "chairs").id == first.id
    studio.models.prefer(second)
    assert told == [1]
    assert choose_model("structural-points", mesh, Orientation(), "chairs").id == second.id
    assert choose_model("structural-points", mesh, Orientation(), first.id).id == first.id
    assert studio.models.is_preferred(second)
    assert not studio.models.is_preferred(first)


def test_the_same_for_models_of_any_shape(studio, general) -> None:
    before = choose_any_model("usip", "")
    last = general[-1]
    studio.models.prefer(last)
    assert before.id != choose_any_model("usip", "").id == last.id


def test_the_default_of_one_category_is_no_other_s(studio, chairs, tmp_path) -> None:
    stool = import_model(ordered_model(tmp_path / "s.safetensors", "stool"))
    studio.models.prefer(chairs[1])
    assert preferred_model("structural-points", "stool") == stool


def test_a_removed_default_gives_way_to_the_first(studio, chairs) -> None:
    first, second = chairs
    studio.models.prefer(second)
    studio.models.remove(second)
    assert not second.path.exists()
    assert find_model("chairs", "structural-points").id == first.id


def test_shipped_models_stay(studio, notices) -> None:
    shipped = installed_models("recogniser")[0]
    with pytest.raises(ModelError, match="came with KP Studio"):
        remove_model(shipped)
    studio.models.remove(shipped)
    assert "came with KP Studio" in notices[0].text
    assert shipped.path.exists()


def test_damage_among_the_person_s_models_leaves_the_shipped_ones(chairs) -> None:
    shipped = [model.id for model in installed_models() if model not in chairs]
    (user_models_dir() / "manifest.json").write_text("{")
    assert [model.id for model in installed_models()] == shipped
    (user_models_dir() / "preferred.json").write_text("[]")
    assert preferred_model("recogniser").id == "recogniser"


def test_an_import_tells_how_it_went(studio, settle, notices, tmp_path) -> None:
    path = general_model(tmp_path / "good.safetensors")
    studio.models.import_file(path)
    settle()
    assert "Imported USIP" in notices[-1].text
    path.write_bytes(b"bad")
    studio.models.import_file(path)
    settle()
    assert "no model of KP Studio" in notices[-1].text


def test_a_model_is_seen_on_a_sample(studio, settle, tmp_path) -> None:
    model = import_model(ordered_model(tmp_path / "m.safetensors", "mug"))
    seen: list = []
    studio.models.look(model, seen.append)
    settle()
    assert seen[0].keypoints.shape == (4, 3)
    assert len(seen[0].mesh.faces) > 100


def test_there_is_nothing_to_see_of_others(studio, settle, chairs) -> None:
    seen: list = []
    studio.models.look(chairs[0], seen.append)  # no sample of "chairs"
    studio.models.look(installed_models("recogniser")[0], seen.append)
    settle()
    assert seen == [None, None]


CARD = {
    "title": "T",
    "keypoints": ["a", "b"],
    "data": {"real_shapes": 3, "procedural_shapes": 100},
    "training": {"steps": 900, "steps_taken": 450, "seconds": 200.0, "device": "cpu"},
    "targets": [
        {"shapes": "real", "text": "DAS at least", "value": 0.9, "limit": 0.7, "met": True},
        {"shapes": "real", "text": "nonsense", "value": "high"},
    ],
}


def test_a_card_in_rows(tmp_path: Path) -> None:
    path = general_model(tmp_path / "m.safetensors")
    path.with_suffix(".json").write_text(json.dumps(CARD))
    path.with_suffix(".md").write_text("# T")
    model = Model("m", "usip", "", "T", path, licence="MIT", card=path.with_suffix(".json"))
    card = read_card(model)
    rows = dict(facts(model, card))
    assert rows["For"] == "USIP"
    assert rows["Learned from"] == "3 real and 100 generated shapes"
    assert rows["Training"] == "450 steps in 3 min 20 s on cpu"
    assert rows["Keypoints"] == "2"
    assert (rows["Category"], rows["Licence"]) == ("any", "MIT")
    (figure,) = figures(card)
    assert (figure.text, figure.value, figure.met) == ("DAS at least", 0.9, True)
    assert markdown(model) == "# T"


def test_a_model_without_a_card(tmp_path: Path) -> None:
    model = Model("m", "recogniser", "", "T", tmp_path / "m.safetensors")
    assert read_card(model) == {}
    assert figures({}) == ()
    assert markdown(model) == ""
    assert dict(facts(model, {}))["Size"] == "missing"
    assert kind_title("recogniser") == "Recogniser"


def test_times_as_people_say_them() -> None:
    said = [duration(seconds) for seconds in np.array([0.2, 59.4, 61.0, 3725.0])]
    assert said == ["0 s", "59 s", "1 min 01 s", "1 h 02 min"]
