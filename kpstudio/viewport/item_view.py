"""One item in the view: its presenters, all shown the same look."""

from __future__ import annotations

from dataclasses import replace

from kpstudio.geometry.procrustes import Similarity
from kpstudio.viewport.fields import ShownField
from kpstudio.viewport.podium import Podium
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
from kpstudio.viewport.presenters.seen import SeenPresenter
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
        self._podium = podium = Podium(stage)
        self.mesh = MeshPresenter(podium, surfaces)
        self.isolines = IsolinePresenter(podium, self.mesh)
        self.keypoints = KeypointPresenter(podium)
        self.labels = LabelPresenter(podium)
        self.skeleton = SkeletonPresenter(podium)
        self.overlays = OverlaysPresenter(podium)
        self.raw = RawPresenter(podium)
        self.cage = CagePresenter(podium)
        self.ghost = GhostPresenter(podium, surfaces)
        self.mirror_plane = MirrorPlanePresenter(podium)
        self.others = OtherKeypointsPresenter(podium)
        self.sizes = SizePresenter(podium)
        self.probe = ProbePresenter(podium)
        self.seen = SeenPresenter(podium)
        self._presenters: tuple[Presenter, ...] = (
            self.mesh, self.isolines, self.ghost, self.cage, self.mirror_plane, self.skeleton,
            self.overlays, self.raw, self.keypoints, self.labels, self.others, self.sizes,
            self.probe, self.seen,
        )  # fmt: skip
        #: The look shown last.
        self.look: Look | None = None

    @property
    def field(self) -> ShownField | None:
        """The field that colours the mesh."""
        return self.mesh.field if self.look is not None and self.look.item.visible else None

    def move(self, place: Similarity) -> None:
        """Show it at another place; what is drawn of it stays as it is."""
        self._podium.move(place)

    def update(self, look: Look) -> None:
        """Draw what differs from the look before."""
        for presenter in self._presenters:
            presenter.update(look)
        # The look is kept, the buffer of a drag is not ours to keep.
        self.look = replace(look, positions=None)

    def place(self, view: Projection, ratio: float) -> None:
        """Fit to the camera what has a size in pixels."""
        view = view.within(self._podium.place)
        for presenter in self._presenters:
            presenter.place(view, ratio)

    def reveal(self, view: Projection, ratio: float) -> None:
        """Find out which keypoints the surfaces, drawn by now, hide."""
        view = view.within(self._podium.place)
        self.keypoints.reveal(view, ratio)
        self.labels.fade(self.keypoints.hidden)
        for presenter in (self.others, self.sizes, self.probe):
            presenter.reveal(view, ratio)

    def close(self) -> None:
        """Take it all off the stage."""
        for presenter in self._presenters:
            presenter.close()
