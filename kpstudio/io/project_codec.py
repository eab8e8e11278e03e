"""Shapes as JSON with arrays beside it, and back: every attribute, bit for bit.

The JSON is described by `resources/schemas/project.schema.json`. An array is the name under which
it is stored; a mesh the index in a list of meshes, so that those shared by several shapes, or by a
shape and its deformed state, are shared again after loading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from kpstudio.base.arrays import FloatArray
from kpstudio.data.cage import Cage
from kpstudio.data.candidates import Candidates
from kpstudio.data.descriptor import Descriptor
from kpstudio.data.detection import Detection, Handling, Provenance
from kpstudio.data.field import Field
from kpstudio.data.keypoints import Anchor, KeypointSchema, KeypointSet, Origin
from kpstudio.data.mesh import Appearance, Mesh
from kpstudio.data.overlay import Overlay
from kpstudio.data.prior import ShapePrior
from kpstudio.data.shape import Shape
from kpstudio.geometry.orientation import Orientation
from kpstudio.io.array_store import ArrayReader, ArrayWriter
from kpstudio.io.sight_codec import LEFT_OUT, decode_sight, encode_sight, has_large_maps

Json = dict[str, Any]

#: Stands for keypoints that nobody has edited since they were detected.
AS_DETECTED = "as detected"


class Encoder:
    """Turns shapes into JSON.

    Parameters
    ----------
    arrays
        Where arrays go.
    """

    def __init__(self, arrays: ArrayWriter) -> None:
        self._arrays, self._put = arrays, arrays.put
        self._index: dict[int, int] = {}
        self._kept: list[Mesh] = []
        #: The meshes so far.
        self.meshes: list[Json] = []

    def shape(self, shape: Shape) -> Json:
        """Return a shape."""
        detection = shape.detection
        keypoints: Any = None
        if shape.keypoints is not None:
            same = detection is not None and shape.keypoints is detection.keypoints
            keypoints = AS_DETECTED if same else self._keypoints(shape.keypoints)
        return {
            "mesh": self._mesh(shape.mesh),
            "deformed": self._mesh(shape.current) if shape.is_deformed else None,
            "orientation": _axes(shape.orientation),
            "orientation_chosen": shape.orientation_chosen,
            "category": shape.category,
            "detection": None if detection is None else self._detection(detection),
            "keypoints": keypoints,
            "others": [self._detection(other) for other in shape.others],
        }

    def _mesh(self, mesh: Mesh) -> int:
        if id(mesh) not in self._index:
            self._index[id(mesh)] = len(self.meshes)
            self._kept.append(mesh)
            look = mesh.appearance
            self.meshes.append(
                {
                    "vertices": self._put(mesh.vertices),
                    "faces": self._put(mesh.faces),
                    "name": mesh.name,
                    "source": None if mesh.source is None else mesh.source.as_posix(),
                    "unit": mesh.unit,
                    "space": mesh.space,
                    "appearance": None if look is None else self._appearance(look),
                }
            )
        return self._index[id(mesh)]

    def _appearance(self, look: Appearance) -> Json:
        arrays = {"colors": look.colors, "uv": look.uv, "texture": look.texture}
        return {name: None if a is None else self._put(a) for name, a in arrays.items()}

    def _keypoints(self, keypoints: KeypointSet) -> Json:
        schema, anchor = keypoints.schema, keypoints.anchor
        return {
            "positions": self._put(keypoints.positions),
            "names": list(schema.names),
            "mirror": list(schema.mirror),
            "edges": [list(edge) for edge in schema.edges],
            "ordered": schema.ordered,
            "confidence": self._put(keypoints.confidence),
            "locked": self._put(keypoints.locked),
            "defined": self._put(keypoints.defined),
            "origin": [str(origin) for origin in keypoints.origin],
            "anchor": None if anchor is None else {
                "faces": self._put(anchor.faces),
                "barycentric": self._put(anchor.barycentric),
                "mesh_key": anchor.mesh_key,
            },
        }  # fmt: skip

    def _detection(self, detection: Detection) -> Json:
        handling, candidates = detection.handling, detection.candidates
        notes, large = detection.notes, has_large_maps(detection.sights)
        return {
            "keypoints": self._keypoints(detection.keypoints),
            "provenance": _provenance(detection.provenance),
            "raw": self._optional(detection.raw),
            "fields": self._fields(detection.fields),
            "keypoint_fields": {
                name: self._fields(fields) for name, fields in detection.keypoint_fields.items()
            },
            "handling": None if handling is None else self._handling(handling),
            "candidates": None if candidates is None else {
                "positions": self._put(candidates.positions),
                "response": self._put(candidates.response),
                "vertices": self._put(candidates.vertices),
                "sizes": self._optional(candidates.sizes),
            },
            "sizes": self._optional(detection.sizes),
            "descriptors": [
                {"name": one.name, "values": self._put(one.values), "space": one.space}
                for one in detection.descriptors
            ],
            "prior": self._prior(detection.prior),
            "overlays": [
                {
                    "name": overlay.name,
                    "points": self._put(overlay.points),
                    "lines": self._optional(overlay.lines),
                    "faces": self._optional(overlay.faces),
                    "values": self._optional(overlay.values),
                }
                for overlay in detection.overlays
            ],
            "notes": [*notes, LEFT_OUT] if large and LEFT_OUT not in notes else list(notes),
            "sights": [
                encode_sight(sight, self._arrays, maps=not large) for sight in detection.sights
            ],
        }  # fmt: skip

    def _optional(self, array: NDArray[Any] | None) -> str | None:
        return None if array is None else self._put(array)

    def _fields(self, fields: Sequence[Field]) -> list[Json]:
        return [
            {
                "name": field.name,
                "values": self._put(field.values),
                "unit": field.unit,
                "signed": field.signed,
                "logarithmic": field.logarithmic,
            }
            for field in fields
        ]

    def _handling(self, handling: Handling) -> Json:
        return {
            "cage": {
                "vertices": self._put(handling.cage.vertices),
                "faces": self._put(handling.cage.faces),
            },
            "influence": self._put(handling.influence),
            "prior": self._prior(handling.prior),
        }

    def _prior(self, prior: ShapePrior | None) -> Json | None:
        if prior is None:
            return None
        return {
            "mean": self._put(prior.mean),
            "modes": self._put(prior.modes),
            "variances": self._put(prior.variances),
            "count": prior.count,
            "explained": prior.explained,
        }


def _axes(orientation: Orientation) -> Json:
    return {"up": orientation.up, "front": orientation.front}


def _provenance(provenance: Provenance) -> Json:
    return {
        "detector": provenance.detector,
        "parameters": dict(provenance.parameters),
        "model": provenance.model,
        "orientation": _axes(provenance.orientation),
        "input_key": provenance.input_key,
        "seconds": provenance.seconds,
    }


class Decoder:
    """Turns JSON that fits the schema back into shapes.

    Parameters
    ----------
    meshes
        The list of meshes.
    arrays
        Where arrays come from.
    """

    def __init__(self, meshes: Sequence[Json], arrays: ArrayReader) -> None:
        self._arrays, self._get = arrays, arrays.get
        self._meshes = [self._mesh(mesh) for mesh in meshes]

    def shape(self, content: Json) -> Shape:
        """Return a shape.

        Raises
        ------
        FormatError, InputError
            An array is missing, or does not fit the others.
        """
        deformed, found = content["deformed"], content["detection"]
        detection = None if found is None else self._detection(found)
        keypoints = None
        if content["keypoints"] == AS_DETECTED and detection is not None:
            keypoints = detection.keypoints
        elif isinstance(content["keypoints"], dict):
            keypoints = self._keypoints(content["keypoints"])
        return Shape(
            self._meshes[content["mesh"]],
            Orientation(**content["orientation"]),
            content["orientation_chosen"],
            content["category"],
            detection,
            keypoints,
            None if deformed is None else self._meshes[deformed],
            # From here on projects of the first versions do not say.
            tuple(self._detection(other) for other in content.get("others", ())),
        )

    def _optional(self, name: str | None) -> Any:
        return None if name is None else self._get(name)

    def _mesh(self, content: Json) -> Mesh:
        look = content["appearance"]
        source = content["source"]
        return Mesh(
            self._get(content["vertices"]),
            self._get(content["faces"]),
            content["name"],
            None if source is None else Path(source),
            content["unit"],
            None if look is None else Appearance(
                *(self._optional(look[name]) for name in ("colors", "uv", "texture"))
            ),
            content.get("space", ""),  # projects of the first versions do not say
        )  # fmt: skip

    def _keypoints(self, content: Json) -> KeypointSet:
        anchor = content["anchor"]
        return KeypointSet(
            self._get(content["positions"]),
            KeypointSchema(
                tuple(content["names"]),
                tuple(content["mirror"]),
                tuple((a, b) for a, b in content["edges"]),
                content["ordered"],
            ),
            self._get(content["confidence"]),
            self._get(content["locked"]),
            self._get(content["defined"]),
            tuple(Origin(word) for word in content["origin"]),
            None if anchor is None else Anchor(
                self._get(anchor["faces"]), self._get(anchor["barycentric"]), anchor["mesh_key"]
            ),
        )  # fmt: skip

    def _detection(self, content: Json) -> Detection:
        provenance, handling = content["provenance"], content["handling"]
        raw: FloatArray | None = self._optional(content["raw"])
        return Detection(
            self._keypoints(content["keypoints"]),
            Provenance(**provenance | {"orientation": Orientation(**provenance["orientation"])}),
            raw,
            self._fields(content["fields"]),
            {name: self._fields(fields) for name, fields in content["keypoint_fields"].items()},
            None if handling is None else self._handling(handling),
            # From here on projects of the first versions do not say.
            self._candidates(content.get("candidates")),
            self._optional(content.get("sizes")),
            tuple(
                Descriptor(one["name"], self._get(one["values"]), one["space"])
                for one in content.get("descriptors", ())
            ),
            self._prior(content.get("prior")),
            tuple(
                Overlay(
                    overlay["name"],
                    self._get(overlay["points"]),
                    *(self._optional(overlay[name]) for name in ("lines", "faces", "values")),
                )
                for overlay in content.get("overlays", ())
            ),
            tuple(content.get("notes", ())),
            tuple(decode_sight(sight, self._arrays) for sight in content.get("sights", ())),
        )

    def _candidates(self, content: Json | None) -> Candidates | None:
        if content is None:
            return None
        return Candidates(
            self._get(content["positions"]),
            self._get(content["response"]),
            self._get(content["vertices"]),
            self._optional(content["sizes"]),
        )

    def _fields(self, content: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
        return tuple(
            Field(
                field["name"],
                self._get(field["values"]),
                field["unit"],
                field["signed"],
                logarithmic=field.get("logarithmic", False),
            )
            for field in content
        )

    def _handling(self, content: Json) -> Handling:
        cage = content["cage"]
        return Handling(
            Cage(self._get(cage["vertices"]), self._get(cage["faces"])),
            self._get(content["influence"]),
            self._prior(content["prior"]),
        )

    def _prior(self, content: Json | None) -> ShapePrior | None:
        if content is None:
            return None
        return ShapePrior(
            self._get(content["mean"]), self._get(content["modes"]),
            self._get(content["variances"]), content["count"], content["explained"],
        )  # fmt: skip
