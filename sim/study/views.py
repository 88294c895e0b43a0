"""A sequence diagram that one can look at: in a terminal, in Jupyter, in a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.draw.chart import Chart
from sim.language.faults import Fault, Faults, either, shown, suggest
from sim.study.files import write_whole

FORMATS = ("text", "mermaid", "plantuml", "svg", "png")
"""What a diagram can be drawn as."""
_SUFFIXES = {".txt": "text", ".mmd": "mermaid", ".mermaid": "mermaid", ".puml": "plantuml", ".svg": "svg", ".png": "png"}


class Diagram:
    """A sequence diagram, drawn when it is looked at.

    In Jupyter it shows itself as SVG (or Mermaid, or text, where that is what can be shown); ``print`` shows the text.
    """

    def __init__(self, chart: Chart) -> None:
        self.chart = chart

    def text(self, width: int = 100, *, color: bool = False) -> str:
        """Unicode text of at most ``width`` columns."""
        from sim.draw import text

        return text.render(self.chart, width, color=color)

    def svg(self) -> str:
        """A standalone SVG picture."""
        from sim.draw import svg

        return svg.render(self.chart)

    def png(self, scale: float = 2.0) -> bytes:
        """A PNG picture; raises :class:`sim.draw.png.PictureTooLargeError` where only SVG can hold it."""
        from sim.draw import png

        return png.render(self.chart, scale)

    def mermaid(self) -> str:
        """A Mermaid sequence diagram."""
        from sim.draw import mermaid

        return mermaid.render(self.chart)

    def plantuml(self) -> str:
        """A PlantUML sequence diagram."""
        from sim.draw import plantuml

        return plantuml.render(self.chart)

    def render(self, format_: str, width: int = 100) -> bytes:
        """The picture in one of :data:`FORMATS`, as bytes. Raises :class:`Faults` for another format, or too large a PNG."""
        if format_ not in FORMATS:
            raise Faults([Fault("", None, None, "format", f"got {shown(format_)}", either(FORMATS), suggest(format_, FORMATS))])
        if format_ == "text":
            return (self.text(width) + "\n").encode()
        makers: dict[str, Callable[[], str | bytes]] = {
            "mermaid": self.mermaid, "plantuml": self.plantuml, "svg": self.svg, "png": self.png}
        try:
            made = makers[format_]()
        except ValueError as error:
            if format_ != "png":
                raise
            raise Faults([Fault("", None, None, "format", str(error))]) from error  # a picture too large for a raster
        return made if isinstance(made, bytes) else made.encode()

    def save(self, path: str | Path, format_: str | None = None) -> Path:
        """Write the picture to ``path``, whole or not at all; the format follows from the ending unless it is given."""
        target = Path(path)
        chosen = format_ or _SUFFIXES.get(target.suffix.lower())
        if chosen is None:
            problem = f"no format is known by the ending {shown(target.suffix)}"
            raise Faults([Fault(str(path), None, None, "", problem, f"{either(_SUFFIXES)}, or a format by its name")])
        return write_whole(target, self.render(chosen))

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Diagram {self.chart.title!r}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg(), "text/vnd.mermaid": self.mermaid(), "text/plain": self.text()}


class Picture:
    """A picture of another kind (a load chart), as SVG and PNG."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def save(self, path: str | Path) -> Path:
        """Write it to ``path``, which ends in .svg or .png, whole or not at all."""
        target = Path(path)
        form = target.suffix.lower().lstrip(".")
        if form not in self.files:
            problem = f"no format is known by the ending {shown(target.suffix)}"
            raise Faults([Fault(str(path), None, None, "", problem, either(f".{known}" for known in self.files))])
        return write_whole(target, self.files[form])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.files["svg"].decode()}
