"""Real shapes from a folder: packs of meshes, brought to the canonical orientation.

A pack is a numpy archive with `V_<name>` (n,3) and `F_<name>` (m,3) for every mesh. What is known
of the packs that the models were trained on (where their meshes face, which of them are something
else than their category) is written down here; any other pack, and any mesh file, is taken as it
is: +y up, +z front.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from kpstudio.base.arrays import FloatArray, IntArray
from kpstudio.base.errors import FileError, FormatError, InputError
from kpstudio.data.mesh import Mesh
from kpstudio.geometry.orientation import Orientation

T = TypeVar("T")


@dataclass(frozen=True)
class Pack:
    """What is known of an archive.

    Parameters
    ----------
    source
        Origin and licence, for model cards.
    categories
        Category of the meshes whose name begins with the key ("" = all).
    orientation
        Of the meshes, unless `turned` says otherwise.
    turned
        Orientations by the beginning of a mesh's name; the longest that fits counts.
    dropped
        Beginnings of the names of meshes that are no good example, with the reason.
    """

    source: str
    categories: dict[str, str]
    orientation: Orientation = field(default_factory=Orientation)
    turned: dict[str, Orientation] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)


_CC0 = "Quaternius, Kenney and others (CC0)"
_STOOL, _STORAGE = "no back", "storage, not a table"
_LEFT, _RIGHT, _BACK = (Orientation("+y", front) for front in ("+x", "-x", "-z"))

#: Archives by file name. Every line was checked on a contact sheet.
PACKS = {
    "cc0_airplane.npz": Pack(
        _CC0,
        {"": "airplane"},
        turned={
            "qf_AirplanepackJan2017_CommercialAirplane": _RIGHT,
            "qf_AirplanepackJan2017_Privateplane": _BACK,
        },
    ),
    "fr24_airplanes_gpl2.npz": Pack(
        "FlightGear models by way of Flightradar24 (GPL-2.0)",
        {"": "airplane"},
        _BACK,
        dropped={"b736": "a stray point ahead of the nose"},
    ),
    "cc0_car.npz": Pack(
        _CC0,
        {"": "car"},
        turned={
            "m_ice-cream-truck": _LEFT,
            "qf_PublicTransportPackFeb2017_Bus": _RIGHT,
            "qf_PublicTransportPackFeb2017_SchoolBus": _RIGHT,
        },
        dropped={
            "m_tractor": "a tractor",
            "m_race": "an open-wheel racer",
            "m_ice-cream-truck": "an ice cream on the roof",
            "m_garbage-truck": "arms and a container",
        },
    ),
    "torcs_cars_freeart.npz": Pack(
        "TORCS car bodies (Free Art License / GPL)",
        {"": "car"},
        _LEFT,
        dropped={"car1-ow1": "an open-wheel racer"},
    ),
    "cc0_chair.npz": Pack(
        _CC0,
        {"": "chair"},
        turned={"k_": _BACK, "qf_FurniturePackOct2017_Chair": _LEFT},
        dropped={
            "m_bench": "a bench",
            "k_stool": _STOOL,
            "q_house_Stool": _STOOL,
            "qf_FurniturePackMarch2019_Stool": _STOOL,
            "qf_FurniturePackOct2017_Stool": _STOOL,
        },
    ),
    "cc0_table.npz": Pack(
        _CC0,
        {"": "table"},
        turned={
            "k_": _BACK,
            "qf_FurniturePackMarch2019_Table": _LEFT,
            "qf_FurniturePackOct2017_CoffeeTable": _LEFT,
            "qf_UpdatedModularDungeonMay2019_Table": _LEFT,
        },
        dropped={"k_deskCorner": "L-shaped", "q_house_NightStand": _STORAGE},
    ),
    "ikea_furniture_mit.npz": Pack(
        "IKEA furniture environment (MIT repository, origin of the meshes not stated)",
        {"chair": "chair", "table": "table", "desk": "table"},
        Orientation("+z", "-y"),
        turned={
            "chair_bernhard": Orientation("+z", "+y"),
            "desk_hannes": Orientation("+z", "+y"),
        },
        dropped={
            "chair_agne": _STOOL,
            "table_expedit": _STORAGE,
            "table_hemnes_0539": _STORAGE,
            "table_liden_0921": _STORAGE,
        },
    ),
    "cc0_mug_cup.npz": Pack(
        _CC0,
        {"m_mug": "mug", "m_cup": "mug"},
        _RIGHT,
        turned={"m_mug": _LEFT, "m_mug-1": _RIGHT},
        dropped={"m_cup-saucer": "a saucer"},
    ),
    "cc0_human_posed.npz": Pack(_CC0, {"": "biped"}),
}


@dataclass(frozen=True, eq=False)
class PackedMesh:
    """A mesh of a pack in canonical axes, its category, and where it comes from.

    The category is None when nothing is known of the pack: whatever it is asked for.
    """

    mesh: Mesh
    category: str | None
    source: str


def read_pack(path: Path) -> Iterator[PackedMesh]:
    """Yield the meshes of an archive that are good examples, in canonical axes.

    Raises
    ------
    FileError
        The file cannot be read.
    FormatError
        It is no archive of meshes.
    """
    pack = PACKS.get(path.name, Pack("", {}))
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            for name in sorted(key[2:] for key in archive.files if key.startswith("V_")):
                if not _longest(name, pack.dropped, ""):
                    yield _packed(path, pack, name, archive[f"V_{name}"], archive[f"F_{name}"])
    except OSError as error:
        raise FileError(f"cannot be read ({error})", path=path) from error
    except (ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise FormatError(
            "is not an archive of meshes",
            remedy="It should hold V_<name> and F_<name> arrays for every mesh.",
            path=path,
        ) from error


def _packed(path: Path, pack: Pack, name: str, vertices: FloatArray, faces: IntArray) -> PackedMesh:
    orientation = _longest(name, pack.turned, pack.orientation)
    try:
        mesh = Mesh(vertices, faces, name, path)
    except InputError as error:
        raise error.at(path) from error
    mesh = mesh.moved(mesh.vertices @ orientation.rotation.T)
    category = _longest(name, pack.categories, "") if path.name in PACKS else None
    return PackedMesh(mesh, category, pack.source or path.name)


def _longest(name: str, table: dict[str, T], default: T) -> T:
    """Return the entry whose key is the longest beginning of `name`."""
    fitting = [key for key in table if name.startswith(key)]
    return table[max(fitting, key=len)] if fitting else default
