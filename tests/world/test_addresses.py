"""Addresses: blocks, prefixes, room."""

from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world import addresses as a
from sim.world.chance import AddressOverflow


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (a.honest_address(0), "10.0.0.1"),
        (a.honest_address(253), "10.0.0.254"),
        (a.honest_address(254), "10.0.1.1"),
        (a.honest_address(254 * 65536 - 1), "10.255.255.254"),
        (a.honest_address(1, per_prefix=1), "10.0.1.1"),
        (a.honest_address(65535, per_prefix=1), "10.255.255.1"),
        (a.server_address(0), "172.16.0.1"),
        (a.server_address(254 * 4096 - 1), "172.31.255.254"),
        (a.attacker_address(0, 20), "100.64.0.1"),
        (a.attacker_address(21, 20), "100.64.1.2"),
        (a.attacker_address(0, 5, first_prefix=20), "100.64.20.1"),
        (a.attacker_address(254 * 16384 - 1, 16384), "100.127.255.254"),
    ],
)
def test_first_and_last_of_each_block(address: str, expected: str) -> None:
    assert expected == address


@given(st.integers(0, 65534), st.integers(1, 254))
def test_honest_addresses_ascend_and_stay_private(index: int, per_prefix: int) -> None:
    address, following = (IPv4Address(a.honest_address(i, per_prefix)) for i in (index, index + 1))
    assert address < following
    assert {True} == {each in ip_network("10.0.0.0/8") for each in (address, following)}


@pytest.mark.parametrize("per_prefix", [1, 3, 254])
def test_a_prefix_holds_so_many_honest_clients(per_prefix: int) -> None:
    numbers = [a.honest_number(i, per_prefix) for i in range(1000)]
    assert 1000 == len(set(numbers))
    assert -(-1000 // per_prefix) == len({a.prefix_number(number) for number in numbers})


def test_attackers_are_dealt_to_their_prefixes_in_turn() -> None:
    addresses = [a.attacker_address(i, 20) for i in range(500)]
    prefixes = [a.prefix(address) for address in addresses]
    assert 500 == len(set(addresses))
    assert {25} == {prefixes.count(p) for p in prefixes}
    assert all(ip_address(address) in ip_network("100.64.0.0/10") for address in addresses)


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_text_and_prefix_as_the_standard_library_has_them(number: int, bits: int) -> None:
    address = a.dotted(number)
    assert str(ip_address(number)) == address
    assert number == a.parse_dotted(address)
    network = ip_network((number, bits), strict=False)
    assert str(network) == a.prefix(address, bits)
    assert int(network.network_address) == a.prefix_number(number, bits)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: a.honest_number(-1), "honest address"),
        (lambda: a.honest_number(254 * 65536), "honest address"),
        (lambda: a.honest_number(65536, 1), "honest address"),
        (lambda: a.honest_number(0, 0), "addresses in a prefix"),
        (lambda: a.honest_number(0, 255), "addresses in a prefix"),
        (lambda: a.server_number(254 * 4096), "server address"),
        (lambda: a.attacker_number(254, 1), "attacker address"),
        (lambda: a.attacker_number(0, 16385), "attacker prefix"),
        (lambda: a.attacker_number(0, 1, 16384), "attacker prefix"),
        (lambda: a.attacker_number(0, 0), "attacker prefix"),
        (lambda: a.dotted(2**32), "address"),
        (lambda: a.prefix("10.0.0.1", 33), "prefix length"),
    ],
)
def test_what_has_no_room_is_refused(make, field: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(AddressOverflow) as caught:
        make()
    assert field == caught.value.args[0]


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.256", "10.0.0.-1", "10.0.0.x", "10.0.0.1.1", "10.0.0.²"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an IPv4 address"):
        a.prefix(text)
