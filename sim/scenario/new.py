"""A scenario to start from: every key that matters, with a comment, ready to run."""

from sim.scenario.flow import scalar
from sim.scenario.vocabulary import Vocabulary

_HEAD = """\
# A scenario: who is there, how many, how fast, and what goes wrong.
#   sim check FILE    all that is wrong with it, at once
#   sim run FILE      run it
# Every quantity has its unit: 5 s, 20 /s, 1 KiB, 60 %. A time that varies is a distribution, e.g. {exponential: 4 ms},
# {uniform: [1 ms, 3 ms]}, {lognormal: {median: 20 ms, p95: 60 ms}}, {gamma: {mean: 4 ms, cv: 0.5}}.
"""

_COMMON = """\
start: 2009-04-09T00:00:00Z         # date and time at t = 0
duration: 10 min
warm_up: 1 min                      # not counted
seed: 1                             # another seed, another run of the same scenario

network:
  default:                          # of every link; exceptions below, e.g. a <-> b: {latency: 35 ms}
    latency: {lognormal: {median: 20 ms, p95: 60 ms}}
    loss: 0.1 %
    transport: tls                  # or datagram, tcp

actors:                             # the diagram's participants; who is not named has the defaults
"""

_CLIENT = """\
  %(name)s:
    population: 1000
    arrivals: {poisson: 5 /s}       # or {constant: 5 /s}, {times: [0 s, 5 s]}, {closed: {think: 5 s}}, {steps: [...]}
    picks: new                      # which one comes: new, random or round_robin
    # classes:                      # kinds of clients; each may override any key of the actor
    #   laptop: {share: 60 %%, addresses: own}
    #   hosted: {share: 40 %%, addresses: {shared_by: 200}}
%(holds)s    # expires: {%(fact)s: 1 h}
    deadline: 10 s                  # goodput counts what completes within it
    timeout: 3 s                    # of one attempt of a call
    retry:
      attempts: 3                   # in all
      on: [timeout, 429, 503]
      backoff: {full_jitter: {base: 500 ms, cap: 10 s}}
"""

_HOLDS = """\
    # holds:                        # what they hold from the start, in joint shares; the rest holds nothing
    #   - {share: 30 %%, items: [%s]}
"""

_MUST_HOLD = """\
    holds:                          # what they hold from the start, in joint shares; the rest holds nothing
      - {share: 100 %%, items: [%s]}
"""

_COMPANION = """\
  %(name)s:                         # at the client's side, one for each client
    timeout: 3 s                    # of the calls that it makes itself
"""

_SERVER = """\
  %(name)s:
    instances: 1
    servers: 4                      # requests that an instance works on at once, or unlimited
    queue: {capacity: 1000, order: fifo, full: refuse}    # the waiting room; full: refuse or drop
    timeout: 3 s                    # of the calls that it makes itself
    work:                           # what takes time there; what is not named takes none
      parse: 0.1 ms
%(work)s"""

_ATTACK = """\

# attacks:                            # traffic that leaves the diagram's path
#   - name: flood
#     sends: %s
#     rate: {poisson: 1000 /s}        # or constant, ramp, steps, pulses, times; or bots: {...} in its place
#     during: [2 min, 7 min]
#     sources: {addresses: 500, prefixes: 20}    # or {among: a class of clients}, {spoofed: true}
"""

_MITIGATIONS = """\
# mitigations:                      # what protects a server, asked in this order; sim list shows them all
#   %s:
#     - token_bucket: {per: address, rate: 1 /s, burst: 5}
"""

# The roles of the diagram that a new scenario is about unless it is told another.
_STEP_1 = Vocabulary(
    participants=("user_agent", "authorization_manager", "service_provider", "consumer"),
    messages={"request_consumer_key": ("consumer", "authorization_manager", "->")},
    actions={"allocate_consumer_key": "authorization_manager", "verify_signature": "authorization_manager"},
    facts=frozenset({"consumer_key"}),
    servers=frozenset({"service_provider", "authorization_manager"}),
)


def template(name: str, model: str = "protectserve/step1", vocabulary: Vocabulary | None = None) -> str:
    """A commented scenario with the title ``name``, which loads without a fault.

    Its actors are those of ``vocabulary``, by default of ProtectServe step 1. Another model needs its words.
    """
    words = vocabulary or _STEP_1
    title = " ".join("".join(char if char.isprintable() else " " for char in name).split())[:200] or "A scenario"
    starts = [caller for caller, _ in words.calls() if caller not in words.servers]
    client = words.client or (starts[0] if starts else next(name for name in words.participants if name not in words.servers))
    fact = min(words.facts, default="nothing")
    holds = _MUST_HOLD % ", ".join(words.outside_facts) if words.outside_facts else _HOLDS % fact
    parts = [_HEAD, f"scenario: {scalar(title)}\nmodel: {scalar(model)}\n", _COMMON,
             _CLIENT % {"name": client, "fact": fact, "holds": holds}]
    parts += [_COMPANION % {"name": name} for name in dict.fromkeys(starts) if name != client]
    for server in words.participants:
        if server in words.servers:
            own = [action for action, participant in words.actions.items() if participant == server]
            work = "".join(f"      {action}: {{exponential: 4 ms}}\n" for action in own)
            parts.append(_SERVER % {"name": server, "work": work})
    protected = next((name for name in words.participants if name in words.servers and name in dict(words.calls()).values()), "")
    if protected:
        parts.append(_MITIGATIONS % protected)
    floods = [id_ for id_, (sender, receiver, arrow) in words.messages.items()
              if arrow in ("->", "->>") and sender not in words.servers and receiver in words.servers]
    parts += [_ATTACK % floods[-1]] if floods else []
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"
