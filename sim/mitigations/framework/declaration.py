"""What a mitigation's module declares, as the rest of the simulator reads it.

The names that a module may have:

| name           | what                                                                          | if absent            |
|----------------|-------------------------------------------------------------------------------|----------------------|
| the docstring  | what it does; a paragraph that begins ``Source:`` says where it comes from     | a fault              |
| PARAMETERS     | a tuple of :mod:`sim.mitigations.framework.parameters`                        | none                 |
| STATE_INTS     | names of the int columns of a row of state                                    | none                 |
| STATE_FLOATS   | names of its float columns                                                    | none                 |
| PER            | by whom it keeps a row, unless a scenario says otherwise (see `PER_WORDS`)    | one row for all      |
| ACTIONS        | which actions at_action is about: "signature" (those that check one) or       | all that a scenario  |
|                | "allocation" (those by which a key is made)                                   | names                |
| KEYS           | True: its rows are those of the keys that the server gives out; row 0 is free | by PER               |
| COLLECTS       | True: it may answer COLLECT; one of a server for a key                        | it never does        |
| DRAWS          | True: its laws read CHANCE, drawn anew for each message; "client": for each   | no draw is made      |
|                | client, the same in all its sessions (of an attack, for each message)         |                      |
| WAITS          | True: it acts on how long requests have waited, and on nothing else           | it may act anyhow    |
| ALWAYS         | True: it cannot stand aside (``when``)                                        | it can               |
| checks         | ``checks(values)``: the order in which a server checks signed requests, of    | the default          |
|                | :data:`sim.world.credentials.CHECKS`                                          |                      |
| nonces         | ``nonces(values)``: where a server keeps nonces, of                            | in one store that    |
|                | :data:`sim.world.credentials.KEPT_NAMES` by number, and after how many ns      | its instances share  |
|                | an instance knows what another has taken up                                   |                      |
| REPLACES       | a kind of rows that the server keeps no longer (its memory is counted as 0)   | nothing              |
| room           | ``room(values) -> int``: rows of state that it needs from the start           | they come as needed  |
| DROPS          | True: it may leave a request without an answer, so callers need a timeout     | it always answers    |
| CHALLENGES     | True: it may ask for a proof of work or the like                              | it never does        |
| contradictions | ``contradictions(values)`` yields a :class:`BadValue` for each pair of           | none                 |
|                | parameters that cannot both be meant                                          |                      |
| STATED_COST    | what it costs on a calm day: :class:`sim.mitigations.framework.costs.Cost`    | not stated; a fault  |
|                |                                                                               | of one that ships    |
| at_arrival ... | its laws at the moments of :mod:`sim.world.moments`                           | nothing happens then |

A challenge can be real where messages have payloads: ``http_challenge(values, request, address) -> Response`` is what goes
out, ``http_answer(response, request) -> Request`` what the client makes of it, ``http_holds(values, request, address) -> bool``
whether the answer is one; the law sees that as SOLVED.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.language.faults import BadValue, either
from sim.mitigations.framework import parameters as kinds
from sim.mitigations.framework.costs import Cost
from sim.mitigations.framework.parameters import Parameter
from sim.world.moments import MOMENTS

Law = Callable[[Any, Any, int, Any], int]
PER_WORDS = ("address", "prefix", "claimed_key", "proven_key", "all", "metadata")
ACTION_WORDS = ("signature", "allocation")
CLIENT = "client"
DRAW_WORDS = (True, False, CLIENT)
REQUEST_MOMENTS = ("at_arrival", "at_take_up")
HOOKS = ("http_challenge", "http_answer", "http_holds")


@dataclass(frozen=True)
class Declaration:
    """A mitigation: its name, what it may be told, and its laws."""

    name: str
    file: Path
    about: str
    source: str
    parameters: tuple[Parameter, ...]
    state_ints: tuple[str, ...]
    state_floats: tuple[str, ...]
    per: str | None
    """By whom it keeps a row; None if it has one row, or those of keys."""
    actions: str | None
    keeps_keys: bool
    collects: bool
    draws: bool | str
    drops: bool
    challenges: bool
    contradictions: Callable[[Mapping[str, Any]], Iterable[BadValue]] | None
    always: bool
    waits: bool
    checks: Callable[[Mapping[str, Any]], Sequence[str]] | None
    nonces: Callable[[Mapping[str, Any]], tuple[int, int]] | None
    replaces: str | None
    room: Callable[[Mapping[str, Any]], int] | None
    cost: Cost | None
    """What it costs on a calm day; None if it does not say."""
    laws: Mapping[str, Law]
    hooks: Mapping[str, Callable[..., Any]]

    @property
    def is_about_requests(self) -> bool:
        """Whether it looks at requests (and not at actions or keys alone)."""
        return any(moment in self.laws for moment in REQUEST_MOMENTS)

    @property
    def first_row(self) -> tuple[int, int]:
        """Where the rows of state begin among the ints, and among the floats."""
        return kinds.widths(self.parameters)

    def room_of(self, values: Mapping[str, Any]) -> int:
        """How many rows of state it needs from the start."""
        return 1 if self.room is None else max(1, self.room(values))

    def room_bytes(self, values: Mapping[str, Any]) -> int:
        """What the rows take that it has from the start."""
        return 8 * (len(self.state_ints) + len(self.state_floats)) * self.room_of(values)

    @property
    def row_bytes(self) -> int:
        """What a row takes, with its three columns and two slots in the identity table."""
        return 8 * (len(self.state_ints) + len(self.state_floats) + 5)

    def blocks(self, values: Mapping[str, Any]) -> tuple[list[int], list[float]]:
        """Both blocks of a new instance: its parameters, no rows yet."""
        ints: list[int] = []
        floats: list[float] = []
        for parameter in self.parameters:
            into: list[Any] = floats if parameter.in_floats else ints
            into.extend(parameter.columns(values[parameter.name]))
        return ints, floats


def declaration(module: ModuleType, name: str, file: Path) -> Declaration:
    """What a module declares; :class:`BadValue` if it does not add up."""
    text = inspect.cleandoc(module.__doc__ or "")
    if not text:
        raise BadValue(f"the mitigation '{name}' has no docstring", "one that says what it does, with its source")
    laws = {moment: getattr(module, moment) for moment in MOMENTS if hasattr(module, moment)}
    if not laws:
        raise BadValue(f"the mitigation '{name}' has no law", f"a function {either(MOMENTS)}")
    for moment, law in laws.items():
        if not callable(law) or len(inspect.signature(law).parameters) != 4:
            raise BadValue(f"'{name}.{moment}' is no law", f"a function {moment}(ints, floats, row, event)")
    given = getattr(module, "PARAMETERS", ())
    if not isinstance(given, tuple) or not all(isinstance(each, Parameter) for each in given):
        raise BadValue(f"'{name}.PARAMETERS' is no tuple of parameters", "e.g. PARAMETERS = (rate('rate', 'Requests a second.'),)")
    per, actions = getattr(module, "PER", None), getattr(module, "ACTIONS", None)
    drawn = getattr(module, "DRAWS", False)
    for what, value, words in (("PER", per, PER_WORDS), ("ACTIONS", actions, ACTION_WORDS), ("DRAWS", drawn, DRAW_WORDS)):
        if value is not None and value not in words:
            raise BadValue(f"'{name}.{what}' is {value!r}", either(words))
    paragraphs = text.split("\n\n")
    source = next((each.removeprefix("Source:") for each in paragraphs if each.startswith("Source:")), "")
    return Declaration(
        name=name, file=file, about="\n\n".join(each for each in paragraphs if not each.startswith("Source:")),
        source=" ".join(source.split()), parameters=given, state_ints=tuple(getattr(module, "STATE_INTS", ())),
        state_floats=tuple(getattr(module, "STATE_FLOATS", ())), per=per, actions=actions,
        keeps_keys=bool(getattr(module, "KEYS", False)), collects=bool(getattr(module, "COLLECTS", False)),
        draws=getattr(module, "DRAWS", False), room=getattr(module, "room", None),
        replaces=getattr(module, "REPLACES", None),
        always=bool(getattr(module, "ALWAYS", False)), waits=bool(getattr(module, "WAITS", False)),
        checks=getattr(module, "checks", None),
        nonces=getattr(module, "nonces", None),
        contradictions=getattr(module, "contradictions", None),
        drops=bool(getattr(module, "DROPS", False)), challenges=bool(getattr(module, "CHALLENGES", False)),
        cost=getattr(module, "STATED_COST", None), laws=laws,
        hooks={hook: getattr(module, hook) for hook in HOOKS if hasattr(module, hook)})
