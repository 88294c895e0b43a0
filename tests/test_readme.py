"""The README is executed: its Python, its commands, its picture, its YAML."""

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import pytest

import sim
from sim import cli
from sim.language.strict_yaml import parse
from sim.study.grid import grid_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A working folder that looks like a clone of the repository."""
    for folder in ("scenarios", "models"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(line: str) -> str:
    """Run one line of the README in this process; what it printed."""
    program, *arguments = shlex.split(line, comments=True)
    assert program == "sim"
    expanded = [str(path) for argument in arguments for path in (sorted(Path().glob(argument)) if "*" in argument else [argument])]
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["sim", *expanded])
        with pytest.raises(SystemExit) as ended:
            cli.main()
            raise SystemExit(0)
    assert ended.value.code in (0, None)
    out.flush()
    return out.buffer.getvalue().decode()


def test_there_are_two_commands_for_a_newcomer():
    run, test = blocks("sh")
    assert "sim run scenarios/step1.yaml" in run
    assert "pytest" in test


def test_the_python_block_runs(clone, capsys):
    (block,) = blocks("python")
    exec(compile(block, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "Consumer key" in shown
    assert "oauth_signature_method" in shown


def test_the_commands_run(clone):
    (block,) = blocks("console")
    lines = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    assert len(lines) >= 8
    for line in lines:
        shown = command(line)
        assert shown.strip(), line
        assert "nothing to measure" not in shown, line  # a demonstration demonstrates something
    assert (clone / "runs/step1_load-7/report.html").is_file()


def test_the_yaml_is_what_it_says(clone):
    model, scenario, attacks, mitigations, study, tuning = blocks("yaml")
    (clone / "quiet.yaml").write_text(scenario, encoding="utf-8")
    assert sim.run("quiet.yaml").metrics["checks"] == {"sessions": True, "messages": True, "little": True}
    (clone / "protected.yaml").write_text(scenario + mitigations, encoding="utf-8")
    assert "request_consumer_key?client_puzzle" in {record["message"] for record in sim.run("protected.yaml").trace.records()}
    wanted = {line.strip() for line in model.splitlines() if line.strip()}
    shipped = {line.strip() for line in (ROOT / "models/protectserve/step1.yaml").read_text(encoding="utf-8").splitlines()}
    assert wanted <= shipped
    flood = sim.load("scenarios/key_flood.yaml")
    assert flood.set(parse(attacks).to_python()).scenario.attacks == flood.scenario.attacks
    asked = parse((ROOT / "scenarios/sized_limit.yaml").read_text(encoding="utf-8")).to_python()["tune"]
    assert parse(tuning).to_python()["tune"].items() <= asked.items()
    grid = grid_of("scenarios/key_flood.yaml", {"study": parse(study).to_python()["study"]})
    assert (14, ("none", "token bucket"), 0.05, 60) == (len(grid.columns), grid.rows, grid.replications.until, grid.prepare_base().scenario.warm_up_ns / 1e9)


def test_the_picture_is_the_programs_own():
    assert (ROOT / "scenarios/step1.svg").read_text(encoding="utf-8") == sim.run(ROOT / "scenarios/step1.yaml").diagram().svg()


@pytest.mark.long
def test_the_scorecard_is_the_programs_own():
    assert (ROOT / "scenarios/key_flood.svg").read_bytes() == sim.study(ROOT / "scenarios/key_flood.yaml").scorecard().files["svg"]


def test_every_file_that_the_readme_names_is_there():
    named = set(re.findall(r"`((?:models|scenarios|notebooks|tests|sim)/[\w./]+\.\w+)`", README)) | set(re.findall(r"\]\(([\w./]+)\)", README))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
