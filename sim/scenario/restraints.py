"""The keys ``throttle`` and ``breaker`` of whoever calls, by which it spares those it calls; and a client's ``restarts``."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from sim.language.faults import BadValue, shown, suggest
from sim.language.quantities import distribution_data
from sim.language.units import format_duration, format_share
from sim.scenario.fields import DurationAboveZero, FactName, Limit, Share, Strict, Varying, optional
from sim.scenario.scenario import Breaker, Restarts, Restraints, Throttle

MAXIMUM_CALLS = 1000


class ThrottleKeys(Strict):
    """Adaptive throttling: rejecting one's own requests with the probability max(0, (requests - k accepts) / (requests + 1))."""

    k: Annotated[float, Field(ge=1, le=1000)] = optional(
        title="k", description="Requests sent for each that is accepted, about. Default: 2.", examples=[2]
    )
    window: DurationAboveZero = optional(
        title="Window", description="How long requests and accepts are counted. Default: 2 min.", examples=["2 min"]
    )
    shared: bool = optional(
        title="Shared", description="Whether a class has one together, or each client its own. Default: false.", examples=[True]
    )


class BreakerKeys(Strict):
    """A circuit breaker: where too many calls fail, none is made for a while. What failed is what ``retry.on`` lists."""

    window: Limit = optional(
        title="Window", description="How long verdicts count; none: the last calls count. Default: 10 s.", examples=["10 s"]
    )
    calls: Annotated[int, Field(ge=1, le=MAXIMUM_CALLS)] = optional(
        title="Calls", description="Verdicts without which it does not open. Default: 20.", examples=[20]
    )
    failures: Share = optional(title="Failures", description="Share of them at which it opens. Default: 50 %.", examples=["50 %"])
    open_for: DurationAboveZero = optional(
        title="Open for", description="Until a request gets through to probe. Default: 5 s.", examples=["5 s"]
    )
    shared: bool = optional(
        title="Shared", description="Whether a class has one together, or each client its own. Default: false.", examples=[True]
    )

    @model_validator(mode="after")
    def _opens_at_some(self) -> "BreakerKeys":
        if self.given("failures", 1.0) == 0.0:
            raise BadValue("it would open without any failure", "a share above 0 %", path=("failures",))
        return self


class RestartKeys(Strict):
    """Clients that start anew now and then, and what they do not remember."""

    every: Varying = Field(
        title="Every", description="Time from one start of a client to the next.", examples=[{"exponential": "1 h"}]
    )
    forgets: Annotated[list[FactName], Field(min_length=1, max_length=100)] = Field(
        title="Forgets",
        description="The facts that a client does not hold any more when it starts again.",
        examples=[["consumer_key"]],
    )

    @model_validator(mode="after")
    def _takes_time(self) -> "RestartKeys":
        if self.every.is_zero:
            raise BadValue("it would do nothing but start", "a time above 0 s", path=("every",))
        return self


def _or_none(example: str, keys: type[Strict]) -> WrapValidator:
    def read(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        if value == "none":
            return None
        if not isinstance(value, dict):
            raise BadValue(f"got {shown(value)}", f"none, or e.g. {example}", suggest(value, ["none"]))
        return handler(value)

    return WrapValidator(read, json_schema_input_type=Literal["none"] | keys)


ThrottleField = Annotated[ThrottleKeys, _or_none("{k: 2, window: 2 min}", ThrottleKeys)]
BreakerField = Annotated[BreakerKeys, _or_none("{window: 10 s, calls: 20, failures: 50 %, open_for: 5 s}", BreakerKeys)]
RestartField = Annotated[RestartKeys, _or_none("{every: {exponential: 1 h}, forgets: [consumer_key]}", RestartKeys)]


THROTTLE = optional(
    title="Throttle",
    description="Rejecting one's own requests where few are accepted; they fail as if refused with 503. Default: none.",
    examples=[{"k": 2, "window": "2 min"}],
)
BREAKER = optional(
    title="Breaker",
    description="Making no calls for a while where too many fail: a call that is not made ends the session. Default: none.",
    examples=[{"window": "10 s", "calls": 20, "failures": "50 %", "open_for": "5 s"}],
)
RESTARTS = optional(
    title="Restarts",
    description="How often a client starts anew, and what it then does not remember. Default: none.",
    examples=[{"every": {"exponential": "1 h"}, "forgets": ["consumer_key"]}],
)


def restraints(throttle: ThrottleKeys | None, breaker: BreakerKeys | None) -> Restraints:
    """What the keys mean, with their defaults."""
    return Restraints(
        None if throttle is None else Throttle(**_given(throttle)), None if breaker is None else Breaker(**_given(breaker)))


def _given(keys: Strict) -> dict[str, Any]:
    times = {"window": "window_ns", "open_for": "open_for_ns"}
    return {times.get(name, name): getattr(keys, name) for name in keys.model_fields_set}


def restarts(keys: RestartKeys | None) -> Restarts | None:
    """What the keys mean."""
    return None if keys is None else Restarts(keys.every, tuple(dict.fromkeys(keys.forgets)))


def restraints_data(given: Restraints) -> dict[str, Any]:
    """The keys, every default spelled out; none for what there is not."""
    data: dict[str, Any] = {}
    if given.throttle is not None:
        each = given.throttle
        data["throttle"] = {"k": each.k, "window": format_duration(each.window_ns), "shared": each.shared}
    if given.breaker is not None:
        breaker = given.breaker
        window = "none" if breaker.window_ns is None else format_duration(breaker.window_ns)
        data["breaker"] = {"window": window, "calls": breaker.calls, "failures": format_share(breaker.failures),
                           "open_for": format_duration(breaker.open_for_ns), "shared": breaker.shared}
    return data


def restarts_data(given: Restarts | None, *, inline: bool) -> dict[str, Any]:
    """The key, if there is one."""
    if given is None:
        return {}
    return {"restarts": {"every": distribution_data(given.every, inline=inline), "forgets": list(given.forgets)}}
