"""The keys that every mitigation has beside its own parameters, as far as they make sense for it."""

from collections.abc import Sequence
from typing import Any

from sim.language.faults import BadValue, either, shown, suggest
from sim.language.units import duration_ns, format_duration
from sim.mitigations.framework import parameters as kinds
from sim.mitigations.framework.declaration import PER_WORDS, Declaration
from sim.mitigations.framework.parameters import Parameter

ALL = "all"
OWN = "own"
PLACES = ("server", "edge")
UNSEEN = ("claimed_key", "proven_key", "metadata")
"""What stands in a request, which at the edge nobody reads."""
MOST_NAMES = 1000


def commons(declared: Declaration) -> tuple[Parameter, ...]:
    """The common keys of a mitigation."""
    found: list[Parameter] = []
    if declared.is_about_requests:
        found.append(_names("message", "The requests that it is about: an id, or a list."))
    if "at_action" in declared.laws:
        which = {"signature": "those that check a signature", "allocation": "those by which a key is made"}
        default = which.get(declared.actions or "", "those of this server")
        found.append(_names("action", f"The actions that it is about: an id, or a list; all: {default}."))
    if declared.keeps_keys:
        found.append(_name("key", "The fact that is the key; own: the one that this server gives out and is shown again.", OWN))
    if declared.per is not None:
        found.append(kinds.word("per", "By whom it keeps account.", PER_WORDS, declared.per))
        found.append(_table())
    if "at_arrival" in declared.laws:
        places = PLACES if "at_take_up" in declared.laws else ("edge",)
        found.append(kinds.word("at", "Where it stands: at the edge (before the waiting room, at no server time) or at the server.",
                                places, places[0]))
    if "at_take_up" in declared.laws:
        found.append(kinds.duration("work", "Server time of the check itself.", "0 s", example="0.01 ms"))
    if not declared.always and (declared.is_about_requests or "at_action" in declared.laws or not declared.keeps_keys):
        found.append(_when())
    return tuple(found)


def all_parameters(declared: Declaration) -> tuple[Parameter, ...]:
    """Its own and the common ones, in the order in which they are shown."""
    return (*declared.parameters, *commons(declared))


def read(declared: Declaration, data: object) -> dict[str, Any]:
    """The values of what a file gives of a mitigation, defaults filled in; :class:`BadValue` with everything that is wrong."""
    known = {parameter.name: parameter for parameter in all_parameters(declared)}
    given = {} if data is None else data
    if not isinstance(given, dict):
        raise BadValue(f"got {shown(data)}", f"a mapping of {either(known)}" if known else "an empty mapping")
    wrong: list[BadValue] = []
    for name in given:
        if name not in known:
            expected = either(known) if known else "no keys: it has no parameters"
            wrong.append(BadValue(f"{declared.name} has no parameter {shown(name)}", expected, suggest(name, known), path=(name,)))
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        if name not in given and parameter.is_required:
            wrong.append(BadValue(f"the key '{name}' is missing", f"{parameter.range}, e.g. {name}: {parameter.example}"))
            continue
        try:
            values[name] = parameter.read(given.get(name, parameter.default))
        except BadValue as error:
            wrong.append(error.under(name))
    if values.get("at") == "edge" and values.get("work"):
        wrong.append(BadValue("got work at the edge", "at: server, or no work: the edge costs no server time", path=("work",)))
    if values.get("at") == "edge" and values.get("per") in UNSEEN:
        problem = f"at the edge nobody sees a {values['per']}"
        wrong.append(BadValue(problem, "at: server, or per: address, prefix or all", path=("per",)))
    if not wrong and declared.contradictions is not None:
        wrong.extend(declared.contradictions(values))
    if wrong:
        raise BadValue.gather(wrong)
    return values


def at_defaults(declared: Declaration) -> dict[str, Any]:
    """The values of a mitigation of which a scenario says no more than it must; what it must say is as in the examples."""
    return read(declared, {each.name: each.example for each in all_parameters(declared) if each.is_required})


def spelled(declared: Declaration, values: dict[str, Any]) -> dict[str, Any]:
    """The values as a file says them, defaults too."""
    return {parameter.name: parameter.write(values[parameter.name]) for parameter in all_parameters(declared)}


def schema(declared: Declaration) -> dict[str, Any]:
    """The JSON Schema of its mapping."""
    properties = {parameter.name: {"description": parameter.about, **parameter.schema} for parameter in all_parameters(declared)}
    required = [parameter.name for parameter in all_parameters(declared) if parameter.is_required]
    found: dict[str, Any] = {"type": ["object", "null"], "description": declared.about.split("\n")[0], "properties": properties,
                             "additionalProperties": False}
    return {**found, "required": required} if required else found


def _names(name: str, about: str) -> Parameter:
    expected = "all, an id, or a list of ids"

    def read_names(value: object) -> tuple[str, ...] | None:
        given = value if isinstance(value, list | tuple) else [value]
        if value == ALL:
            return None
        if not given or len(given) > MOST_NAMES or not all(isinstance(each, str) and each for each in given):
            raise BadValue(f"got {shown(value)}", expected)
        return tuple(dict.fromkeys(given))

    def write_names(value: Sequence[str] | None) -> object:
        return ALL if value is None else value[0] if len(value) == 1 else list(value)

    schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    return Parameter(name, about, ALL, expected, "get_token", read_names, write_names, lambda _: (), schema, width=0)


def _name(name: str, about: str, default: str) -> Parameter:
    def read_name(value: object) -> str | None:
        if not isinstance(value, str) or not value:
            raise BadValue(f"got {shown(value)}", f"{default}, or a fact")
        return None if value == default else value

    return Parameter(name, about, default, f"{default}, or a fact", default, read_name, lambda value: value or default,
                     lambda _: (), {"type": "string"}, width=0)


def _when() -> Parameter:
    """Always, or only while the server is under load: (over ns, for ns)."""
    expected = "always, or e.g. {queue_wait_over: 50 ms, for: 10 s}"

    def read_when(value: object) -> tuple[int, int] | None:
        if value == "always":
            return None
        if not isinstance(value, dict) or not set(value) <= {"queue_wait_over", "for"} or "queue_wait_over" not in value:
            raise BadValue(f"got {shown(value)}", expected)
        times = []
        for name, default in (("queue_wait_over", "0 s"), ("for", "10 s")):
            try:
                times.append(duration_ns(value.get(name, default)))
            except BadValue as error:
                raise error.under(name) from None
        return times[0], times[1]

    def write_when(value: tuple[int, int] | None) -> object:
        return "always" if value is None else {"queue_wait_over": format_duration(value[0]), "for": format_duration(value[1])}

    time = {"type": "string"}
    schema = {"anyOf": [{"const": "always"}, {"type": "object", "properties": {"queue_wait_over": time, "for": time},
                                              "required": ["queue_wait_over"], "additionalProperties": False}]}
    about = ("Always, or only under load: once all that was taken up for so long (for: by default 10 s) had waited for more "
             "than queue_wait_over, until all for as long has not.")
    return Parameter("when", about, "always", expected, {"queue_wait_over": "50 ms", "for": "10 s"}, read_when, write_when,
                     lambda _: (), schema, width=0)


def _table() -> Parameter:
    """How many identities it keeps."""
    expected = "e.g. {capacity: 10000}, or {capacity: unlimited}"

    def read_table(value: object) -> int | None:
        capacity = value.get("capacity") if isinstance(value, dict) and list(value) == ["capacity"] else False
        if capacity == "unlimited":
            return None
        if isinstance(capacity, bool) or not isinstance(capacity, int) or not 1 <= capacity <= 1 << 30:
            raise BadValue(f"got {shown(value)}", expected)
        return capacity

    schema = {"type": "object", "properties": {"capacity": {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "unlimited"}]}},
              "required": ["capacity"], "additionalProperties": False}
    about = "Identities that it keeps at most; the least recently used one goes first."
    return Parameter("table", about, {"capacity": "unlimited"}, expected, {"capacity": 10000}, read_table,
                     lambda value: {"capacity": "unlimited" if value is None else value}, lambda _: (), schema, width=0)
