"""The keys of ``faults``, and a fault as the rest of the simulator reads it: what fails from when until when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from sim.language.faults import BadValue, either, shown
from sim.language.units import format_duration, format_share
from sim.scenario.attacks import window
from sim.scenario.fields import TIME_SCHEMA, Count, Share, Strict, optional
from sim.scenario.network import split_link

MAXIMUM_FAULTS = 1000
MAXIMUM_FACTOR = 1000.0
TARGET = r"^[A-Za-z][A-Za-z0-9_]*(/[1-9][0-9]{0,5}| *(<->|->) *[A-Za-z][A-Za-z0-9_]*)?$"
OF_ACTOR, OF_LINK = ("servers", "work"), ("latency", "loss")
Closed = Literal["drop", "refuse"]


@dataclass(frozen=True, slots=True)
class Target:
    """What fails: an actor (all its instances, or the one of this number, from 1), or the link between two, from ``actor`` to
    ``other`` and, if ``both``, back.
    """

    actor: str
    instance: int | None = None
    other: str | None = None
    both: bool = False

    def __str__(self) -> str:
        """As a file has it."""
        if self.other is not None:
            return f"{self.actor} {'<->' if self.both else '->'} {self.other}"
        return self.actor if self.instance is None else f"{self.actor}/{self.instance}"

    def directions(self) -> tuple[tuple[str, str], ...]:
        """Of a link: from whom to whom."""
        assert self.other is not None
        there = (self.actor, self.other)
        return (there, (self.other, self.actor)) if self.both else (there,)

    def meets(self, other: "Target") -> bool:
        """Whether the two have a part in common."""
        if (self.other is None) != (other.other is None):
            return False
        if self.other is not None:
            return bool(set(self.directions()) & set(other.directions()))
        return self.actor == other.actor and (self.instance is None or other.instance is None or self.instance == other.instance)


@dataclass(frozen=True, slots=True)
class ScheduledFault:
    """An outage or a brown-out of ``target`` from ``from_ns`` up to ``until_ns``.

    In an outage a server takes nothing up: what arrives is dropped or refused (``closed``), who waits goes on waiting, what is
    being served is finished; a link loses everything. In a brown-out a server has ``servers`` (None: as many as ever) and its
    work takes ``work`` times as long; a link's latency is ``latency`` times as long, and it loses ``loss`` (None: as ever).
    """

    kind: Literal["outage", "brown_out"]
    target: Target
    from_ns: int
    until_ns: int
    closed: Closed = "drop"
    servers: int | None = None
    work: float = 1.0
    latency: float = 1.0
    loss: float | None = None

    @property
    def title(self) -> str:
        """In words."""
        return f"{self.kind.replace('_', '-')} of {self.target}"


def target_of(text: object) -> Target | None:
    """What a text means; None if it is no actor, instance or link."""
    if not isinstance(text, str) or not re.match(TARGET, text):
        return None
    split = split_link(text)
    if split is not None:
        a, b, both = split
        return Target(a, other=b, both=both)
    actor, _, number = text.partition("/")
    return Target(actor, int(number) if number else None)


# -- the keys of a file ------------------------------------------------------------------------------------------------


def _target(value: object) -> Target:
    found = target_of(value)
    if found is None:
        raise BadValue(f"got {shown(value)}", "an actor, an instance of it (a/2), or a link: a <-> b or a -> b")
    return found


def _factor(value: object) -> float:
    found = re.fullmatch(r"x *([0-9]+(?:\.[0-9]+)?)", value) if isinstance(value, str) else None
    if found is None or not 0 < float(found[1]) <= MAXIMUM_FACTOR:
        raise BadValue(f"got {shown(value)}", f"a factor up to {MAXIMUM_FACTOR:.0f}, e.g. x 3")
    return float(found[1])


TargetField = Annotated[Target, PlainValidator(_target), WithJsonSchema({"type": "string", "pattern": TARGET})]
Factor = Annotated[float, PlainValidator(_factor), WithJsonSchema({"type": "string", "pattern": r"^x *[0-9]+(\.[0-9]+)?$"})]
FaultWindow = Annotated[
    tuple[int, int],
    PlainValidator(lambda value: window(value, "a fault")),
    WithJsonSchema({"type": "array", "items": TIME_SCHEMA, "minItems": 2, "maxItems": 2}),
]


class FaultKeys(Strict):
    """What fails, and when: an outage or a brown-out of an actor, of one of its instances, or of a link."""

    outage: TargetField = optional(
        title="Outage",
        description="A server that takes nothing up, or a link that loses everything.",
        examples=["authorization_manager", "authorization_manager/2", "consumer <-> authorization_manager"],
    )
    brown_out: TargetField = optional(
        title="Brown-out",
        description="A server that is slower or has fewer servers, or a link with more latency or loss.",
        examples=["authorization_manager", "consumer -> authorization_manager"],
    )
    during: FaultWindow = Field(title="During", description="From when until when.", examples=[["2 min", "3 min"]])
    closed: Closed = optional(
        title="Closed",
        description="In an outage of a server, what becomes of what arrives: no answer (drop) or a refusal, status 503 (refuse). "
        "Default: drop.",
        examples=["refuse"],
    )
    servers: Count = optional(title="Servers", description="In a brown-out: so many of each instance are left.", examples=[1])
    work: Factor = optional(title="Work", description="In a brown-out: how many times as long work takes.", examples=["x 3"])
    latency: Factor = optional(
        title="Latency", description="In a brown-out of a link: how many times as long its latency is.", examples=["x 5"]
    )
    loss: Share = optional(title="Loss", description="In a brown-out of a link: what it loses.", examples=["10 %"])

    @model_validator(mode="after")
    def _fits(self) -> "FaultKeys":
        given = [name for name in ("outage", "brown_out") if name in self.model_fields_set]
        if len(given) != 1:
            problem = f"got {' and '.join(given)} together" if given else "it is not said what fails"
            raise BadValue(problem, "an outage or a brown_out, e.g. outage: authorization_manager")
        target = getattr(self, given[0])
        is_link = target.other is not None
        allowed = (() if is_link else ("closed",)) if given == ["outage"] else OF_LINK if is_link else OF_ACTOR
        what = f"{'an outage' if given == ['outage'] else 'a brown-out'} of {'a link' if is_link else 'an actor'}"
        for name in ("closed", *OF_ACTOR, *OF_LINK):
            if name in self.model_fields_set and name not in allowed:
                raise BadValue(f"{what} has no {name}", either(allowed) if allowed else "no more than when", path=(name,))
        if given == ["brown_out"] and not self.model_fields_set.intersection(allowed):
            raise BadValue("nothing is worse than before", either(allowed), path=("brown_out",))
        return self


FaultsField = Annotated[list[FaultKeys], Field(max_length=MAXIMUM_FAULTS)]


def faults_of(keys: Sequence[FaultKeys]) -> tuple[ScheduledFault, ...]:
    """The faults of keys that have passed :mod:`sim.scenario.scheduled_rules`."""
    return tuple(ScheduledFault(
        kind="outage" if each.given("outage") is not None else "brown_out", target=each.given("outage", each.given("brown_out")),
        from_ns=each.during[0], until_ns=each.during[1], closed=each.given("closed", "drop"), servers=each.given("servers"),
        work=each.given("work", 1.0), latency=each.given("latency", 1.0), loss=each.given("loss")) for each in keys)


def fault_data(fault: ScheduledFault) -> dict[str, Any]:
    """A fault as the data of a file, every default spelled out."""
    during = [format_duration(fault.from_ns), format_duration(fault.until_ns)]
    data: dict[str, Any] = {fault.kind: str(fault.target), "during": during}
    if fault.kind == "outage":
        return data if fault.target.other is not None else {**data, "closed": fault.closed}
    if fault.target.other is not None:
        return {**data, "latency": f"x {fault.latency}", **({} if fault.loss is None else {"loss": format_share(fault.loss)})}
    return {**data, "work": f"x {fault.work}", **({} if fault.servers is None else {"servers": fault.servers})}
