"""The other yardstick: the step-1 flow as a bare numba loop, with none of what a simulator has beside it.

No scenario, no loss, no timeouts, no connections, no accounts, no trace, numbers from numpy's generator as they come: a heap of
(time, event), two stations of four servers with a ring each, four calls. What it is written for is all that it can do.
"""

import time
from math import exp, log
from statistics import median

import numba
import numpy as np
from numpy.typing import NDArray

RATE_PER_S, LATENCY_MEDIAN_S, LATENCY_P95_S = 20.0, 0.020, 0.060
PARSE_S, ALLOCATE_MEAN_S, VERIFY_S, SERVERS = 0.0001, 0.004, 0.0001, 4
MU, SIGMA = log(LATENCY_MEDIAN_S), log(LATENCY_P95_S / LATENCY_MEDIAN_S) / 1.6448536269514722
ARRIVAL, REACHES, SERVED, ANSWERED = 0, 1, 2, 3
RING = 1 << 16


@numba.njit
def push(times: NDArray[np.float64], events: NDArray[np.int64], size: int, at: float, event: int) -> int:
    """Add to the heap; its new size."""
    child = size
    while child > 0:
        parent = (child - 1) >> 1
        if times[parent] <= at:
            break
        times[child], events[child] = times[parent], events[parent]
        child = parent
    times[child], events[child] = at, event
    return size + 1


@numba.njit
def pop(times: NDArray[np.float64], events: NDArray[np.int64], size: int) -> int:
    """Take the first out of the heap; its new size."""
    size -= 1
    at, event, hole = times[size], events[size], 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and times[child + 1] < times[child]:
            child += 1
        if at <= times[child]:
            break
        times[hole], events[hole] = times[child], events[child]
        hole = child
    times[hole], events[hole] = at, event
    return size


@numba.njit
def work(call: int) -> float:
    """Server time of a call: 0 and 1 at the service provider, 2 the key, 3 the token."""
    if call == 2:
        return PARSE_S + np.random.exponential(ALLOCATE_MEAN_S)
    return PARSE_S + VERIFY_S if call == 3 else PARSE_S


@numba.njit
def latency() -> float:
    """How long a message is on its way."""
    return exp(MU + SIGMA * np.random.standard_normal())


@numba.njit
def flow(sessions: int, seed: int) -> int:
    """So many sessions, from the first to the last message; how many messages there were."""
    np.random.seed(seed)
    times, events = np.empty(RING), np.empty(RING, np.int64)
    waiting, heads, tails, busy = np.empty((2, RING), np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64)
    held = np.empty(RING, np.int64)  # by session, modulo: 0 nothing, 1 the key, 2 the token too
    size = push(times, events, 0, 0.0, ARRIVAL)
    started = messages = 0
    while size > 0:
        now, event = times[0], events[0]
        size = pop(times, events, size)
        kind, call, session = event & 3, event >> 2 & 3, event >> 4
        if kind == ARRIVAL:
            if started == sessions:
                continue
            drawn = np.random.random()
            held[started & RING - 1] = 2 if drawn < 0.2 else 1 if drawn < 0.5 else 0
            messages += 1
            size = push(times, events, size, now + latency(), started << 4 | REACHES)
            started += 1
            size = push(times, events, size, now + np.random.exponential(1.0 / RATE_PER_S), ARRIVAL)
            continue
        at = call >> 1
        if kind == REACHES:
            if busy[at] == SERVERS:
                waiting[at, tails[at] & RING - 1] = event
                tails[at] += 1
            else:
                busy[at] += 1
                size = push(times, events, size, now + work(call), session << 4 | call << 2 | SERVED)
        elif kind == SERVED:
            if heads[at] < tails[at]:
                other = waiting[at, heads[at] & RING - 1]
                heads[at] += 1
                size = push(times, events, size, now + work(other >> 2 & 3), other >> 4 << 4 | (other >> 2 & 3) << 2 | SERVED)
            else:
                busy[at] -= 1
            messages += 1
            size = push(times, events, size, now + latency(), session << 4 | call << 2 | ANSWERED)
        else:
            has = held[session & RING - 1]
            if call == 3 or (call == 0 and has == 2):
                continue
            following = 3 if call == 1 and has == 1 else call + 1
            messages += 1
            size = push(times, events, size, now + latency(), session << 4 | following << 2 | REACHES)
    return messages


def messages_per_s(sessions: int = 400_000) -> float:
    """Messages per second of CPU time."""
    began = time.process_time()
    return flow(sessions, 1) / (time.process_time() - began)


if __name__ == "__main__":
    flow(10, 1)
    print(f"bare numba loop of step 1: {median(messages_per_s() for _ in range(5)):,.0f} messages/s")
