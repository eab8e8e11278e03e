"""Which files a batch is about."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kpstudio.app.batch.sources import find_sources
from kpstudio.app.batch.task import output_name
from kpstudio.base.errors import InputError


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a/x.off", "a/x.obj", "b/x.off", "b/deep/er/y.off", "b/notes.txt", "z.off"):
        path = tmp_path / "shapes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("OFF")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*patterns: str, out: str = "out") -> list[str]:
    return [source.name for source in find_sources(patterns, Path(out))]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("shapes/**/*.off", ["a/x.off", "b/deep/er/y.off", "b/x.off", "z.off"]),
        ("./shapes/**/*.off", ["a/x.off", "b/deep/er/y.off", "b/x.off", "z.off"]),
        ("shapes/*/x.*", ["a/x.obj", "a/x.off", "b/x.off"]),
        ("shapes/[ab]/x.off", ["a/x.off", "b/x.off"]),
        ("shapes/?.off", ["z.off"]),
        ("shapes/b/**", ["deep/er/y.off", "notes.txt", "x.off"]),
        ("shapes/z.off", ["z.off"]),
        ("shapes", ["a/x.obj", "a/x.off", "b/deep/er/y.off", "b/x.off", "z.off"]),
    ],
)
def test_patterns(tree: Path, pattern: str, expected: list[str]) -> None:
    assert names(pattern) == expected
    assert names(str(tree / pattern)) == expected
    assert names(pattern, pattern) == expected


def test_several_patterns_share_a_folder(tree: Path) -> None:
    assert names("shapes/a/*.off", "shapes/b/x.off") == ["a/x.off", "b/x.off"]
    # Whatever comes and goes, a file keeps its name.
    assert names("shapes/**/x.off")[1] == names("shapes/**/deep/**/y.off", "shapes/b/*.off")[1]


def test_no_two_files_share_an_output(tree: Path) -> None:
    found = names("shapes")
    assert len({output_name(name, ".json") for name in found}) == len(found)


def test_brackets_in_a_name_are_taken_as_they_are(tree: Path) -> None:
    folder = tree / "old [1]"
    folder.mkdir()
    (folder / "part[1].off").write_text("OFF")
    assert names("old [1]/part[1].off") == ["part[1].off"]
    assert names("old [1]/*.off") == ["part[1].off"]
    assert names("old*/*.off") == ["old [1]/part[1].off"]


def test_results_are_no_sources(tree: Path) -> None:
    assert names("shapes/**/*.off", out="shapes/b") == ["a/x.off", "z.off"]
    with pytest.raises(InputError, match="folder for results"):
        names("shapes/a/*.off", out="shapes")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_a_circle_gives_no_file_twice(tree: Path) -> None:
    (tree / "shapes" / "a" / "round").symlink_to(tree / "shapes", target_is_directory=True)
    (tree / "shapes" / "same.off").symlink_to(tree / "shapes" / "z.off")
    assert names("shapes/**/*.off") == [
        "a/x.off", "b/deep/er/y.off", "b/x.off", "same.off", "z.off",
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_file_is_left_alone(tree: Path) -> None:
    os.mkfifo(tree / "shapes" / "pipe.off")
    assert "pipe.off" not in names("shapes/*.off")


@pytest.mark.parametrize("pattern", ["nothing/**/*.off", "shapes/none.off", "shapes/*.ply"])
def test_a_pattern_without_files_is_refused(tree: Path, pattern: str) -> None:
    with pytest.raises(InputError, match="no file is meant"):
        names("shapes/z.off", pattern)
