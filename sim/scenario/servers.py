"""The keys of actors that do not start sessions: servers, and companions on the client's side."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.connections import ConnectionKeys
from sim.scenario.fields import (
    DurationAboveZero,
    FactName,
    Limit,
    ParameterValue,
    Size,
    Strict,
    UnlimitedFromOne,
    UnlimitedFromZero,
    Varying,
    optional,
)
from sim.scenario.restraints import BREAKER, THROTTLE, BreakerField, ThrottleField
from sim.scenario.retries import RetryKeys
from sim.scenario.scenario import DEFAULT_BACKLOG, Balance, Order

MAXIMUM_INSTANCES = 100_000
MAXIMUM_BACKLOG = 2**31 - 1


class QueueKeys(Strict):
    """The waiting room in front of the servers; who is being served is not in it."""

    capacity: UnlimitedFromZero = optional(title="Capacity", description="Places to wait. Default: unlimited.", examples=[1000])
    order: Order = optional(
        title="Order",
        description="Who is served next: the first or the last come, the last come if there is a backlog (adaptive_lifo), the "
        "addresses in turn (fair), whoever has a key that it proved from the same address before (priority); or all who are "
        "present share the servers (processor_sharing: nobody waits, and the capacity is of those who are present). Default: fifo.",
        examples=["fifo"],
    )
    backlog: Annotated[int, Field(ge=0, le=MAXIMUM_BACKLOG)] = optional(
        title="Backlog",
        description=f"So many must wait for adaptive_lifo to serve the last come first. Default: {DEFAULT_BACKLOG}.",
        examples=[DEFAULT_BACKLOG],
    )
    full: Literal["refuse", "drop"] = optional(
        title="Full",
        description="What a full waiting room does: refuse (status 503) or drop (no answer). Default: refuse.",
        examples=["refuse"],
    )


class CompanionKeys(Strict):
    """A participant on the client's own side, such as its user agent."""

    work: dict[FactName, Varying] = optional(
        title="Work",
        description="Time of each message and action; at a server also parse and handshake. Default: 0 s each.",
        examples=[{"parse": "0.1 ms", "allocate_consumer_key": {"exponential": "4 ms"}}],
    )
    expires: dict[FactName, DurationAboveZero] = optional(
        title="Expires",
        description="How long each fact that it holds is good for. Default: for ever.",
        examples=[{"pending_code": "10 min"}],
    )
    timeout: Limit = optional(
        title="Timeout", description="Of one attempt of a call that it makes. Default: none.", examples=["3 s"]
    )
    retry: RetryKeys = optional(
        title="Retry",
        description="What follows a failed attempt of a call that it makes.",
        examples=[{"attempts": 3}],
    )
    throttle: ThrottleField = THROTTLE
    breaker: BreakerField = BREAKER
    parameters: dict[FactName, ParameterValue] = optional(
        title="Parameters", description="Of the participant's own code.", examples=[{"grants": "token"}]
    )


class ServerKeys(CompanionKeys):
    """A participant that receives requests, and works them off."""

    instances: Annotated[int, Field(ge=1, le=MAXIMUM_INSTANCES)] = optional(
        title="Instances", description="Machines, each with its own waiting room. Default: 1.", examples=[1]
    )
    balance: Balance = optional(
        title="Balance",
        description="Which instance a message goes to: one drawn evenly (random), the next one (round_robin), of two drawn the one "
        "with fewer present (two_choices), or the one with the fewest (least_loaded). Default: random.",
        examples=["two_choices"],
    )
    servers: UnlimitedFromOne = optional(
        title="Servers", description="Requests that one instance works on at once. Default: 1.", examples=[4]
    )
    queue: QueueKeys = optional(
        title="Queue",
        description="The waiting room of an instance.",
        examples=[{"capacity": 1000, "order": "fifo", "full": "refuse"}],
    )
    connections: ConnectionKeys = optional(
        title="Connections",
        description="The table of an instance's tcp and tls connections. Default: endless.",
        examples=[{"most": 1000, "header_timeout": "20 s"}],
    )
    holds_server: bool = optional(
        title="Holds server",
        description="Whether a nested call keeps the server busy. Default: false.",
        examples=[False],
    )
    silent: bool = optional(title="Silent", description="Whether refusals are not even answered. Default: false.", examples=[False])
    memory: dict[FactName, Size] = optional(
        title="Memory",
        description="Bytes that it keeps for each fact, and for each nonce.",
        examples=[{"consumer_key": "1 KiB", "nonce": "64 B"}],
    )
