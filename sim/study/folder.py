"""The run folder: everything a run left, written whole or not at all."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from sim.language.faults import Fault, Faults, either, shown, suggest
from sim.scenario.spell import spelled_out
from sim.study.files import cannot_write
from sim.trace.faults import TraceFault

if TYPE_CHECKING:
    from sim.study.run import Run
    from sim.study.views import Diagram

MARK = "run.json"
"""A folder that holds this file, and nothing that a run does not write, is ours to replace."""
FORMATS = ("jsonl", "parquet")
"""What a trace may be written as: ``trace.<format>``."""
FILES = ("scenario.yaml", *(f"trace.{name}" for name in FORMATS), "metrics.json", "sequence.mmd", "sequence.puml", "sequence.svg",
         "sequence.png", "load.svg", "load.png", "report.html", MARK)


class Kind(NamedTuple):
    """What a folder holds: a word for it, the file that says so, all files that it may have, and whether more is to come in it."""

    word: str
    mark: str
    files: tuple[str, ...]
    is_unfinished: Callable[[Path], bool] = lambda _folder: False


RUN = Kind("run", MARK, FILES)


def default_folder(scenario_name: str, seed: int) -> Path:
    """``runs/<scenario>-<seed>`` in the working folder."""
    return Path("runs") / f"{scenario_name}-{seed}"


def is_ours(folder: Path, kind: Kind = RUN) -> bool:
    """Whether a folder is one that a run wrote, with nothing of anybody else's in it."""
    return (folder / kind.mark).is_file() and all(entry.is_file() and entry.name in kind.files for entry in folder.iterdir())


def check_free(folder: Path, *, force: bool, replace_ours: bool, kind: Kind = RUN) -> None:
    """A fault unless ``folder`` may and can be written: asked before the run, so that no run is lost for it."""
    try:
        _check_allowed(folder, force, replace_ours, kind)
        standing = next(parent for parent in folder.absolute().parents if parent.exists())
        Path(tempfile.mkdtemp(prefix=".sim-", dir=standing)).rmdir()
    except OSError as error:
        raise cannot_write(folder, error) from error


def check_format(trace_format: str) -> None:
    """A fault unless a trace can be written so."""
    if trace_format not in FORMATS:
        raise Faults([Fault("", None, None, "trace format", f"got {shown(trace_format)}", either(FORMATS),
                            suggest(trace_format, FORMATS))])


def write(run: "Run", folder: Path, *, force: bool = False, replace_ours: bool = False, trace_format: str = "jsonl") -> Path:
    """Write ``run`` to ``folder``: first beside it, then moved into its place in one step. ``trace_format``: of FORMATS.

    Raises :class:`Faults` if the folder is somebody else's, or the disk does not take it; what stood there before then
    still stands there. With ``force`` the files of a run are replaced in any folder, and nothing else in it is touched.
    """
    check_format(trace_format)
    try:
        return place(lambda beside: _fill(run, beside, trace_format), folder, force=force, replace_ours=replace_ours)
    except TraceFault as fault:  # its own path is that of the folder beside
        raise Faults([Fault(str(folder), None, None, f"trace.{trace_format}", fault.what)]) from fault


def place(fill: Callable[[Path], object], folder: Path, *, force: bool, replace_ours: bool, kind: Kind = RUN) -> Path:
    """What ``fill`` writes into an empty folder, put in the place of ``folder`` in one step; see :func:`write`."""
    check_free(folder, force=force, replace_ours=replace_ours, kind=kind)
    target = folder.resolve()  # the folder itself, should a link lead to it
    made = _make_parents(target)
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name[:100]}-", dir=target.parent))
        try:
            fill(beside)
            beside.chmod(0o755)
            _move(beside, target, kind)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        if not target.exists():
            for parent in reversed(made):
                with contextlib.suppress(OSError):
                    parent.rmdir()
    return folder


def _check_allowed(folder: Path, force: bool, replace_ours: bool, kind: Kind) -> None:
    """A fault if something stands there that is not to be replaced."""
    place = folder.resolve()
    if place in (Path.cwd(), *Path.cwd().parents, Path.home()):
        raise _fault(folder, f"this folder holds more than a {kind.word}", f"the name of a folder for this {kind.word} alone")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise _fault(folder, "this is a file", "the name of a folder to write")
    taken = next((entry.name for entry in folder.iterdir() if entry.name in kind.files and entry.is_dir()), None)
    if taken is not None:
        raise _fault(folder, f"'{taken}' in it is a folder", "another name")
    if force or not any(folder.iterdir()):
        return
    another = f"another name, or force=True to replace the {kind.word} in it"
    if not is_ours(folder, kind):
        raise _fault(folder, f"this folder is not one of our {'runs' if kind is RUN else 'studies'}", another)
    if not replace_ours and not kind.is_unfinished(folder):
        raise _fault(folder, f"this folder holds a {kind.word} already", another)


def _make_parents(place: Path) -> list[Path]:
    """Make the folders above ``place``; those that were not there, from the top."""
    missing = [parent for parent in reversed(place.parents) if not parent.exists()]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(place, error) from error
    return missing


def _move(beside: Path, place: Path, kind: Kind) -> None:
    """Put ``beside`` in its place; what stood there is gone only when it stands there, and what no run wrote stays there."""
    if not place.exists():
        beside.replace(place)
        return
    before = beside.with_name(f"{beside.name}-before")
    place.rename(before)
    try:
        beside.replace(place)
    except BaseException:
        before.rename(place)
        raise
    for entry in before.iterdir():
        if entry.name not in kind.files:
            entry.rename(place / entry.name)
    shutil.rmtree(before, ignore_errors=True)


def _fill(run: "Run", folder: Path, trace_format: str) -> None:
    """Every file of a run folder."""
    from sim.draw import report
    from sim.draw.png import PictureTooLargeError
    from sim.study.examples import examples

    scenario_text = spelled_out(run.scenario)
    (folder / "scenario.yaml").write_text(scenario_text, encoding="utf-8")
    (folder / "metrics.json").write_bytes(run.metrics.to_json())
    diagram = run.diagram() if run.trace is not None else _no_diagram(run)
    sequence = diagram.svg()
    if run.trace is not None:
        run.trace.write(folder / f"trace.{trace_format}")
        (folder / "sequence.svg").write_text(sequence, encoding="utf-8")
        (folder / "sequence.mmd").write_text(diagram.mermaid(), encoding="utf-8")
        (folder / "sequence.puml").write_text(diagram.plantuml(), encoding="utf-8")
        with contextlib.suppress(PictureTooLargeError):  # a PNG that long helps nobody; the SVG beside it holds it all
            (folder / "sequence.png").write_bytes(diagram.png())
    load = run.load.files
    for form, content in load.items():
        (folder / f"load.{form}").write_bytes(content)
    (folder / "report.html").write_text(
        report.html(scenario_name=run.scenario.name, scenario_yaml=scenario_text, metrics=run.metrics, sequence_svg=sequence,
                    load_svg=load["svg"].decode(), run_info=run.info,
                    examples=examples(run.trace) if run.trace is not None else ()), encoding="utf-8")
    (folder / MARK).write_bytes(orjson.dumps(run.info, option=orjson.OPT_INDENT_2) + b"\n")


def _no_diagram(run: "Run") -> "Diagram":
    """What the report shows where a diagram would be."""
    from sim.draw.chart import Chart
    from sim.study.views import Diagram

    return Diagram(Chart(title=run.scenario.name, lifelines=(), rows=(), summary="This run kept no trace to draw from."))


def _fault(folder: Path, problem: str, expected: str) -> Faults:
    return Faults([Fault(str(folder), None, None, "", problem, expected)])
