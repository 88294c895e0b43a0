"""Rows of hashing: puzzles (Hashcash) and Bloom filters."""

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.measure import theory
from sim.study.validation.row import Form, Row
from sim.study.validation.station import station

if TYPE_CHECKING:
    from sim.study.run import Run

HASHCASH = "A. Back, Hashcash (2002), section 3: "
BLOOM = "B. Bloom, CACM 13 (1970); A. Broder, M. Mitzenmacher (2004)"
TRY_S = 1e-6
"""Time of a try; all else takes none."""
ENTRIES_PER_S = 10_000
"""Nonces a second that fill a filter."""


def puzzled(seconds: int, *, bits: int) -> Mapping[str, Any]:
    """Clients that solve a puzzle each, with a million tries a second."""
    return station(seconds, warm_up_s=0, customer={"arrivals": {"constant": "1000 /s"}, "hash_rate": "1000000 /s"},
                   mitigations={"server": [{"client_puzzle": {"bits": bits}}]})


def tries(run: "Run", which: str, unit: float = 1.0) -> float:
    """Tries that a client needed, by the time that it took to be served: their mean or a percentile, in a unit."""
    return float(run.metrics["honest"]["response_time_s"][which] / TRY_S / unit)


def of_hashcash() -> tuple[Row, ...]:
    """Mean tries, and the exponential tail."""
    lengths = {"mean": (Form(20, 10), Form(10, 10)), "p50": (Form(20, 20), Form(10, 20)), "p99": (Form(20, 20), Form(10, 30))}
    counted = (("mean", 4, "mean tries", 16.0, 1.0, "2^k"), ("mean", 10, "mean tries", 1024.0, 1.0, "2^k"),
               ("p50", 10, "median of the tries, in means", math.log(2), 1024.0, "geometric, ln 2 = 0.69"),
               ("p99", 10, "99th percentile of the tries, in means", math.log(100), 1024.0, "geometric, ln 100 = 4.6"))
    return tuple(Row(f"Hashcash, {bits} bits", quantity, expected, HASHCASH + law, partial(puzzled, bits=bits),
                     partial(tries, which=which, unit=unit), *lengths[which])
                 for which, bits, quantity, expected, unit, law in counted)


def filtered(seconds: int, *, bits_each: float, hashes: int) -> Mapping[str, Any]:
    """A filter is filled in one window, and asked in the next whether it knows half as many nonces, which are all new.

    These fill the filter of their own window, to half: what it adds is less than 0.1 % of what is counted.
    """
    sent = {"fill": (ENTRIES_PER_S, 0, seconds), "probe": (ENTRIES_PER_S // 2, seconds, 2 * seconds)}
    attacks = [{"name": name, "sends": "request_access_token", "rate": {"constant": f"{per_s} /s"},
                "during": [f"{begin} s", f"{end} s"]}
               for name, (per_s, begin, end) in sent.items()]
    bits = round(bits_each * ENTRIES_PER_S * seconds)
    return {"scenario": "Validation", "model": "protectserve/step1", "duration": f"{2 * seconds} s",
            "network": {"default": {"transport": "datagram"}}, "attacks": attacks,
            "actors": {"consumer": {"population": 1, "arrivals": {"times": ["0 s"]}}, "authorization_manager": {}},
            "mitigations": {"authorization_manager": [
                {"bloom_filter": {"bits": bits, "hashes": hashes, "window": f"{seconds} s"}}]}}


def taken_for_known(run: "Run") -> float:
    """The share of the new nonces that were refused."""
    probe = run.metrics["attacks"]["probe"]
    return float(probe["refused"] / probe["sent"])


def of_bloom_filters() -> tuple[Row, ...]:
    """Filters of 1 % and 0.1 %; rare events take many requests."""
    filters = ((9.585, 7, Form(20, 70), Form(10, 10, 0.08, "short form: one in a hundred is refused")),
               (14.378, 10, Form(50, 200), Form(10, 40, 0.15, "short form: one in a thousand is refused")))
    return tuple(Row(f"Bloom filter, {bits_each} bits an entry, k = {hashes}", "share of new nonces refused",
                     theory.bloom_false_positives(bits_each, hashes), BLOOM, partial(filtered, bits_each=bits_each, hashes=hashes),
                     taken_for_known, full, quick)
                 for bits_each, hashes, full, quick in filters)


def rows() -> tuple[Row, ...]:
    """All of them, in the order of the table."""
    return (*of_hashcash(), *of_bloom_filters())
