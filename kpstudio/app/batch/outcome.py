"""What became of one file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What became of one file: an output, or the reason why there is none.

    Parameters
    ----------
    name
        Which file, `Source.name`.
    sha256
        Hash of its bytes; empty when they could not be read.
    key
        Hash of its bytes and of all else that the output depends on.
    output
        Name of the output below the folder for results; empty after a failure.
    output_sha256
        Hash of the output.
    keypoints
        How many there are, None where there are none to count.
    model
        Id of the model that was used.
    notes
        What a person should know, in sentences.
    error
        Why it failed; empty when it did not.
    seconds
        How long it took.
    """

    name: str
    sha256: str = ""
    key: str = ""
    output: str = ""
    output_sha256: str = ""
    keypoints: int | None = None
    model: str = ""
    notes: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Outcome:
        """Return the outcome in a JSON object.

        Raises
        ------
        KeyError, TypeError
            It is no outcome.
        """
        return cls(**{**content, "notes": tuple(content["notes"])})
