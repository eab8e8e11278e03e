"""Python that the documentation shows must run."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from kpstudio.app.commands.table import all_actions

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def test_the_python_page_shows_something() -> None:
    assert len(BLOCK.findall((ROOT / "docs" / "python.md").read_text(encoding="utf-8"))) > 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_on_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n")
        # Blank lines in front: a traceback names the line of the page.
        exec(compile("\n" * line + block[1], str(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not broken


def test_the_table_of_models_is_that_of_their_cards() -> None:
    table = runpy.run_path(str(ROOT / "scripts" / "model_table.py"))["table"]()
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    script = runpy.run_path(str(ROOT / "scripts" / "model_table.py"))
    assert script["ordered_table"]() in page
    assert script["motion_table"]() in page


def test_the_tables_of_the_evaluation_are_those_of_its_figures() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "evaluation_table.py"))
    page = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for name in script["COLUMNS"]:
        assert script["table"](name) in page


def test_the_tables_of_detectors_are_what_they_say_of_themselves() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "detector_table.py"))
    page = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    for heading in script["GROUPS"]:
        assert script["table"](heading) in page


def test_every_key_of_the_actions_is_in_the_table_of_keys() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    other_sides = {"Ctrl+1", "Ctrl+3", "Ctrl+7"}  # "`Ctrl`: the other side"
    alternatives = {"Home", "Ctrl+Y"}
    for action in all_actions():
        for key in set(action.keys) - other_sides - alternatives:
            assert f"`{key}`" in readme, action.title
