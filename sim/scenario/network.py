"""The keys of ``network``: what messages meet on their way."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.fields import Duration, Share, Strict, Varying, optional

LINK = r"^(default|[A-Za-z][A-Za-z0-9_]* *(<->|->) *[A-Za-z][A-Za-z0-9_]*)$"
LinkName = Annotated[str, Field(pattern=LINK)]


class LinkKeys(Strict):
    """A link. What is not said here is as in the two-way link of the same pair, then as in ``default``."""

    latency: Varying = optional(
        title="Latency",
        description="Time of a message from its sender to its receiver. Default: 0 s.",
        examples=["35 ms", {"lognormal": {"median": "20 ms", "p95": "60 ms"}}],
    )
    loss: Share = optional(
        title="Loss",
        description="Share of packets that are lost. Default: 0 %. Over tcp and tls a loss is a retransmission delay.",
        examples=["0.1 %"],
    )
    transport: Literal["datagram", "tcp", "tls"] = optional(
        title="Transport",
        description="datagram: a lost message is lost, a source can be spoofed. tcp, tls: a new connection costs round "
        "trips. Default: tls.",
        examples=["tls"],
    )
    keep_alive: Duration = optional(
        title="Keep alive",
        description="How long an unused tcp or tls connection stays open. Default: 1 min.",
        examples=["60 s"],
    )


class AccessKeys(Strict):
    """The clients' own access to the network. What is not said here is as in the links that their messages take."""

    latency: Varying = optional(
        title="Latency",
        description="Time of a message between such a client's side and a server, in place of the link's.",
        examples=["300 ms", {"lognormal": {"median": "150 ms", "p95": "1 s"}}],
    )
    loss: Share = optional(title="Loss", description="Share of packets that are lost there.", examples=["2 %"])
    keep_alive: Duration = optional(
        title="Keep alive", description="How long an unused connection stays open there.", examples=["10 s"]
    )


NetworkKeys = dict[LinkName, LinkKeys]


def split_link(name: str) -> tuple[str, str, bool] | None:
    """The participants of ``a <-> b`` or ``a -> b`` and whether it is both directions; None if it is no such text."""
    for arrow, both in (("<->", True), ("->", False)):
        a, found, b = name.partition(arrow)
        if found:
            return a.strip(), b.strip(), both
    return None
