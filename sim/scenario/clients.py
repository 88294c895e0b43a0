"""The keys of the actor that starts sessions, and of its classes."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sim.language.faults import BadValue, shown, suggest
from sim.scenario.arrivals import ArrivalsField
from sim.scenario.fields import (
    Count,
    DurationAboveZero,
    FactName,
    Limit,
    Name,
    ParameterValue,
    Population,
    RateAboveZero,
    Share,
    Strict,
    Varying,
    VaryingSigned,
    optional,
)
from sim.scenario.network import AccessKeys
from sim.scenario.restraints import BREAKER, RESTARTS, THROTTLE, BreakerField, RestartField, ThrottleField
from sim.scenario.retries import RetryKeys

MAXIMUM_CLASSES = 100


class HoldingKeys(Strict):
    """A share of the clients, and what they hold from the start."""

    share: Share = Field(title="Share", description="Share of the population.", examples=["30 %"])
    items: Annotated[list[FactName], Field(min_length=1, max_length=100)] = Field(
        title="Items", description="The facts that each of them holds.", examples=[["consumer_key", "access_token"]]
    )


class AddressKeys(Strict):
    """Addresses that several clients have in common. ``own`` is read as a mapping without keys."""

    shared_by: Count = optional(title="Shared by", description="Clients behind one address.", examples=[2000])


def _addresses(value: object) -> object:
    if value == "own":
        return {}
    if isinstance(value, dict) and value:
        return value
    raise BadValue(f"got {shown(value)}", "own, or e.g. {shared_by: 2000}", suggest(value, ["own"]))


Addresses = Annotated[AddressKeys, BeforeValidator(_addresses, json_schema_input_type=Literal["own"] | AddressKeys)]


class ClientCommon(Strict):
    """The keys that the actor and each of its classes may have."""

    arrivals: ArrivalsField = optional(
        title="Arrivals",
        description="When sessions start. A class without its own has its share of the actor's.",
        examples=["20 /s", {"poisson": "20 /s"}],
    )
    picks: Literal["new", "random", "round_robin"] = optional(
        title="Picks", description="Which client comes. Default: new.", examples=["new"]
    )
    addresses: Addresses = optional(
        title="Addresses",
        description="An address each, or one for so many. Default: own.",
        examples=["own", {"shared_by": 2000}],
    )
    holds: Annotated[list[HoldingKeys], Field(max_length=100)] = optional(
        title="Holds",
        description="What clients hold from the start, in joint shares; the rest holds nothing.",
        examples=[[{"share": "30 %", "items": ["consumer_key"]}]],
    )
    expires: dict[FactName, DurationAboveZero] = optional(
        title="Expires",
        description="How long what a client holds is good for. A class's entries are added to the actor's.",
        examples=[{"access_token": "1 h"}],
    )
    deadline: Limit = optional(
        title="Deadline",
        description="Goodput counts the sessions that complete within it. Default: none.",
        examples=["10 s"],
    )
    timeout: Limit = optional(title="Timeout", description="Of one attempt of a call. Default: none.", examples=["3 s"])
    retry: RetryKeys = optional(title="Retry", description="What follows a failed attempt.", examples=[{"attempts": 3}])
    throttle: ThrottleField = THROTTLE
    breaker: BreakerField = BREAKER
    restarts: RestartField = RESTARTS
    clock_skew: VaryingSigned = optional(
        title="Clock skew",
        description="How far a client's clock is ahead. Default: 0 s.",
        examples=[{"normal": {"mean": "0 s", "sd": "2 s"}}],
    )
    work: dict[FactName, Varying] = optional(
        title="Work",
        description="Time of each message and action. A class's entries are added to the actor's.",
        examples=[{"sign": "0.1 ms"}],
    )
    network: AccessKeys = optional(
        title="Network",
        description="What differs on the links between their side and servers. A class's entries are added to the actor's.",
        examples=[{"latency": {"lognormal": {"median": "150 ms", "p95": "1 s"}}, "loss": "2 %"}],
    )
    hash_rate: RateAboveZero = optional(
        title="Hash rate", description="Tries a second at a puzzle. Default: 1000000 /s.", examples=["1000000 /s"]
    )
    unknown: Annotated[list[FactName], Field(max_length=100)] = optional(
        title="Unknown",
        description="Facts that a stranger gives them, not our servers: a hostile provider's metadata, say, that name our manager.",
        examples=[["realm_metadata"]],
    )
    parameters: dict[FactName, ParameterValue] = optional(
        title="Parameters",
        description="Of the participant's own code. A class's entries are added to the actor's.",
        examples=[{"signature_method": "HMAC-SHA1"}],
    )


class ClassKeys(ClientCommon):
    """Clients that are alike. Whatever a class does not say is as for the actor."""

    share: Share = optional(
        title="Share",
        description="Share of the population and of the arrivals. Classes without one divide what is left.",
        examples=["60 %"],
    )
    population: Population = optional(
        title="Population",
        description="Number of clients in the class. Default: its share of the actor's.",
        examples=[3000],
    )


class ClientKeys(ClientCommon):
    """The actor that starts the sessions."""

    population: Population = optional(title="Population", description="Number of clients. Default: 1.", examples=[5000])
    classes: Annotated[dict[Name, ClassKeys], Field(min_length=1, max_length=MAXIMUM_CLASSES)] = optional(
        title="Classes",
        description="Kinds of clients; each may override any key of the actor.",
        examples=[{"laptop": {"share": "60 %"}, "hosted": {"share": "40 %", "addresses": {"shared_by": 2000}}}],
    )
