"""What pydantic found wrong, as faults: at their place in the file, in the words of the file."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from sim.language.faults import BadValue, Fault, Step, either, shown, suggest
from sim.scenario.schema import CLIENT_ONLY, SERVER_ONLY, ScenarioKeys
from sim.scenario.source import Source

# What a type of error expects; {} stands for pydantic's own limit.
_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text (in quotes if it is a number)",
    "string_too_short": "text that is not empty",
    "string_too_long": "at most {max_length} characters",
    "list_type": "a list",
    "dict_type": "a mapping",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
}


def schema_faults(error: ValidationError, source: Source) -> Iterator[Fault]:
    """The faults of a scenario that does not fit its schema; each error gives at least one."""
    for entry in error.errors(include_url=False):
        is_key = entry["loc"][-1:] == ("[key]",) and entry["type"] not in ("missing", "extra_forbidden")
        path = _path(entry["loc"], source, is_key=is_key)
        inner = entry.get("ctx", {}).get("error")
        if isinstance(inner, BadValue):
            for part in inner.parts:
                yield from part.faults or (_value_fault(source, (*path, *part.path), part),)
        else:
            yield _bad_key(entry, path, source) if is_key else _fault(entry, path, source)


def _value_fault(source: Source, path: tuple[Step, ...], part: BadValue) -> Fault:
    return source.fault(path, part.problem, part.expected, part.suggestion)


def _fault(entry: Any, path: tuple[Step, ...], source: Source) -> Fault:
    kind, value, context = entry["type"], entry["input"], entry.get("ctx", {})
    if kind == "missing":
        name = path[-1]
        example = _examples(path[:-1], source).get(str(name), "")
        return source.fault(path[:-1], f"the key '{name}' is missing", f"e.g. {name}: {example}" if example else "")
    if kind == "extra_forbidden":
        return _unknown_key(path, source)
    if kind == "literal_error":
        words = [word.strip("'") for word in re.findall(r"'[^']*'|\d+", context.get("expected", ""))]
        return source.fault(path, f"got {shown(value)}", either(words), suggest(value, words))
    if kind in ("model_type", "model_attributes_type"):
        keys = _known(path, source)
        return source.fault(path, f"got {shown(value)}", f"a mapping of {either(keys)}" if keys else "a mapping")
    if kind == "string_pattern_mismatch":
        return source.fault(path, f"got {shown(value)}", "a name of letters, digits and _")
    expected = _EXPECTED.get(kind)
    if expected is None:
        return source.fault(path, f"got {shown(value)}", str(entry["msg"]).lower())
    if kind in ("too_short", "too_long"):
        return source.fault(path, f"got {context['actual_length']} entries", expected.format(**context))
    return source.fault(path, f"got {shown(value)}", expected.format(**context))


def _unknown_key(path: tuple[Step, ...], source: Source) -> Fault:
    name = str(path[-1])
    known = _known(path[:-1], source)
    if len(path) == 3 and path[0] == "actors" and name in SERVER_ONLY | CLIENT_ONLY:
        settled = [key for key in source.at(*path[:-1]) if key in (CLIENT_ONLY if name in SERVER_ONLY else SERVER_ONLY)]
        kind, this = ("servers", "the client") if name in SERVER_ONLY else ("the client", "a server")
        problem = f"the key '{name}' is for {kind}, but '{settled[0]}' makes this actor {this}"
        return source.key_fault(path, problem, "the keys of one or the other")
    return source.key_fault(path, f"there is no key {shown(name)} here", either(known), suggest(name, known))


def _bad_key(entry: Any, path: tuple[Step, ...], source: Source) -> Fault:
    value = entry["input"]
    if path[0] == "network":
        parts = ["default", "'a <-> b'", "'a -> b'"]
        return source.key_fault(path, f"got the key {shown(value)}", either(parts), suggest(value, ["default"]))
    expected = "text as the key" if entry["type"] == "string_type" else "a name of at most 64 letters, digits and _"
    return source.key_fault(path, f"got the key {shown(value)}", expected)


def _path(location: tuple[Step, ...], source: Source, *, is_key: bool) -> tuple[Step, ...]:
    """The location as the file has it: without the tags of unions, marks of keys, and the inside of short forms."""
    steps = list(location[:-1] if is_key else location)
    if steps[:1] == ["actors"]:
        del steps[2:3]  # the kind of the actor
    elif steps[:1] == ["attacks"] and steps[2:3] == ["signature"]:
        del steps[3:4]  # the kind of the signature
    path: list[Step] = []
    for step in steps:
        if not isinstance(source.at(*path), dict | list):
            break  # a bare rate stands for {poisson: rate}: the file has no such key
        path.append(step)
    return tuple(path)


# -- what the schema knows at a place ----------------------------------------------------------------------------------


def _model(path: tuple[Step, ...], source: Source) -> type[BaseModel] | None:
    """The model that reads the mapping at a path, or None if it is an open mapping or none at all."""
    current: Any = ScenarioKeys
    for depth, step in enumerate(path):
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = next((f.annotation for n, f in current.model_fields.items() if (f.alias or n) == step), None)
        elif get_origin(current) is dict:
            current = get_args(current)[1]
        elif get_origin(current) is list:
            current = get_args(current)[0]
        else:
            return None
        current = _bare(current, source.at(*path[: depth + 1]))
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _bare(annotation: Any, data: object) -> Any:
    """An annotation without its metadata, and of a union by keys the part that the data belongs to."""
    from sim.scenario.attacks import signature_kind
    from sim.scenario.schema import actor_kind

    kinds = actor_kind(data), signature_kind(data)
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    for part in get_args(annotation):
        if get_origin(part) is Annotated and any(isinstance(m, Tag) and m.tag in kinds for m in get_args(part)):
            return get_args(part)[0]
    return annotation


def _known(path: tuple[Step, ...], source: Source) -> list[str]:
    model = _model(path, source)
    return [field.alias or name for name, field in model.model_fields.items()] if model is not None else []


def _examples(path: tuple[Step, ...], source: Source) -> dict[str, str]:
    """An example for each key of the mapping at a path, as it would stand in the file."""
    model = _model(path, source)
    fields = model.model_fields.items() if model is not None else ()
    return {field.alias or name: flow(field.examples[0]) for name, field in fields if field.examples}


def flow(value: object) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
