"""The materials beside an OBJ file: base colours and one texture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kpstudio.base.arrays import ByteArray
from kpstudio.base.paths import atomic_path
from kpstudio.io.appearance import bytes_from_unit, decode_texture, encode_texture


@dataclass(frozen=True)
class Material:
    """A material: its colour (r, g, b, a) 0..1 and the path of its texture, if any."""

    color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    texture: str = ""

    @property
    def rgba(self) -> ByteArray:
        """(4,) uint8 colour."""
        return bytes_from_unit(self.color)


def read_materials(folder: Path, library: str) -> dict[str, Material]:
    """Return the materials of an MTL file by name; none when it cannot be read."""
    data = _read_beside(folder, library)
    text = "" if data is None else data.decode("utf-8", "replace")
    materials: dict[str, Material] = {}
    name = ""
    for line in text.splitlines():
        key, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if key == "newmtl":
            name = rest
            materials[name] = Material()
        elif name:
            materials[name] = _changed(materials[name], key, rest)
    return materials


def _changed(material: Material, key: str, rest: str) -> Material:
    red, green, blue, alpha = material.color
    try:
        if key == "Kd":
            red, green, blue = (float(word) for word in rest.split()[:3])
        elif key == "d":
            alpha = float(rest.split()[-1])
        elif key == "Tr":
            alpha = 1.0 - float(rest.split()[-1])
        elif key == "map_Kd":
            return Material(material.color, _texture_name(rest))
    except (ValueError, IndexError):
        return material
    return Material((red, green, blue, alpha), material.texture)


def _texture_name(rest: str) -> str:
    # Options such as "-s 1 1 1" come first, the file name, which may hold blanks, comes last.
    words = rest.split()
    last = max((i for i, word in enumerate(words) if _is_option(word)), default=-1)
    return " ".join(words[last + 1 :]).replace("\\", "/")


def _is_option(word: str) -> bool:
    if word in ("on", "off"):
        return True
    if word.startswith("-"):
        return True
    try:
        float(word)
    except ValueError:
        return False
    return True


def read_texture(folder: Path, name: str) -> ByteArray | None:
    """Return the pixels of a texture named in a material, or None when it is not there."""
    data = _read_beside(folder, name)
    return None if data is None else decode_texture(data)


def _read_beside(folder: Path, name: str) -> bytes | None:
    """Return the bytes of a file that a mesh file names, or of its namesake in the folder."""
    name = name.replace("\\", "/")
    if name.startswith("//"):
        name = Path(name).name  # the first part is another machine, which is not to be asked
    for candidate in (folder / name, folder / Path(name).name):
        try:
            if candidate.is_file():  # a device or a pipe would never end
                return candidate.read_bytes()
        except OSError:
            continue
    return None


def write_materials(path: Path, texture: ByteArray) -> None:
    """Write `path` (an MTL file) with one textured material, and its PNG beside it."""
    image = write_texture(path, texture)
    with atomic_path(path) as temporary:
        temporary.write_text(f"newmtl textured\nKd 1 1 1\nmap_Kd {image}\n", "utf-8")


def write_texture(path: Path, texture: ByteArray) -> str:
    """Write the PNG beside the mesh file `path` and return its name.

    Not just the name with another ending: that may be a person's picture of the mesh.
    """
    image = path.with_name(f"{path.stem}-texture.png")
    with atomic_path(image) as temporary:
        temporary.write_bytes(encode_texture(texture))
    return image.name
