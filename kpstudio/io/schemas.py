"""Checks of JSON against the schemas in `resources/schemas`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from kpstudio.base.errors import FormatError
from kpstudio.base.paths import resources_dir


def parse(text: bytes | str) -> Any:
    """Return parsed JSON, refusing the NaN and Infinity that Python would let pass.

    Raises
    ------
    FormatError
        It is not JSON; the message says in which line.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"it is not valid JSON: {error.msg} in line {error.lineno}",
            remedy="The file is damaged or cut off: export or download it again.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise FormatError(f"it is not valid JSON: {error}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}, which is not a number")


def check_version(content: Any, known: int) -> None:
    """Refuse content of a version that this program does not know.

    Raises
    ------
    FormatError
        Its member "version" is above `known`.
    """
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, int) and version > known:
        raise FormatError(
            f"it is in version {version} of the format, and this program reads up to {known}",
            remedy="Install a newer KP Studio.",
        )


def check(content: Any, schema: str) -> None:
    """Check parsed JSON against a schema such as "keypoints".

    Raises
    ------
    FormatError
        It does not fit; the message says where.
    """
    error = next(_validator(schema).iter_errors(content), None)
    if error is not None:
        place = error.json_path.removeprefix("$").lstrip(".") or "the whole"
        raise FormatError(
            f"{place} does not fit the format: {error.message[:200]}",
            remedy="docs/formats.md describes it.",
        )


@cache
def _validator(schema: str) -> Any:
    import jsonschema  # late: only files in JSON need it

    path = resources_dir() / "schemas" / f"{schema}.schema.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text("utf-8")))
