"""`kpstudio batch`."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kpstudio.app.batch import cluster
from kpstudio.io.registry import load_mesh, save_mesh
from tests import shapes
from tests.cli.conftest import Cli


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster that runs already."""
    with cluster.local_cluster(1) as client:
        yield client.scheduler_info()["address"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files whose names differ by folder or suffix alone, and one that is broken."""
    monkeypatch.chdir(tmp_path)
    for name in ("a/x.off", "b/x.off", "b/x.ply"):
        path = tmp_path / "shapes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_mesh(path, shapes.torus(16, 8))
    (tmp_path / "shapes" / "b" / "broken.off").write_text("OFF\n3 1 0\n0 0")
    return tmp_path / "shapes"


def test_detection_of_a_tree(cli: Cli, folder: Path) -> None:
    result = cli(
        "batch", "shapes/**/x.*", "-d", "farthest-points", "-p", "count=5", "-o", "out",
        "--workers", 1, "--csv",
    )  # fmt: skip
    assert (result.code, result.out) == (0, "")
    assert result.err == f"3 of 3 files done; {Path('out', 'summary.parquet')} lists them\n"
    out = Path("out")
    names = ["a/x.off.json", "b/x.off.json", "b/x.ply.json"]
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("x*")) == names
    assert all(len(json.loads((out / name).read_text())["keypoints"]) == 5 for name in names)
    assert pq.read_table(out / "summary.parquet").column("output").to_pylist() == names
    assert (out / "summary.csv").read_text().count("\n") == 4


def test_a_failure_is_told_and_the_same_command_goes_on(
    cli: Cli, folder: Path, scheduler: str
) -> None:
    arguments = ("batch", "shapes/**/*.off", "-d", "iss", "-o", "out", "--scheduler", scheduler)
    result = cli(*arguments)
    assert result.code == 1
    assert "failed: b/broken.off: " in result.err
    assert "2 of 3 files done; " in result.err
    rows = pq.read_table("out/summary.parquet").to_pylist()
    assert [row["status"] for row in rows] == ["done", "failed", "done"]
    save_mesh(folder / "b" / "broken.off", shapes.box(divisions=3))
    assert "3 of 3 files done, 2 of them before; " in cli(*arguments).err
    # Nothing is left to do: this needs no cluster at all.
    result = cli(*arguments[:-2], "--scheduler", "tcp://127.0.0.1:1")
    assert (result.code, "3 of them before" in result.err) == (0, True)


def test_conversion(cli: Cli, folder: Path, scheduler: str) -> None:
    result = cli("batch", "shapes/a", "--convert", "glb", "-o", "out", "--scheduler", scheduler)
    assert result.code == 0
    assert len(load_mesh("out/x.off.glb")[0].faces) == 256


def test_alignment(cli: Cli, models: Path, folder: Path, scheduler: str) -> None:
    target = folder.parent / "target.ply"
    save_mesh(target, shapes.box((1.0, 2.0, 1.0), divisions=3))
    result = cli(
        "batch", "shapes/b/x.ply", "--align", target, "-m", models / "kd-thing.safetensors",
        "--up", "+y", "-o", "out", "--scheduler", scheduler,
    )  # fmt: skip
    assert result.code == 0, result.err
    mesh = load_mesh("out/x.ply.ply")[0]
    assert len(mesh.faces) == 256
    assert abs(mesh.vertices - shapes.torus(16, 8).vertices).max() > 0.01


def test_ctrl_c_stops_and_the_same_command_goes_on(
    cli: Cli, folder: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("batch", "shapes/**/x.*", "-d", "iss", "-o", "out", "--scheduler", scheduler)
    genuine = cluster.existing_cluster

    def interrupted(address: str):  # a cluster that is slow to come, a person who will not wait
        signal.raise_signal(signal.SIGINT)
        return genuine(address)

    monkeypatch.setattr(cluster, "existing_cluster", interrupted)
    result = cli(*arguments)
    assert result.code == 130
    assert result.err == "Stopped. The same command goes on from here.\n"
    monkeypatch.undo()
    monkeypatch.chdir(folder.parent)
    assert cli(*arguments).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing/*.off", "-d", "iss"), "no file is meant by 'nothing/*.off'"),
        (("shapes", "-d", "nobody"), "there is no detector 'nobody'"),
        (("shapes", "-d", "iss", "-p", "radius"), "has no value"),
        (("shapes", "-d", "iss", "-p", "radius=x"), "radius is 'x'"),
        (("shapes", "-d", "iss", "--format", "docx"), "'.docx'"),
        (("shapes", "--convert", "docx"), "'.docx'"),
        (("shapes", "--convert", "ply", "--align", "a.ply"), "--convert detects nothing"),
        (("shapes", "-d", "iss", "--align", "a.ply"), "does not exist"),
        (("shapes", "-d", "iss", "--scheduler", "tcp://a:1", "--workers", "2"), "--workers"),
        (("shapes", "-d", "iss", "--workers", "-1"), "--workers"),
    ],
)
def test_what_cannot_be_is_refused(
    refused: Callable[..., str], folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused("batch", *arguments, "-o", "out")
    assert not Path("out").exists()
