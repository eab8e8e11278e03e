"""The way in and out for mesh and keypoint files, whatever their format."""

from kpstudio.io.formats import (
    KeypointFile,
    KeypointFormat,
    KeypointInfo,
    MeshExport,
    MeshFile,
    MeshFormat,
    MeshSource,
)
from kpstudio.io.inspection import inspect_mesh
from kpstudio.io.keypoint_registry import (
    keypoint_format_failures,
    keypoint_formats,
    keypoint_suffixes,
    load_keypoints,
    save_keypoints,
    writable_keypoint_format,
)
from kpstudio.io.mesh_registry import (
    load_mesh,
    mesh_format_failures,
    mesh_formats,
    mesh_suffixes,
    read_mesh,
    save_mesh,
    writable_mesh_format,
)

__all__ = [
    "KeypointFile",
    "KeypointFormat",
    "KeypointInfo",
    "MeshExport",
    "MeshFile",
    "MeshFormat",
    "MeshSource",
    "inspect_mesh",
    "keypoint_format_failures",
    "keypoint_formats",
    "keypoint_suffixes",
    "load_keypoints",
    "load_mesh",
    "mesh_format_failures",
    "mesh_formats",
    "mesh_suffixes",
    "read_mesh",
    "save_keypoints",
    "save_mesh",
    "writable_keypoint_format",
    "writable_mesh_format",
]
