"""The photo that is open: what is seen in it, its pose, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSignalBlocker
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kpstudio.app.looking import photo_categories
from kpstudio.app.photos import Photo
from kpstudio.app.sights import HEATMAPS, PICTURE, SightSource
from kpstudio.app.studio import Studio
from kpstudio.base.arrays import ByteArray
from kpstudio.base.errors import KPStudioError
from kpstudio.document.item import Item
from kpstudio.geometry.camera import Camera
from kpstudio.ui.panels.sight_view import SightView
from kpstudio.ui.theme import Themes
from kpstudio.ui.widgets.choice import Choice
from kpstudio.ui.widgets.labels import muted, tool_button
from kpstudio.viewport.sight_colors import SightColors

_SIDE = 156  #: the longer one of the picture, logical pixels
_DEGREE = "\N{DEGREE SIGN}"


class PhotoSection(QWidget):
    """Shown while a photo is open.

    Parameters
    ----------
    studio
        Who looks at photos.
    themes
        Colours of the icons.
    look_over
        Shows a picture behind the viewport, from the camera that took it, file coordinates.
    """

    def __init__(
        self, studio: Studio, themes: Themes, look_over: Callable[[ByteArray, Camera], None]
    ) -> None:
        super().__init__()
        self._studio, self._look_over = studio, look_over
        self.picture, self.category = SightView(studio.selection), Choice()
        self.picture.setAccessibleName("Photo")
        self.category.setToolTip("What the photo shows: which model looks at it")
        self.heat = QCheckBox("Heatmaps")
        self.heat.setToolTip("Show where the detector sees keypoints, in their colours")
        self.heat.setChecked(True)
        self.close_button = tool_button("Close the photo", self)
        themes.set_icon(self.close_button, "fa6s.xmark", "muted")
        self.pose, self.notes = muted(), muted()
        self.place, self.fit = QPushButton("Place shape over photo"), QPushButton("Fit shape")
        self._build()
        self.category.currentIndexChanged.connect(self._look_again)
        self.heat.toggled.connect(self._show_heat)
        self.place.clicked.connect(self._place)
        self.picture.opened.connect(self._place)
        self.fit.clicked.connect(self._fit)
        self.close_button.clicked.connect(studio.looking.close_photo)
        studio.looking.photo_changed.connect(self._show_photo)
        studio.selection.hover_changed.connect(self.picture.show_selection)
        self._show_photo(studio.looking.photo)

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.category, 1)
        top.addWidget(self.close_button)
        side = QVBoxLayout()
        side.setSpacing(6)
        side.addLayout(top)
        side.addWidget(self.pose)
        side.addWidget(self.heat)
        side.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.place, 3)
        buttons.addWidget(self.fit, 2)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.addWidget(self.picture, 0, 0)
        grid.addLayout(side, 0, 1)
        grid.addLayout(buttons, 1, 0, 1, 2)
        grid.addWidget(self.notes, 2, 0, 1, 2)
        grid.setColumnStretch(1, 1)

    # --- what is shown -------------------------------------------------------------------------

    def _show_photo(self, photo: Photo | None) -> None:
        self.setVisible(photo is not None)
        if photo is not None:
            height, width = photo.picture.shape[:2]
            sides = [max(round(_SIDE * side / max(height, width)), 1) for side in (width, height)]
            self.picture.setFixedSize(*sides)
            self._fill_categories(photo)
            self.pose.setText(_pose_text(photo))
            self.notes.setText(" ".join(f"{note[:1].upper()}{note[1:]}." for note in photo.notes))
            self.refresh()

    def refresh(self) -> None:
        """Show what the selected shape has to do with the photo."""
        photo, item = self._studio.looking.photo, self._studio.selected
        if photo is None:
            return
        keypoints = item.value.keypoints if item is not None else None
        shared = keypoints is not None and keypoints.schema.names == photo.schema.names
        sight = photo.enlarged
        source = SightSource(photo.detector, "Photo", (sight,), photo.schema, shared)
        about = f"{photo.path.name}\nClick or press Enter to place the shape over it"
        self.picture.show_sight(sight, source, about)
        self.picture.set_window(*photo.window)
        self._show_heat()
        self._show_able(photo, item)

    def _fill_categories(self, photo: Photo) -> None:
        try:
            known = list(photo_categories())
        except KPStudioError:  # the models' own window tells of it
            known = []
        with QSignalBlocker(self.category):
            self.category.clear()
            for name in known if photo.category in known else [*known, photo.category]:
                self.category.addItem(name.capitalize(), name)
        self.category.select_data(photo.category)

    def _show_heat(self) -> None:
        sight = self.picture.sight
        if sight is not None:
            layer = HEATMAPS if self.heat.isChecked() else PICTURE
            style = self._studio.view.value.style
            self.picture.set_colors(SightColors((sight,), layer, None, style))

    def _show_able(self, photo: Photo, item: Item | None) -> None:
        place = "Look at the shape from where the photo was taken, with the photo behind it"
        fit = "Give the selected shape the form that explains the photo: one step of undo"
        if photo.fit is None:
            place = fit = "Nothing is known of the pose"
        elif item is None:
            place = fit = "Select a shape first"
        elif not photo.fits(item.value):
            fit = f"The shape needs keypoints of {photo.model}: detect them first"
        self.place.setToolTip(place)
        self.place.setEnabled(photo.fit is not None and item is not None)
        self.fit.setToolTip(fit)
        self.fit.setEnabled(item is not None and photo.fits(item.value))

    # --- what a person does --------------------------------------------------------------------

    def _look_again(self) -> None:
        photo = self._studio.looking.photo
        if photo is not None and self.category.currentData() is not None:
            self._studio.looking.open_photo(photo.path, self.category.currentData())

    def _place(self) -> None:
        photo, item = self._studio.looking.photo, self._studio.selected
        if photo is None or item is None:
            return
        camera = self._studio.looking.camera_of_photo(item.id)
        if camera is not None:
            self._look_over(photo.picture, camera)

    def _fit(self) -> None:
        if self._studio.selected is not None:
            self._studio.looking.take_form(self._studio.selected.id)


def _pose_text(photo: Photo) -> str:
    """Return from where a photo shows its shape, line by line."""
    seen, misfit = photo.viewpoint, photo.misfit
    if seen is None or misfit is None:
        return "No pose"
    lines = [
        f"Azimuth {round(seen.azimuth)}{_DEGREE}, elevation {round(seen.elevation)}{_DEGREE}",
        f"Roll {round(seen.roll)}{_DEGREE}, distance {seen.distance:.2f}",
        f"Keypoints {100.0 * misfit:.1f}% off",
    ]
    return "\n".join(lines).replace("-", "\N{MINUS SIGN}")
