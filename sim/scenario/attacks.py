"""The keys of ``attacks``: traffic that leaves the diagram's path."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema, model_validator

from sim.language.faults import BadValue, either, shown, suggest
from sim.language.units import duration_ns, format_duration
from sim.scenario.arrivals import RampKeys, Steps
from sim.scenario.attack import DEFAULT_TIMEOUT_NS, Attack, AttackRate, Bots, Signature, Sources
from sim.scenario.fields import (
    MAXIMUM_POPULATION,
    TIME_SCHEMA,
    Count,
    Duration,
    DurationAboveZero,
    FactName,
    HashRate,
    Name,
    Rate,
    Share,
    Strict,
    Times,
    Varying,
    optional,
)
from sim.world.addresses import ATTACKER_PREFIXES, HOSTS_PER_PREFIX

MAXIMUM_ATTACKS = 100
MAXIMUM_KEYS = 1_000_000
RATES = ("poisson", "constant", "ramp", "steps", "pulses", "times")
SIGNATURES = ("valid", "missing", "wrong", "unknown_key")
_WINDOW = "from and until, e.g. [2 min, 7 min]"


class PulseKeys(Strict):
    """A rate that comes and goes."""

    rate: Rate = Field(title="Rate", description="Messages a second during a pulse.", examples=["10000 /s"])
    length: DurationAboveZero = Field(title="Length", description="How long a pulse lasts.", examples=["1 s"])
    period: DurationAboveZero = Field(
        title="Period",
        description="From the start of a pulse to that of the next; the first starts with the attack.",
        examples=["10 s"],
    )
    between: Rate = optional(title="Between", description="The rate between pulses. Default: 0 /s.", examples=["10 /s"])

    @model_validator(mode="after")
    def _fits(self) -> "PulseKeys":
        if self.length >= self.period:
            problem = f"a pulse of {format_duration(self.length)} is all of its period, {format_duration(self.period)}"
            raise BadValue(problem, "a length below the period", path=("length",))
        return self


class AttackRateKeys(Strict):
    """How fast an attack sends: exactly one of poisson, constant, ramp, steps, pulses and times."""

    poisson: Rate = optional(title="Poisson", description="Independent messages at this mean rate.", examples=["10000 /s"])
    constant: Rate = optional(
        title="Constant", description="One message every 1 / rate, the first one such gap after the start.", examples=["100 /s"]
    )
    ramp: RampKeys = optional(
        title="Ramp",
        description="A rate that is linear in time, from the beginning of the attack to its end.",
        examples=[{"from": "0 /s", "to": "10000 /s"}],
    )
    steps: Steps = optional(
        title="Steps",
        description="A rate that changes: each step, from a time of the run, holds until the next. A list, or a CSV file.",
        examples=[[{"from": "2 min", "rate": "1000 /s"}, {"from": "4 min", "rate": "10000 /s"}]],
    )
    pulses: PulseKeys = optional(
        title="Pulses",
        description="Bursts at regular times.",
        examples=[{"rate": "10000 /s", "length": "1 s", "period": "10 s"}],
    )
    times: Times = optional(
        title="Times",
        description="The times of the messages: a list, or a CSV file of one time a line. Those outside of the attack do not come.",
        examples=[["2 min", "3 min"], "flood.csv"],
    )
    process: Literal["poisson", "constant"] = optional(
        title="Process", description="How ramps, steps and pulses arrive. Default: poisson.", examples=["poisson"]
    )

    @model_validator(mode="after")
    def _one_kind(self) -> "AttackRateKeys":
        given = [name for name in RATES if name in self.model_fields_set]
        if len(given) != 1:
            problem = f"got {' and '.join(given)} together" if given else "it is not said how fast the attack sends"
            raise BadValue(problem, f"one of {either(RATES)}, e.g. {{poisson: 10000 /s}}")
        if given[0] in ("poisson", "constant", "times"):
            if "process" in self.model_fields_set:
                raise BadValue("process belongs to ramps, steps and pulses", f"{given[0]} alone", path=("process",))
        elif given == ["steps"]:
            for index in range(1, len(self.steps)):
                if self.steps[index].from_ <= self.steps[index - 1].from_:
                    raise BadValue("this step does not come after the one before it", path=("steps", index, "from"))
        return self


class SourceKeys(Strict):
    """Where an attack comes from: addresses of its own, or those of honest clients."""

    addresses: Count = optional(title="Addresses", description="How many addresses it sends from. Default: 1.", examples=[500])
    prefixes: Annotated[int, Field(ge=1, le=ATTACKER_PREFIXES)] = optional(
        title="Prefixes",
        description="In how many /24 prefixes these are, evenly. Default: as few as hold them.",
        examples=[20],
    )
    among: Name = optional(
        title="Among",
        description="A class of clients, or the client, whose addresses it sends from.",
        examples=["hosted"],
    )

    spoofed: bool = optional(
        title="Spoofed",
        description="Whether it only says that it sends from there (any address, if none are given): answers go to somebody else. "
        "Over datagrams alone. Default: false.",
        examples=[True],
    )

    @model_validator(mode="after")
    def _fits(self) -> "SourceKeys":
        given = [name for name in ("addresses", "prefixes", "among") if name in self.model_fields_set]
        if not given and self.given("spoofed", False):
            return self
        if not given:
            raise BadValue("it is not said where the attack comes from", "e.g. {addresses: 500, prefixes: 20}, or {among: a class}")
        if "among" in given:
            if len(given) > 1:
                problem = f"got {' and '.join(given)} together"
                raise BadValue(problem, "addresses of its own, or those among honest clients", path=("among",))
            return self
        addresses, prefixes = self.given("addresses", 1), self.given("prefixes")
        if prefixes is not None and prefixes > addresses:
            raise BadValue(f"got {prefixes} for {addresses} addresses", "at most a prefix for each address", path=("prefixes",))
        room = HOSTS_PER_PREFIX * (prefixes or ATTACKER_PREFIXES)
        if addresses > room:
            raise BadValue(f"got {addresses}", f"at most {room}: {HOSTS_PER_PREFIX} in each prefix", path=("addresses",))
        return self


class ReplayKeys(Strict):
    """Requests of honest clients that are sent again."""

    delay: Duration = Field(
        title="Delay",
        description="How long after a request its copy may come: of those so old, the latest is sent.",
        examples=["5 s"],
    )
    captured: Share = optional(
        title="Captured",
        description="Of the honest requests, the share that the attacker gets to see. Default: 100 %.",
        examples=["10 %"],
    )


class KeyringKeys(Strict):
    """Keys of an attack's own, each given out by a server, as to an honest client."""

    keys: Annotated[int, Field(ge=1, le=MAXIMUM_KEYS)] = Field(
        title="Keys", description="How many it has; its messages (or its bots) take them in turn.", examples=[100]
    )


class SignatureKeys(Strict):
    """A signature by one of many keys, or one that is somebody else's: exactly one of valid, wrong and replayed."""

    valid: KeyringKeys = optional(title="Valid", description="A real one, by keys of its own.", examples=[{"keys": 100}])
    wrong: KeyringKeys = optional(title="Wrong", description="One by such keys, that does not hold.", examples=[{"keys": 100}])
    replayed: ReplayKeys = optional(
        title="Replayed", description="That of a captured request.", examples=[{"delay": "5 s", "captured": "10 %"}]
    )

    @model_validator(mode="after")
    def _one_kind(self) -> "SignatureKeys":
        given = [name for name in ("valid", "wrong", "replayed") if name in self.model_fields_set]
        if len(given) > 1:
            raise BadValue(f"got {' and '.join(given)} together", "one of valid, wrong or replayed")
        return self


def signature_kind(data: object) -> str:
    """``<replayed>`` or ``<word>``: which of the two forms the data of a signature has."""
    return "<replayed>" if isinstance(data, dict | SignatureKeys) else "<word>"


def _signature(value: object) -> object:
    if isinstance(value, dict) and value:
        return value
    if value in SIGNATURES:
        return value
    expected = f"{either(SIGNATURES)[:-len(' or unknown_key')]}, unknown_key, or e.g. {{replayed: {{delay: 5 s, captured: 10 %}}}}"
    near = suggest(value, (*SIGNATURES, "replayed"))
    raise BadValue(f"got {shown(value)}", expected, "{replayed: ...}" if near == "replayed" else near)


def _bare_rate(value: object) -> object:
    return {"poisson": value} if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def _window(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise BadValue(f"got {shown(value)}", _WINDOW)
    times = []
    for index, part in enumerate(value):
        try:
            times.append(duration_ns(part))
        except BadValue as error:
            raise error.under(index) from None
    if times[1] <= times[0]:
        raise BadValue(f"an attack until {format_duration(times[1])} that begins at {format_duration(times[0])}",
                       "an end after the beginning", path=(1,))
    return times[0], times[1]


class BotKeys(Strict):
    """Bots in a closed loop."""

    count: Annotated[int, Field(ge=1, le=MAXIMUM_POPULATION)] = Field(
        title="Count", description="How many there are. They have the attack's addresses, dealt out in turn.", examples=[500]
    )
    think: Varying = Field(
        title="Think time",
        description="Pause of a bot from its answer to its next message, and before its first.",
        examples=["1 s", {"exponential": "1 s"}],
    )
    on_refusal: Literal["obey", "dodge"] = optional(
        title="On refusal",
        description="obey: also wait as long as Retry-After says; dodge: take another of the attack's addresses. Default: obey.",
        examples=["dodge"],
    )

    @model_validator(mode="after")
    def _fits(self) -> "BotKeys":
        if self.think.is_zero:
            raise BadValue("got '0 s'", "a time above zero: what is refused at once would be sent again at once", path=("think",))
        return self


AttackRateField = Annotated[AttackRateKeys, BeforeValidator(_bare_rate, json_schema_input_type=Rate | AttackRateKeys)]
_Word = Literal["valid", "missing", "wrong", "unknown_key"]
SignatureField = Annotated[
    Annotated[SignatureKeys, Tag("<replayed>")] | Annotated[_Word, Tag("<word>")],
    Discriminator(signature_kind),
    BeforeValidator(_signature, json_schema_input_type=SignatureKeys | _Word),
]
Window = Annotated[
    tuple[int, int],
    PlainValidator(_window),
    WithJsonSchema({"type": "array", "items": TIME_SCHEMA, "minItems": 2, "maxItems": 2}),
]


class AttackKeys(Strict):
    """An attack: one message of the diagram, out of nowhere, again and again."""

    name: Name = Field(title="Name", description="Names it in traces, metrics and --set.", examples=["flood"])
    sends: FactName = Field(
        title="Sends",
        description="The id of the request or one-way message that it sends.",
        examples=["request_consumer_key"],
    )
    rate: AttackRateField = optional(title="Rate", description="Messages a second.", examples=["1000 /s", {"poisson": "10000 /s"}])
    bots: BotKeys = optional(
        title="Bots",
        description="In place of a rate: bots that each wait for their answer before they send again.",
        examples=[{"count": 500, "think": "1 s", "on_refusal": "dodge"}],
    )
    during: Window = optional(
        title="During", description="From when until when. Default: the whole run.", examples=[["2 min", "7 min"]]
    )
    sources: SourceKeys = optional(
        title="Sources",
        description="Its addresses. Default: one.",
        examples=[{"addresses": 500, "prefixes": 20}, {"among": "hosted"}, {"spoofed": True}],
    )
    signature: SignatureField = optional(
        title="Signature",
        description="What its messages have for a signature, where the receiver checks one. Default: valid.",
        examples=["wrong", {"valid": {"keys": 100}}, {"replayed": {"delay": "5 s", "captured": "10 %"}}],
    )
    unknown: Annotated[list[FactName], Field(max_length=100)] = optional(
        title="Unknown",
        description="Facts that its messages need and of which it claims what no server gave out, where servers look them up.",
        examples=[["realm_metadata"]],
    )
    hash_rate: HashRate = optional(
        title="Hash rate",
        description="Tries a second at puzzles, of all its bots together, one after the other. Default: unlimited (each message "
        "is solved on its own, at 1000000 /s).",
        examples=["10000000 /s"],
    )
    solves: bool = optional(
        title="Solves", description="Whether it answers challenges, or is refused by them. Default: true.", examples=[False]
    )
    timeout: DurationAboveZero = optional(
        title="Timeout", description="How long it waits for an answer. Default: 10 s.", examples=["10 s"]
    )

    @model_validator(mode="after")
    def _fits(self) -> "AttackKeys":
        if ("rate" in self.model_fields_set) == ("bots" in self.model_fields_set):
            problem = "got rate and bots together" if "rate" in self.model_fields_set else "it is not said how fast it sends"
            raise BadValue(problem, "either rate, e.g. rate: 1000 /s, or bots, e.g. bots: {count: 500, think: 1 s}")
        signature = self.given("signature")
        if self.given("unknown") and isinstance(signature, SignatureKeys) and signature.given("replayed") is not None:
            raise BadValue("a copy says what its original said", "no unknown facts, or a signature of its own", path=("unknown",))
        if self.given("solves", True) is False and self.given("hash_rate") is not None:
            raise BadValue("a hash rate for bots that solve nothing", "hash_rate, or solves: false", path=("solves",))
        return self


AttackList = Annotated[list[AttackKeys], Field(max_length=MAXIMUM_ATTACKS)]


def attacks_of(keys: Sequence[AttackKeys], duration_ns: int) -> tuple[Attack, ...]:
    """The attacks of keys that have passed :mod:`sim.scenario.attack_rules`."""
    return tuple(_attack(each, duration_ns) for each in keys)


def _attack(keys: AttackKeys, duration_ns: int) -> Attack:
    from_ns, until_ns = keys.given("during", (0, duration_ns))
    return Attack(
        name=keys.name,
        sends=keys.sends,
        rate=_rate(keys.rate) if keys.given("rate") is not None else None,
        bots=_bots(keys.given("bots")),
        from_ns=from_ns,
        until_ns=until_ns,
        sources=_sources(keys.given("sources")),
        signature=_resolved_signature(keys.given("signature", "valid")),
        timeout_ns=keys.given("timeout", DEFAULT_TIMEOUT_NS),
        unknown=tuple(dict.fromkeys(keys.given("unknown", ()))),
        hash_rate_per_s=keys.given("hash_rate"),
        solves=keys.given("solves", True),
    )


def _rate(keys: AttackRateKeys) -> AttackRate:
    kind: Any = next(name for name in RATES if keys.given(name) is not None)
    process = keys.given("process", "poisson")
    if kind == "steps":
        return AttackRate(kind, steps=tuple((step.from_, step.rate) for step in keys.steps), process=process)
    if kind == "ramp":
        return AttackRate(kind, keys.ramp.from_, process=process, to_per_s=keys.ramp.to)
    if kind == "times":
        return AttackRate(kind, times_ns=keys.times[0], file=keys.times[1])
    if kind == "pulses":
        pulses, between = keys.pulses, keys.pulses.given("between", 0.0)
        return AttackRate(kind, pulses.rate, (), pulses.length, pulses.period, between, process)
    return AttackRate(kind, keys.given(kind))


def _bots(keys: BotKeys | None) -> Bots | None:
    return None if keys is None else Bots(keys.count, keys.think, keys.given("on_refusal", "obey"))


def _sources(keys: SourceKeys | None) -> Sources:
    if keys is None:
        return Sources()
    spoofed = keys.given("spoofed", False)
    if keys.given("among") is not None:
        return Sources(0, 0, keys.among, spoofed)
    if spoofed and keys.given("addresses") is None and keys.given("prefixes") is None:
        return Sources(HOSTS_PER_PREFIX * ATTACKER_PREFIXES, ATTACKER_PREFIXES, None, spoofed)
    addresses = keys.given("addresses", 1)
    return Sources(addresses, keys.given("prefixes", -(-addresses // HOSTS_PER_PREFIX)), None, spoofed)


def _resolved_signature(keys: Any) -> Signature:
    if isinstance(keys, SignatureKeys):
        if keys.given("replayed") is None:
            kind: Any = "valid" if keys.given("valid") is not None else "wrong"
            return Signature(kind, keys=keys.given(kind).keys)
        return Signature("replayed", keys.replayed.delay, keys.replayed.given("captured", 1.0))
    return Signature(keys)
