"""What ships: models and scenarios, what each is, and a new scenario to start from."""

import re
from pathlib import Path

from sim.language.faults import Fault, Faults
from sim.language.strict_yaml import read
from sim.scenario.new import template
from sim.scenario.shipped import find, names


def entries() -> dict[str, dict[str, str]]:
    """By kind: the name of each, and its title."""
    return {
        "models": {name: _title(find("models", name), "diagram") for name in names("models")},
        "scenarios": {name: _title(find("scenarios", name), "scenario") for name in names("scenarios")},
    }


def one(name: str) -> str:
    """A model or scenario: where it is, and its text, comments included."""
    try:
        path = find("scenarios", name)
    except Faults as no_scenario:
        try:
            path = find("models", name)
        except Faults as no_model:
            raise Faults([*no_scenario.faults, *no_model.faults]) from None
    return f"# {path}\n{path.read_text(encoding='utf-8')}".rstrip("\n")


def write_new(name: str, model: str, *, force: bool) -> Path:
    """Write ``NAME.yaml``, a commented scenario; an existing file only with ``force``."""
    target = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if target.exists() and not force:
        raise Faults([Fault(str(target), None, None, "", "this file exists already", "another name, or --force to overwrite it")])
    if not target.parent.is_dir():
        raise Faults([Fault(str(target), None, None, "", f"there is no folder {target.parent}", "a folder that is there")])
    target.write_text(template(re.sub(r"[_-]+", " ", target.stem).strip().capitalize(), model), encoding="utf-8")
    return target


def _title(path: Path, key: str) -> str:
    node = read(path).get(key)
    return node.text if node is not None else ""
