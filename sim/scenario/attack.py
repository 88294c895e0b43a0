"""An attack as the rest of the simulator reads it: traffic that leaves the diagram's path, every default resolved."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sim.language.quantities import Distribution, distribution_data, times_data
from sim.language.units import format_duration, format_rate, format_share
from sim.world.addresses import ATTACKER_PREFIXES

DEFAULT_TIMEOUT_NS = 10 * 10**9

RateKind = Literal["poisson", "constant", "ramp", "steps", "pulses", "times"]
SignatureKind = Literal["valid", "missing", "wrong", "unknown_key", "replayed"]


@dataclass(frozen=True, slots=True)
class AttackRate:
    """How fast an attack sends within its window.

    ``poisson`` and ``constant``: at ``rate_per_s``. ``steps``: ``process`` at the rate of the step that is in force,
    (from_ns since the start of the run, rate_per_s) ascending, nothing before the first. ``pulses``: ``process`` at
    ``rate_per_s`` for ``length_ns`` at the start of every ``period_ns``, counted from the start of the window, and at
    ``between_per_s`` in between. ``ramp``: ``process`` at a rate that is linear in time, from ``rate_per_s`` at the start of
    the window to ``to_per_s`` at its end. ``times``: at those of ``times_ns`` that lie in the window.
    """

    kind: RateKind
    rate_per_s: float = 0.0
    steps: tuple[tuple[int, float], ...] = ()
    length_ns: int = 0
    period_ns: int = 0
    between_per_s: float = 0.0
    process: Literal["poisson", "constant"] = "poisson"
    to_per_s: float = 0.0
    times_ns: tuple[int, ...] = ()
    file: str = field(default="", compare=False)
    """Where ``times_ns`` were read; no part of what is compared."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an attack comes from: ``addresses`` of its own in ``prefixes`` /24s, or those of the honest clients ``among``.

    ``spoofed``: it only says so, and what is answered goes to somebody else; it may say any address (of the attackers' block).
    """

    addresses: int = 1
    prefixes: int = 1
    among: str | None = None
    spoofed: bool = False

    @property
    def anywhere(self) -> bool:
        """Whether its addresses are all that there are."""
        return self.spoofed and self.prefixes == ATTACKER_PREFIXES


@dataclass(frozen=True, slots=True)
class Signature:
    """What the messages of an attack have for a signature.

    ``valid``: a real one, by a key of the attack's own (by ``keys`` of them in turn); ``missing``: none; ``wrong``: of such a
    key, but it does not hold; ``unknown_key``: a real one, by a key that the server never gave out; ``replayed``: that of
    an honest client's request, which was captured (of all, the share ``captured`` is) and is sent again after ``delay_ns``.
    """

    kind: SignatureKind = "valid"
    delay_ns: int = 0
    captured: float = 1.0
    keys: int = 1


@dataclass(frozen=True, slots=True)
class Bots:
    """So many bots in a closed loop: each sends, waits for its answer, thinks, and sends again.

    At a refusal they ``obey`` (wait as long as its Retry-After says, then think), or ``dodge`` (take another address of the
    attack's, and think).
    """

    count: int
    think: Distribution
    on_refusal: Literal["obey", "dodge"] = "obey"


@dataclass(frozen=True, slots=True)
class Attack:
    """Messages ``sends`` of the diagram, out of nowhere, from ``from_ns`` up to ``until_ns``.

    Each is a session of its own that waits ``timeout_ns`` for its answer and never goes on in the diagram.
    """

    name: str
    sends: str
    rate: AttackRate | None
    """None where ``bots`` send."""
    from_ns: int
    until_ns: int
    sources: Sources = Sources()
    signature: Signature = Signature()
    unknown: tuple[str, ...] = ()
    """Facts of which it claims what no server gave out."""
    timeout_ns: int = DEFAULT_TIMEOUT_NS
    hash_rate_per_s: float | None = None
    """Tries a second at puzzles, of all its bots together, one puzzle after the other; None: each message at the default rate."""
    solves: bool = True
    """Whether it answers challenges at all; else one is a refusal to it."""
    bots: Bots | None = None


def attack_data(attack: Attack, *, inline: bool = False) -> dict[str, Any]:
    """The attack as the data of a file, every default spelled out; long lists of times by their file, unless ``inline``."""
    sources = attack.sources
    own = {"addresses": sources.addresses, "prefixes": sources.prefixes} if sources.among is None else {"among": sources.among}
    return {
        "name": attack.name,
        "sends": attack.sends,
        **({"rate": _rate_data(attack.rate, inline=inline)} if attack.rate is not None else {}),
        **({"bots": _bots_data(attack.bots, inline=inline)} if attack.bots is not None else {}),
        "during": [format_duration(attack.from_ns), format_duration(attack.until_ns)],
        "sources": {**own, "spoofed": sources.spoofed},
        "signature": _signature_data(attack.signature),
        "unknown": list(attack.unknown),
        "hash_rate": "unlimited" if attack.hash_rate_per_s is None else format_rate(attack.hash_rate_per_s),
        "solves": attack.solves,
        "timeout": format_duration(attack.timeout_ns),
    }


def _bots_data(bots: Bots, *, inline: bool) -> dict[str, Any]:
    return {"count": bots.count, "think": distribution_data(bots.think, inline=inline), "on_refusal": bots.on_refusal}


def _rate_data(rate: AttackRate, *, inline: bool) -> dict[str, Any]:
    if rate.kind == "times":
        return {"times": times_data(rate.times_ns, rate.file, inline=inline)}
    if rate.kind == "ramp":
        return {"ramp": {"from": format_rate(rate.rate_per_s), "to": format_rate(rate.to_per_s)}, "process": rate.process}
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
        return signature.kind if signature.keys == 1 else {signature.kind: {"keys": signature.keys}}
    return {"replayed": {"delay": format_duration(signature.delay_ns), "captured": format_share(signature.captured)}}
