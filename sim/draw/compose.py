"""From the diagram and the records of a trace to a chart: of a model, of one session, or of all sessions merged."""

from collections.abc import Mapping
from typing import Any

from sim.draw import planned
from sim.draw.chart import Chart
from sim.draw.merged import merged
from sim.draw.outline import Outline
from sim.draw.single import of_session

__all__ = ["merged", "of_diagram", "of_session"]


def of_diagram(diagram: Mapping[str, Any], *, as_in_source: bool = False) -> Chart:
    """The chart of a model: ``diagram`` as in a trace header. ``as_in_source`` leaves out what it marks as added."""
    outline = Outline(diagram, as_in_source=as_in_source)
    return Chart(
        title=outline.title,
        lifelines=outline.lifelines,
        rows=planned.rows(outline, outline.sequence),
        version=outline.version,
        about=outline.about,
    )
