"""The keys of ``connections`` at a server, and what they mean."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from sim.language.units import format_duration
from sim.scenario.fields import Count, DurationAboveZero, Limit, Strict, optional

DEFAULT_IDLE_TIMEOUT_NS = 5 * 10**9
"""KeepAliveTimeout of Apache httpd 2.4. Its mod_reqtimeout gives a header 20 s."""


@dataclass(frozen=True, slots=True)
class Connections:
    """The table of the tcp and tls connections of each instance: at ``most`` so many, ``per_address`` so many of an address (None:
    no limit). One on which nothing is going on is closed after ``idle_timeout_ns``; one whose request is not complete
    ``header_timeout_ns`` after it began (None: never for that). What finds no place is refused (503) or dropped, by ``full``.
    """

    most: int
    per_address: int | None = None
    header_timeout_ns: int | None = None
    idle_timeout_ns: int = DEFAULT_IDLE_TIMEOUT_NS
    full: Literal["refuse", "drop"] = "refuse"


class ConnectionKeys(Strict):
    """The table of tcp and tls connections of an instance."""

    most: Count = Field(title="Most", description="Connections that are open at once.", examples=[1000])
    per_address: Count = optional(
        title="Per address", description="Of these, connections of one address. Default: no limit.", examples=[10]
    )
    header_timeout: Limit = optional(
        title="Header timeout",
        description="A request that is not complete after so long is given up, and its connection closed. Default: none.",
        examples=["20 s"],
    )
    idle_timeout: DurationAboveZero = optional(
        title="Idle timeout",
        description="A connection on which nothing goes on is closed after so long. Default: 5 s.",
        examples=["5 s"],
    )
    full: Literal["refuse", "drop"] = optional(
        title="Full",
        description="What finds no place is refused (status 503) or dropped (no answer). Default: refuse.",
        examples=["refuse"],
    )


def connections_of(keys: ConnectionKeys | None) -> Connections | None:
    """The table of its keys; None stays None."""
    if keys is None:
        return None
    return Connections(keys.most, keys.given("per_address"), keys.given("header_timeout"),
                       keys.given("idle_timeout", DEFAULT_IDLE_TIMEOUT_NS), keys.given("full", "refuse"))


def connections_data(table: Connections) -> dict[str, Any]:
    """The table as the data of a file, every default spelled out."""
    return {"most": table.most, **({} if table.per_address is None else {"per_address": table.per_address}),
            "header_timeout": "none" if table.header_timeout_ns is None else format_duration(table.header_timeout_ns),
            "idle_timeout": format_duration(table.idle_timeout_ns), "full": table.full}
