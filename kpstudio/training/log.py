"""The record of a training: every single loss, for TensorBoard and as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from kpstudio.base.arrays import ByteArray
from kpstudio.base.errors import FileError
from kpstudio.base.paths import atomic_path

_NAME = "losses.jsonl"
_PICTURE = "preview-{:07d}.png"


class TrainingLog:
    """Writes losses to a folder: `tensorboard --logdir` reads it, so does any JSON reader.

    Parameters
    ----------
    folder
        Made when missing. A log that is there already is continued.
    start
        The steps already taken: lines of later ones, left by an interrupted run, go.

    Raises
    ------
    FileError
        The folder cannot be written.
    """

    def __init__(self, folder: Path, start: int = 0) -> None:
        from tensorboardX import SummaryWriter

        path = folder / _NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            kept = [line for line in read_log(folder) if int(line["step"]) <= start]
            text = "".join(json.dumps(line) + "\n" for line in kept)
            path.write_text(text, encoding="utf-8")
            for picture in previews(folder):
                if picture.stem > _PICTURE.format(start).removesuffix(".png"):
                    picture.unlink()
            self._lines = path.open("a", encoding="utf-8")
        except OSError as error:
            raise FileError(
                "the training log cannot be written", remedy="Choose another folder.", path=path
            ) from error
        self._folder = folder
        self._board = SummaryWriter(str(folder), purge_step=start or None)

    def write(self, step: int, losses: Mapping[str, float]) -> None:
        """Record the losses of a step."""
        self._lines.write(json.dumps({"step": step, **losses}) + "\n")
        for name, value in losses.items():
            self._board.add_scalar(f"loss/{name}", value, step)

    def picture(self, step: int, pixels: ByteArray) -> None:
        """Keep a picture (h,w,3) of what the network does at a step, as PNG and on the board."""
        from PIL import Image

        with atomic_path(self._folder / _PICTURE.format(step), durable=False) as temporary:
            Image.fromarray(pixels).save(temporary, format="png")
        self._board.add_image("preview", pixels, step, dataformats="HWC")

    def flush(self) -> None:
        """Bring everything to the disk."""
        self._lines.flush()
        self._board.flush()

    def __enter__(self) -> TrainingLog:
        """Return the log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the files, however training ended."""
        self._lines.close()
        self._board.close()


def read_log(folder: Path) -> list[dict[str, float]]:
    """Return the losses recorded in a folder, one mapping a step; empty if there are none."""
    path = folder / _NAME
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def previews(folder: Path) -> list[Path]:
    """Return the pictures kept in a folder, oldest first."""
    return sorted(folder.glob(_PICTURE.format(0).replace("0000000", "*")))
