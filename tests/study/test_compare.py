"""Two runs side by side."""

import json
import shutil

import pytest

import sim
from sim.language.faults import Faults
from sim.study.compare import Difference


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    sim.run("step1", out=root / "a")
    sim.run("step1", out=root / "b", seed=2, set={"network.default.latency": "5 ms", "actors.authorization_manager.servers": 2})
    return root


def test_settings_and_metrics_that_differ(folders):
    comparison = sim.compare(folders / "a", folders / "b")
    settings = {row.name: (row.a, row.b) for row in comparison.settings if row.differs}
    assert {"seed": (1, 2), "network.default.latency": ({"lognormal": {"median": "20 ms", "p95": "60 ms"}}, "5 ms"),
            "actors.authorization_manager.servers": (4, 2)} == settings
    changed = {row.name for row in comparison.differences}
    assert "honest.response_time_s.mean" in changed
    assert "sessions.started" not in changed
    assert not any(name.startswith(("series", "checks_detail")) for name in changed)
    assert json.loads(json.dumps(comparison.to_dict()))["metrics"]["sessions.started"] == {"a": 1, "b": 1, "change": 0}


def test_runs_and_their_folders_compare_alike(folders):
    one = sim.run("step1")
    other = sim.load("step1").set({"network.default.latency": "5 ms", "actors.authorization_manager.servers": 2}).run(seed=2)
    of_runs, of_folders = sim.compare(one, other), sim.compare(folders / "a", folders / "b")
    assert ("a", "b") == of_runs.names
    assert ("ProtectServe step 1, one consumer from nothing", str(folders / "a")) == sim.compare(one, folders / "a").names
    assert sorted(map(str, of_folders.differences)) == sorted(map(str, of_runs.differences))
    assert {(row.name, str(row.a), str(row.b)) for row in of_folders.settings if row.differs} == \
        {(row.name, str(row.a), str(row.b)) for row in of_runs.settings if row.differs}
    assert [] == sim.compare(one, folders / "a").differences


@pytest.mark.parametrize(("a", "b", "cells"), [
    (1.0, 1.1, ("x", "1", "1.1", "+10.0%")),
    (2, 1, ("x", "2", "1", "-50.0%")),
    (1, 12000, ("x", "1", "12,000", "× 1.2e+04")),
    (0, 5, ("x", "0", "5", "")),
    (None, 5, ("x", "-", "5", "")),
    (True, False, ("x", "True", "False", "")),
    ("5 ms", ["0 s"], ("x", "5 ms", "[0 s]", "")),
    (3, 3, ("x", "3", "3", "")),
    ("y" * 60, 1, ("x", "y" * 45 + "...", "1", "")),
])
def test_cells(a, b, cells):
    assert cells == Difference("x", a, b).cells()


def test_the_text_has_a_table_of_each_and_fits_its_width(folders):
    comparison = sim.compare(folders / "a", folders / "b")
    text = str(comparison)
    assert text.startswith("scenario ")
    assert "\n\nmetric " in text
    assert "classes.consumer" not in text  # a single class has the metrics of all
    narrow = comparison.text(40)
    assert max(len(line) for line in narrow.splitlines() if not line.startswith(("a =", "b ="))) <= 60
    assert "network.default.latency\n  a  {lognormal: {median: 20 ms, p95: 60 ms}}\n  b  5 ms" in narrow


def test_jupyter_gets_a_table_and_nothing_unescaped(folders):
    comparison = sim.compare(folders / "a", folders / "b")
    comparison.names = ("<a>", "b")
    page = comparison._repr_html_()
    assert "&lt;a&gt;" in page
    assert "<a>" not in page
    assert 2 == page.count("<th>b</th>")
    assert "have the same metrics" in sim.compare(folders / "a", folders / "a")._repr_html_()


def test_a_folder_without_its_scenario_still_has_metrics(folders, tmp_path):
    shutil.copytree(folders / "a", tmp_path / "a")
    (tmp_path / "a" / "scenario.yaml").unlink()
    assert [] == sim.compare(tmp_path / "a", folders / "a").differences


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"sessions": 3}', b"\xff\xfe"])
def test_what_are_no_metrics_is_refused(folders, tmp_path, content):
    (tmp_path / "metrics.json").write_bytes(content)
    with pytest.raises(Faults, match=r"metrics\.json: these are no metrics of a run; expected the folder of a run"):
        sim.compare(tmp_path, folders / "a")
