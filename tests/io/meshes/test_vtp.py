import base64
import itertools
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kpstudio.base.errors import FormatError
from kpstudio.io import damage, text
from kpstudio.io.registry import load_keypoints, load_mesh, read_mesh, save_mesh
from tests.io.examples import (
    assert_same_keypoints,
    assert_same_mesh,
    colored,
    fields,
    irregular,
    keypoints,
)

XML = """<?xml version="1.0"?>
<VTKFile type="PolyData" version="0.1">
<PolyData><Piece NumberOfPoints="5">
<PointData TCoords="T">
<DataArray type="Float32" Name="T" NumberOfComponents="2" format="ascii">{uv}</DataArray>
<DataArray type="Float32" Name="heat" format="ascii">1 2 3 4 5</DataArray>
<DataArray type="Float32" Name="Normals" NumberOfComponents="3" format="ascii">{zeros}</DataArray>
</PointData>
<Points><DataArray type="Float64" NumberOfComponents="3" format="ascii">
0 0 0 1 0 0 1 1 0 0 1 0 .5 .5 1</DataArray></Points>
<Polys>
<DataArray type="Int32" Name="connectivity" format="ascii">0 1 2 3 0 1 4</DataArray>
<DataArray type="Int32" Name="offsets" format="ascii">4 7</DataArray></Polys>
<Strips>
<DataArray type="Int32" Name="connectivity" format="ascii">1 2 4 3</DataArray>
<DataArray type="Int32" Name="offsets" format="ascii">4</DataArray></Strips>
</Piece></PolyData></VTKFile>"""
XML = XML.format(uv="0 0 1 0 1 1 0 1 0.5 0.5", zeros="0 0 0 " * 5)


def test_round_trip_is_exact(tmp_path: Path) -> None:
    mesh = replace(colored(opaque=False), unit="µm")
    look = replace(mesh.appearance, uv=mesh.vertices[:, :2])
    mesh = replace(mesh, appearance=look)
    points = keypoints()
    assert save_mesh(tmp_path / "a.vtp", mesh, fields(mesh), points) == ()
    found = read_mesh(tmp_path / "a.vtp")
    assert_same_mesh(found.meshes[0], mesh)
    assert found.meshes[0].unit == "µm"
    assert_same_keypoints(found.keypoints, points)
    assert_same_keypoints(load_keypoints(tmp_path / "a.vtp").keypoints, points)
    for one, other in zip(found.fields, fields(mesh), strict=True):
        assert (one.name, one.unit, one.signed) == (other.name, other.unit, other.signed)
        assert one.values.tobytes() == other.values.tobytes()


def test_vtk_reads_what_is_written(tmp_path: Path) -> None:
    pyvista = pytest.importorskip("pyvista")
    mesh, points = colored(), keypoints()
    save_mesh(tmp_path / "a.vtp", mesh, fields(mesh), points)
    other = pyvista.read(tmp_path / "a.vtp")
    np.testing.assert_array_equal(other.points, mesh.vertices)
    np.testing.assert_array_equal(other.regular_faces, mesh.faces)
    np.testing.assert_array_equal(other["RGBA"], mesh.appearance.colors)
    np.testing.assert_array_equal(other["heat of é, 1"], fields(mesh)[0].values)
    np.testing.assert_array_equal(other.field_data["keypoint_positions"], points.positions)
    assert list(other.field_data["keypoint_labels"]) == list(points.schema.names)


@pytest.mark.parametrize(("mode", "compressor"), [*itertools.product(range(4), range(3))])
def test_what_vtk_writes_is_read(tmp_path: Path, mode: int, compressor: int) -> None:
    pyvista = pytest.importorskip("pyvista")
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    ball = pyvista.Sphere(theta_resolution=20, phi_resolution=20)
    ball.clear_data()
    ball["heat"] = np.arange(ball.n_points) / 3
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(tmp_path / "a.vtp"))
    writer.SetInputData(ball)
    writer.SetDataMode(min(mode, 2))  # text, inline, appended
    writer.SetEncodeAppendedData(mode == 3)
    (writer.SetCompressorTypeToNone, writer.SetCompressorTypeToZLib,
     writer.SetCompressorTypeToLZMA)[compressor]()  # fmt: skip
    writer.SetBlockSize(1024)
    writer.SetHeaderTypeToUInt32() if mode % 2 else writer.SetHeaderTypeToUInt64()
    writer.Write()
    found = read_mesh(tmp_path / "a.vtp")
    np.testing.assert_array_equal(found.meshes[0].vertices, ball.points)
    np.testing.assert_array_equal(found.meshes[0].faces, ball.regular_faces)
    np.testing.assert_array_equal(found.fields[0].values, ball["heat"])


def test_text_polygons_and_strips(tmp_path: Path) -> None:
    (tmp_path / "a.vtp").write_text(XML)
    found = read_mesh(tmp_path / "a.vtp")
    np.testing.assert_array_equal(
        found.meshes[0].faces, [[0, 1, 2], [0, 2, 3], [0, 1, 4], [1, 2, 4], [3, 4, 2]]
    )
    np.testing.assert_array_equal(found.meshes[0].appearance.uv[4], [0.5, 0.5])
    assert [field.name for field in found.fields] == ["heat"]


def test_large_text_arrays_are_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "PIECE", 4)
    (tmp_path / "a.vtp").write_text(XML.replace("1 2 3 4 5", "1 2\n3 4\n5"))
    np.testing.assert_array_equal(read_mesh(tmp_path / "a.vtp").fields[0].values, range(1, 6))


def test_the_frame_that_slicer_writes(tmp_path: Path) -> None:
    letters = " ".join(str(code) for code in b"SPACE=RAS\0")
    field_data = (
        '<PolyData><FieldData><Array type="String" Name="SPACE" NumberOfTuples="1" '
        f'format="ascii">{letters}</Array></FieldData>'
    )
    (tmp_path / "a.vtp").write_text(XML.replace("<PolyData>", field_data))
    assert read_mesh(tmp_path / "a.vtp").space == "RAS"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0 1 2 3 0 1 4", "0 1 2 3 0 1 5", r"outside 0\.\.4"),
        ("4 7", "4 8", "offsets of its polys"),
        ("4 7", "7 4", "offsets of its polys"),
        ('NumberOfPoints="5"', 'NumberOfPoints="6"', "cut off"),
        ("1 2 3 4 5", "1 2 3 4", "values of heat"),
        ("1 2 3 4 5", "1 2 x 4 5", "'x' stands"),
        ('type="PolyData"', 'type="UnstructuredGrid"', "UnstructuredGrid"),
        ('version="0.1"', 'compressor="vtkLZ4DataCompressor"', "vtkLZ4DataCompressor"),
        ("</Points>", "</Point>", "XML cannot be read"),
        ('<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY b "c">]>', "entities"),
        (
            '<?xml version="1.0"?>',
            f'<!--{" " * 5000}--><!DOCTYPE a [<!ENTITY b "c">]>',
            "entities",
        ),
        ("<Piece", "<Peace", "XML cannot be read"),
        ("Float32", "Float31", "damaged"),
    ],
)
def test_damage_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "a.vtp").write_text(XML.replace(old, new))
    with pytest.raises(FormatError, match=message) as caught:
        load_mesh(tmp_path / "a.vtp")
    assert caught.value.path == tmp_path / "a.vtp"


def packed(path: Path, header: list[int], zeros: int) -> None:
    """Write a file whose heat is `zeros` bytes of zeros, in blocks as `header` says."""
    block = zlib.compress(bytes(zeros))
    sizes = struct.pack("<4I", *header, len(block))
    heat = b"".join(base64.b64encode(part) for part in (sizes, block)).decode()
    element = f'<DataArray type="Float32" Name="heat" format="binary">{heat}</DataArray>'
    plain = '<DataArray type="Float32" Name="heat" format="ascii">1 2 3 4 5</DataArray>'
    text = XML.replace(plain, element)
    path.write_text(
        text.replace('version="0.1"', 'version="0.1" compressor="vtkZLibDataCompressor"')
    )


def test_packed_arrays(tmp_path: Path) -> None:
    packed(tmp_path / "a.vtp", [1, 32768, 20], 20)
    np.testing.assert_array_equal(read_mesh(tmp_path / "a.vtp").fields[0].values, [0] * 5)


@pytest.mark.parametrize(
    ("header", "message"), [([1, 1 << 20, 0], "would unpack to"), ([1, 0, 0], "no size")]
)
def test_a_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: list[int], message: str
) -> None:
    monkeypatch.setattr(damage, "SLACK", 0)
    packed(tmp_path / "a.vtp", header, 1 << 20)
    with pytest.raises(FormatError, match=message):
        read_mesh(tmp_path / "a.vtp")


def test_keypoints_that_cannot_be_read_leave_the_mesh(tmp_path: Path) -> None:
    save_mesh(tmp_path / "a.vtp", irregular(), keypoints=keypoints())
    data = (tmp_path / "a.vtp").read_bytes()
    (tmp_path / "a.vtp").write_bytes(data.replace(b'"position":', b'"positron":'))
    found = read_mesh(tmp_path / "a.vtp")
    assert found.keypoints is None
    assert "position" in found.notes[0]
    assert len(found.meshes[0].faces) > 0
