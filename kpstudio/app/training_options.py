"""What a person wants trained, and how that is kept beside the checkpoint to go on later."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kpstudio.app.model_import import free_model_file
from kpstudio.base.errors import FileError, KPStudioError, ParameterError
from kpstudio.base.parameters import as_dict, build
from kpstudio.base.paths import atomic_path
from kpstudio.data.mesh import Mesh

_FILE = "run.json"
_CHECKPOINT = "state.safetensors"
#: Pictures that a training shows if nobody says otherwise.
PREVIEWS = 20


@dataclass(frozen=True)
class TrainOptions:
    """What the dialog says.

    Parameters
    ----------
    system
        Id of what is trained.
    category
        The category to learn; empty for systems that work on any shape.
    folder
        Folder of meshes; None for the shapes that are open.
    count
        Number of procedural shapes to learn from as well.
    recipe
        The system's parameter object; None for its defaults.
    output
        The model file.
    """

    system: str = "structural-points"
    category: str = "chair"
    folder: Path | None = None
    count: int = 100
    recipe: Any = None
    output: Path = Path()

    @property
    def command(self) -> str:
        """The command line that does the same, for the card."""
        words = ["kpstudio train", self.system, "-o MODEL"]
        words += [f"--category {self.category}"] if self.category else []
        words += ["--data DATA"] if self.folder is not None else []
        values = as_dict(self.recipe) if self.recipe is not None else {}
        return " ".join(
            [*words, f"--procedural {self.count}", *(f"--set {n}={v}" for n, v in values.items())]
        )

    def check(self) -> None:
        """See that the options can be carried out.

        Raises
        ------
        ParameterError, FileError
            They cannot.
        """
        from kpstudio.training.system import get_system

        if get_system(self.system).per_category and not self.category:
            raise ParameterError("this network learns one category", remedy="Give it a name.")
        if self.output.suffix != ".safetensors":
            raise ParameterError(
                f"{self.output.name or 'nothing'} is no name of a model file",
                remedy="Let it end in .safetensors.",
            )
        if self.folder is not None and not self.folder.is_dir():
            raise FileError(
                "is not a folder", remedy="Choose a folder of meshes.", path=self.folder
            )


def recipe_of(options: TrainOptions) -> Any:
    """Return the recipe of options, the system's own with some pictures if they name none."""
    from kpstudio.training.system import get_system

    if options.recipe is not None:
        return options.recipe
    return first_recipe(get_system(options.system).recipe)


def first_recipe(kind: type) -> Any:
    """Return a recipe as the dialog shows it first: the defaults, with pictures now and then."""
    defaults = kind()
    return replace(defaults, preview_every=max(defaults.steps // PREVIEWS, 1))


def suggested_output(system: str, category: str) -> Path:
    """Return a model file among the person's own that does not exist yet."""
    return free_model_file(f"my-{system}-{category or 'any-shape'}")


def write_run(options: TrainOptions, meshes: tuple[Mesh, ...]) -> TrainOptions:
    """Keep options beside the checkpoint to come; return them, open shapes replaced by files.

    Parameters
    ----------
    options
        With a recipe.
    meshes
        Open shapes in canonical axes; they are written to the folder of the training, so that it
        can go on when they are no longer open.

    Raises
    ------
    FileError
        The folder cannot be written.
    """
    from kpstudio.io.registry import save_mesh

    folder = options.output.with_suffix(".training")
    try:
        (folder / "shapes").mkdir(parents=True, exist_ok=True)
        # Without open shapes these may be the very ones that are to be learned from again.
        for old in (folder / "shapes").iterdir() if meshes else ():
            old.unlink()
        (folder / _CHECKPOINT).unlink(missing_ok=True)  # this is another training
    except OSError as error:
        raise FileError(
            f"cannot be written ({error.strerror})", remedy="Choose another file.", path=folder
        ) from error
    for mesh in meshes:
        name = "".join(sign if sign.isalnum() or sign in "-_() " else "_" for sign in mesh.name)
        save_mesh(folder / "shapes" / f"{name}.ply", mesh)
    if meshes:
        options = replace(options, folder=folder / "shapes")
    content = {
        "system": options.system,
        "category": options.category,
        "folder": str(options.folder) if options.folder is not None else None,
        "count": options.count,
        "recipe": as_dict(options.recipe),
    }
    with atomic_path(folder / _FILE) as temporary:
        temporary.write_text(json.dumps(content, indent=1), "utf-8")
    return options


def read_run(output: Path) -> TrainOptions | None:
    """Return the options of a training that was interrupted; None if there is none to go on."""
    from kpstudio.training.system import get_system

    folder = output.with_suffix(".training") if output.suffix else output
    if output.is_file() or not (folder / _CHECKPOINT).is_file():
        return None
    try:
        content = json.loads((folder / _FILE).read_text("utf-8"))
        return TrainOptions(
            system=str(content["system"]),
            category=str(content["category"]),
            folder=Path(content["folder"]) if content["folder"] else None,
            count=int(content["count"]),
            recipe=build(get_system(content["system"]).recipe, content["recipe"]),
            output=output,
        )
    except (OSError, ValueError, KeyError, TypeError, KPStudioError):
        return None
