import os
import stat
from pathlib import Path

import pytest

from kpstudio.base import paths
from kpstudio.base.errors import FileError


def test_shipped_folders_exist() -> None:
    assert (paths.resources_dir() / "samples").is_dir()
    assert (paths.resources_dir() / "schemas").is_dir()


def test_in_a_wheel_resources_lie_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kpstudio" / "_resources").mkdir(parents=True)
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "kpstudio")
    assert paths.resources_dir() == tmp_path / "kpstudio" / "_resources"
    assert paths.models_dir() == tmp_path / "models"


def test_environment_variables_move_models_and_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPSTUDIO_MODELS", str(tmp_path / "m"))
    monkeypatch.setenv("KPSTUDIO_HOME", str(tmp_path / "a" / "b"))
    assert paths.models_dir() == tmp_path / "m"
    assert paths.data_dir() == tmp_path / "a" / "b"
    assert paths.data_dir().is_dir()


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with paths.atomic_path(path) as temporary:
        temporary.write_text("new")
        assert temporary.suffix == ".txt"
        assert temporary.parent == tmp_path
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_whatever_goes_wrong_the_old_file_stays(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write() -> None:
        with paths.atomic_path(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    def write() -> None:
        with paths.atomic_path(path):
            raise OSError(28, "No space left on device")

    with pytest.raises(FileError, match=r"a\.txt: could not be written \(No space left") as caught:
        write()
    assert "Free some space" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    for path, message in ((tmp_path, "is a folder"), (tmp_path / "no" / "a", "cannot be written")):
        with pytest.raises(FileError, match=message), paths.atomic_path(path):
            pass


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_leads_to_the_new_file(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    path, link = tmp_path / "there" / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    link.symlink_to(path)
    with paths.atomic_path(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert path.read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
def test_modes_stay_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    old = os.umask(0o027)
    try:
        with paths.atomic_path(path) as temporary:
            temporary.write_text("x")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.unlink()
        with paths.atomic_path(path) as temporary:
            temporary.unlink()
            temporary.write_text("by a library")
            temporary.chmod(0o600)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        with paths.atomic_path(path) as temporary:
            temporary.write_text("y")
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(old)
