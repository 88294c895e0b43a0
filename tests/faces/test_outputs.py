"""What a run writes: whole or not at all, and never over what is not ours."""

import json
import re
import shutil
import stat

import pytest
from face import command, snapshot

from sim.study.folder import FILES

QUICK = ("--no-trace", "--quiet")


@pytest.fixture
def mine(here, runs):
    """A folder with a run of ours in it."""
    return shutil.copytree(runs / "one", here / "mine")


def test_a_run_leaves_its_files_and_says_where(sim, here):
    left = sim("run", "step1")
    assert (0, "") == (left.code, left.err)
    assert left.out.endswith("\nWritten to runs/step1-1/: open report.html there.\n")
    assert set(FILES) - {"trace.parquet"} == {path.name for path in (here / "runs" / "step1-1").iterdir()}
    assert "Session 1 of ProtectServe step 1, one consumer from nothing" in left.out
    assert re.search(r"^Sessions +Station authorization_manager", left.out, re.MULTILINE)
    assert 0o755 == stat.S_IMODE((here / "runs" / "step1-1").stat().st_mode)


def test_without_a_trace_there_are_no_drawings_of_one(sim, here):
    left = sim("run", "step1", "--no-trace", "--out", "x")
    assert {name for name in FILES if not name.startswith(("trace", "sequence"))} == {path.name for path in (here / "x").iterdir()}
    assert "Session 1 of" not in left.out
    assert "Sessions" in left.out


def test_a_trace_as_parquet_is_read_by_every_command_that_reads_traces(sim, here):
    for form in ("jsonl", "parquet"):
        assert sim("run", "step1", "--trace-format", form, "--quiet", "--out", form).code == 0
    assert set(FILES) - {"trace.jsonl"} == {path.name for path in (here / "parquet").iterdir()}
    assert sim("compare", "jsonl", "parquet").code == 0
    for words in (("diagram", "{}"), ("sessions", "{}"), ("show", "{}", "--session", "1"), ("diagram", "{}/trace.{}", "--merged")):
        left, right = (sim(*(word.format(form, form) for word in words)) for form in ("jsonl", "parquet"))
        assert (left.code, left.out) == (0, right.out)
    assert (here / "jsonl/sequence.svg").read_text() == (here / "parquet/sequence.svg").read_text()


def test_an_unknown_format_is_said_before_the_run(refused, here):
    assert "got 'parket'; expected jsonl or parquet (did you mean 'parquet'?)" in refused("run", "step1", "--trace-format", "parket")
    assert not (here / "runs").exists()


def test_quiet_prints_nothing_and_json_nothing_else(sim, here):
    assert (0, "", "") == (lambda left: (left.code, left.out, left.err))(sim("run", "step1", *QUICK))
    left = sim("run", "step1", "--no-trace", "--json", "--out", "x")
    assert (0, "") == (left.code, left.err)
    assert left.out_bytes == (here / "x" / "metrics.json").read_bytes()
    assert 1 == json.loads(left.out)["sessions"]["completed"]


def test_the_default_folder_is_named_after_scenario_and_seed_and_replaced_if_it_is_ours(sim, here):
    for seed, folder in ((None, "mine-1"), (7, "mine-7"), (7, "mine-7")):
        (here / "mine.yaml").write_text(json.loads(command("list", "mm1", "--json").out)["text"])
        words = () if seed is None else ("--seed", seed)
        assert 0 == sim("run", "mine.yaml", *QUICK, "--set", "duration=2000 s", *words).code
        assert json.loads((here / "runs" / folder / "run.json").read_text())["seed"] == (seed or 1)
    assert {"mine-1", "mine-7"} == {path.name for path in (here / "runs").iterdir()}


def test_a_run_can_be_run_again_from_what_it_left(sim, here):
    """`scenario.yaml` is the scenario as it ran, changes and defaults included."""
    assert 0 == sim("run", "step1", "--quiet", "--out", "a", "--set", "actors.consumer.timeout=2 s").code
    assert 0 == sim("run", "a/scenario.yaml", "--quiet", "--out", "b").code
    for name in ("metrics.json", "scenario.yaml", "trace.jsonl"):
        assert (here / "a" / name).read_bytes() == (here / "b" / name).read_bytes()


def test_an_existing_folder_is_replaced_only_by_force(refused, mine):
    said = refused("run", "mm1", "--out", "mine")
    assert "mine: this folder holds a run already; expected another name, or --force" in said
    assert 0 == command("run", "mm1", *QUICK, "--set", "duration=2000 s", "--out", "mine", "--force", "--seed", 9).code
    assert 9 == json.loads((mine / "run.json").read_text())["seed"]


@pytest.mark.parametrize("theirs", ["notes.txt", "run.json.bak", "sub/run.json", ".hidden"])
def test_a_folder_with_anything_of_somebody_else_is_not_ours(refused, mine, theirs):
    (mine / theirs).parent.mkdir(exist_ok=True)
    (mine / theirs).write_text("precious")
    assert "mine: this folder is not one of our runs; expected another name, or --force" in refused("run", "mm1", "--out", "mine")


def test_force_replaces_the_run_and_nothing_else(sim, refused, mine):
    (mine / "notes.txt").write_text("precious")
    (mine / "sub").mkdir()
    (mine / "sub" / "thesis.tex").write_text("precious")
    assert 0 == sim("run", "mm1", *QUICK, "--set", "duration=2000 s", "--out", "mine", "--force", "--seed", 9).code
    assert 9 == json.loads((mine / "run.json").read_text())["seed"]
    assert "precious" == (mine / "notes.txt").read_text() == (mine / "sub" / "thesis.tex").read_text()
    assert not (mine / "trace.jsonl").exists()  # that of the run before
    (mine / "trace.jsonl").mkdir()
    assert "mine: 'trace.jsonl' in it is a folder; expected another name" == refused("run", "mm1", "--out", "mine", "--force")


def test_a_default_folder_that_is_not_ours_is_not_replaced_either(refused, here):
    (here / "runs" / "mm1-1").mkdir(parents=True)
    (here / "runs" / "mm1-1" / "thesis.tex").write_text("precious")
    assert "runs/mm1-1: this folder is not one of our runs" in refused("run", "mm1")


def test_a_file_where_a_folder_should_be(refused, here):
    (here / "x").write_text("precious")
    assert "x: this is a file; expected the name of a folder to write" == refused("run", "mm1", "--out", "x")
    assert "x: this is a file; expected the name of a folder to write" == refused("run", "mm1", "--out", "x", "--force")
    assert "x/y: cannot be written: " in refused("run", "mm1", "--out", "x/y")


@pytest.mark.parametrize("place", [".", "..", "", "~"])
def test_a_folder_that_holds_more_than_a_run_is_not_replaced_even_by_force(refused, here, monkeypatch, place):
    (here / "thesis.tex").write_text("precious")
    monkeypatch.setenv("HOME", str(here / "home"))
    (here / "home").mkdir()
    (here / "home" / "thesis.tex").write_text("precious")
    out = here / "home" if place == "~" else place
    assert "this folder holds more than a run" in refused("run", "mm1", "--out", out, "--force")


def test_an_empty_folder_may_be_filled_and_a_link_stays_a_link(sim, here):
    (here / "empty").mkdir()
    (here / "link").symlink_to("empty")
    assert 0 == sim("run", "mm1", *QUICK, "--set", "duration=2000 s", "--out", "link").code
    assert (here / "link").is_symlink()
    assert (here / "empty" / "run.json").is_file()


def test_a_place_where_nothing_can_be_written_is_refused_before_the_run(refused, monkeypatch):
    def run(*arguments, **options):
        raise AssertionError("no run may be lost for this")

    monkeypatch.setattr("sim.engines.simpy_engine.run", run)
    assert "/proc/x/y: cannot be written: " in refused("run", "mm1", "--out", "/proc/x/y")
    monkeypatch.setattr("tempfile.mkdtemp", denied)
    assert "x: cannot be written: permission denied; expected a place that can be written" == refused("run", "mm1", "--out", "x")


def denied(*arguments, **options):
    raise PermissionError(13, "Permission denied")


def full(*arguments, **options):
    raise OSError(28, "No space left on device")


WRITES = ["pathlib.Path.write_text", "pathlib.Path.write_bytes", "sim.trace.jsonl.as_dicts", "os.replace", "pathlib.Path.chmod"]


@pytest.mark.parametrize("write", WRITES)
def test_a_full_disk_leaves_nothing_and_what_was_there(refused, mine, monkeypatch, write):
    words = ("run", "step1", "--out", "new/deeper"), ("run", "step1", "--out", "mine", "--force")
    monkeypatch.setattr(write, full)
    for each in words:
        said = refused(*each, "--quiet")
        assert re.match(rf"{each[3]}: (trace\.jsonl: )?cannot be written", said)
        assert "no space left on device" in said.lower()


def test_a_disk_that_is_full_at_the_last_moment_leaves_what_was_there(refused, mine, monkeypatch):
    from pathlib import Path

    real = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, target: full() if self.name.startswith(".mine-") else real(self, target))
    assert "mine: cannot be written: no space left" in refused("run", "mm1", *QUICK, "--out", "mine", "--force")


@pytest.mark.parametrize("words", [
    ("diagram", "protectserve/step1", "-o", "x.svg"), ("schema", "-o", "x.svg"), ("new", "x.svg", "--force"),
])
def test_a_full_disk_leaves_a_single_file_as_it_was(refused, here, monkeypatch, words):
    for name in ("x.svg", "x.svg.yaml"):
        (here / name).write_text("precious")
    monkeypatch.setattr("os.replace", full)
    assert "cannot be written (No space left on device)" in refused(*words)


def test_nothing_is_left_beside_what_was_written(sim, here, mine):
    before = snapshot(here)
    assert 0 == sim("diagram", "protectserve/step1", "-o", "x.svg").code
    assert before.keys() | {"x.svg"} == snapshot(here).keys()
