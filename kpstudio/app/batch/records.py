"""What is known of finished files from one run to the next, in the folder for results."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kpstudio.app.batch.lock import locked
from kpstudio.app.batch.outcome import Outcome
from kpstudio.app.batch.trail import Trail
from kpstudio.base.errors import FileError
from kpstudio.base.paths import atomic_path

#: Folder beside the results.
FOLDER = ".kpstudio"


class Records:
    """Outcomes of finished files, by name; failures are not kept, since they are tried again.

    They are one JSON line each, of which a later one counts; `opened_records` makes them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "records.jsonl"
        self._outcomes: dict[str, Outcome] = {}
        if self._file.exists():
            self._read()
        # A run that was killed leaves its trails behind.
        self.tidy()
        for made in (self.trails, self.unfinished):
            made.mkdir()

    @property
    def trails(self) -> Path:
        """Folder of the trails of groups that are worked on."""
        return self._folder / "trails"

    @property
    def unfinished(self) -> Path:
        """Folder of outputs that are being written."""
        return self._folder / "unfinished"

    def find(self, name: str) -> Outcome | None:
        """Return the outcome of a file, None if it is not finished."""
        return self._outcomes.get(name)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Write down outcomes.

        Raises
        ------
        FileError
            The disk is full.
        """
        outcomes = list(outcomes)
        try:
            with self._file.open("a", encoding="utf-8") as stream:
                stream.writelines(json.dumps(outcome.as_json()) + "\n" for outcome in outcomes)
        except OSError as error:
            raise _unusable(self._folder.parent, error) from error
        self._remember(outcomes)

    def tidy(self) -> None:
        """Keep what trails say, put the records in order, remove what is half done."""
        for path in sorted(self.trails.glob("*.jsonl")):
            self._remember(Trail(path).outcomes.values())
        lines = (json.dumps(self._outcomes[name].as_json()) for name in sorted(self._outcomes))
        with atomic_path(self._file) as temporary:
            temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        for folder in (self.trails, self.unfinished):
            shutil.rmtree(folder, ignore_errors=True)

    def _read(self) -> None:
        # The last line may have been cut off.
        lines = self._file.read_text(encoding="utf-8").splitlines(keepends=True)
        try:
            self._remember(Outcome.from_json(json.loads(x)) for x in lines if x.endswith("\n"))
        except (KeyError, TypeError, ValueError) as error:
            raise FileError(
                "is damaged", remedy="Delete it: all files will be done again.", path=self._file
            ) from error

    def _remember(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.error:
                self._outcomes.pop(outcome.name, None)
            else:
                self._outcomes[outcome.name] = outcome


@contextmanager
def opened_records(out: Path) -> Iterator[Records]:
    """Give the records in a folder for results, for this process alone; in order when it ends.

    Parameters
    ----------
    out
        The folder; made when missing.

    Raises
    ------
    FileError
        It cannot be written, another batch works in it, or its records are damaged.
    """
    folder = out / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(out, error) from error
    with locked(folder / "lock"):
        try:
            records = Records(folder)
        except OSError as error:
            raise _unusable(out, error) from error
        try:
            yield records
        finally:
            records.tidy()


def _unusable(out: Path, error: OSError) -> FileError:
    return FileError(
        f"cannot be used for results ({error.strerror})",
        remedy="Choose another folder, or free some space.",
        path=out,
    )
