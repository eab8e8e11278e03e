"""The command `kpstudio`: which subcommand is meant, and what its errors look like."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.core import TyperGroup

from kpstudio import __version__
from kpstudio.base.errors import KPStudioError
from kpstudio.cli import (
    align,
    batch,
    convert,
    deform,
    detect,
    evaluate,
    info,
    listing,
    look,
    match,
    register,
    sample,
    train,
    views,
    window,
)

BAD_INPUT, UNEXPECTED, INTERRUPTED = 2, 1, 130

app = typer.Typer(
    name="kpstudio",
    help="Find, inspect, edit and match 3D keypoints. `kpstudio MESH...` opens the window: "
    "`kpstudio open --help` tells its options.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("open")(window.open_window)
app.command("detect")(detect.detect)
app.command("deform")(deform.deform)
app.command("align")(align.align)
app.command("match")(match.match)
app.command("register")(register.register)
app.command("sample")(sample.sample)
app.command("views")(views.views)
app.command("look")(look.look)
app.command("convert")(convert.convert)
app.command("batch")(batch.batch)
app.command("info")(info.info)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(listing.models, name="models")
app.add_typer(listing.detectors, name="detectors")
app.add_typer(listing.formats, name="formats")
app.add_typer(train.app, name="train")


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    if version:
        typer.echo(f"kpstudio {__version__}")
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Without the name of the program. When the first is no subcommand, the window is meant.

    Returns
    -------
    int
        Exit code: 0, 2 for bad input (one line on standard error says what), 130 for Ctrl-C,
        1 for an error nobody expected.
    """
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except KPStudioError as error:
        return _refuse(str(error), BAD_INPUT)
    except typer.TyperException as error:
        return _refuse(error.format_message(), BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _refuse("stopped", INTERRUPTED)
    except BrokenPipeError:
        # Whoever reads has seen enough, as in `kpstudio models list | head -1`. Python would
        # complain when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("KPSTUDIO_DEBUG"):
            raise
        hint = "Set KPSTUDIO_DEBUG=1 to see where"
        return _refuse(f"unexpected {type(error).__name__}: {error}. {hint}", UNEXPECTED)
    return code


def _invoke(arguments: Sequence[str]) -> int:
    # Not by `command.main`, which has its own ideas of how Ctrl-C and a closed pipe end.
    command = typer.main.get_command(app)
    assert isinstance(command, TyperGroup)
    try:
        with command.make_context("kpstudio", _with_command(arguments, command)) as context:
            code = command.invoke(context)
    except typer.Exit as exit:
        return exit.exit_code
    return code if isinstance(code, int) else 0


def _with_command(arguments: Sequence[str], command: TyperGroup) -> list[str]:
    first = arguments[0] if arguments else ""
    if len(arguments) == 1 and isinstance(command.commands.get(first), TyperGroup):
        return [first, "--help"]  # which of its commands there are
    if first in command.commands or first in ("--version", "--help", "-h"):
        return list(arguments)
    # A bare word that is no file is a command misspelt: typer says which was meant.
    is_word = first.isalpha() and not Path(first).exists()
    return list(arguments) if is_word else ["open", *arguments]


def _refuse(message: str, code: int) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"kpstudio: {line}\n")
    return code
