"""The pictures of a study: from its cells to what :mod:`sim.draw` draws.

The *scorecard* (what holds against which attack, how far, at what price) of a study with attacks; *curves* over a factor that is a
number; *effects* where several factors are varied; the *spread* of cells whose replications fall into two groups.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.draw import breaking_points, curves, effects, heat_map, scorecard, spread
from sim.draw.prices import Price
from sim.draw.scales import Axis
from sim.draw.shares import Share
from sim.measure.statistics import mean, spearman
from sim.scenario.ranges import quantity
from sim.study.grid import Grid
from sim.study.main_effects import Effect, main_effects
from sim.study.measures import SUCCESS, Measure, measure_named
from sim.study.sides import FLASH_CROWD, NO_ATTACK
from sim.study.summary import CONFIDENCE, Estimate, Summary
from sim.study.views import Picture

if TYPE_CHECKING:
    from sim.study.result import Study

MOST_LINES = 10
"""More curves in one panel nobody tells apart."""
MOST_STRIPS = 24
_LOG_FROM = 20.0
"""A factor whose largest level is so many times its least lies on a logarithmic axis."""


def of_study(study: "Study") -> dict[str, Picture]:
    """Every picture that the study has something for, by its name."""
    found = {"heat_map": heat_map_of(study)} if len(study.cells) <= study.MOST_SHOWN else {}
    made = {"scorecard": scorecard_of(study), "curves": curves_of(study), "effects": effects_of(study), "spread": spread_of(study)}
    found |= {name: picture for name, picture in made.items() if picture is not None}
    if study.warm_up is not None:
        found["warm_up"] = study.warm_up.plot()
    return found


def heat_map_of(study: "Study") -> Picture:
    """Honest success of each cell as a heat map."""
    grid = study.grid
    estimates = [each.estimate(SUCCESS) for each in study.cells]
    return Picture(heat_map.render(heat_map.HeatMap(
        title=_title(study), rows=grid.rows, columns=grid.columns, row_title=grid.row_title, column_title=grid.column_title,
        values=tuple(each.mean for each in estimates), half_widths=tuple(map(_half_width, estimates)),
        groups=tuple(each.groups for each in study.cells), note=f"Honest success, %, {_note(study)}{_grouped(study)}")))


# -- the scorecard -----------------------------------------------------------------------------------------------------


def scorecard_of(study: "Study", level: float | None = None) -> Picture | None:
    """The scorecard; None for a study that has no control without attack, or only such columns."""
    grid = study.grid
    controls = [number for number, name in enumerate(grid.columns) if name in (NO_ATTACK, FLASH_CROWD)]
    others = [number for number in range(len(grid.columns)) if number not in controls]
    if not controls or not others or len(study.cells) > study.MOST_SHOWN:
        return None
    order = [*controls, *others]
    cells = [study.cells[row * len(grid.columns) + column] for row in range(len(grid.rows)) for column in order]
    return Picture(scorecard.render(scorecard.Scorecard(
        title=_title(study), rows=grid.rows, columns=[grid.columns[column] for column in order], controls=len(controls),
        cells=[Share(own.mean, _half_width(own), cell.groups) for cell in cells for own in [cell.estimate(SUCCESS)]],
        column_title=grid.column_title if grid.columns_need_title else "",
        level=grid.level if level is None else level, reach=_reach(study, others, grid.level if level is None else level),
        prices=list(_prices(study, others)), note=f"Honest success in %; {_note(study)}{_grouped(study)}")))


def _prices(study: "Study", attacked: Sequence[int]) -> Iterator[Price]:
    """What each row costs the honest with no attack, in the flash crowd, and the server in memory."""
    calm, crowd = _column(study, NO_ATTACK), _column(study, FLASH_CROWD)
    p99, refusals, memory = (measure_named(name) for name in ("response_time_p99_s", "false_refusals", "memory_peak_bytes"))
    if calm is not None:
        yield _price("p99 response, no attack", p99, [cell.estimate(p99) for cell in calm])
    if crowd is not None:
        lost = [cell.estimate(SUCCESS).difference for cell in crowd]
        if len(crowd) > 1:
            yield Price("success lost, flash crowd", "share", [0.0, *(None if each is None else -each.mean for each in lost[1:])],
                        [None, *(None if each is None else each.half_width for each in lost[1:])])
        yield _price("false refusals a run, flash crowd", refusals, [cell.estimate(refusals) for cell in crowd])
    width = len(study.grid.columns)
    yield _price("peak memory, worst attack", memory, [
        max((study.cells[row * width + column].estimate(memory) for column in attacked), key=lambda each: each.mean or 0.0)
        for row in range(len(study.grid.rows))])


def _price(name: str, measure: Measure, estimates: Sequence[Estimate]) -> Price:
    return Price(name, measure.kind, [each.mean for each in estimates], [_half_width(each) for each in estimates])


def _column(study: "Study", name: str) -> list[Summary] | None:
    """The cells of a column by its name."""
    if name not in study.grid.columns:
        return None
    return study.cells[study.grid.columns.index(name)::len(study.grid.columns)]


def _reach(study: "Study", attacked: Sequence[int], level: float) -> list[breaking_points.BreakingPoint] | None:
    """How far each row holds: between which rates of an attack, where columns differ in nothing but that rate."""
    rates = {column: rate for column in attacked if (rate := _only_rate(study, column)) is not None}
    if len({*rates.values()}) < 2 or len({*rates.values()}) < len(rates):
        return None
    ordered = sorted(rates, key=lambda column: rates[column])
    width = len(study.grid.columns)
    cells = [[(rates[column], study.cells[row * width + column].estimate(SUCCESS)) for column in ordered]
             for row in range(len(study.grid.rows))]
    return [scorecard.reach([(rate, Share(own.mean, _half_width(own))) for rate, own in row], level) for row in cells]


def _only_rate(study: "Study", column: int) -> float | None:
    """The rate of the attack, if that is all that a column sets."""
    settings = study.grid.cells.columns[column].settings
    if len(settings) != 1 or not settings[0].path.startswith("attacks.") or not settings[0].path.endswith(".rate"):
        return None
    value = settings[0].value
    found = quantity(next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value)
    return found.value if found is not None and found.kind == "rate" else None


# -- curves and effects ------------------------------------------------------------------------------------------------


def curves_of(study: "Study", measure: Measure = SUCCESS) -> Picture | None:
    """A measure over the factor that has most levels which are numbers, a line for what else is varied; None without such a one."""
    found = _numeric_factor(study)
    if found is None:
        return None
    factor, kind, levels = found
    lines: dict[str, list[curves.Point]] = {}
    for number, cell in enumerate(study.cells):
        own = {level.factor: level for level in study.grid.cells.levels(number)}
        if factor in own and (at := own[factor].quantity) is not None:
            name = ", ".join(level.label for key, level in own.items() if key != factor) or measure.label
            estimate = cell.estimate(measure)
            apart = tuple(estimate.known) if cell.groups is not None and measure is SUCCESS else ()
            lines.setdefault(name, []).append(curves.Point(at.value, estimate.mean, _half_width(estimate), apart))
    if len(lines) > MOST_LINES:
        return None
    made = [curves.Curve(name, sorted(points, key=lambda point: point.x)) for name, points in lines.items()]
    return Picture(curves.render(curves.Curves(
        title=_title(study), panels=[curves.Panel("", made)], x=Axis(study.grid.titles[factor], kind, _is_log(levels)),
        y=Axis(measure.label, measure.kind), level=study.grid.level if measure is SUCCESS and study.has_attacks else None,
        note=_note(study))))


def effects_of(study: "Study", measure: Measure = SUCCESS) -> Picture | None:
    """The main effect of each factor; None for a single factor."""
    found = main_effects(study, measure)
    if len(found) < 2:
        return None
    return Picture(effects.render(effects.Effects(
        title=_title(study), measure=Axis(measure.label, measure.kind), note=_note(study),
        overall=_mean([cell.estimate(measure).mean for cell in study.cells]),
        factors=[(_sampled if each.pairs else _levels)(study.grid, each) for each in found])))


def _levels(grid: Grid, effect: Effect) -> effects.Factor:
    numbers = [each.quantity.value for each in effect.levels if each.quantity is not None] if effect.kind is not None else []
    names: Sequence[str | float] = numbers or [each.label for each in effect.levels]
    axis = Axis(grid.titles[effect.factor], effect.kind or "number", _is_log(numbers))
    return effects.Factor(axis, [effects.Level(name, each.mean, None if each.interval is None else each.interval.half_width)
                                 for name, each in zip(names, effect.levels, strict=True)])


def _sampled(grid: Grid, effect: Effect) -> effects.Sampled:
    """A dot a cell, and the rank correlation."""
    dots = [(x.value, y) for x, y in effect.pairs]
    known = [(x, y) for x, y in dots if y is not None]
    axis = Axis(grid.titles[effect.factor], effect.kind or "number", effect.factor in grid.logarithmic)
    return effects.Sampled(axis, dots, spearman([x for x, _ in known], [y for _, y in known]))


def spread_of(study: "Study", measure: Measure = SUCCESS) -> Picture | None:
    """Every replication of the cells whose replications fall into two groups; None if none do."""
    rows, columns = study.grid.rows, study.grid.columns
    strips = [spread.Strip(f"{rows[cell.row]} / {columns[cell.column]}", cell.estimate(measure).values, cell.groups)
              for cell in study.cells if cell.groups is not None]
    if not strips:
        return None
    return Picture(spread.render(spread.Spread(
        title=_title(study), strips=strips[:MOST_STRIPS], measure=Axis(measure.label, measure.kind),
        level=study.grid.level if study.has_attacks else None, note=f"{study.replications()} replications")))


# -- words and numbers -------------------------------------------------------------------------------------------------


def _numeric_factor(study: "Study") -> tuple[str, str, list[float]] | None:
    """The factor with most numeric levels of one kind, at least two: its key, their kind, the levels."""
    values: dict[str, set[float]] = {}
    for level in (level for axis in study.grid.axes for variant in axis.variants for level in variant.levels):
        if level.quantity is not None:
            values.setdefault(level.factor, set()).add(level.quantity.value)
    usable = [key for key in study.grid.numeric if key not in study.grid.sampled and len(values[key]) > 1]
    if not usable:
        return None
    key = max(usable, key=lambda each: len(values[each]))
    return key, study.grid.numeric[key], sorted(values[key])


def _is_log(levels: Sequence[float]) -> bool:
    """Whether levels reach so far that most would lie in a corner of a linear axis."""
    above = [level for level in levels if level > 0]
    return len(above) > 1 and min(levels) >= 0 and max(above) / min(above) >= _LOG_FROM


def _title(study: "Study") -> str:
    return study.grid.question or study.name


def _note(study: "Study") -> str:
    if study.grid.replications.batches is not None:
        return f"mean ± {100 * CONFIDENCE:.0f} % interval by {study.grid.replications.batches} batch means"
    return f"mean ± {100 * CONFIDENCE:.0f} % interval over {study.replications()} replications"


def _grouped(study: "Study") -> str:
    there = any(each.groups is not None for each in study.cells)
    return "; ‡ two groups of replications: their means, and how many are in each" if there else ""


def _half_width(estimate: Estimate) -> float | None:
    return None if estimate.interval is None else estimate.interval.half_width


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None
