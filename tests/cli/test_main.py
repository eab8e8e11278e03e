"""Which command is meant, and how every kind of mishap ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import kpstudio
from kpstudio.cli import info, window
from tests.cli.conftest import Cli

COMMANDS = ("align", "convert", "deform", "detect", "detectors", "info", "models", "open", "sample",
            "train")  # fmt: skip


def test_version(cli: Cli) -> None:
    assert cli("--version").out == f"kpstudio {kpstudio.__version__}\n"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command(cli: Cli, option: str) -> None:
    result = cli(option)
    assert result.code == 0
    assert all(f"\n  {command} " in result.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(cli: Cli, command: str) -> None:
    result = cli(command, "--help")
    assert result.code == 0
    assert f"kpstudio {command}" in result.out


@pytest.mark.parametrize("group", ["detectors", "formats", "models", "train"])
def test_a_group_alone_tells_its_commands(cli: Cli, group: str) -> None:
    assert cli(group) == cli(group, "--help")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["detekt", "mesh.ply"], "No such command 'detekt'. Did you mean 'detect'"),
        (["detect"], "Missing argument 'MESH'"),
        (["detect", "mesh.ply", "--colour"], "No such option: --colour"),
        (["models", "paint"], "No such command 'paint'"),
        (["sample", "mesh.ply", "-o", "out", "-n", "some"], "Invalid value for '-n'"),
    ],
)
def test_usage_errors_are_one_line(
    refused: Callable[..., str], arguments: list[str], words: str
) -> None:
    assert words in refused(*arguments)


def test_ctrl_c(cli: Cli, mesh_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_facts: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(info, "_readable", interrupt)
    result = cli("info", mesh_file)
    assert (result.code, result.err) == (130, "kpstudio: stopped\n")


def test_what_nobody_expected(cli: Cli, mesh_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_facts: object) -> str:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(info, "_readable", stumble)
    result = cli("info", mesh_file)
    assert result.code == 1
    assert result.err == (
        "kpstudio: unexpected ZeroDivisionError: by zero. Set KPSTUDIO_DEBUG=1 to see where\n"
    )
    monkeypatch.setenv("KPSTUDIO_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli("info", mesh_file)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ([], None, None, None)),
        (["a.ply", "b.obj"], ([Path("a.ply"), Path("b.obj")], None, None, None)),
        (["--detect", "farthest-points"], ([], "farthest-points", None, None)),
        (
            ["a.ply", "--detect", "iss", "--screenshot", "out.png", "--size", "800x600"],
            ([Path("a.ply")], "iss", Path("out.png"), (800, 600)),
        ),
        (["open", "a.ply"], ([Path("a.ply")], None, None, None)),
    ],
)
def test_without_a_command_the_window_is_meant(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: tuple[object, ...]
) -> None:
    from kpstudio.ui import application

    asked: list[tuple[object, ...]] = []

    def opened(*what: object) -> int:
        asked.append(what)
        return 2

    monkeypatch.setattr(application, "run", opened)
    assert cli(*arguments).code == 2
    assert asked == [expected]


def test_a_file_may_be_called_like_a_word(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "airplane").write_text("x")
    monkeypatch.chdir(tmp_path)
    asked: list[object] = []
    monkeypatch.setattr("kpstudio.ui.application.run", lambda paths, *_: asked.extend(paths) or 0)
    assert cli("airplane").code == 0
    assert asked == [Path("airplane")]


@pytest.mark.parametrize("size", ["800", "8x6", "800 x 600", "wide"])
def test_sizes_that_are_none(refused: Callable[..., str], size: str) -> None:
    assert "Write it like 1280x800" in refused("--size", size)


def test_a_window_that_cannot_start(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "kpstudio.ui.application", None)
    line = refused("mesh.ply")
    assert "the window cannot start" in line
    assert "scripts/setup" in line
    assert window.open_window.__doc__
