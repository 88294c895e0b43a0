"""The report: one self-contained HTML page about one run.

It holds all of its style and both pictures, asks the network for nothing (a Content-Security-Policy forbids it, and
scripts too), reads on paper, on a phone, in light and in dark. Everything that comes from a scenario is escaped.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.draw import style
from sim.draw.readable import name, plain
from sim.draw.report_tables import checks, headlines, run_rows, tables


@dataclass(frozen=True, slots=True)
class Example:
    """A session to be looked at: what kind it is of, in a line what it was, and its diagram (or why there is none)."""

    heading: str
    text: str
    svg: str = ""


_SUMMARY_KEYS = ("engine", "seed", "replication")
"""Of ``run_info``, what stands in the first lines of the page."""


def html(
    *,
    scenario_name: str,
    scenario_yaml: str,
    metrics: Mapping[str, Any],
    sequence_svg: str,
    load_svg: str,
    run_info: Mapping[str, Any],
    examples: Sequence[Example] = (),
) -> str:
    """The page, UTF-8 text.

    Parameters: ``scenario_yaml`` as it ran; ``metrics`` as in ``metrics.json``; ``sequence_svg`` of
    :mod:`sim.draw.svg`, ``load_svg`` of :func:`sim.draw.load.render`; ``run_info`` as in ``run.json``: any keys,
    values scalars, lists or mappings of these; ``..._s`` is shown as a time, ``..._bytes`` as a size;
    ``examples`` stand side by side below the whole diagram, where there is room for it.

    Raises ValueError if a picture is no SVG.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("sim.draw"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made = checks(metrics)
    return environment.get_template("report.html.j2").render(
        title=plain(scenario_name),
        summary=[f"{name(key)} {run_info[key]}" for key in _SUMMARY_KEYS if run_info.get(key) is not None],
        headlines=headlines(metrics),
        checks=made,
        all_hold=all(check.holds for check in made),
        # Both are drawn by us from escaped text; that is why they may go in as they are.
        sequence=Markup(_inline(sequence_svg, "sequence diagram")),  # noqa: S704
        examples=[
            {"heading": each.heading, "text": plain(each.text), "width": _width(each.svg),
             "svg": Markup(_inline(each.svg, f"diagram of {each.heading}")) if each.svg else ""}  # noqa: S704
            for each in examples
        ],
        load=Markup(_themed(_inline(load_svg, "load chart"))),  # noqa: S704
        tables=tables(metrics),
        scenario_yaml=scenario_yaml,
        run_rows=run_rows(run_info),
        dark=[(_variable(light), dark) for light, dark in style.DARK.items()],
    )


def compared(*, names: tuple[str, str], tables: Sequence[tuple[str, Sequence[Sequence[str]]]], load_svg: str) -> str:
    """The page of two runs: tables (title, rows of name, a, b, and what to say of it) and their load under the same axes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(loader=PackageLoader("sim.draw"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)
    return environment.get_template("compare.html.j2").render(
        names=[plain(each) for each in names],
        tables=tables,
        load=Markup(_themed(_inline(load_svg, "load chart"))),  # noqa: S704
        dark=[(_variable(light), dark) for light, dark in style.DARK.items()],
    )


def _inline(svg: str, what: str) -> str:
    """The ``svg`` element alone, as it may stand inside HTML: without XML declaration and document type."""
    try:
        # Our own emitters wrote it: this finds a mix-up, it does not ward off an attack.
        root = ET.fromstring(svg)  # noqa: S314
    except ET.ParseError as error:
        raise ValueError(f"the {what} is no SVG: {error}") from error
    if root.tag not in {"svg", "{http://www.w3.org/2000/svg}svg"}:
        raise ValueError(f"the {what} is no SVG, but <{root.tag}>")
    begin = re.search(r"<svg[\s>/]", svg)
    assert begin is not None
    return svg[begin.start() :].strip()


def _width(svg: str) -> int:
    """The width of a picture, in px; 0 of none."""
    found = re.search(r'<svg[^>]*\bwidth="(\d+)', svg)
    return int(found[1]) if found else 0


def _themed(svg: str) -> str:
    """A chart of matplotlib's that follows the page into the dark, and keeps to itself.

    Its colours become CSS variables that fall back to the colour itself. Its style sheet goes, which would hold for the
    whole page (the page has its rule, for charts alone). Its ids get a prefix: the page has ids too.
    """
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"\b(id=\"|href=\"#|url\(#)", r"\1load-", svg)
    colours = "|".join(map(re.escape, style.DARK))
    return re.sub(rf"(?<=: )({colours})(?![0-9a-f])", lambda found: f"var({_variable(found[0])}, {found[0]})", svg)


def _variable(colour: str) -> str:
    return f"--chart-{colour[1:]}"
