"""Addresses: which IPv4 address an instance has, so that its role can be read off it.

| who       | block         | source                                      |
|-----------|---------------|---------------------------------------------|
| honest    | 10.0.0.0/8    | private use, RFC 1918 section 3             |
| servers   | 172.16.0.0/12 | private use, RFC 1918 section 3             |
| attackers | 100.64.0.0/10 | shared address space, RFC 6598 section 7    |

An address is a number of 32 bits (what laws and tables use) or a dotted text (what traces show). A prefix is a /24, of
which hosts 1 to 254 are used. Indices count from 0; one without room raises `AddressOverflow`.
"""

from typing import Final

from sim.world.chance import AddressOverflow

HOSTS_PER_PREFIX: Final = 254

HONEST_BASE: Final = 10 << 24
HONEST_PREFIXES: Final = 1 << 16
SERVER_BASE: Final = 172 << 24 | 16 << 16
SERVER_PREFIXES: Final = 1 << 12
ATTACKER_BASE: Final = 100 << 24 | 64 << 16
ATTACKER_PREFIXES: Final = 1 << 14


def honest_number(index: int, per_prefix: int = HOSTS_PER_PREFIX) -> int:
    """The address of honest client `index`: 10.0.0.1, 10.0.0.2, ... with `per_prefix` (1 to 254) of them in each /24.

    254 puts neighbours together, so that what limits a prefix meets many honest clients; 1 gives each a /24 of its own.
    """
    if not 1 <= per_prefix <= HOSTS_PER_PREFIX:
        raise AddressOverflow("addresses in a prefix", per_prefix, HOSTS_PER_PREFIX + 1)
    if not 0 <= index < HONEST_PREFIXES * per_prefix:
        raise AddressOverflow("honest address", index, HONEST_PREFIXES * per_prefix)
    return HONEST_BASE + (index // per_prefix << 8) + index % per_prefix + 1


def server_number(index: int) -> int:
    """The address of server instance `index`, counted over all actors that serve: 172.16.0.1, 172.16.0.2, ..."""
    if not 0 <= index < SERVER_PREFIXES * HOSTS_PER_PREFIX:
        raise AddressOverflow("server address", index, SERVER_PREFIXES * HOSTS_PER_PREFIX)
    return SERVER_BASE + (index // HOSTS_PER_PREFIX << 8) + index % HOSTS_PER_PREFIX + 1


def attacker_number(index: int, prefixes: int, first_prefix: int = 0) -> int:
    """The address of attacker `index` of an attack that has `prefixes` /24s, dealt out to its addresses in turn.

    `first_prefix`: how many prefixes the attacks before it have taken. At most 254 addresses to a prefix and
    16,384 prefixes in all.
    """
    if prefixes < 1 or first_prefix < 0 or first_prefix + prefixes > ATTACKER_PREFIXES:
        raise AddressOverflow("attacker prefix", first_prefix + prefixes - 1, ATTACKER_PREFIXES)
    if not 0 <= index < prefixes * HOSTS_PER_PREFIX:
        raise AddressOverflow("attacker address", index, prefixes * HOSTS_PER_PREFIX)
    return ATTACKER_BASE + (first_prefix + index % prefixes << 8) + index // prefixes + 1


def prefix_number(number: int, bits: int = 24) -> int:
    """The first `bits` (0 to 32) of an address, the rest zero: the identity of its prefix."""
    return number >> (32 - bits) << (32 - bits)


def dotted(number: int) -> str:
    """An address as text, such as 10.0.0.1."""
    if not 0 <= number < 1 << 32:
        raise AddressOverflow("address", number, 1 << 32)
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def parse_dotted(address: str) -> int:
    """The number of a dotted address; ValueError if it is not four numbers of 0 to 255."""
    parts = address.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts):
        raise ValueError(f"not an IPv4 address: {address!r}")
    first, second, third, fourth = (int(part) for part in parts)
    return first << 24 | second << 16 | third << 8 | fourth


def honest_address(index: int, per_prefix: int = HOSTS_PER_PREFIX) -> str:
    """`honest_number` as text."""
    return dotted(honest_number(index, per_prefix))


def server_address(index: int) -> str:
    """`server_number` as text."""
    return dotted(server_number(index))


def attacker_address(index: int, prefixes: int, first_prefix: int = 0) -> str:
    """`attacker_number` as text."""
    return dotted(attacker_number(index, prefixes, first_prefix))


def prefix(address: str, bits: int = 24) -> str:
    """The prefix of a dotted address, such as 10.1.2.0/24."""
    if not 0 <= bits <= 32:
        raise AddressOverflow("prefix length", bits, 33)
    return f"{dotted(prefix_number(parse_dotted(address), bits))}/{bits}"
