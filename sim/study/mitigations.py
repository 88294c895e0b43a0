"""The mitigations that ship, for people who look for one: what each does, what it may be told, YAML to paste."""

from pathlib import Path
from typing import Any

from sim.language.faults import BadValue, Fault, Faults
from sim.mitigations.framework import common, registry
from sim.mitigations.framework.declaration import Declaration
from sim.mitigations.framework.parameters import Parameter
from sim.scenario.flow import flow
from sim.study.sheet import WIDTH, first_of, prose, sheet
from sim.study.sheet import entries as entries_of

SERVER = "authorization_manager"
"""The server of the YAML to paste: that of the first protocol."""

_AMOUNTS = {
    "round_trips": "more round trips of a request: {:g}", "client_s": "of the client's own time, in the mean: {:g} s",
    "instead_s": "of server time in place of the action's own work: {:g} s",
    "added_s": "of server time beside the action's own work: {:g} s",
    "row_bytes": "of memory for each identity: {:g} B",
    "fixed_bytes": "of memory, whatever comes: {:,.0f} B", "refused": "of honest requests refused: {:.3%}",
}


def entries() -> dict[str, tuple[str, str]]:
    """The name of each, what it is, and the first of its sources."""
    return {each.name: (_first_line(each), first_of(each.source)) for each in map(registry.find, registry.shipped())}


def is_one(name: str) -> bool:
    """Whether a name means a mitigation: one that ships, or a Python file (or one in the working folder's ``mitigations``)."""
    return name in registry.shipped() or name.endswith(".py") or Path("mitigations", f"{name}.py").is_file()


def find(name: str) -> Declaration:
    """The mitigation of this name; :class:`Faults` if it is at fault."""
    try:
        return registry.find(name, Path())
    except BadValue as error:
        raise Faults([Fault(name, None, None, "", error.problem, error.expected, error.suggestion)]) from None


def text(name: str, width: int = WIDTH) -> str:
    """What it is, as comments of at most ``width`` columns, and its YAML."""
    declared = find(name)
    rows = [(each.name, each.range, _default(each), each.about) for each in common.all_parameters(declared)]
    return sheet([*prose(f"{declared.about}\n\nSource: {declared.source or 'none given'}", width), str(declared.file),
                  "", "Parameters", *(entries_of(rows, width) or ["  none"]), "", *_cost(declared)], _yaml(declared))


def data(name: str) -> dict[str, Any]:
    """The same as data."""
    declared = find(name)
    parameters = {each.name: {"about": each.about, "range": each.range, "required": each.is_required,
                              **({} if each.is_required else {"default": each.default})}
                  for each in common.all_parameters(declared)}
    return {"kind": "mitigation", "file": str(declared.file), "about": declared.about, "source": declared.source,
            "moments": list(declared.laws), "parameters": parameters,
            "stated_cost": declared.cost and declared.cost.at(common.at_defaults(declared)), "text": _yaml(declared)}


def _cost(declared: Declaration) -> list[str]:
    """What it costs with no attack, at the values shown, a line for each amount that is not nothing."""
    if declared.cost is None:
        return ["Stated cost: not stated"]
    lines = [f"  {words.format(amount)}" for name, amount in declared.cost.at(common.at_defaults(declared)).items()
             for words in [_AMOUNTS[name]] if amount or (name == "instead_s" and amount is not None)]
    if lines:
        return ["Stated cost with no attack, at the values below", *lines]
    return [f"Stated cost with no attack: nothing{' beside its work' if 'at_take_up' in declared.laws else ''}"]


def _default(parameter: Parameter) -> str:
    if parameter.is_required:
        return "required"
    return f"default {flow(parameter.default)}"


def _yaml(declared: Declaration) -> str:
    """The mitigation in a scenario, with every key."""
    given = {each.name: each.example if each.is_required else each.default for each in common.all_parameters(declared)}
    own = [f"        {name}: {flow(value)}" for name, value in given.items()]
    return "\n".join(["mitigations:", f"  {SERVER}:", f"    - {declared.name}:", *own])


def _first_line(declared: Declaration) -> str:
    """Its first sentence, without its name."""
    sentence = " ".join(declared.about.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")
    about = sentence.partition(": ")[2] or sentence
    return about[0].upper() + about[1:]
