"""Theory: what the simulator must agree with, of queues first, then of retries, throttling, shedding and filters.

Pure functions of rates (per second), times (seconds) and shares. Unless another source stands beside a formula: L. Kleinrock,
*Queueing Systems*, vol. 1, Wiley 1975, chapters 3 and 5. FIFO where the order matters.
"""

import math
from dataclasses import dataclass

_Z_95 = 1.6448536269514722  # the standard normal's 95th percentile


@dataclass(frozen=True, slots=True)
class Steady:
    """A station in equilibrium: utilisation of a server, mean wait and sojourn, mean number waiting and present."""

    utilisation: float
    wait_s: float
    sojourn_s: float
    waiting: float
    present: float


def _steady(admitted_per_s: float, utilisation: float, wait_s: float, service_s: float) -> Steady:
    """Complete by Little's law, L = lambda W."""
    sojourn_s = wait_s + service_s
    return Steady(utilisation, wait_s, sojourn_s, admitted_per_s * wait_s, admitted_per_s * sojourn_s)


def _load(offered: float, most: float) -> float:
    if not 0 <= offered < most:
        raise ValueError(f"the offered load is {offered} erlang; expected less than {most}: there is no equilibrium")
    return offered


def mm1(arrivals_per_s: float, services_per_s: float) -> Steady:
    """M/M/1: sojourn 1 / (mu - lambda) (Kleinrock, eq. 3.26)."""
    rho = _load(arrivals_per_s / services_per_s, 1)
    sojourn_s = 1 / (services_per_s - arrivals_per_s)
    return _steady(arrivals_per_s, rho, sojourn_s - 1 / services_per_s, 1 / services_per_s)


def mm1_sojourn_quantile_s(arrivals_per_s: float, services_per_s: float, q: float) -> float:
    """Quantile of the sojourn in M/M/1, which is exponential: -ln(1 - q) / (mu - lambda)."""
    return -math.log1p(-q) * mm1(arrivals_per_s, services_per_s).sojourn_s


def mg1(arrivals_per_s: float, mean_service_s: float, squared_cv: float) -> Steady:
    """M/G/1 by Pollaczek and Khinchine: wait = rho (1 + C^2) / 2 x service / (1 - rho) (Kleinrock, eq. 5.70).

    ``squared_cv`` is variance / mean^2 of the service time.
    """
    rho = _load(arrivals_per_s * mean_service_s, 1)
    wait_s = rho * (1 + squared_cv) * mean_service_s / (2 * (1 - rho))
    return _steady(arrivals_per_s, rho, wait_s, mean_service_s)


def md1(arrivals_per_s: float, service_s: float) -> Steady:
    """M/D/1: half the wait of M/M/1."""
    return mg1(arrivals_per_s, service_s, 0.0)


def lognormal_moments(median: float, p95: float) -> tuple[float, float]:
    """Mean and squared coefficient of variation of the lognormal with that median and 95th percentile."""
    sigma = math.log(p95 / median) / _Z_95
    return median * math.exp(sigma * sigma / 2), math.expm1(sigma * sigma)


def mg1_processor_sharing_sojourn_s(arrivals_per_s: float, mean_service_s: float, size_s: float) -> float:
    """M/G/1 processor sharing: a job of size x stays x / (1 - rho) on average, whatever the distribution.

    L. Kleinrock, *Time-shared systems: a theoretical treatment*, Journal of the ACM 14(2), 1967.
    """
    return size_s / (1 - _load(arrivals_per_s * mean_service_s, 1))


def erlang_b(offered: float, servers: int) -> float:
    """Blocking probability of M/G/c/c with ``offered`` erlang: B(c) = a B(c-1) / (c + a B(c-1)), B(0) = 1."""
    blocking = 1.0
    for each in range(1, servers + 1):
        blocking = offered * blocking / (each + offered * blocking)
    return blocking


def erlang_c(offered: float, servers: int) -> float:
    """Probability of waiting in M/M/c: C = B / (1 - (a / c)(1 - B)) with Erlang's B."""
    blocking = erlang_b(_load(offered, servers), servers)
    return blocking / (1 - offered / servers * (1 - blocking))


def mmc(arrivals_per_s: float, services_per_s: float, servers: int) -> Steady:
    """M/M/c: mean wait = C(c, a) / (c mu - lambda), ``services_per_s`` being the rate of one server."""
    offered = arrivals_per_s / services_per_s
    wait_s = erlang_c(offered, servers) / (servers * services_per_s - arrivals_per_s)
    return _steady(arrivals_per_s, offered / servers, wait_s, 1 / services_per_s)


@dataclass(frozen=True, slots=True)
class Finite:
    """A station with a finite waiting room: the share it loses, and the equilibrium of those it admits."""

    loss: float
    admitted_per_s: float
    steady: Steady


def mmck(arrivals_per_s: float, services_per_s: float, servers: int, capacity: int) -> Finite:
    """M/M/c/K, ``capacity`` K >= c counting those in service: birth and death (Kleinrock, sections 3.5 and 3.8).

    It has an equilibrium at any load.
    """
    if capacity < servers:
        raise ValueError(f"capacity is {capacity}; expected at least {servers}, the number of servers")
    offered = arrivals_per_s / services_per_s
    # Probabilities relative to the greatest so far: at heavy load the plain weights would overflow.
    weights = [1.0]
    for present in range(1, capacity + 1):
        factor = offered / min(present, servers)
        if weights[-1] * factor > 1.0:
            greatest = weights[-1] * factor
            weights = [weight / greatest for weight in weights]
            weights.append(1.0)
        else:
            weights.append(weights[-1] * factor)
    whole = math.fsum(weights)
    probabilities = [weight / whole for weight in weights]
    loss = probabilities[capacity]
    admitted_per_s = arrivals_per_s * (1 - loss)
    waiting = math.fsum((n - servers) * p for n, p in enumerate(probabilities) if n > servers)
    wait_s = waiting / admitted_per_s if admitted_per_s else 0.0
    steady = _steady(admitted_per_s, admitted_per_s / (services_per_s * servers), wait_s, 1 / services_per_s)
    return Finite(loss, admitted_per_s, steady)


def mm1k(arrivals_per_s: float, services_per_s: float, capacity: int) -> Finite:
    """M/M/1/K, ``capacity`` K counting the one in service: loss (1 - rho) rho^K / (1 - rho^(K+1)), 1/(K+1) at rho 1."""
    return mmck(arrivals_per_s, services_per_s, 1, capacity)


def tandem_mm1(arrivals_per_s: float, *services_per_s: float) -> float:
    """Mean sojourn in M/M/1 stations one after another: the sum, for what leaves one is Poisson again.

    P. J. Burke, *The output of a queuing system*, Operations Research 4(6), 1956.
    """
    return math.fsum(mm1(arrivals_per_s, each).sojourn_s for each in services_per_s)


def attempts_per_task(failure: float, attempts: int) -> float:
    """Mean attempts of a task that is tried up to ``attempts`` times, each failing with ``failure``: 1 + f + f^2 + ...

    B. Beyer et al., *Site Reliability Engineering*, O'Reilly 2016, chapter 21 (three attempts: just below 3 times the load).
    """
    return math.fsum(math.pow(failure, each) for each in range(attempts))


def throttled_share(k: float, refusal_cost: float) -> float:
    """Share of a server's capacity that it accepts when its clients reject with max(0, (requests - K accepts) / (requests + 1)).

    They send K times what is accepted, so 1 / (1 + c (K - 1)), c being the cost of a refusal relative to a request; in the limit
    of many requests a window. *Site Reliability Engineering*, chapter 21, "Client-Side Throttling".
    """
    return 1 / (1 + refusal_cost * (k - 1))


def refusing_share(load: float, refusal_cost: float) -> float:
    """The same where nobody throttles, at ``load`` >= 1 times the capacity: (1 - c L) / (1 - c), and 0 from L = 1 / c on."""
    return max(0.0, (1 - refusal_cost * load) / (1 - refusal_cost))


def fair_share(honest: float, others: float) -> float:
    """What the honest get of a server that divides itself by what is paid, or among addresses: G / (G + B).

    M. Walfish et al., *DDoS Defense by Offense*, SIGCOMM 2006, section 3.
    """
    return honest / (honest + others)


def bloom_false_positives(bits_an_entry: float, hashes: int) -> float:
    """Share of new entries that a Bloom filter takes for known ones: (1 - e^(-k n / m))^k.

    A. Broder, M. Mitzenmacher, *Network Applications of Bloom Filters: A Survey*, Internet Mathematics 1(4), 2004.
    """
    return math.pow(-math.expm1(-hashes / bits_an_entry), hashes)
