"""A flash crowd: the honest sessions of a scenario, several times as many. Not an attack: what a protection must let through."""

from collections.abc import Iterator
from typing import Any

from sim.language.faults import BadValue, Step
from sim.language.units import format_rate, rate_per_s
from sim.scenario.schema import actor_kind
from sim.scenario.source import Source
from sim.scenario.study import Setting

_RATES = ("poisson", "constant")


def crowd(source: Source, factor: float) -> Iterator[Setting]:
    """The settings that make ``factor`` times as many honest sessions come.

    Rates are multiplied; of closed arrivals, whose clients come again when they have thought, the population. Raises
    :class:`BadValue` where there is neither: sessions at given times, or rates in a file.
    """
    place: tuple[Step, ...] = ("study",)
    actors = source.at("actors")
    for name, actor in actors.items() if isinstance(actors, dict) else ():
        if actor_kind(actor) != "<client>" or not isinstance(actor, dict):
            continue
        classes = actor["classes"].items() if isinstance(actor.get("classes"), dict) else ()
        places = [(f"actors.{name}", actor), *((f"actors.{name}.classes.{own}", data)
                                              for own, data in classes if isinstance(data, dict))]
        closed = any("closed" in data["arrivals"] for _, data in places if isinstance(data.get("arrivals"), dict))
        for path, data in places:
            more = _more(data.get("arrivals"), factor)
            if more != data.get("arrivals"):
                yield Setting(f"{path}.arrivals", more, place, place)
            if closed and (path.count(".") == 1 or "population" in data):
                population = data.get("population", 1)
                if _is_count(population):
                    yield Setting(f"{path}.population", max(1, round(population * factor)), place, place)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _more(arrivals: Any, factor: float) -> Any:
    """The arrivals with their rates multiplied; what cannot be read stays as it is, and is a fault of its own."""
    if not isinstance(arrivals, dict):
        return _rate(arrivals, factor)
    if "times" in arrivals or isinstance(arrivals.get("steps"), str):
        raise BadValue("sessions that come at given times cannot be multiplied",
                       "a variant 'flash crowd' of your own among those of the attacks")
    more = {key: _rate(value, factor) if key in _RATES else value for key, value in arrivals.items()}
    if isinstance(arrivals.get("steps"), list):
        more["steps"] = [{**step, "rate": _rate(step.get("rate"), factor)} if isinstance(step, dict) else step
                         for step in arrivals["steps"]]
    if isinstance(arrivals.get("ramp"), dict):
        more["ramp"] = {end: _rate(rate, factor) for end, rate in arrivals["ramp"].items()}
    if _is_count(arrivals.get("maximum")):
        more["maximum"] = round(arrivals["maximum"] * factor)
    return more


def _rate(rate: Any, factor: float) -> Any:
    try:
        return format_rate(rate_per_s(rate) * factor)
    except BadValue:
        return rate
