"""`Metrics`: the metrics of a run as a frozen mapping that shows itself as a table."""

import html
import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sim.measure.units import in_bytes, in_count, in_number, in_percent, in_seconds

Row = tuple[str, str, str]
"""Label, value, unit."""
PLAIN = frozenset({int, float, str, bool, type(None)})


class Metrics(Mapping[str, Any]):
    """The metrics of one run: read like a dict, compare, save, show.

    Frozen: what is inside are read-only mappings and tuples (`to_dict` gives plain dicts and lists, a copy).
    Two runs with equal numbers have equal metrics.

    >>> Metrics({"keys": {"allocated": 3}})["keys"]["allocated"]
    3
    """

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data: Mapping[str, Any] = _frozen(data)

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        """Equal numbers; a plain dict of metrics compares too."""
        if isinstance(other, Metrics):
            return self._data == other._data
        return self.to_dict() == other if isinstance(other, dict) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as any mapping

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its plain dict: a read-only mapping cannot be."""
        return (Metrics, (self.to_dict(),))

    def __repr__(self) -> str:
        return f"<Metrics: {self['sessions']['started']} sessions>" if "sessions" in self else "<Metrics>"

    def to_dict(self) -> dict[str, Any]:
        """Return a copy in plain dicts and lists."""
        result: dict[str, Any] = _thawed(self._data)
        return result

    def to_json(self) -> bytes:
        """Return the bytes of ``metrics.json``: sorted, indented, a newline at the end; equal metrics, equal bytes."""
        import orjson

        plain = self.to_dict()
        try:
            return orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
        except TypeError:  # an exact sum above 64 bits: JSON can hold it, orjson cannot
            return (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()

    def sections(self) -> list[tuple[str, list[Row]]]:
        """Return the table in parts: (title, rows), for a terminal or a page. Rows that say nothing are left out."""
        stations = [(f"Station {name}", _station(data)) for name, data in self["stations"].items()]
        accounts = [(name, "balance" if ok else "DO NOT BALANCE", "") for name, ok in self["checks"].items()]
        sections = [("Sessions", _sessions(self)), ("Messages", _messages(self))]
        phases = self.get("phases", {})
        attacks = [(f"Attack {name}", _attack(data, phases.get(name, {}))) for name, data in self.get("attacks", {}).items()]
        return [*sections, *attacks, *stations, ("Accounts", accounts)]

    def rows(self) -> list[Row]:
        """Return the whole table as (label, value, unit), labels led by the title of their section."""
        return [(f"{title}: {label}", value, unit) for title, rows in self.sections() for label, value, unit in rows]

    def _repr_html_(self) -> str:
        """The table, for Jupyter."""
        lines = ['<table class="sim-metrics">']
        for title, rows in self.sections():
            lines.append(f'<tr><th colspan="3" style="text-align:left">{html.escape(title)}</th></tr>')
            lines += [
                f'<tr><td style="text-align:left">{html.escape(label)}</td>'
                f'<td style="text-align:right">{html.escape(value)}</td>'
                f'<td style="text-align:left">{html.escape(unit)}</td></tr>'
                for label, value, unit in rows
            ]
        return "\n".join([*lines, "</table>"])


def _sessions(metrics: Mapping[str, Any]) -> list[Row]:
    fates, honest = metrics["sessions"], metrics["honest"]
    always = ("started", "completed")
    rows = [(name.replace("_", " "), *in_count(n)) for name, n in fates.items() if n or name in always]
    if honest["success_ratio"] is not None:
        rows.append(("success ratio", *in_percent(honest["success_ratio"])))
    if honest["goodput_per_s"] is not None:
        rows.append(("goodput", in_number(honest["goodput_per_s"]), "/s"))
    if honest["attempts_per_call"] is not None:
        rows.append(("attempts per call", in_number(honest["attempts_per_call"]), ""))
    if honest["false_refusals"]:
        rows.append(("false refusals", *in_count(honest["false_refusals"])))
    return rows + _durations("response time", honest["response_time_s"])


def _messages(metrics: Mapping[str, Any]) -> list[Row]:
    fates, keys = metrics["messages"], metrics["keys"]
    rows = [(name.replace("_", " "), *in_count(n)) for name, n in fates.items() if n or name == "sent"]
    return rows + [(f"keys {name.replace('_', ' ')}", *in_count(n)) for name, n in keys.items() if n]


def _attack(data: Mapping[str, Any], phases: Mapping[str, Any]) -> list[Row]:
    """What an attack did, and what it meant for honest sessions that started before, during and after it."""
    counts = ("served", "refused", "timed_out", "in_flight", "keys_obtained", "tokens_obtained", "replays_accepted")
    rows: list[Row] = [("sent", *in_count(data["sent"]))]
    rows += [(name.replace("_", " "), *in_count(data[name])) for name in counts if data[name]]
    ratios = [(phase, block["success_ratio"]) for phase, block in phases.items() if block["success_ratio"] is not None]
    return rows + [(f"honest success ratio {phase} it", *in_percent(ratio)) for phase, ratio in ratios]


def _station(data: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = []
    if data["utilisation"] is not None:
        rows.append(("utilisation", *in_percent(data["utilisation"])))
    for key, label in (("utilisation_refusing", "for refusing"), ("utilisation_holding", "held by nested calls")):
        if data[key]:
            rows.append((f"utilisation {label}", *in_percent(data[key])))
    if data["queue_mean"] is not None:
        rows.append(("queue, mean", in_number(data["queue_mean"]), ""))
    rows.append(("queue, longest", *in_count(data["queue_max"])))
    rows.append(("served", *in_count(data["served"])))
    rows += [(f"refused: {reason}", *in_count(n)) for reason, n in data["refused"].items()]
    rows += _durations("wait", data["wait_s"])
    rows += [(f"memory peak: {kind}", *in_bytes(n)) for kind, n in data["memory_peak_bytes"].items()]
    return rows


def _durations(label: str, summary: Mapping[str, Any]) -> list[Row]:
    return [(f"{label}, {name}", *in_seconds(value)) for name, value in summary.items() if value is not None]


def _frozen(value: Any) -> Any:
    if type(value) in PLAIN:  # nearly all are, and to ask for a mapping takes ten times as long
        return value
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(each) for key, each in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(each) for each in value)
    return value


def _thawed(value: Any) -> Any:
    if type(value) in PLAIN:
        return value
    if isinstance(value, Mapping):
        return {key: _thawed(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_thawed(each) for each in value]
    return value
