"""The run folder: everything a run left, written whole or not at all."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sim.language.faults import Fault, Faults
from sim.scenario.spell import spelled_out

if TYPE_CHECKING:
    from sim.study.run import Run

MARK = "run.json"
"""A folder that holds this file, and nothing that a run does not write, is ours to replace."""
FILES = ("scenario.yaml", "trace.jsonl", "metrics.json", "sequence.mmd", "sequence.puml", "sequence.svg", "sequence.png",
         "load.svg", "load.png", "report.html", MARK)


def default_folder(scenario_name: str, seed: int) -> Path:
    """``runs/<scenario>-<seed>`` in the working folder."""
    return Path("runs") / f"{scenario_name}-{seed}"


def is_ours(folder: Path) -> bool:
    """Whether a folder is one that a run wrote, with nothing of anybody else's in it."""
    return (folder / MARK).is_file() and all(entry.is_file() and entry.name in FILES for entry in folder.iterdir())


def check_free(folder: Path, *, force: bool, replace_ours: bool) -> None:
    """A fault unless ``folder`` may be written: before the run, so that no run is lost for it."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise _fault(folder, "this is a file", "the name of a folder to write")
    if force or not any(folder.iterdir()):
        return
    if not is_ours(folder):
        raise _fault(folder, "this folder is not one of our runs", "another --out, or --force to replace it")
    if not replace_ours:
        raise _fault(folder, "this folder holds a run already", "another --out, or --force to replace it")


def write(run: "Run", folder: Path, *, force: bool = False, replace_ours: bool = False) -> Path:
    """Write ``run`` to ``folder``: first beside it, then moved into its place in one step.

    Raises :class:`Faults` if the folder is somebody else's, or the disk does not take it.
    """
    check_free(folder, force=force, replace_ours=replace_ours)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _fault(folder, f"cannot be written ({error.strerror})", "a folder that can be written") from error
    try:
        _fill(run, beside)
        beside.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        beside.replace(folder)
    except OSError as error:
        raise _fault(folder, f"cannot be written ({error.strerror})", "a folder that can be written") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _fill(run: "Run", folder: Path) -> None:
    """Every file of a run folder."""
    from sim.draw import report
    from sim.draw.png import PictureTooLargeError

    scenario_text = spelled_out(run.scenario)
    (folder / "scenario.yaml").write_text(scenario_text, encoding="utf-8")
    (folder / "metrics.json").write_bytes(run.metrics.to_json())
    sequence = ""
    if run.trace is not None:
        run.trace.write(folder / "trace.jsonl")
        diagram = run.diagram()
        sequence = diagram.svg()
        (folder / "sequence.svg").write_text(sequence, encoding="utf-8")
        (folder / "sequence.mmd").write_text(diagram.mermaid(), encoding="utf-8")
        (folder / "sequence.puml").write_text(diagram.plantuml(), encoding="utf-8")
        try:
            (folder / "sequence.png").write_bytes(diagram.png())
        except PictureTooLargeError:
            pass  # a PNG that long helps nobody; the SVG beside it holds the whole diagram
    load = run.load.files
    for form, content in load.items():
        (folder / f"load.{form}").write_bytes(content)
    (folder / "report.html").write_text(
        report.html(scenario_name=run.scenario.name, scenario_yaml=scenario_text, metrics=run.metrics, sequence_svg=sequence,
                    load_svg=load["svg"].decode(), run_info=run.info), encoding="utf-8")
    (folder / MARK).write_bytes(orjson.dumps(run.info, option=orjson.OPT_INDENT_2) + b"\n")


def _fault(folder: Path, problem: str, expected: str) -> Faults:
    return Faults([Fault(str(folder), None, None, "", problem, expected)])
