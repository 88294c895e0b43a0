"""What ships: models, scenarios, mitigations and the words of a scenario, what each is, and a new scenario to start from."""

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from sim.language.faults import BadValue, Fault, Faults, either, shown, suggest
from sim.language.strict_yaml import read
from sim.mitigations.framework import registry
from sim.plan.words import vocabulary
from sim.protocol.diagram import Action, End, Message, walk
from sim.protocol.model import Model, load
from sim.scenario.new import template
from sim.scenario.shipped import Kind, find, locate, names
from sim.study import mitigations
from sim.study.sheet import WIDTH, first_of, prose, sheet
from sim.study.sheet import entries as entries_of

if TYPE_CHECKING:
    from sim.study.features import Feature

_MODEL_KEYS = frozenset({"diagram", "participants", "sequence"})
_SCENARIO_KEYS = frozenset({"scenario", "model", "actors"})


def entries() -> dict[str, dict[str, tuple[str, str]]]:
    """By kind: the name of each, what it is (of a scenario: its question), and where it comes from."""
    from sim.study.features import KINDS, features

    known = list(features().values())
    models = {name: find("models", name) for name in names("models")}
    return {
        "scenarios": {name: (_question(find("scenarios", name)), "") for name in names("scenarios")},
        "models": {name: (_title(path, "diagram"), _version(path)) for name, path in models.items()},
        "mitigations": mitigations.entries(),
        **{kind: {each.name: (each.about.partition(" Default: ")[0], first_of(each.source)) for each in known if each.kind == kind}
           for kind in KINDS.values() if any(each.kind == kind for each in known)},
    }


def one(name: str, width: int = WIDTH) -> str:
    """What ships under a name: what it is, as comments, and its YAML, so that the whole can be pasted into a file."""
    if mitigations.is_one(name):
        return mitigations.text(name, width)
    feature = _feature(name)
    if feature is not None:
        rows = [(each.name, each.range, each.default, each.about) for each in feature.parameters]
        about = f"{feature.name}: {feature.about}\n\nOf the {feature.kind}.{feature.source and f' Source: {feature.source}'}"
        return sheet([*prose(about, width), *(["", "Parameters", *entries_of(rows, width)] if rows else [])], feature.text)
    kind, path = found(name, others=_others())
    text = path.read_text(encoding="utf-8").rstrip("\n")
    return sheet(_about_model(path, width) if kind == "models" else _about_scenario(path), text)


def data_of(name: str) -> dict[str, Any]:
    """The same as data: kind, file, title and text; of a model also its words."""
    if mitigations.is_one(name):
        return mitigations.data(name)
    feature = _feature(name)
    if feature is not None:
        return {**asdict(feature), "kind": feature.kind}
    kind, path = found(name, others=_others())
    data: dict[str, Any] = {"kind": kind.removesuffix("s"), "file": str(path), "text": path.read_text(encoding="utf-8")}
    if kind == "scenarios":
        return {**data, "title": _title(path, "scenario"), "model": _title(path, "model")}
    model = load(path)
    words = vocabulary(model)
    return {**data, "title": model.diagram.title, "participants": dict(model.diagram.participants),
            "servers": sorted(words.servers), "messages": {name: list(ends) for name, ends in words.messages.items()},
            "actions": dict(words.actions), "facts": sorted(words.facts),
            "parameters": {actor: {name: _range(values) for name, values in given.items()}
                           for actor, given in words.parameters.items() if given}}


def _others() -> tuple[str, ...]:
    from sim.study.features import features

    return (*registry.shipped(), *features())


def _feature(name: str) -> "Feature | None":
    """The word of a scenario that a name means; :class:`Faults` if it means several."""
    from sim.study.features import named

    if os.path.isfile(name):
        return None
    meant = [each.name for each in named(name)]
    if len(meant) > 1:
        raise Faults([Fault(name, None, None, "", f"{shown(name)} means several things", either(meant))])
    return named(name)[0] if meant else None


def model_file(name: str | Path) -> Path:
    """The file of a model; of a scenario, the file of the model that it runs.

    Raises :class:`Faults` if there is neither.
    """
    kind, path = found(name, "models")
    if kind == "models":
        return path
    root = read(path)
    model = root.get("model") if root.kind == "mapping" else None
    if model is None:
        raise Faults([root.fault("this is no model, and no scenario that names one", "a mapping with the key diagram")])
    try:
        return locate("models", model.text, path.parent)
    except BadValue as bad:
        raise Faults([model.fault(bad.problem, bad.expected, bad.suggestion)]) from None


def write_new(name: str, model: str, *, force: bool) -> Path:
    """Write ``NAME.yaml``, a commented scenario for ``model``; an existing file only with ``force``."""
    from sim.study.files import write_whole

    target = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if not re.search(r"[^\W_]", target.name.removesuffix(target.suffix) if target.suffix else ""):
        raise Faults([Fault("", None, None, "NAME", f"got {shown(name)}", "a name such as my_scenario")])
    if target.exists() and not force:
        another = "another name, or force=True to overwrite it"
        raise Faults([Fault(str(target), None, None, "", "this file exists already", another)])
    title = re.sub(r"[_-]+", " ", target.stem).strip().capitalize()
    text = template(title, model, vocabulary(load(find("models", model))))
    return write_whole(target, text.encode())


def found(name: str | Path, first: str = "scenarios", others: Sequence[str] = ()) -> tuple[str, Path]:
    """Whether a name means one of the ``scenarios`` or ``models``, and its file; ``first`` are tried first.

    ``others`` are names that mean something else there. Raises :class:`Faults` if there is none, or its file cannot be read.
    """
    kinds: tuple[Kind, Kind] = ("scenarios", "models") if first == "scenarios" else ("models", "scenarios")
    for kind in kinds:
        try:
            path = locate(kind, name)
        except BadValue:
            continue
        keys = {key.text for key, _ in read(path).items}
        return "models" if keys & _MODEL_KEYS else "scenarios" if keys & _SCENARIO_KEYS else kind, path
    known = [*names("models"), *names("scenarios"), *others]
    short = {one.rpartition("/")[2]: one for one in known}
    near = suggest(name, known) or short.get(suggest(name, short), "")
    problem = f"there is no file, model{', scenario or mitigation' if others else ' or scenario'} {shown(str(name))}"
    raise Faults([Fault(str(name), None, None, "", problem, f"a file, or {either(known)}", near)])


def _about_scenario(path: Path) -> list[str]:
    return [f"{_title(path, 'scenario')}: a scenario of {_title(path, 'model')}", str(path)]


def _about_model(path: Path, width: int) -> Iterator[str]:
    """What a scenario may name of a model, in words."""
    model = load(path)
    diagram, words = model.diagram, vocabulary(model)
    yield f"{diagram.title}{f' ({diagram.version})' if diagram.version else ''}: a model"
    yield str(path)
    if diagram.about:
        yield from prose(diagram.about, width)
    sides = {name: "server" if name in words.servers else "at the client's side" for name in words.participants}
    yield from ("", "Participants")
    yield from entries_of([(name, label, sides[name]) for name, label in diagram.participants.items()], width)
    yield from ("", "Messages and actions")
    yield from entries_of(list(_steps(model)), width)
    if words.facts:
        facts = wrap(", ".join(sorted(words.facts)), width - 4, break_on_hyphens=False)
        yield from ("", "Facts", *(f"  {line}" for line in facts))
    parameters = [(f"actors.{actor}.parameters.{name}", _range(values)) for actor, given in words.parameters.items()
                  for name, values in given.items()]
    if parameters:
        yield from ("", "Parameters (the first is the default)", *entries_of(parameters, width))


def _steps(model: Model) -> Iterator[tuple[str, str, str]]:
    for item in walk(model.diagram.sequence):
        match item:
            case Message():
                yield item.id, f"{item.sender} {item.arrow.value} {item.receiver}", item.label
            case Action():
                yield item.id, item.participant, item.label
            case End():
                yield item.id, f"end: {item.outcome}", ""


def _range(values: object) -> str:
    """The values that a parameter can have: ``token | pending | refused``, or the name of a type."""
    return " | ".join(values) if isinstance(values, tuple) else getattr(values, "__name__", str(values))


def _question(path: Path) -> str:
    """What a scenario asks: the first sentence of the comment at its top; without one, its title."""
    lines = path.read_text(encoding="utf-8").split("\n")
    top = " ".join(line.removeprefix("#").strip() for line in itertools.takewhile(lambda line: line.startswith("#"), lines))
    sentence = re.match(r"(?:The question: )?(.*?[?.])(?= |$)", top)
    return sentence[1][0].upper() + sentence[1][1:] if sentence else _title(path, "scenario")


def _version(path: Path) -> str:
    """The version of a model, if it says more than a number."""
    version = _title(path, "version")
    return "" if version.isdecimal() else version


def _title(path: Path, key: str) -> str:
    node = read(path).get(key)
    return node.text if node is not None else ""
