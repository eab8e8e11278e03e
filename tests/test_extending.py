"""The package on the page about extending works as it stands there."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from tests import plugins

PAGE = (plugins.ROOT / "docs" / "extending.md").read_text("utf-8")
FILE = re.compile(r"^```python\n# (my_package/\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENTRIES = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IDS = ("reach", "centres", "ends")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder where the package of the page is installed."""
    folder = tmp_path / "site"
    (folder / "my_package").mkdir(parents=True)
    for name, text in FILE.findall(PAGE):
        (folder / name).write_text(text, "utf-8")
    (entries,) = ENTRIES.findall(PAGE)
    plugins.declare(folder, "my-package", tomllib.loads(entries)["project"]["entry-points"])
    return folder


def test_its_detectors_and_its_format_are_listed(site: Path) -> None:
    for what, ids in (("detectors", IDS), ("formats", ("xyz",))):
        rows = json.loads(plugins.python(site, "kpstudio", what, "list", "--json").stdout)
        found = {row["id"]: row["summary"] for row in rows}
        assert all(found[id] for id in ids)
        assert not any(summary.startswith("broken") for summary in found.values())


def test_its_format_is_written_and_read(site: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.xyz"
    first.write_text("label,x,y,z\nnose,0.1,2,-3\ntail,1e-9,5,6\n", "utf-8")
    told = plugins.python(site, "kpstudio", "convert", first, second).stderr
    assert "labels" in told
    assert np.array_equal(np.loadtxt(second), [[0.1, 2, -3], [1e-9, 5, 6]])
    plugins.python(site, "kpstudio", "convert", second, tmp_path / "c.json")
    points = json.loads((tmp_path / "c.json").read_text("utf-8"))["keypoints"]
    assert [point["position"] for point in points] == [[0.1, 2, -3], [1e-9, 5, 6]]


@pytest.mark.slow
def test_its_detectors_keep_the_contract(site: Path) -> None:
    contract = plugins.ROOT / "tests" / "detectors" / "test_contract.py"
    chosen = " or ".join(f"[{id}" for id in IDS)
    done = plugins.python(site, "pytest", contract, "-k", chosen, "-v", "-p", "no:cacheprovider")
    assert all(f"test_spec[{id}] PASSED" in done.stdout for id in IDS)
