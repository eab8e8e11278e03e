"""Edits of shapes, each one undoable step with a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kpstudio.app import operations
from kpstudio.app.drag import DeformSession, DragSession, PlaceSession
from kpstudio.app.inspecting import detector_title
from kpstudio.app.moves import MoveOptions
from kpstudio.app.observable import Observable
from kpstudio.app.options import EditMode, EditOptions
from kpstudio.app.rigs import Rigs
from kpstudio.app.selection import Selection
from kpstudio.base.arrays import FloatArray
from kpstudio.base.errors import InputError
from kpstudio.data.shape import Shape
from kpstudio.deformation.rig import Rig
from kpstudio.document.document import Document
from kpstudio.document.history import Edit, History, Remove
from kpstudio.document.item import Item
from kpstudio.geometry.orientation import Orientation


class Edits:
    """Everything a person can do to the shapes of a document.

    Parameters
    ----------
    document, history, selection
        What is edited.
    rigs
        Where bound shapes are found.
    options
        Mode, prior strength and symmetry of the drags.
    """

    def __init__(
        self,
        document: Document,
        history: History,
        selection: Selection,
        rigs: Rigs,
        options: Observable[EditOptions],
    ) -> None:
        self._document, self._history, self._selection = document, history, selection
        self._rigs, self._options = rigs, options
        self._samples = 0

    # --- items ---------------------------------------------------------------------------------

    def remove(self, item_id: int) -> None:
        """Take a shape out of the document."""
        item = self._item(item_id)
        self._history.push(Remove(item, self._document.index(item_id), f"Remove {item.name}"))

    def rename(self, item_id: int, name: str) -> None:
        """Give a shape another name; an empty one is ignored."""
        item = self._item(item_id)
        if name.strip() and name != item.name:
            self._push(item, replace(item, name=name.strip()), f"Rename {item.name}")

    def set_visible(self, item_id: int, visible: bool) -> None:
        """Show or hide a shape."""
        item = self._item(item_id)
        if visible != item.visible:
            label = f"{'Show' if visible else 'Hide'} {item.name}"
            self._push(item, replace(item, visible=visible), label)

    def set_orientation(self, item_id: int, orientation: Orientation) -> None:
        """Say which axes are up and front; keypoints found in another pose are dropped."""
        item = self._item(item_id)
        if orientation != item.value.orientation:
            shape = Shape(item.value.mesh, orientation, True, item.value.category)
            self._change(item, shape, f"Orient {item.name}")

    def set_category(self, item_id: int, category: str) -> None:
        """Say what a shape is; empty means: propose it automatically."""
        item = self._item(item_id)
        if category != item.value.category:
            self._change(item, replace(item.value, category=category), f"Categorise {item.name}")

    def set_detection(
        self, item_id: int, shape: Shape, label: str, *, unasked: bool = False
    ) -> None:
        """Put the result of a detector in place; repeated runs are one step.

        `unasked` says that it ran by itself: nothing is unsaved for that.
        """
        item = self._item(item_id)
        after = replace(item, value=shape)
        self._history.push(Edit(item, after, label), merge=True, automatic=True, unasked=unasked)

    def edit_other(self, item_id: int, detector: str) -> None:
        """Edit the keypoints that another detector found; those edited now stay to compare with."""
        item = self._item(item_id)
        shape = operations.edit_other(item.value, detector)
        assert shape.detection is not None
        self._change(item, shape, f"Edit keypoints of {detector_title(shape.detection)}")

    def remove_other(self, item_id: int, detector: str) -> None:
        """Take away what another detector found; nothing when it found nothing."""
        item = self._item(item_id)
        found = [one for one in item.value.others if one.provenance.detector == detector]
        if found:
            label = f"Remove keypoints of {detector_title(found[0])}"
            self._change(item, item.value.without(detector), label)

    # --- keypoints -----------------------------------------------------------------------------

    def begin_drag(
        self, item_id: int, indices: tuple[int, ...], verb: str = "Move"
    ) -> DragSession | None:
        """Start a gesture; None while the shape is still being prepared, or all are locked."""
        item = self._item(item_id)
        keypoints = item.value.keypoints
        if keypoints is None:
            return None
        free = tuple(index for index in indices if not keypoints.locked[index])
        if not free:
            return None
        label = f"{verb} {_names(free)}"
        options = self._options.value
        if options.mode is EditMode.PLACE or not _deformable(item):
            return PlaceSession(self._document, self._history, item, free, label)
        rig = self._rig(item)
        if rig is None:
            return None
        moves = MoveOptions(options.prior_strength, options.symmetric)
        return DeformSession(self._document, self._history, item, free, label, rig, moves)

    def nudge(self, item_id: int, indices: tuple[int, ...], offset: FloatArray) -> None:
        """Move keypoints by an offset (3,), file coordinates; a run of nudges is one step."""
        session = self.begin_drag(item_id, indices, "Nudge")
        if session is not None:
            session.move(offset)
            session.commit(merge=True)

    def set_position(self, item_id: int, index: int, position: FloatArray) -> None:
        """Put one keypoint at a place (3,), file coordinates.

        Raises
        ------
        InputError
            The place is not three finite numbers.
        """
        target = np.asarray(position, float)
        if target.shape != (3,) or not np.isfinite(target).all():
            raise InputError("a keypoint needs three finite numbers")
        session = self.begin_drag(item_id, (index,))
        if session is not None:
            session.move(target - session.start)
            session.commit()

    def rename_keypoint(self, item_id: int, index: int, name: str) -> None:
        """Give a keypoint another label."""
        item = self._item(item_id)
        keypoints = item.value.keypoints
        if keypoints is not None and name.strip() and name != keypoints.schema.names[index]:
            shape = replace(item.value, keypoints=keypoints.renamed(index, name.strip()))
            self._change(item, shape, f"Rename keypoint {index}")

    def set_lock(self, item_id: int, index: int, locked: bool) -> None:
        """Lock a keypoint in place, or free it."""
        item = self._item(item_id)
        keypoints = item.value.keypoints
        if keypoints is not None and locked != bool(keypoints.locked[index]):
            shape = replace(item.value, keypoints=keypoints.with_lock(index, locked))
            self._change(item, shape, f"{'Lock' if locked else 'Unlock'} keypoint {index}")

    # --- whole shapes --------------------------------------------------------------------------

    def coefficients(self, item_id: int) -> FloatArray | None:
        """Return the shape's prior coefficients (b,) in standard deviations, if it has a prior."""
        shape = self._item(item_id).value
        detection = shape.detection
        if shape.keypoints is None or detection is None or detection.handling is None:
            return None
        return operations.coefficients(shape) if detection.handling.prior is not None else None

    def set_coefficients(self, item_id: int, deviations: FloatArray, *, final: bool) -> None:
        """Move all keypoints along the prior's modes.

        Parameters
        ----------
        item_id
            The item.
        deviations
            (b,) coefficients in standard deviations.
        final
            False while the slider moves (a preview), True when it is let go (an undo step).
        """
        self._operate(
            item_id,
            lambda shape, rig: operations.with_coefficients(shape, rig, deviations),
            "Change shape modes",
            final=final,
        )

    def sample(self, item_id: int, spread: float = 1.0) -> None:
        """Make a new plausible shape from this mesh; every call gives another one."""
        self._samples += 1
        seed = self._samples
        self._operate(
            item_id,
            lambda shape, rig: operations.sample(shape, rig, seed, spread),
            "Sample shape",
            merge=False,  # the one before last may have been the best
        )

    def reset(self, item_id: int) -> None:
        """Bring a shape back to the way it was detected."""
        item = self._item(item_id)
        self._change(item, operations.reset(item.value), "Reset shape")

    def align(self, item_id: int, target_id: int, amount: float, *, final: bool = True) -> None:
        """Deform a shape towards another one of its category.

        Parameters
        ----------
        item_id, target_id
            Source and target, both with keypoints.
        amount
            0 = as detected, 1 = the target's keypoints.
        final
            False for a preview while the slider moves.
        """
        target = self._item(target_id)
        self._operate(
            item_id,
            lambda shape, rig: operations.align(shape, target.value, rig, amount),
            f"Align to {target.name}",
            final=final,
        )

    def restore(self, item_id: int) -> None:
        """Show an item as the document holds it, after a preview that was given up."""
        self._document.preview(self._item(item_id))

    # --- the way down --------------------------------------------------------------------------

    def _item(self, item_id: int) -> Item:
        item = self._document.find(item_id)
        if item is None:
            raise InputError("the shape is no longer open")
        return item

    def _rig(self, item: Item) -> Rig | None:
        rig = self._rigs.get(item.value)
        if rig is None:
            self._rigs.prepare(item.id, item.value)
        return rig

    def _operate(
        self,
        item_id: int,
        operation: Callable[[Shape, Rig], Shape],
        label: str,
        *,
        final: bool = True,
        merge: bool = True,
    ) -> None:
        item = self._item(item_id)
        rig = self._rig(item)
        if rig is None:
            return
        shape = operation(item.value, rig)
        if final:
            self._change(item, shape, label, merge=merge)
        else:
            # The exact mesh is at hand: presenters take it from the item.
            self._document.preview(replace(item, value=shape))

    def _change(self, item: Item, shape: Shape, label: str, *, merge: bool = False) -> None:
        if shape is not item.value:
            self._push(item, replace(item, value=shape), label, merge=merge)

    def _push(self, item: Item, after: Item, label: str, *, merge: bool = False) -> None:
        self._history.push(Edit(item, after, label), merge=merge)


def _deformable(item: Item) -> bool:
    detection = item.value.detection
    return detection is not None and detection.handling is not None


def _names(indices: tuple[int, ...]) -> str:
    return f"keypoint {indices[0]}" if len(indices) == 1 else f"{len(indices)} keypoints"
