"""One item in the view: its presenters, all shown the same look."""

from __future__ import annotations

from dataclasses import replace

from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.presenters.cage import CagePresenter
from kpstudio.viewport.presenters.ghost import GhostPresenter
from kpstudio.viewport.presenters.isolines import IsolinePresenter
from kpstudio.viewport.presenters.keypoints import KeypointPresenter
from kpstudio.viewport.presenters.labels import LabelPresenter
from kpstudio.viewport.presenters.look import Look, Presenter
from kpstudio.viewport.presenters.mesh import MeshPresenter
from kpstudio.viewport.presenters.mirror_plane import MirrorPlanePresenter
from kpstudio.viewport.presenters.others import OtherKeypointsPresenter
from kpstudio.viewport.presenters.overlays import OverlaysPresenter
from kpstudio.viewport.presenters.probe import ProbePresenter
from kpstudio.viewport.presenters.raw import RawPresenter
from kpstudio.viewport.presenters.sizes import SizePresenter
from kpstudio.viewport.presenters.skeleton import SkeletonPresenter
from kpstudio.viewport.projection import Projection
from kpstudio.viewport.stage import Stage
from kpstudio.viewport.surfaces import Surfaces


class ItemView:
    """Everything drawn of one item.

    Parameters
    ----------
    stage
        Where it is drawn.
    surfaces
        The surfaces that all views draw.
    """

    def __init__(self, stage: Stage, surfaces: Surfaces) -> None:
        self.mesh = MeshPresenter(stage, surfaces)
        self.isolines = IsolinePresenter(stage, self.mesh)
        self.keypoints = KeypointPresenter(stage)
        self.labels = LabelPresenter(stage)
        self.skeleton = SkeletonPresenter(stage)
        self.overlays = OverlaysPresenter(stage)
        self.raw = RawPresenter(stage)
        self.cage = CagePresenter(stage)
        self.ghost = GhostPresenter(stage, surfaces)
        self.mirror_plane = MirrorPlanePresenter(stage)
        self.others = OtherKeypointsPresenter(stage)
        self.sizes = SizePresenter(stage)
        self.probe = ProbePresenter(stage)
        self._presenters: tuple[Presenter, ...] = (
            self.mesh, self.isolines, self.ghost, self.cage, self.mirror_plane, self.skeleton,
            self.overlays, self.raw, self.keypoints, self.labels, self.others, self.sizes,
            self.probe,
        )  # fmt: skip
        #: The look shown last.
        self.look: Look | None = None

    @property
    def field(self) -> ShownField | None:
        """The field that colours the mesh."""
        return self.mesh.field if self.look is not None and self.look.item.visible else None

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        for presenter in self._presenters:
            presenter.update(look)
        # The look is kept, the buffer of a drag is not ours to keep.
        self.look = replace(look, positions=None)

    def place(self, view: Projection, ratio: float) -> None:
        """Fit to the camera what has a size in pixels."""
        for presenter in self._presenters:
            presenter.place(view, ratio)

    def reveal(self, view: Projection, ratio: float) -> None:
        """Find out which keypoints the surfaces, drawn by now, hide."""
        self.keypoints.reveal(view, ratio)
        self.labels.fade(self.keypoints.hidden)
        for presenter in (self.others, self.sizes, self.probe):
            presenter.reveal(view, ratio)

    def close(self) -> None:
        """Take it all off the stage."""
        for presenter in self._presenters:
            presenter.close()
