import base64
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FormatError
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.io.appearance import encode_texture, linear_from_srgb
from kpstudio.io.mesh_registry import Parts
from kpstudio.io.meshes import gltf
from kpstudio.io.meshes.gltf_scene import local_matrix
from kpstudio.io.registry import load_keypoints, load_mesh, read_mesh, save_mesh
from tests.io.examples import (
    assert_same_keypoints,
    assert_same_mesh,
    colored,
    fields,
    irregular,
    keypoints,
    single,
    textured,
)
from tests.shapes import box

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], "<f4")
CORNERS = np.array([0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2], "<u2")


class Builder:
    """A glTF file put together by hand."""

    def __init__(self) -> None:
        self.data = b""
        self.tree: dict = {
            "asset": {"version": "2.0"}, "bufferViews": [], "accessors": [], "scene": 0,
            "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": "thing"}],
            "meshes": [{"primitives": []}],
        }  # fmt: skip

    def view(self, data: bytes, **more) -> int:
        about = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **more}
        self.tree["bufferViews"].append(about)
        self.data += data + b"\0" * (-len(data) % 4)
        return len(self.tree["bufferViews"]) - 1

    def array(self, values: np.ndarray, **more) -> int:
        kinds = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
        shape = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
        width = 1 if values.ndim == 1 else values.shape[1]
        self.tree["accessors"].append(
            {"bufferView": self.view(values.tobytes()), "count": len(values),
             "componentType": kinds[values.dtype.str[1:]], "type": shape[width], **more}
        )  # fmt: skip
        return len(self.tree["accessors"]) - 1

    def primitive(self, points=POINTS, corners=CORNERS, **more) -> dict:
        primitive: dict = {"attributes": {"POSITION": self.array(points)}, **more}
        if corners is not None:
            primitive["indices"] = self.array(corners)
        self.tree["meshes"][0]["primitives"].append(primitive)
        return primitive

    def glb(self, folder: Path) -> Path:
        self.tree["buffers"] = [{"byteLength": len(self.data)}]
        text = json.dumps(self.tree).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        chunks += struct.pack("<I4s", len(self.data), b"BIN\0") + self.data
        path = folder / "a.glb"
        path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
        return path


# --- what this program writes ------------------------------------------------------------------


@pytest.mark.parametrize("mesh", [single(), colored(single(), opaque=False), textured()],
                         ids=["plain", "colors", "texture"])  # fmt: skip
def test_round_trip_is_exact_in_single_precision(tmp_path: Path, mesh: Mesh) -> None:
    assert save_mesh(tmp_path / "a.glb", mesh) == ()
    (found,) = load_mesh(tmp_path / "a.glb")
    assert_same_mesh(found, mesh)
    assert (found.name, found.unit) == ("torus", "")


def test_fields_and_keypoints_come_back(tmp_path: Path) -> None:
    mesh, points = single(), keypoints()
    assert save_mesh(tmp_path / "a.glb", mesh, fields(mesh), points) == ()
    found = read_mesh(tmp_path / "a.glb")
    assert_same_keypoints(found.keypoints, points)
    assert_same_keypoints(load_keypoints(tmp_path / "a.glb").keypoints, points)
    for one, other in zip(found.fields, fields(mesh), strict=True):
        assert (one.name, one.unit, one.signed) == (other.name, other.unit, other.signed)
        np.testing.assert_array_equal(one.values, other.values.astype(np.float32))


def test_keypoints_are_named_nodes_with_extras(tmp_path: Path) -> None:
    points = keypoints()
    save_mesh(tmp_path / "a.glb", single(), keypoints=points)
    data = (tmp_path / "a.glb").read_bytes()
    tree = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    children = [tree["nodes"][child] for child in tree["nodes"][0]["children"]]
    assert [node["name"] for node in children] == list(points.schema.names)
    np.testing.assert_allclose([node["translation"] for node in children], points.positions)
    assert children[0]["extras"]["confidence"] == 0.25


def test_far_from_the_origin_little_is_lost(tmp_path: Path) -> None:
    mesh = irregular()
    mesh = mesh.moved(mesh.vertices + [4e6, -5e5, 1e4])
    points = replace(keypoints(), positions=mesh.vertices[:4])
    save_mesh(tmp_path / "a.glb", mesh, keypoints=points)
    (found,) = load_mesh(tmp_path / "a.glb")
    assert np.abs(found.vertices - mesh.vertices).max() < 1e-6
    # The keypoints' nodes stand where the keypoints are, also for programs that know no extras.
    data = (tmp_path / "a.glb").read_bytes()
    nodes = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])["nodes"]
    place = np.add(nodes[0]["translation"], nodes[1]["translation"])
    np.testing.assert_allclose(place, points.positions[0])


def test_another_unit_than_metres_is_said(tmp_path: Path) -> None:
    (warning,) = save_mesh(tmp_path / "a.glb", replace(single(), unit="mm"))
    assert "mm" in warning
    assert load_mesh(tmp_path / "a.glb")[0].unit == "mm"


def test_other_readers_agree(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    mesh = colored(single())
    save_mesh(tmp_path / "a.glb", mesh, fields(mesh), keypoints())
    (other,) = trimesh.load_scene(tmp_path / "a.glb", process=False).geometry.values()
    np.testing.assert_array_equal(other.vertices, mesh.vertices)
    np.testing.assert_array_equal(other.faces, mesh.faces)


# --- what others write --------------------------------------------------------------------------


def test_parts_stand_where_their_nodes_put_them(tmp_path: Path) -> None:
    built = Builder()
    built.primitive()
    built.tree["nodes"] = [
        {"children": [1, 2], "translation": [10, 0, 0]},
        {"mesh": 0, "name": "turned", "rotation": [0, 0.5**0.5, 0, 0.5**0.5], "scale": [2, 1, 1]},
        {"mesh": 0, "matrix": [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1]},
        {"mesh": 0, "name": "not in the scene"},
    ]
    path = built.glb(tmp_path)
    turned, mirrored = load_mesh(path, scene="list")
    assert turned.name == "turned"
    expected = [[10, 0, 0], [10, 0, -2], [10, 1, 0], [11, 0, 0]]
    np.testing.assert_allclose(turned.vertices, expected, atol=1e-12)
    np.testing.assert_allclose(mirrored.vertices[:2], [[10, 0, 5], [9, 0, 5]])
    # A mirrored part keeps its outside outside.
    np.testing.assert_array_equal(mirrored.faces, CORNERS.reshape(-1, 3)[:, ::-1])
    (merged,) = load_mesh(path)
    assert len(merged.faces) == 8
    np.testing.assert_array_equal(merged.faces[4:], mirrored.faces + 4)


def test_strips_fans_and_bare_vertices(tmp_path: Path) -> None:
    built = Builder()
    built.primitive(corners=np.array([0, 1, 2, 3], "<u1"), mode=5)
    built.primitive(corners=np.array([0, 1, 2, 3], "<u4"), mode=6)
    built.primitive(points=POINTS[:3], corners=None)
    built.primitive(corners=np.array([0, 1], "<u2"), mode=1)
    found = read_mesh(built.glb(tmp_path), scene="list")
    strip, fan, bare = (mesh.faces.tolist() for mesh in found.meshes)
    assert strip == [[0, 1, 2], [2, 1, 3]]
    assert fan == [[0, 1, 2], [0, 2, 3]]
    assert bare == [[0, 1, 2]]
    assert found.notes == ("points and lines are left out",)


def test_materials_are_linear_light(tmp_path: Path) -> None:
    built = Builder()
    half = float(linear_from_srgb(np.array(0.5)))
    built.tree["materials"] = [
        {"pbrMetallicRoughness": {"baseColorFactor": [half, 0, 1, 0.5]}},
        {"pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.5]}, "alphaMode": "BLEND"},
    ]
    built.primitive(material=0)
    primitive = built.primitive(material=1)
    shades = np.array([[0, 0, 0], [255, 255, 255], [0, 0, 0], [0, 0, 0]], "u1")
    primitive["attributes"]["COLOR_0"] = built.array(shades, normalized=True)
    one, other = load_mesh(built.glb(tmp_path), scene="list")
    np.testing.assert_array_equal(one.appearance.colors, [[128, 0, 255, 255]] * 4)
    np.testing.assert_array_equal(other.appearance.colors[1], [255, 255, 255, 255])
    (merged,) = load_mesh(tmp_path / "a.glb")
    np.testing.assert_array_equal(merged.appearance.colors[:4], one.appearance.colors)


def picture(value: int) -> np.ndarray:
    pixels = np.full((2, 2, 4), value, np.uint8)
    pixels[..., 3] = 255
    return pixels


def with_textures(values: list[int], uv: np.ndarray) -> Builder:
    built = Builder()
    built.tree |= {"materials": [], "textures": [], "images": []}
    for index, value in enumerate(values):
        view = built.view(encode_texture(picture(value)))
        built.tree["images"].append({"bufferView": view, "mimeType": "image/png"})
        built.tree["textures"].append({"source": index})
        slot = {"pbrMetallicRoughness": {"baseColorTexture": {"index": index}}}
        built.tree["materials"].append(slot)
    for index in range(2):
        primitive = built.primitive(material=min(index, len(values) - 1))
        primitive["attributes"]["TEXCOORD_0"] = built.array(uv)
    return built


UV = np.array([[0, 0], [1, 0], [0, 0.25], [1, 1]], "<f4")


def test_one_texture_for_all_parts_is_kept(tmp_path: Path) -> None:
    (mesh,) = load_mesh(with_textures([90], UV).glb(tmp_path))
    np.testing.assert_array_equal(mesh.appearance.texture, picture(90))
    expected = np.tile([[0, 1], [1, 1], [0, 0.75], [1, 0]], (2, 1))
    np.testing.assert_array_equal(mesh.appearance.uv, expected)


def test_different_textures_become_colors(tmp_path: Path) -> None:
    (mesh,) = load_mesh(with_textures([90, 200], UV).glb(tmp_path))
    assert mesh.appearance.texture is None
    np.testing.assert_array_equal(mesh.appearance.colors[:, 0], [90] * 4 + [200] * 4)


def test_tinted_and_older_materials(tmp_path: Path) -> None:
    built = with_textures([200, 90], UV)
    half = float(linear_from_srgb(np.array(128 / 255)))
    first, second = built.tree["materials"]
    first["pbrMetallicRoughness"]["baseColorFactor"] = [half, 1, 1, 1]
    slot = second.pop("pbrMetallicRoughness")["baseColorTexture"]
    second["extensions"] = {"KHR_materials_pbrSpecularGlossiness": {"diffuseTexture": slot}}
    one, other = load_mesh(built.glb(tmp_path), scene="list")
    np.testing.assert_array_equal(one.appearance.texture[0, 0], [200 * 128 // 255, 200, 200, 255])
    np.testing.assert_array_equal(other.appearance.texture, picture(90))


def test_a_texture_that_cannot_be_shown_is_noted(tmp_path: Path) -> None:
    built = with_textures([200], UV)
    built.tree["images"][0] = {"uri": "gone.png"}
    found = read_mesh(built.glb(tmp_path))
    assert found.notes == ("a texture was not found or cannot be shown",)
    assert found.meshes[0].appearance.texture is None


def test_texture_transforms(tmp_path: Path) -> None:
    built = with_textures([90], UV)
    slot = built.tree["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
    transform = {"offset": [0.5, 0.125], "scale": [0.5, 0.5]}
    slot["extensions"] = {"KHR_texture_transform": transform}
    (mesh,) = load_mesh(built.glb(tmp_path))
    np.testing.assert_allclose(mesh.appearance.uv[3], [1.0, 1 - 0.625])


def test_skins_bend_their_meshes(tmp_path: Path) -> None:
    built = Builder()
    primitive = built.primitive()
    joints = np.array([[0, 1, 0, 0]] * 4, "u1")
    weights = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0]], "<f4")
    primitive["attributes"] |= {"JOINTS_0": built.array(joints), "WEIGHTS_0": built.array(weights)}
    bind = np.eye(4, dtype="<f4")
    bind[3, :3] = (-1, 0, 0)  # the second joint stood at x = 1 when it was bound
    binds = np.stack([np.eye(4, dtype="<f4").reshape(-1), bind.reshape(-1)])
    built.tree["skins"] = [{"joints": [1, 2], "inverseBindMatrices": built.array(binds)}]
    built.tree["nodes"] = [
        {"mesh": 0, "skin": 0, "translation": [99, 99, 99]},
        {"children": [2]},
        {"translation": [1, 2, 0]},
    ]
    built.tree["scenes"] = [{"nodes": [0, 1]}]
    (mesh,) = load_mesh(built.glb(tmp_path))
    # The second joint moved up by two since then; the node of a skinned mesh does not count.
    expected = [[0, 0, 0], [1, 2, 0], [0, 2, 0], [0, 0, 1]]
    np.testing.assert_allclose(mesh.vertices, expected)


def test_sparse_strided_and_normalised_arrays(tmp_path: Path) -> None:
    built = Builder()
    rows = np.zeros((4, 4), "<i2")
    rows[:, :3] = POINTS * 32767
    primitive = built.primitive()
    view = built.view(rows.tobytes(), byteStride=8)
    place = built.array(np.array([3], "<u1"))
    moved = built.array(np.array([[0, 0, -32767]], "<i2"))
    views = [built.tree["accessors"][index]["bufferView"] for index in (place, moved)]
    built.tree["accessors"].append({
        "bufferView": view, "count": 4, "componentType": 5122, "type": "VEC3", "normalized": True,
        "sparse": {"count": 1, "indices": {"bufferView": views[0], "componentType": 5121},
                   "values": {"bufferView": views[1]}},
    })  # fmt: skip
    primitive["attributes"]["POSITION"] = len(built.tree["accessors"]) - 1
    (mesh,) = load_mesh(built.glb(tmp_path))
    np.testing.assert_array_equal(mesh.vertices, [*POINTS[:3], [0, 0, -1]])


def test_primitives_that_share_vertices_take_their_own(tmp_path: Path) -> None:
    built = Builder()
    first = built.primitive(corners=CORNERS[:3])
    second = built.primitive(corners=CORNERS[6:9])
    second["attributes"]["POSITION"] = first["attributes"]["POSITION"]
    one, other = load_mesh(built.glb(tmp_path), scene="list")
    assert len(one.vertices) == len(other.vertices) == 3
    np.testing.assert_array_equal(other.vertices[other.faces][0], POINTS[[1, 2, 3]])


def test_gltf_with_files_beside_it(tmp_path: Path) -> None:
    built = Builder()
    built.primitive()
    uri = "data:application/octet-stream;base64," + base64.b64encode(built.data).decode()
    for buffer in (uri, "my%20data.bin"):
        built.tree["buffers"] = [{"byteLength": len(built.data), "uri": buffer}]
        (tmp_path / "a.gltf").write_text(json.dumps(built.tree))
        (tmp_path / "my data.bin").write_bytes(built.data)
        np.testing.assert_array_equal(load_mesh(tmp_path / "a.gltf")[0].vertices, POINTS)


@pytest.mark.parametrize("uri", ["../secret.bin", "/etc/hostname", "%2e%2e/secret.bin", "gone"])
def test_files_elsewhere_are_not_touched(tmp_path: Path, uri: str) -> None:
    built = Builder()
    built.primitive()
    (tmp_path / "secret.bin").write_bytes(built.data)
    folder = tmp_path / "inside"
    folder.mkdir()
    built.tree["buffers"] = [{"byteLength": len(built.data), "uri": uri}]
    (folder / "a.gltf").write_text(json.dumps(built.tree))
    with pytest.raises(FormatError, match="is missing"):
        load_mesh(folder / "a.gltf")


def test_a_rotation_turns_as_a_quaternion_does() -> None:
    angle = 0.7
    matrix = local_matrix({"rotation": [0, 0, np.sin(angle / 2), np.cos(angle / 2)]})
    np.testing.assert_allclose(matrix[:2, 0], [np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(4), atol=1e-15)


def deep(count: int) -> dict:
    return {"count": count, "componentType": 5126, "type": "VEC3"}


SPOILS = {
    "count": lambda tree: tree["accessors"][0].update(count=10**12),
    "zeros": lambda tree: tree["accessors"].__setitem__(0, deep(10**12)),
    "view": lambda tree: tree["bufferViews"][0].update(byteLength=10**12),
    "stride": lambda tree: tree["bufferViews"][0].update(byteStride=-12),
    "index": lambda tree: tree["nodes"][0].update(mesh=7),
    "cycle": lambda tree: tree.update(nodes=[{"children": [1], "mesh": 0}, {"children": [0]}]),
    "corner": lambda tree: tree["accessors"][0].update(count=3),
    "version": lambda tree: tree["asset"].update(version="1.0"),
    "packed": lambda tree: tree.update(extensionsRequired=["KHR_draco_mesh_compression"]),
    "empty": lambda tree: tree["meshes"][0].update(primitives=[]),
}


@pytest.mark.parametrize("what", SPOILS)
def test_damage_is_named(tmp_path: Path, what: str) -> None:
    built = Builder()
    built.primitive()
    SPOILS[what](built.tree)
    path = built.glb(tmp_path)
    with pytest.raises(FormatError) as caught:
        load_mesh(path)
    assert caught.value.path == path
    assert caught.value.remedy


def test_merging_keeps_white_where_a_part_has_no_color(tmp_path: Path) -> None:
    from kpstudio.io.parts import merge_parts

    red = replace(box(), appearance=Appearance(np.tile(np.uint8([255, 0, 0, 255]), (8, 1))))
    merged = merge_parts([red, box()], "both")
    np.testing.assert_array_equal(merged.appearance.colors[8:], 255)
    assert merged.name == "both"


# --- small files that unpack to absurdly much ----------------------------------------------------


@pytest.mark.parametrize("scene", ["merge", "list"])
@pytest.mark.parametrize("nodes", [7, 8])
def test_a_scene_of_too_many_copies_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: int, scene: Parts
) -> None:
    monkeypatch.setattr(gltf, "SCENE_LIMIT", 7 * len(POINTS))
    file = Builder()
    file.primitive()
    file.tree["nodes"] = [{"mesh": 0}] * nodes
    file.tree["scenes"] = [{"nodes": list(range(nodes))}]
    path = file.glb(tmp_path)
    if nodes == 7:
        assert sum(len(mesh.vertices) for mesh in load_mesh(path, scene=scene)) == 28
        return
    with pytest.raises(FormatError, match="more than 28 vertices or faces") as caught:
        load_mesh(path, scene=scene)
    assert "a.glb" in str(caught.value)


def test_primitives_that_share_a_pool_count_what_they_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gltf, "SCENE_LIMIT", 3 * 4)
    file = Builder()
    pool = file.primitive(corners=CORNERS[:3])
    for start in (3, 6, 9):
        file.tree["meshes"][0]["primitives"].append(
            {**pool, "indices": file.array(CORNERS[start : start + 3])}
        )
    (mesh,) = load_mesh(file.glb(tmp_path))
    assert len(mesh.vertices) == 12  # three of the four for each, not sixteen


def test_one_row_cannot_stand_for_many(tmp_path: Path) -> None:
    file = Builder()
    points = file.primitive(corners=None)["attributes"]["POSITION"]
    file.tree["accessors"][points]["count"] = 10**12
    file.tree["bufferViews"][0]["byteStride"] = 0
    with pytest.raises(FormatError, match=r"a\.glb"):
        load_mesh(file.glb(tmp_path))
