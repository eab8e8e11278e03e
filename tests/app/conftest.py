"""A studio without a window: its jobs deliver into a box that the test empties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kpstudio.app.jobs import Mailbox
from kpstudio.app.notices import Notice
from kpstudio.app.settings import Settings
from kpstudio.app.studio import Studio
from kpstudio.data.shape import Shape
from kpstudio.document.history import Insert
from kpstudio.document.item import Item
from tests.handled import handled_shape


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def studio(mailbox: Mailbox, tmp_path: Path) -> Iterator[Studio]:
    """Live detection is off: tests say what runs."""
    studio = Studio(mailbox.post, Settings(tmp_path / "settings.json"))
    studio.detecting.options.update(live=False)
    studio.detecting.choose("farthest-points")  # needs no model
    yield studio
    studio.close()


@pytest.fixture
def notices(studio: Studio) -> list[Notice]:
    told: list[Notice] = []
    studio.notified.connect(told.append)
    return told


@pytest.fixture
def settle(studio: Studio, mailbox: Mailbox) -> Callable[[], None]:
    """Wait until all jobs are done and delivered."""

    def wait() -> None:
        assert mailbox.process(lambda: studio.jobs.idle), "jobs did not end"

    return wait


@pytest.fixture
def add(studio: Studio, settle: Callable[[], None]) -> Callable[..., int]:
    """Put a shape into the document, bound and selected; return its id."""

    def put(shape: Shape | None = None) -> int:
        item = Item(shape if shape is not None else handled_shape())
        studio.history.push(Insert(item, len(studio.document), f"Open {item.name}"))
        studio.selection.select_item(item.id)
        settle()
        return item.id

    return put
