"""The yardstick: the step-1 flow, and M/M/1, as an experienced user of SimPy would write them by hand.

    python tests/bench/idiomatic.py

Step 1 at load: a process per session, a Store per inbox (one for each server instance, one for each session's replies), a
Resource per server, a process per message under way (SimPy's own "Event Latency" example), AnyOf for timeouts. The flow
is ProtectServe step 1: GET "r" and the realm's metadata at the service provider, consumer key and access token at the
authorization manager. No signing, no trace: it counts messages, and that is all it does.

M/M/1 is what a textbook has: a process per customer and a Resource. Neither program is tuned, nor held back.
"""

import argparse
import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Any

import simpy

Process = Generator[simpy.Event, Any, Any]

CONSUMERS = 5000
SESSIONS_PER_S = 20.0
DURATION_S = 600.0
HOLD_KEY, HOLD_KEY_AND_TOKEN = 0.3, 0.2
LATENCY_MEDIAN_S, LATENCY_P95_S = 0.020, 0.060
PARSE_S, ALLOCATE_MEAN_S, VERIFY_S = 0.0001, 0.004, 0.0001
SERVERS = 4
TIMEOUT_S, ATTEMPTS = 3.0, 3
BACKOFF_BASE_S, BACKOFF_CAP_S = 0.5, 10.0


@dataclass(slots=True)
class Message:
    """A request, or the reply to one: what it is, who sent it, and where an answer goes."""

    name: str
    sender: str
    inbox: simpy.Store
    answers: "Message | None" = None


@dataclass(slots=True)
class Consumer:
    """What a consumer holds between its sessions."""

    name: str
    has_key: bool
    has_token: bool


class Network:
    """Carries messages with a lognormal latency, and counts them."""

    def __init__(self, env: simpy.Environment, rng: random.Random) -> None:
        self.env = env
        self.rng = rng
        self.mu = log(LATENCY_MEDIAN_S)
        self.sigma = log(LATENCY_P95_S / LATENCY_MEDIAN_S) / 1.6448536269514722
        self.messages = 0

    def send(self, message: Message, inbox: simpy.Store) -> None:
        self.messages += 1
        self.env.process(self.carry(message, inbox))

    def carry(self, message: Message, inbox: simpy.Store) -> Process:
        yield self.env.timeout(self.rng.lognormvariate(self.mu, self.sigma))
        inbox.put(message)


class Server:
    """Takes requests from its inbox and serves `SERVERS` of them at a time; `reactions`: reply and work of each request."""

    def __init__(
        self, env: simpy.Environment, network: Network, name: str, reactions: dict[str, tuple[str, Callable[[], float]]]
    ) -> None:
        self.env = env
        self.network = network
        self.name = name
        self.reactions = reactions
        self.inbox = simpy.Store(env)
        self.servers = simpy.Resource(env, capacity=SERVERS)
        env.process(self.run())

    def run(self) -> Process:
        while True:
            request = yield self.inbox.get()
            self.env.process(self.serve(request))

    def serve(self, request: Message) -> Process:
        reply, work_s = self.reactions[request.name]
        with self.servers.request() as turn:
            yield turn
            yield self.env.timeout(work_s())
        self.network.send(Message(reply, self.name, self.inbox, request), request.inbox)


class Session:
    """One walk of one consumer through step 1."""

    def __init__(self, env: simpy.Environment, network: Network, rng: random.Random, consumer: Consumer) -> None:
        self.env = env
        self.network = network
        self.rng = rng
        self.consumer = consumer
        self.inbox = simpy.Store(env)

    def run(self, service_provider: Server, authorization_manager: Server, results: dict[str, int]) -> Process:
        consumer = self.consumer
        completed = yield from self.call(service_provider, "get_resource")
        if completed and not consumer.has_token:
            completed = yield from self.call(service_provider, "get_realm_metadata")
        if completed and not consumer.has_key:
            completed = consumer.has_key = yield from self.call(authorization_manager, "request_consumer_key")
        if completed and not consumer.has_token:
            completed = consumer.has_token = yield from self.call(authorization_manager, "request_access_token")
        results["completed" if completed else "timed_out"] += 1

    def call(self, server: Server, name: str) -> Generator[simpy.Event, Any, bool]:
        """Send a request and wait for its reply, with timeout, retries and full jitter; True if it was answered."""
        for attempt in range(ATTEMPTS):
            if attempt > 0:
                wait_s = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2 ** (attempt - 1))
                yield self.env.timeout(self.rng.uniform(0.0, wait_s))
            request = Message(name, self.consumer.name, self.inbox)
            self.network.send(request, server.inbox)
            timeout = self.env.timeout(TIMEOUT_S)
            while True:
                reply = self.inbox.get()
                yield reply | timeout
                if not reply.triggered:
                    reply.cancel()
                    break
                answer: Any = reply.value
                if answer.answers is request:  # else it is late: the answer to an attempt given up before
                    return True
        return False


@dataclass(frozen=True)
class Step1Result:
    """What one run of the step-1 flow did; `wall_s` is the time it took here."""

    messages: int
    sessions: int
    completed: int
    timed_out: int
    wall_s: float

    @property
    def messages_per_s(self) -> float:
        return self.messages / self.wall_s


def step1_flow(seed: int = 1, duration_s: float = DURATION_S, *, remember: bool = True) -> Step1Result:
    """The step-1 flow at load.

    `remember`: a consumer that comes again holds what it obtained before (so most later sessions end after the 401);
    without, every session starts from the shares that consumers hold at first.
    """
    rng = random.Random(seed)
    env = simpy.Environment()
    network = Network(env, rng)
    parse = {
        "get_resource": ("unauthorized", lambda: PARSE_S),
        "get_realm_metadata": ("realm_metadata", lambda: PARSE_S),
    }
    provider = Server(env, network, "service_provider", parse)
    manager = Server(
        env,
        network,
        "authorization_manager",
        {
            "request_consumer_key": ("consumer_key", lambda: PARSE_S + rng.expovariate(1.0 / ALLOCATE_MEAN_S)),
            "request_access_token": ("access_token", lambda: PARSE_S + VERIFY_S),
        },
    )
    results = {"completed": 0, "timed_out": 0}
    consumers = [deal_consumer(rng, i + 1) for i in range(CONSUMERS)]

    def user_agents() -> Process:
        while True:
            yield env.timeout(rng.expovariate(SESSIONS_PER_S))
            consumer = rng.choice(consumers) if remember else deal_consumer(rng, rng.randint(1, CONSUMERS))
            network.messages += 1  # "Need to access resource r": outside the protocol, so it takes no time
            env.process(Session(env, network, rng, consumer).run(provider, manager, results))

    env.process(user_agents())
    began = time.perf_counter()
    env.run(until=duration_s)
    wall_s = time.perf_counter() - began
    return Step1Result(network.messages, sum(results.values()), results["completed"], results["timed_out"], wall_s)


def deal_consumer(rng: random.Random, number: int) -> Consumer:
    """A consumer that holds nothing, a key, or a key and a token, by the shares above."""
    share = rng.random()
    has_token = share < HOLD_KEY_AND_TOKEN
    return Consumer(f"consumer/{number}", has_key=share < HOLD_KEY_AND_TOKEN + HOLD_KEY, has_token=has_token)


@dataclass(frozen=True)
class Mm1Result:
    """What one run of M/M/1 did; `wall_s` is the time it took here."""

    customers: int
    mean_sojourn: float
    wall_s: float

    @property
    def customers_per_s(self) -> float:
        return self.customers / self.wall_s


def mm1(seed: int = 1, customers: int = 200_000, rho: float = 0.9) -> Mm1Result:
    """M/M/1 with service rate 1: a process per customer, a Resource for the server."""
    rng = random.Random(seed)
    env = simpy.Environment()
    server = simpy.Resource(env)
    sojourns: list[float] = []

    def customer() -> Process:
        arrived = env.now
        with server.request() as turn:
            yield turn
            yield env.timeout(rng.expovariate(1.0))
        sojourns.append(env.now - arrived)

    def source() -> Process:
        for _ in range(customers):
            yield env.timeout(rng.expovariate(rho))
            env.process(customer())

    env.process(source())
    began = time.perf_counter()
    env.run()
    wall_s = time.perf_counter() - began
    return Mm1Result(customers, sum(sojourns) / customers, wall_s)


def main() -> None:
    """Run each program a few times and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each program (default: 5)")
    runs = parser.parse_args().runs
    for remember in (True, False):
        flows = [step1_flow(seed, remember=remember) for seed in range(1, runs + 1)]
        label = "step 1, consumers remember" if remember else "step 1, every session anew"
        per_s = median(flow.messages_per_s for flow in flows)
        print(f"{label}: {per_s:,.0f} messages/s  ({flows[0].messages:,} messages, {flows[0].sessions:,} sessions)")
    queues = [mm1(seed) for seed in range(1, runs + 1)]
    per_s = median(queue.customers_per_s for queue in queues)
    print(f"M/M/1 at rho 0.9: {per_s:,.0f} customers/s  (mean sojourn {queues[0].mean_sojourn:.2f}, theory 10)")


if __name__ == "__main__":
    main()
