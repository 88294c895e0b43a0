"""Writing a single file: whole or not at all."""

from pathlib import Path

from sim.language.faults import Fault, Faults
from sim.trace.files import replacing


def write_whole(path: str | Path, data: bytes) -> Path:
    """Write ``data`` to ``path``: first beside it, then moved into its place in one step.

    Raises an :class:`sim.language.faults.InputFault` if there is no such folder, or the disk does not take it; what
    stood there before then still stands there.
    """
    target = Path(path)
    check_folder(target)
    with replacing(target) as file:
        file.write(data)
    return target


def check_folder(target: Path) -> None:
    """A fault unless the folder of ``target`` is there: for those who would write only after long work."""
    if not target.parent.is_dir():
        problem = f"there is no folder {target.parent}"
        raise Faults([Fault(str(target), None, None, "", problem, "a file in a folder that is there")])


def cannot_write(path: Path, error: OSError) -> Faults:
    """The fault that ``path`` cannot be written, and why."""
    reason = (error.strerror or str(error)).lower()
    return Faults([Fault(str(path), None, None, "", f"cannot be written: {reason}", "a place that can be written")])
