"""Diagrams that obey the turn rule, and scenarios for them: made up by hypothesis, such as nobody would write."""

import re
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from sim.world.balancing import BALANCE_NAMES

SERVERS = ("a", "b", "d")
FACTS = ("f", "g")


@dataclass
class Writer:
    """Writes items of a diagram: what it has written so far, and whether a fact was given at all."""

    draw: Any
    lines: list[str] = field(default_factory=list)
    count: int = 0
    given: set[str] = field(default_factory=set)
    work: dict[str, list[str]] = field(default_factory=dict)
    """By participant: the ids of its actions and of what it receives."""
    open: tuple[str, ...] = ()
    """The calls that are open."""
    calls: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    """By caller and open calls: the calls made there, to which a refused one may jump."""

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def choose(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def put(self, depth: int, text: str, **keys: Any) -> str:
        name = self.name()
        indent = "  " * depth
        self.lines.append(f"{indent}- {text.format(name=name)}")
        self.lines.append(f"{indent}  id: {name}")
        self.lines.extend(f"{indent}  {key}: {value}" for key, value in keys.items() if value is not None)
        return name

    def fact(self) -> str | None:
        fact = self.choose(None, None, *FACTS)
        if fact is not None:
            self.given.add(fact)
        return fact

    def guard(self, actor: str) -> str:
        kind = self.choose("chance", "holds", "lacks", "session")
        if kind == "chance":
            return "{chance: %s}" % self.choose(0.2, 0.5, 0.9)
        fact = self.choose(*FACTS)
        return f"session holds {fact}" if kind == "session" else f"{actor} {kind} {fact}"

    def items(self, actor: str, depth: int, budget: int, calls: int) -> None:
        """One to three items at which ``actor`` has the turn, and after which it has it again."""
        for _ in range(self.draw(st.integers(1, 3 if budget else 1))):
            kinds = ["act", "act"]
            if budget:
                kinds += ["opt", "alt", "loop", "loop", "tell", "relay"] + (["call"] * 8 if calls < 3 else [])
            getattr(self, self.choose(*kinds))(actor, depth, budget - 1, calls)

    def act(self, actor: str, depth: int, budget: int, calls: int) -> None:
        name = self.put(depth, f"{actor}: do {{name}}", gives=self.fact(), wait=self.choose(None, None, "1 ms"),
                        spends=self.choose(None, None, None, *FACTS),
                        checks=self.choose(*[None] * 14, *FACTS))
        self.work.setdefault(actor, []).append(name)

    def other(self, actor: str) -> str:
        return self.choose(*(server for server in SERVERS if server != actor))

    def call(self, actor: str, depth: int, budget: int, calls: int) -> None:
        callee, place = self.other(actor), (actor, *self.open)
        earlier = self.calls.setdefault(place, [])
        earlier.append(f"n{self.count + 1}")
        jump = f"go_to: {self.draw(st.sampled_from(earlier))}, at_most: {self.choose(1, 2)}"
        rules = self.choose(None, f"{{503: {{{jump}}}}}", f"{{503: {{drop: f, {jump}}}, 403: {{drop: g}}, 429: {{{jump}}}}}")
        if calls and rules is None:
            rules = self.choose(None, "{502: {refuse: 429}, 504: {refuse: 503}}")
        name = self.put(depth, f"{actor} -> {callee}: ask {{name}}", on_refusal=rules, gives=self.fact())
        self.work.setdefault(callee, []).append(name)
        self.open = (*self.open, name)
        if self.choose(True, True, False):
            self.items(callee, depth, budget, calls + 1)
        self.open = self.open[:-1]
        self.put(depth, f"{callee} --> {actor}: told {{name}}", gives=self.fact())

    def tell(self, actor: str, depth: int, budget: int, calls: int) -> None:
        self.put(depth, f"{actor} ->> {self.other(actor)}: tell {{name}}", gives=self.fact())
        self.act(actor, depth, budget, calls)

    def relay(self, actor: str, depth: int, budget: int, calls: int) -> None:
        other, arrow = self.other(actor), self.choose("->>", "->>", "..>")
        self.put(depth, f"{actor} {arrow} {other}: pass {{name}}")
        self.act(other, depth, budget, calls)
        self.items(other, depth, budget, calls)
        self.put(depth, f"{other} {arrow} {actor}: back {{name}}")
        self.act(actor, depth, budget, calls)

    def body(self, actor: str, depth: int, budget: int, calls: int, *, may_end: bool) -> None:
        self.items(actor, depth, budget, calls)
        if may_end and self.draw(st.booleans()):
            self.put(depth, f"end: {self.choose('refused', 'completed')}")

    def opt(self, actor: str, depth: int, budget: int, calls: int) -> None:
        self.put(depth, "opt: maybe {name}", when=self.guard(actor))
        self.lines.append("  " * depth + "  sequence:")
        self.body(actor, depth + 2, budget, calls, may_end=True)

    def leave_early(self) -> None:
        """Some sessions are over before they begin."""
        self.put(1, "opt: maybe {name}", when="{chance: 0.2}")
        self.lines.append("    sequence:")
        self.act("c", 3, 0, 0)
        self.put(3, "end: refused")

    def alt(self, actor: str, depth: int, budget: int, calls: int) -> None:
        indent = "  " * depth
        self.lines.append(f"{indent}- alt:")
        for case in range(self.draw(st.integers(1, 2))):
            guard = self.guard(actor).replace("0.9", "0.4").replace("0.5", "0.3")
            self.lines.append(f"{indent}    - case: way {self.name()}")
            self.lines.append(f"{indent}      id: {self.name()}")
            self.lines.append(f"{indent}      when: {guard}")
            self.lines.append(f"{indent}      sequence:")
            self.body(actor, depth + 4, budget, calls, may_end=case > 0)
        if self.choose(True, False):
            self.lines.append(f"{indent}    - else: way {self.name()}")
            self.lines.append(f"{indent}      id: {self.name()}")
            self.lines.append(f"{indent}      sequence:")
            self.body(actor, depth + 4, budget, calls, may_end=True)
        self.lines.append(f"{indent}  id: {self.name()}")

    def loop(self, actor: str, depth: int, budget: int, calls: int) -> None:
        kind = self.choose("times", "while", "until")
        keys = {"times": self.draw(st.integers(1, 3))} if kind == "times" else {kind: self.guard(actor), "maximum": 3}
        self.put(depth, "loop: again {name}", **keys)
        self.lines.append("  " * depth + "  sequence:")
        self.items(actor, depth + 2, budget, calls)


TIMES = st.sampled_from(["0 s", "1 ms", "2 ms", "7 ms", {"exponential": "3 ms"}, {"uniform": ["0 ms", "5 ms"]}])
TIMEOUTS = st.sampled_from(["1 ms", "5 ms", "20 ms", "3 s"])
BACKOFFS = st.sampled_from(["none", {"constant": "2 ms"}, {"exponential": {"base": "1 ms", "cap": "4 ms"}}]
                           + [{kind: {"base": "2 ms", "cap": "9 ms"}} for kind in ("full_jitter", "equal_jitter", "decorrelated_jitter")])
RETRIES = st.fixed_dictionaries({"attempts": st.integers(1, 4), "backoff": BACKOFFS},
                                optional={"on": st.lists(st.sampled_from(["timeout", 403, 429, 502, 503, 504]), min_size=1, unique=True)})
CALLERS = {"timeout": TIMEOUTS, "retry": RETRIES}
BUDGETS = st.fixed_dictionaries({"burst": st.integers(1, 4), "shared": st.booleans()}, optional={
    "ratio": st.sampled_from(["0 %", "50 %"]), "minimum": st.sampled_from(["100 /s"])})
THROTTLES = st.fixed_dictionaries({"k": st.sampled_from([1, 1.5, 2])}, optional={"window": st.sampled_from(["5 ms", "1 s"]), "shared": st.booleans()})
BREAKERS = st.fixed_dictionaries({"calls": st.integers(1, 4), "open_for": st.sampled_from(["3 ms", "10 ms"])}, optional={
    "window": st.sampled_from(["none", "20 ms"]), "failures": st.sampled_from(["30 %", "100 %"]), "shared": st.booleans()})
RESTRAINTS = {"throttle": THROTTLES, "breaker": BREAKERS}
CONNECTIONS = st.fixed_dictionaries({"most": st.integers(1, 3)}, optional={
    "per_address": st.integers(1, 2), "header_timeout": st.sampled_from(["none", "3 ms", "15 ms"]), "idle_timeout": st.sampled_from(["2 ms", "20 ms"]),
    "full": st.sampled_from(["refuse", "drop"])})
SERVER = st.fixed_dictionaries(CALLERS, optional={**RESTRAINTS,
    "servers": st.sampled_from([1, 2, "unlimited"]), "instances": st.integers(1, 3), "balance": st.sampled_from([*BALANCE_NAMES, "round_robin", "two_choices", "two_choices", "least_loaded"]), "holds_server": st.booleans(), "connections": CONNECTIONS, "silent": st.booleans(),
    "queue": st.fixed_dictionaries({"capacity": st.integers(0, 2), "order": st.sampled_from(["fifo", "fifo", "lifo", "fair"]),
                                    "full": st.sampled_from(["refuse", "drop"])}),
    "work": st.fixed_dictionaries({"parse": TIMES, "handshake": TIMES}), "memory": st.just({"f": "1 KiB"}),
    "expires": st.just({"f": "5 ms"})})
ARRIVALS = st.sampled_from([{"times": ["0 s"] * 4}, {"times": ["0 s", "1 ms", "1 ms", "30 ms"]}, {"constant": "500 /s"}, {"poisson": "300 /s"},
                            {"ramp": {"from": "0 /s", "to": "400 /s"}}, {"ramp": {"from": "500 /s", "to": "0 /s"}, "process": "constant"},
                            {"ramp": {"from": "10 /s", "to": "300 /s"}, "process": "constant"},
                            {"closed": {"think": "4 ms"}, "maximum": 12}, {"closed": {"think": {"exponential": "9 ms"}}, "maximum": 20}])
LINKS = st.fixed_dictionaries({"latency": TIMES, "loss": st.sampled_from(["0 %", "0 %", "20 %"]),
                               "transport": st.sampled_from(["datagram", "tcp", "tls"]), "keep_alive": st.sampled_from(["0 s", "10 ms", "1 min"])})
BUDGETED = st.builds(lambda retry, budget: {**retry, **({"budget": budget} if budget else {})}, RETRIES, st.one_of(st.none(), st.none(), BUDGETS))
MITIGATIONS = st.lists(st.one_of(
    st.fixed_dictionaries({"rate": st.sampled_from(["50 /s", "500 /s"]), "burst": st.integers(1, 3), "per": st.sampled_from(["address", "prefix", "all"])},
                          optional={"work": st.just("1 ms"), "table": st.just({"capacity": 2})}).map(lambda given: {"token_bucket": given}),
    st.sampled_from(["address", "prefix"]).map(lambda per: {"token_bucket": {"rate": "100 /s", "per": per, "at": "edge"}}),
    st.sampled_from(["0 s", "2 ms"]).map(lambda after: {"drop_expired": {"after": after}})), max_size=2, unique_by=repr)
RESTARTS = st.fixed_dictionaries({"every": st.sampled_from(["7 ms", {"exponential": "10 ms"}]), "forgets": st.sampled_from([["f"], ["f", "g"]])})
CLIENT = st.fixed_dictionaries({"timeout": TIMEOUTS, "retry": BUDGETED, "arrivals": ARRIVALS, "population": st.integers(1, 4)}, optional={
    "deadline": st.sampled_from(["5 ms", "40 ms"]), "picks": st.sampled_from(["new", "random", "round_robin", "round_robin"]),
    "expires": st.just({"g": "6 ms"}), "holds": st.just([{"share": "50 %", "items": ["f"]}]), "restarts": RESTARTS, **RESTRAINTS,
    "network": st.fixed_dictionaries({}, optional={"latency": TIMES, "loss": st.just("20 %"), "keep_alive": st.just("4 ms")})}).map(
        lambda given: given if given.get("picks", "new") != "new" else {key: value for key, value in given.items() if key != "restarts"})
ATTACKS = st.lists(st.fixed_dictionaries({"rate": st.sampled_from([
    "500 /s", "0 /s", {"constant": "1000 /s"}, {"ramp": {"from": "0 /s", "to": "1500 /s"}}, {"ramp": {"from": "900 /s", "to": "90 /s"}, "process": "constant"},
    {"times": ["0 s", "12 ms", "12 ms", "49 ms"]}, {"steps": [{"from": "0 s", "rate": "200 /s"}, {"from": "20 ms", "rate": "900 /s"}], "process": "constant"},
    {"pulses": {"rate": "2000 /s", "length": "5 ms", "period": "20 ms", "between": "50 /s"}}])}, optional={
        "during": st.sampled_from([["0 s", "60 ms"], ["10 ms", "50 ms"]]), "timeout": st.sampled_from(["1 ms", "8 ms", "3 s"]),
        "sources": st.sampled_from([{"addresses": 3}, {"addresses": 600, "prefixes": 7}, {"among": "c"}])}), min_size=1, max_size=3)
WINDOWS = st.sampled_from([["0 s", "20 ms"], ["5 ms", "60 ms"], ["20 ms", "40 ms"]])
FAULTS = st.lists(st.tuples(st.sampled_from(["drop", "refuse", "slow", "fewer", "fewer", "link out", "link slow", "link loses"]), WINDOWS), min_size=1,
                  max_size=2, unique_by=lambda fault: "link" in fault[0])


def failing(draw: Any, servers: list[str], links: list[tuple[str, str]], scenario: dict[str, Any]) -> list[dict[str, Any]]:
    """Faults of one of the servers and of one of the links."""
    found: list[dict[str, Any]] = []
    for kind, window in draw(FAULTS):
        if "link" in kind:
            a, b = draw(st.sampled_from(links))
            link = f"{a} {draw(st.sampled_from(['->', '<->']))} {b}"
            worse = {"latency": "x 2.5"} if kind == "link slow" else {"loss": "40 %"}
            found.append({"outage": link, "during": window} if kind == "link out" else {"brown_out": link, "during": window, **worse})
            continue
        server = draw(st.sampled_from(servers))
        has = scenario["actors"][server]
        if kind in ("drop", "refuse"):
            one = f"{server}/{has['instances']}" if "instances" in has and draw(st.booleans()) else server
            found.append({"outage": one, "during": window, "closed": kind})
        elif kind == "fewer":
            has["servers"] = 2
            found.append({"brown_out": server, "during": window, "servers": 1})
        else:
            found.append({"brown_out": server, "during": window, "work": "x 1.7"})
    return found


SCENARIOS = st.fixed_dictionaries({
    "duration": st.sampled_from(["60 ms", "200 ms"]), "warm_up": st.sampled_from(["0 s", "10 ms"]), "seed": st.integers(1, 1000),
    "network": st.fixed_dictionaries({"default": LINKS}),
    "actors": st.fixed_dictionaries({"c": CLIENT, "a": SERVER, "b": SERVER, "d": SERVER})})


@st.composite
def worlds(draw: Any) -> tuple[str, dict[str, Any]]:
    """A diagram that obeys the turn rule, and a scenario for it."""
    writer = Writer(draw)
    if draw(st.booleans()):
        writer.leave_early()
    writer.items("c", 1, 4, 0)
    if draw(st.booleans()):
        writer.put(1, "c ->> a: last {name}")
    facts = [fact for fact in FACTS if fact not in writer.given]
    head = "diagram: Made up\nparticipants: {c: C, a: A, b: B, d: D}\n" + (f"facts: [{', '.join(facts)}]\n" if facts else "")
    diagram = head + "sequence:\n" + "\n".join(writer.lines) + "\n"
    scenario = draw(SCENARIOS)
    asked = re.findall(r"- c (?:->|->>) [abd]: .*\n +id: (\w+)", diagram)
    if asked and draw(st.booleans()):
        scenario["attacks"] = [{**attack, "name": f"x{k}", "sends": draw(st.sampled_from(asked))} for k, attack in enumerate(draw(ATTACKS))]
    for attack in scenario.get("attacks", ()):
        asked_one = re.search(rf"- c (?:->|->>) ([abd]): .*\n +id: {attack['sends']}\n", diagram)
        if asked_one and scenario["network"]["default"]["transport"] != "datagram" and draw(st.sampled_from([True, True, False])):
            attack |= {"sockets": draw(st.integers(1, 4)), "drip": draw(st.sampled_from(["1 ms", "30 ms"]))}
            scenario["actors"][asked_one[1]]["connections"] = {"header_timeout": "3 ms", **draw(CONNECTIONS)}
        elif draw(st.sampled_from([True, False, False])):
            attack["bots"] = {"count": draw(st.integers(1, 9)), **draw(st.sampled_from([{"think": "5 ms"}, {"think": {"exponential": "4 ms"}, "on_refusal": "dodge"}]))}
            del attack["rate"]
    if scenario["network"]["default"]["transport"] == "datagram":
        for attack in scenario.get("attacks", ()):
            if draw(st.sampled_from([True, True, False])):
                attack["sources"] = {**attack.get("sources", {}), "spoofed": True}
    for name in (*SERVERS, "c"):
        if f"- {name} -> " not in diagram:  # it calls nobody: nothing to spare
            for key in RESTRAINTS:
                scenario["actors"][name].pop(key, None)
    for name in SERVERS:
        if f" -> {name}: " in diagram or f" ->> {name}: " in diagram:
            actor = scenario["actors"][name]
            if "queue" in actor and draw(st.sampled_from([True, False, False, False])):
                actor["queue"].update(order="processor_sharing", capacity=actor["queue"]["capacity"] + 1)
                actor.pop("holds_server", None)
            actor["work"] = {**actor.get("work", {}), **dict.fromkeys(writer.work.get(name, ()), draw(TIMES))}
            shares = actor.get("queue", {}).get("order") == "processor_sharing"  # where nobody waits
            if chosen := [each for each in draw(MITIGATIONS) if not shares or "drop_expired" not in each]:
                scenario.setdefault("mitigations", {})[name] = chosen
        else:  # called by nobody: a companion, which has no servers
            scenario["actors"][name] = {"timeout": "5 ms"}
    servers = [name for name in SERVERS if f" -> {name}: " in diagram or f" ->> {name}: " in diagram]
    links = sorted({(a, b) for a, b in re.findall(r"- (\w) (?:->|->>|-->) (\w): ", diagram)})
    if servers and draw(st.sampled_from([True, True, True, False])):
        scenario["faults"] = failing(draw, servers, links, scenario)
    return diagram, scenario


MADE_UP = settings(deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                   phases=[Phase.explicit, Phase.reuse, Phase.generate])  # making a failure small takes minutes: the long test does it
