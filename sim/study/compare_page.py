"""What a comparison leaves in a file: both load charts under the same axes, alone or on a page with the tables."""

from pathlib import Path
from typing import TYPE_CHECKING

from sim.language.faults import Fault, Faults, either, shown
from sim.study.files import write_whole

if TYPE_CHECKING:
    from sim.study.compare import Comparison

SUFFIXES = (".html", ".svg", ".png")


def check(path: Path) -> None:
    """A fault unless a comparison can be written to a file with that ending."""
    if path.suffix.lower() not in SUFFIXES:
        raise Faults([Fault(str(path), None, None, "", f"no format is known by the ending {shown(path.suffix)}", either(SUFFIXES))])


def write(comparison: "Comparison", path: Path) -> Path:
    """Write ``comparison`` to ``path``, whole or not at all; the format follows from the ending."""
    from sim.draw import load_pair, report

    check(path)
    ending = path.suffix.lower()
    sides = [load_pair.Side(f"{letter}: {name}" if name != letter else name, side.metrics,
                            [(attack, block["from_s"], block["until_s"]) for attack, block in side.metrics["attacks"].items()],
                            side.warm_up_s)
             for letter, name, side in zip("ab", comparison.names, comparison.sides, strict=True)]
    form = "svg" if ending == ".html" else ending[1:]
    picture = load_pair.render(sides[0], sides[1], formats=[form])[form]
    if ending != ".html":
        return write_whole(path, picture)
    page = report.compared(names=comparison.names, tables=comparison.parts(), load_svg=picture.decode())
    return write_whole(path, page.encode())
