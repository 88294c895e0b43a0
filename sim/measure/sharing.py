"""The account of a station whose servers are shared: busy are as many as there are servers, and the others who are present wait."""

from sim.measure.accumulators import BUSY, WAITING, advance


def beyond_servers(present: int, servers: int) -> int:
    """How many of those present are more than there are servers (-1: without limit)."""
    return present - servers if 0 <= servers < present else 0


def share(block: list[int], station: int, more: int, now_ns: int) -> None:
    """So many more of those present are beyond the servers from now on (fewer, if negative). Nobody is taken up by that."""
    if more != 0:
        advance(block, station, now_ns)
        block[station + WAITING] += more
        block[station + BUSY] -= more
