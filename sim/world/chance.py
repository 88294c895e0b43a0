"""Chance: every draw has an address, and its value depends on nothing else.

The address is a stream (what the draw is for: seed, replication and a name, hashed to the generator's key), an entity
(class, instance, visit) and an index (node, iteration, attempt, sub-draw). No running count is part of it, so nothing
that happens to one session moves the draws of another: two variants of a scenario see the same arrivals, latencies and
work for the same session (common random numbers).

The generator is Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC'11, doi:10.1145/2063384.2063405. Its 128-bit counter holds entity and index:

    c0 = instance (32 bits)
    c1 = class (8) << 24 | visit (24)
    c2 = node (12) << 20 | iteration (20)
    c3 = attempt (20) << 12 | sub (12)

One block of 128 bits gives two sub-draws. Sub-draw s is lane s & 1 of the block sub = s >> 1, so one address has 8192.
"""

import hashlib
from typing import Final

CLASS_BITS: Final = 8
INSTANCE_BITS: Final = 32
VISIT_BITS: Final = 24
NODE_BITS: Final = 12
ITERATION_BITS: Final = 20
ATTEMPT_BITS: Final = 20
SUB_BITS: Final = 12

ATTACKING: Final = 0x80
"""Top bit of the class: set for attacking classes, so honest and attacking entities are numbered apart."""

_TO_UNIT: Final = 2.0**-53
_BELOW_ONE: Final = 1.0 - 2.0**-53


class AddressOverflow(OverflowError):  # noqa: N818 - an OverflowError, and named as one
    """A field of an address or of an order key has no room for its value: the run must stop.

    `args` is `(field, value, limit)`: the field's name, what it should hold, and the exclusive limit (from 0).
    """

    def __str__(self) -> str:
        field, value, limit = self.args
        return f"{field} {value} is out of range: a run has room for 0..{limit - 1}"


def stream_key(seed: int, replication: int, stream: str) -> tuple[int, int]:
    """The generator's key for a purpose: the first 64 bits of a SHA-256, as two big-endian 32-bit words (k0, k1).

    Hashed is the UTF-8 text `diagram-sim/chance/1`, seed, replication, stream, joined by line feeds, the numbers in
    decimal. Only the last part can hold a line feed, so no two triples give the same text. The seed may be any integer.
    """
    text = f"diagram-sim/chance/1\n{seed}\n{replication}\n{stream}"
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big"), int.from_bytes(digest[4:8], "big")


def philox4x32(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: key and counter words (32 bits each) to four 32-bit words.

    Unrolled, and masked only where the high bits would be used: 2.5 us in CPython instead of 3.2. A 64-bit product that
    wraps around to a negative number when compiled has the same low 64 bits, and only those survive the masks.
    """
    p0 = 0xD2511F53 * c0
    q0 = 0xCD9E8D57 * c2
    c0 = ((q0 >> 32) ^ c1 ^ k0) & 0xFFFFFFFF
    c2 = ((p0 >> 32) ^ c3 ^ k1) & 0xFFFFFFFF
    p1 = 0xD2511F53 * c0
    q1 = 0xCD9E8D57 * c2
    c0 = ((q1 >> 32) ^ q0 ^ (k0 + 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p1 >> 32) ^ p0 ^ (k1 + 0xBB67AE85)) & 0xFFFFFFFF
    p0 = 0xD2511F53 * c0
    q0 = 0xCD9E8D57 * c2
    c0 = ((q0 >> 32) ^ q1 ^ (k0 + 2 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p0 >> 32) ^ p1 ^ (k1 + 2 * 0xBB67AE85)) & 0xFFFFFFFF
    p1 = 0xD2511F53 * c0
    q1 = 0xCD9E8D57 * c2
    c0 = ((q1 >> 32) ^ q0 ^ (k0 + 3 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p1 >> 32) ^ p0 ^ (k1 + 3 * 0xBB67AE85)) & 0xFFFFFFFF
    p0 = 0xD2511F53 * c0
    q0 = 0xCD9E8D57 * c2
    c0 = ((q0 >> 32) ^ q1 ^ (k0 + 4 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p0 >> 32) ^ p1 ^ (k1 + 4 * 0xBB67AE85)) & 0xFFFFFFFF
    p1 = 0xD2511F53 * c0
    q1 = 0xCD9E8D57 * c2
    c0 = ((q1 >> 32) ^ q0 ^ (k0 + 5 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p1 >> 32) ^ p0 ^ (k1 + 5 * 0xBB67AE85)) & 0xFFFFFFFF
    p0 = 0xD2511F53 * c0
    q0 = 0xCD9E8D57 * c2
    c0 = ((q0 >> 32) ^ q1 ^ (k0 + 6 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p0 >> 32) ^ p1 ^ (k1 + 6 * 0xBB67AE85)) & 0xFFFFFFFF
    p1 = 0xD2511F53 * c0
    q1 = 0xCD9E8D57 * c2
    c0 = ((q1 >> 32) ^ q0 ^ (k0 + 7 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p1 >> 32) ^ p0 ^ (k1 + 7 * 0xBB67AE85)) & 0xFFFFFFFF
    p0 = 0xD2511F53 * c0
    q0 = 0xCD9E8D57 * c2
    c0 = ((q0 >> 32) ^ q1 ^ (k0 + 8 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p0 >> 32) ^ p1 ^ (k1 + 8 * 0xBB67AE85)) & 0xFFFFFFFF
    p1 = 0xD2511F53 * c0
    q1 = 0xCD9E8D57 * c2
    c0 = ((q1 >> 32) ^ q0 ^ (k0 + 9 * 0x9E3779B9)) & 0xFFFFFFFF
    c2 = ((p1 >> 32) ^ p0 ^ (k1 + 9 * 0xBB67AE85)) & 0xFFFFFFFF
    return c0, q1 & 0xFFFFFFFF, c2, p1 & 0xFFFFFFFF


def uniform_pair(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[float, float]:
    """Both sub-draws of one block, each in the open interval (0, 1).

    u = (k + 1/2) / 2**53 with k the top 53 bits of a lane's 64 (words 0, 1 or 2, 3, the first one the high half). From
    k = 2**52 on, k + 1/2 is a tie that rounds to even; at k = 2**53 - 1 that would make u = 1, and the greatest float
    below 1 is taken instead.
    """
    w0, w1, w2, w3 = philox4x32(k0, k1, c0, c1, c2, c3)
    u0 = ((w0 << 21 | w1 >> 11) + 0.5) * _TO_UNIT
    u1 = ((w2 << 21 | w3 >> 11) + 0.5) * _TO_UNIT
    return (u0 if u0 < 1.0 else _BELOW_ONE), (u1 if u1 < 1.0 else _BELOW_ONE)


def uniform(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int, lane: int) -> float:
    """One sub-draw in (0, 1): lane 0 or 1 of the block, the same number that `uniform_pair` gives there."""
    w0, w1, w2, w3 = philox4x32(k0, k1, c0, c1, c2, c3)
    if lane != 0:
        w0, w1 = w2, w3
    u = ((w0 << 21 | w1 >> 11) + 0.5) * _TO_UNIT
    return u if u < 1.0 else _BELOW_ONE


def pack_entity(class_: int, instance: int, visit: int) -> tuple[int, int]:
    """Counter words (c0, c1) of an entity; raises `AddressOverflow` where a field has no room.

    `class_`: 0..127 honest, 128..255 attacking; `instance`: of the class, below 2**32; `visit`: its sessions so far,
    below 2**24.
    """
    if not 0 <= class_ < 256:
        raise AddressOverflow("class", class_, 256)
    if not 0 <= instance < 4294967296:
        raise AddressOverflow("instance", instance, 4294967296)
    if not 0 <= visit < 16777216:
        raise AddressOverflow("visit", visit, 16777216)
    return instance, class_ << 24 | visit


def pack_index(node: int, iteration: int, attempt: int, sub: int) -> tuple[int, int]:
    """Counter words (c2, c3) of an index; raises `AddressOverflow` where a field has no room.

    `node`: number of the message, action or fragment in the diagram, below 2**12; `iteration` (loop passes and jumps)
    and `attempt` below 2**20; `sub`: number of the *block*, the sub-draw halved, below 2**12.
    """
    if not 0 <= node < 4096:
        raise AddressOverflow("node", node, 4096)
    if not 0 <= iteration < 1048576:
        raise AddressOverflow("iteration", iteration, 1048576)
    if not 0 <= attempt < 1048576:
        raise AddressOverflow("attempt", attempt, 1048576)
    if not 0 <= sub < 4096:
        raise AddressOverflow("sub", sub, 4096)
    return node << 20 | iteration, attempt << 12 | sub
