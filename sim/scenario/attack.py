"""An attack as the rest of the simulator reads it: traffic that leaves the diagram's path, every default resolved."""

from dataclasses import dataclass
from typing import Any, Literal

from sim.language.units import format_duration, format_rate, format_share

DEFAULT_TIMEOUT_NS = 10 * 10**9
DEFAULT_DRIP_NS = 15 * 10**9
"""Slowloris (R. Hansen, 2009) sends a header every 15 s."""

RateKind = Literal["poisson", "constant", "steps", "pulses"]
SignatureKind = Literal["valid", "missing", "wrong", "unknown_key", "replayed"]


@dataclass(frozen=True, slots=True)
class AttackRate:
    """How fast an attack sends within its window.

    ``poisson`` and ``constant``: at ``rate_per_s``. ``steps``: ``process`` at the rate of the step that is in force,
    (from_ns since the start of the run, rate_per_s) ascending, nothing before the first. ``pulses``: ``process`` at
    ``rate_per_s`` for ``length_ns`` at the start of every ``period_ns``, counted from the start of the window, and at
    ``between_per_s`` in between.
    """

    kind: RateKind
    rate_per_s: float = 0.0
    steps: tuple[tuple[int, float], ...] = ()
    length_ns: int = 0
    period_ns: int = 0
    between_per_s: float = 0.0
    process: Literal["poisson", "constant"] = "poisson"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an attack comes from: ``addresses`` of its own in ``prefixes`` /24s, or those of the honest clients ``among``."""

    addresses: int = 1
    prefixes: int = 1
    among: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What the messages of an attack have for a signature.

    ``valid``: a real one, by a key of the attack's own; ``missing``: none; ``wrong``: of such a key, but it does not
    hold; ``unknown_key``: a real one, by a key that the server never gave out; ``replayed``: that of an honest client's
    request, which was captured (of all, the share ``captured`` is) and is sent again after ``delay_ns``.
    """

    kind: SignatureKind = "valid"
    delay_ns: int = 0
    captured: float = 1.0


@dataclass(frozen=True, slots=True)
class Attack:
    """Messages ``sends`` of the diagram, out of nowhere, from ``from_ns`` up to ``until_ns``.

    Each is a session of its own that waits ``timeout_ns`` for its answer and never goes on in the diagram.
    """

    name: str
    sends: str
    rate: AttackRate
    from_ns: int
    until_ns: int
    sources: Sources = Sources()
    signature: Signature = Signature()
    timeout_ns: int = DEFAULT_TIMEOUT_NS
    sockets: int | None = None
    """If not None, no request is ever complete: each holds a connection, so many at once; a piece comes every ``drip_ns``."""
    drip_ns: int = 0


def attack_data(attack: Attack) -> dict[str, Any]:
    """The attack as the data of a file, every default spelled out."""
    own = {"addresses": attack.sources.addresses, "prefixes": attack.sources.prefixes}
    return {
        "name": attack.name,
        "sends": attack.sends,
        "rate": _rate_data(attack.rate),
        "during": [format_duration(attack.from_ns), format_duration(attack.until_ns)],
        "sources": own if attack.sources.among is None else {"among": attack.sources.among},
        "signature": _signature_data(attack.signature),
        "timeout": format_duration(attack.timeout_ns),
        **({} if attack.sockets is None else {"sockets": attack.sockets, "drip": format_duration(attack.drip_ns)}),
    }


def _rate_data(rate: AttackRate) -> dict[str, Any]:
    if rate.kind == "steps":
        steps = [{"from": format_duration(from_ns), "rate": format_rate(per_s)} for from_ns, per_s in rate.steps]
        return {"steps": steps, "process": rate.process}
    if rate.kind == "pulses":
        pulses = {
            "rate": format_rate(rate.rate_per_s),
            "length": format_duration(rate.length_ns),
            "period": format_duration(rate.period_ns),
            "between": format_rate(rate.between_per_s),
        }
        return {"pulses": pulses, "process": rate.process}
    return {rate.kind: format_rate(rate.rate_per_s)}


def _signature_data(signature: Signature) -> object:
    if signature.kind != "replayed":
        return signature.kind
    return {"replayed": {"delay": format_duration(signature.delay_ns), "captured": format_share(signature.captured)}}
