"""The keys of ``retry`` and ``backoff``: what follows when an attempt of a call fails."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.language.faults import BadValue, either, shown, suggest
from sim.scenario.fields import DurationAboveZero, Rate, Share, Strict, optional

BACKOFFS = ("none", "constant", "exponential", "full_jitter", "equal_jitter", "decorrelated_jitter")
MAXIMUM_ATTEMPTS = 31  # five bits of an address, from 1


class GrowingKeys(Strict):
    """A pause that grows with the attempts."""

    base: DurationAboveZero = Field(title="Base", description="The first pause.", examples=["500 ms"])
    cap: DurationAboveZero = Field(title="Cap", description="The longest pause.", examples=["10 s"])

    @model_validator(mode="after")
    def _ordered(self) -> "GrowingKeys":
        if self.cap < self.base:
            raise BadValue("the cap is below the base", "a cap of at least the base", path=("cap",))
        return self


class BackoffKeys(Strict):
    """The pause before the next attempt: ``none``, or exactly one of the others."""

    constant: DurationAboveZero = optional(title="Constant", description="Always this long.", examples=["1 s"])
    exponential: GrowingKeys = optional(
        title="Exponential",
        description="base, doubled with every attempt, up to cap.",
        examples=[{"base": "500 ms", "cap": "10 s"}],
    )
    full_jitter: GrowingKeys = optional(
        title="Full jitter",
        description="Evenly from 0 s to the exponential pause.",
        examples=[{"base": "500 ms", "cap": "10 s"}],
    )
    equal_jitter: GrowingKeys = optional(
        title="Equal jitter",
        description="Half of the exponential pause, and evenly up to as much again.",
        examples=[{"base": "500 ms", "cap": "10 s"}],
    )
    decorrelated_jitter: GrowingKeys = optional(
        title="Decorrelated jitter",
        description="Evenly from base to three times the last pause, up to cap.",
        examples=[{"base": "500 ms", "cap": "10 s"}],
    )

    @model_validator(mode="after")
    def _at_most_one(self) -> "BackoffKeys":
        given = [name for name in BACKOFFS if name in self.model_fields_set]
        if len(given) > 1:
            raise BadValue(f"got {' and '.join(given)} together", f"one of {either(BACKOFFS)}")
        return self


def _backoff(value: object) -> object:
    if isinstance(value, str) and value != "none":
        near = suggest(value, BACKOFFS)
        hint = f"{{{near}: ...}}" if near and near != "none" else near
        raise BadValue(f"got {shown(value)}", "none, or e.g. {full_jitter: {base: 500 ms, cap: 10 s}}", hint)
    if isinstance(value, dict) and not value:
        raise BadValue(f"got {shown(value)}", "none, or e.g. {full_jitter: {base: 500 ms, cap: 10 s}}")
    return {} if value == "none" else value


def _cause(value: object) -> object:
    if value == "timeout" or (isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599):
        return value
    raise BadValue(f"got {shown(value)}", "timeout, or a status from 400 to 599", suggest(value, ["timeout"]))


_Cause = Annotated[
    int | Literal["timeout"],
    BeforeValidator(_cause, json_schema_input_type=Annotated[int, Field(ge=400, le=599)] | Literal["timeout"]),
]
Backoff = Annotated[BackoffKeys, BeforeValidator(_backoff, json_schema_input_type=Literal["none"] | BackoffKeys)]


class BudgetKeys(Strict):
    """A retry budget: tokens, of which every retry takes one. Where less than one is left, the session gives up."""

    ratio: Share = optional(title="Ratio", description="Tokens that every call adds. Default: 10 %.", examples=["10 %"])
    minimum: Rate = optional(title="Minimum", description="Tokens that come anyway. Default: 0 /s.", examples=["10 /s"])
    burst: Annotated[int, Field(ge=1, le=1_000_000)] = optional(
        title="Burst", description="Tokens at most, and at first. Default: 10.", examples=[10]
    )
    shared: bool = optional(
        title="Shared", description="Whether a class has one together, or each client its own. Default: false.", examples=[False]
    )


class RetryKeys(Strict):
    """What follows when an attempt of a call fails."""

    attempts: Annotated[int, Field(ge=1, le=MAXIMUM_ATTEMPTS)] = optional(
        title="Attempts", description="Attempts of a call in all. Default: 1.", examples=[3]
    )
    on: list[_Cause] = optional(
        title="On",
        description="What is tried again. Default: [timeout, 429, 503].",
        examples=[["timeout", 429, 503]],
    )
    backoff: Backoff = optional(
        title="Back-off",
        description="The pause before the next attempt. Default: none.",
        examples=[{"full_jitter": {"base": "500 ms", "cap": "10 s"}}],
    )
    honours_retry_after: bool = optional(
        title="Honours Retry-After",
        description="Whether it waits as long as a refusal says (Retry-After, in seconds), and then its back-off. Default: false.",
        examples=[True],
    )
    budget: BudgetKeys = optional(
        title="Budget",
        description="What bounds retries by the calls that are made. Default: none.",
        examples=[{"ratio": "10 %"}],
    )
