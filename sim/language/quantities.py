"""Quantities that vary: the distributions that a work time, a latency or a pause is drawn from.

In YAML a distribution is a time (always the same) or a mapping of one kind to its parameters::

    4 ms                                          {gamma: {mean: 4 ms, cv: 0.5}}
    {exponential: 4 ms}                           {pareto: {minimum: 1 ms, alpha: 1.5}}
    {uniform: [1 ms, 3 ms]}                       {empirical: measured.csv}
    {lognormal: {median: 20 ms, p95: 60 ms}}      {empirical: [1 ms, 1 ms, 3 ms]}
    {normal: {mean: 0 s, sd: 2 s}}

Here they are parameters only; the drawing is a law (``sim/world``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.language.faults import BadValue, Faults, either, shown, suggest
from sim.language.times_file import read_times
from sim.language.units import duration_ns, format_duration

MAXIMUM_WRITTEN = 10_000
"""An empirical distribution with more values than this is written as the name of its file."""
MAXIMUM_LISTED = 50_000
MAXIMUM_PARAMETER = 1000.0

EXAMPLES = {
    "constant": "4 ms",
    "exponential": "{exponential: 4 ms}",
    "uniform": "{uniform: [1 ms, 3 ms]}",
    "lognormal": "{lognormal: {median: 20 ms, p95: 60 ms}}",
    "normal": "{normal: {mean: 0 s, sd: 2 s}}",
    "gamma": "{gamma: {mean: 4 ms, cv: 0.5}}",
    "pareto": "{pareto: {minimum: 1 ms, alpha: 1.5}}",
    "empirical": "{empirical: measured.csv}",
}
KINDS = tuple(EXAMPLES)

_EXPECTED = "a time, e.g. 4 ms, or a distribution, e.g. {exponential: 4 ms}"


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of times; which fields count follows from ``kind``, the others are zero.

    =========== ============================ =========================================================
    kind        fields                       meaning
    =========== ============================ =========================================================
    constant    value_ns                     always the same
    exponential mean_ns > 0
    uniform     low_ns < high_ns
    lognormal   median_ns > 0, p95_ns        the time exceeded by half and by 5 %; p95 above the median
    normal      mean_ns, sd_ns >= 0
    gamma       mean_ns > 0, cv > 0          cv: standard deviation over mean
    pareto      minimum_ns > 0, alpha > 0    P(x > t) = (minimum / t) ** alpha; no mean for alpha <= 1
    empirical   values_ns                    each value as likely as the others
    =========== ============================ =========================================================

    ``file`` says where the values of an empirical distribution were read; it is no part of what is compared.
    """

    kind: str
    value_ns: int = 0
    mean_ns: int = 0
    low_ns: int = 0
    high_ns: int = 0
    median_ns: int = 0
    p95_ns: int = 0
    sd_ns: int = 0
    minimum_ns: int = 0
    cv: float = 0.0
    alpha: float = 0.0
    values_ns: tuple[int, ...] = ()
    file: str = field(default="", compare=False)

    @property
    def is_zero(self) -> bool:
        """Whether every draw is zero: no time passes, and nothing needs to be drawn."""
        return self.kind == "constant" and self.value_ns == 0


ZERO = Distribution("constant")


def constant(value_ns: int) -> Distribution:
    """The distribution that is always ``value_ns``."""
    return Distribution("constant", value_ns=value_ns)


def parse_distribution(data: object, *, negative: bool = False, folder: Path | None = None) -> Distribution:
    """A distribution from YAML data: text for a constant, else a mapping with one key, the kind.

    ``negative`` allows times below zero (a clock may be slow); ``folder`` is where relative file names start, by
    default the working folder. Raises :class:`BadValue` with every bad parameter, each with its path.
    """
    if not isinstance(data, Mapping):
        try:
            return constant(duration_ns(data, negative=negative))
        except BadValue as error:
            if isinstance(data, list):
                raise BadValue(f"got {shown(data)}", _EXPECTED) from None
            raise BadValue(error.problem, error.expected, error.suggestion) from None
    if len(data) != 1:
        raise BadValue(f"got {shown(data)}{' of several kinds' if data else ''}", _EXPECTED)
    kind, parameters = next(iter(data.items()))
    if kind == "constant":
        raise BadValue("a constant is written as the time alone", _EXPECTED, shown(parameters).strip("'"))
    if kind not in KINDS:
        raise BadValue(f"no distribution is called {shown(kind)}", either(KINDS[1:]), suggest(kind, KINDS[1:]), (kind,))
    try:
        return _read(kind, parameters, negative, folder)
    except BadValue as error:
        raise error.under(kind) from None


def distribution_data(distribution: Distribution, *, inline: bool = False) -> object:
    """The YAML data of a distribution; :func:`parse_distribution` gives it back equal.

    Long empirical distributions are named by their file, so that what is written stays readable, unless ``inline``.
    """
    d = distribution
    match d.kind:
        case "constant":
            return format_duration(d.value_ns)
        case "exponential":
            return {"exponential": format_duration(d.mean_ns)}
        case "uniform":
            return {"uniform": [format_duration(d.low_ns), format_duration(d.high_ns)]}
        case "lognormal":
            return {"lognormal": {"median": format_duration(d.median_ns), "p95": format_duration(d.p95_ns)}}
        case "normal":
            return {"normal": {"mean": format_duration(d.mean_ns), "sd": format_duration(d.sd_ns)}}
        case "gamma":
            return {"gamma": {"mean": format_duration(d.mean_ns), "cv": d.cv}}
        case "pareto":
            return {"pareto": {"minimum": format_duration(d.minimum_ns), "alpha": d.alpha}}
        case "empirical":
            return {"empirical": times_data(d.values_ns, d.file, inline=inline)}
    raise ValueError(f"no distribution is called {d.kind!r}")


def times_data(times_ns: tuple[int, ...], file: str, *, inline: bool = False) -> object:
    """Times as YAML data: a list, or the name of the file they came from if there are very many."""
    if file and len(times_ns) > MAXIMUM_WRITTEN and not inline:
        return file
    return [format_duration(time_ns) for time_ns in times_ns]


def parse_times(data: object, *, negative: bool = False, folder: Path | None = None) -> tuple[tuple[int, ...], str]:
    """Times given as a list, or as the name of a CSV file: (nanoseconds, absolute name of the file or "")."""
    if isinstance(data, str):
        path = (folder or Path()) / data
        try:
            return read_times(path, negative=negative), str(path.absolute())
        except Faults as faults:
            raise BadValue(f"got {shown(data)}", "a readable CSV file of times", faults=faults.faults) from None
    if isinstance(data, list) and len(data) > MAXIMUM_LISTED:
        raise BadValue(f"got a list of {len(data)} times", f"at most {MAXIMUM_LISTED}, or the name of a CSV file")
    if not isinstance(data, list) or not data:
        raise BadValue(f"got {shown(data)}", "a list of times, or the name of a CSV file with one time a line")
    times_ns: list[int] = []
    errors: list[BadValue] = []
    for index, item in enumerate(data):
        try:
            times_ns.append(duration_ns(item, negative=negative))
        except BadValue as error:
            errors.append(error.under(index))
    if errors:
        raise BadValue.gather(errors)
    return tuple(times_ns), ""


def _read(kind: str, data: object, negative: bool, folder: Path | None) -> Distribution:
    match kind:
        case "exponential":
            return Distribution(kind, mean_ns=_above_zero(data))
        case "uniform":
            return _uniform(data, negative)
        case "lognormal":
            return _lognormal(data)
        case "normal":
            values = _parameters(kind, data, {"mean": lambda v: duration_ns(v, negative=negative), "sd": duration_ns})
            return Distribution(kind, mean_ns=values["mean"], sd_ns=values["sd"])
        case "gamma":
            values = _parameters(kind, data, {"mean": _above_zero, "cv": _positive})
            return Distribution(kind, mean_ns=values["mean"], cv=values["cv"])
        case "pareto":
            values = _parameters(kind, data, {"minimum": _above_zero, "alpha": _positive})
            return Distribution(kind, minimum_ns=values["minimum"], alpha=values["alpha"])
        case _:
            values_ns, file = parse_times(data, negative=negative, folder=folder)
            return Distribution(kind, values_ns=values_ns, file=file)


def _uniform(data: object, negative: bool) -> Distribution:
    if not isinstance(data, list) or len(data) != 2:
        raise BadValue(f"got {shown(data)}", "the least and the greatest time, e.g. [1 ms, 3 ms]")
    (low_ns, high_ns), _ = parse_times(data, negative=negative)
    if low_ns >= high_ns:
        raise BadValue(f"{data[0]} is not below {data[1]}", "the least and the greatest time, e.g. [1 ms, 3 ms]")
    return Distribution("uniform", low_ns=low_ns, high_ns=high_ns)


def _lognormal(data: object) -> Distribution:
    values = _parameters("lognormal", data, {"median": _above_zero, "p95": _above_zero})
    median_ns, p95_ns = values["median"], values["p95"]
    if p95_ns <= median_ns:
        problem = f"{format_duration(p95_ns)} is not above the median, {format_duration(median_ns)}"
        raise BadValue(problem, "the time that only 5 % exceed", path=("p95",))
    return Distribution("lognormal", median_ns=median_ns, p95_ns=p95_ns)


def _above_zero(value: object) -> int:
    time_ns = duration_ns(value)
    if time_ns == 0:
        raise BadValue(f"got {shown(value)}", "a time above zero")
    return time_ns


def _positive(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAXIMUM_PARAMETER:
        raise BadValue(f"got {shown(value)}", f"a number without unit, above 0 and at most {MAXIMUM_PARAMETER:g}")
    return float(value)


def _parameters(kind: str, data: object, readers: Mapping[str, Callable[[object], Any]]) -> dict[str, Any]:
    """Read the parameters of one kind: all of them, no others, and all that is wrong at once."""
    if not isinstance(data, Mapping):
        raise BadValue(f"got {shown(data)}", f"{' and '.join(readers)}, e.g. {EXAMPLES[kind]}")
    errors = [
        BadValue(f"there is no parameter {shown(name)}", either(readers), suggest(name, readers), (name,))
        for name in data
        if name not in readers
    ]
    values: dict[str, Any] = {}
    for name, reader in readers.items():
        if name not in data:
            errors.append(BadValue(f"the parameter '{name}' is missing", f"e.g. {EXAMPLES[kind]}"))
            continue
        try:
            values[name] = reader(data[name])
        except BadValue as error:
            errors.append(error.under(name))
    if errors:
        raise BadValue.gather(errors)
    return values
