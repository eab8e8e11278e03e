"""Write the meshes of numpy archives as OFF files, to evaluate on.

    python scripts/export_meshes.py ARCHIVE.npz FOLDER [NAME...]

An archive holds `V_<name>` and `F_<name>` for every mesh, or `<name>_V` (poses,n,3) and `<name>_F`
for shapes in several poses, of which the first is written. Without names all are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kpstudio.data.mesh import Mesh
from kpstudio.io.registry import save_mesh


def meshes(archive: Path) -> Iterator[Mesh]:
    """Yield the meshes of an archive, each under its name."""
    with np.load(archive, allow_pickle=False) as content:
        for key in sorted(content.files):
            if key.startswith("V_"):
                yield Mesh(content[key], content[f"F_{key[2:]}"], key[2:])
            elif key.endswith("_V"):
                yield Mesh(content[key][0], content[f"{key[:-2]}_F"], key[:-2])


def main() -> None:
    """Write what the command line asks for."""
    archive, folder, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    folder.mkdir(parents=True, exist_ok=True)
    for mesh in meshes(archive):
        if not names or mesh.name in names:
            save_mesh(folder / f"{mesh.name}.off", mesh)
            print(folder / f"{mesh.name}.off")


if __name__ == "__main__":
    main()
