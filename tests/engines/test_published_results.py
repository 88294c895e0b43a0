"""The simulator against published results, counted in runs: how many were served, passed, refused, in the trace or the metrics.

The formula of each stands in its test, with its source. What is exact is exact; else it lies in Student's interval at 99.9 % over
independent replications, and that at 95 % is at most 2 % of the value wide to either side. The seeds are fixed.
"""

import math
from collections import Counter

import pytest

import sim
from sim.measure.statistics import confidence_interval

NARROW = 0.02
MS = 1_000_000
ONE_CALL = """
diagram: One call
participants: {c: Client, s: Server}
sequence:
  - c -> s: ask
  - s --> c: told
"""


def one_call(model_file, duration, client, server=None, diagram=ONE_CALL, **rest):
    return {"scenario": "Published", "model": model_file(diagram), "duration": duration, "network": {"default": {"transport": "datagram"}},
            "actors": {"c": {"population": 1000, **client}, "s": server or {}}, **rest}


def asked(run):
    """The outcomes of the requests, in the order in which they came."""
    return [each["outcome"] for each in run.trace.records() if each["message"] == "ask"]


def agrees(values, value, width=NARROW):
    assert value in confidence_interval(values, 0.999), f"{confidence_interval(values, 0.999)}, expected {value:.6g}"
    interval = confidence_interval(values)
    assert interval.relative_half_width <= width, f"{interval} is too wide: {interval.relative_half_width:.2%}"


# --- 1. Tor proposal 327 --------------------------------------------------------------------------------------------------

TOP_HALF = (3846, 793, 442, 306, 234, 190, 159, 137, 121, 107, 97)
WHOLE = (180.18, 152.67, 132.45, 116.96, 104.71, 94.79, 86.58, 79.68, 73.80, 68.73, 64.31)


def saturated_per_s(model_file, base_ms, added_ms, seconds):
    """What a server gets done in a second that is never idle: fixed work, the attack's part of it added."""
    offered = 1.05 * 1000 / (base_ms + added_ms)
    client = {"arrivals": {"constant": f"{offered} /s"}}
    server = {"servers": 1, "queue": {"capacity": 10}, "work": {"parse": f"{added_ms} ms", "ask": f"{base_ms} ms"}}
    run = sim.run(one_call(model_file, f"{seconds} s", client, server), engine="compiled", trace=False)
    station = run.metrics["stations"]["s"]
    assert station["refused"]["queue"] > 0
    assert station["utilisation"] > 1 - 0.01 / seconds * 10
    return station["served"] / seconds


@pytest.mark.parametrize(("added_ms", "top_half"), list(enumerate(TOP_HALF)))
def test_the_top_half_of_an_introduction(model_file, added_ms, top_half):
    """Tor proposal 327 (2020), "A First Take at PoW Over Introduction Circuits", table of the top half: 1000 / (0.26 + v) a second,
    which the table cuts to whole numbers."""
    assert int(saturated_per_s(model_file, 0.26, added_ms, 100)) == top_half == int(1000 / (0.26 + added_ms))


@pytest.mark.parametrize(("added_ms", "whole"), list(enumerate(WHOLE)))
def test_a_whole_introduction(model_file, added_ms, whole):
    """The same, table of both halves: 1000 / (5.55 + v) a second, to two digits behind the point."""
    assert saturated_per_s(model_file, 5.55, added_ms, 1000) == pytest.approx(whole, abs=0.005 + 1e-3)
    assert 1000 / (5.55 + added_ms) == pytest.approx(whole, abs=0.006)


@pytest.mark.parametrize(("valid", "invalid", "is_enough"), [(91, 1520, True), (92, 1520, False), (91, 1540, False)])
def test_a_hybrid_attack_saturates_a_core(valid, invalid, is_enough):
    """The same proposal, "hybrid attack": invalid requests stop after 0.31 ms, valid ones cost 5.5 ms more; 91 and 1520 a second fill a
    core (0.9999 of it), and a little more of either is more than it can do."""
    flood = {"name": "flood", "sends": "request_access_token", "rate": {"constant": f"{invalid} /s"}, "signature": "missing"}
    server = {"servers": 1, "work": {"parse": "0.31 ms"}}
    client = {"population": 1000, "arrivals": {"constant": f"{valid} /s"}, "holds": [{"share": "100 %", "items": ["consumer_key"]}],
              "picks": "new"}
    run = sim.run({"scenario": "Hybrid", "model": "protectserve/step1", "duration": "200 s", "warm_up": "10 s",
                   "network": {"default": {"transport": "datagram"}}, "attacks": [flood],
                   "mitigations": {"authorization_manager": [{"check_order": {"signature": "5.5 ms"}}]},
                   "actors": {"consumer": client, "authorization_manager": server}}, engine="compiled", trace=False)
    station = run.metrics["stations"]["authorization_manager"]
    share = (valid * 5.81 + invalid * 0.31) / 1000
    assert (share < 1) == is_enough
    assert station["utilisation"] == pytest.approx(min(1.0, share), abs=5e-5)
    waiting = station["offered"] - station["served"] - sum(station["refused"].values())
    assert (waiting < 10) == is_enough, waiting


# --- 4. nginx limit_req ---------------------------------------------------------------------------------------------------


def leaky(model_file, duration, times, **bucket):
    client = {"arrivals": times if isinstance(times, dict) else {"times": times}, "addresses": {"shared_by": 1000}}
    given = {"leaky_bucket": {"status": 503, **bucket}}
    return sim.run(one_call(model_file, duration, client, mitigations={"s": [given]}))


def test_eight_at_once_are_delayed_or_refused(model_file):
    """NGINX, ngx_http_limit_req_module: excess = max(0, excess - rate dt + 1), refused above the burst, delayed by excess / rate."""
    run = leaky(model_file, "20 s", ["0 s"] * 8, rate="1 /s", burst=5)
    assert Counter(asked(run)) == {"delivered": 6, "refused": 2}
    answers = sorted(each["received_ns"] for each in run.trace.records() if each["message"] == "told")
    assert answers == [k * 1000 * MS for k in range(6)]


def test_a_burst_without_delay_and_what_comes_after(model_file):
    """The same with nodelay, 10 /s and burst 20: 21 of 25 pass; at +100 ms the excess is 20 - 1 + 1, at +101 ms 20.99."""
    run = leaky(model_file, "2 s", [*["0 s"] * 25, "100 ms", "101 ms"], rate="10 /s", burst=20, undelayed=20)
    assert asked(run) == ["delivered"] * 21 + ["refused"] * 4 + ["delivered", "refused"]
    answers = [each["received_ns"] for each in run.trace.records() if each["message"] == "told"]
    assert sorted(answers) == [0] * 21 + [100 * MS]


def test_a_minute_at_ten_times_the_rate(model_file):
    """The same at 100 /s for 60 s: the first, 20 of the burst, and one for every 100 ms after it that is over: 620 of 6000."""
    run = leaky(model_file, "60010 ms", {"steps": [{"from": "0 s", "rate": "100 /s"}, {"from": "60 s", "rate": "0 /s"}], "process": "constant"},
                rate="10 /s", burst=20, undelayed=20)
    assert Counter(asked(run)) == {"delivered": 620, "refused": 5380}


# --- 5. Sliding window counter --------------------------------------------------------------------------------------------


def test_a_sliding_window_is_estimated_from_two_counts(model_file):
    """Cloudflare, "How we built rate limiting capable of scaling to millions of domains" (2017): previous * (1 - elapsed / window) +
    current = 42 * 45/60 + 18 = 49.5: below 50, not below 49; and the estimate falls by 42 a minute, so it was 50 at 14.286 s."""
    moment_s = 60 * (1 - (50 - 18) / 42)
    for limit, second, times, outcome in (
            (50, 74.5, ["75 s"], ["delivered"]), (49, 74.5, ["75 s"], ["refused"]), (50, 74.5, ["75 s", "75 s"], ["delivered", "refused"]),
            (50, 73, [f"{60 + moment_s - 0.001:.4f} s"], ["refused"]), (50, 73, [f"{60 + moment_s + 0.001:.4f} s"], ["delivered"])):
        before = [f"{k} s" for k in range(42)] + [f"{second} s"] * 18
        client = {"arrivals": {"times": [*before, *times]}, "addresses": {"shared_by": 1000}}
        run = sim.run(one_call(model_file, "2 min", client, mitigations={"s": [{"sliding_window": {"limit": limit, "window": "1 min"}}]}))
        assert asked(run) == ["delivered"] * 60 + outcome, (limit, times)


# --- 6. Fair share by addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("honest", "attackers"), [(1, 9), (2, 8), (5, 5), (9, 1)])
def test_a_server_that_shares_itself_fairly_gives_the_honest_their_part(model_file, honest, attackers):
    """M. Walfish et al., "DDoS Defense by Offense", SIGCOMM 2006: G / (G + B). Here every address has a turn (J. Nagle, RFC 970), whatever it
    sends: those of the attack twice as much as the others. First come first served gives G / (G + 2 B)."""
    flood = {"name": "flood", "sends": "ask", "rate": {"constant": f"{400 * attackers} /s"}, "sources": {"addresses": attackers}}
    client = {"population": honest, "arrivals": {"constant": f"{200 * honest} /s"}, "picks": "round_robin"}

    def share(order):
        server = {"servers": 1, "work": {"ask": "1 ms"}, "queue": {"order": order}}
        given = one_call(model_file, "22 s", client, server, attacks=[flood], warm_up="2 s")
        records = sim.run(given, engine="compiled").trace.records()
        served = Counter(each["class"] for each in records if each["message"] == "told" and each["sent_ns"] >= 2_000 * MS)
        return served["c"] / served.total()

    assert share("fair") == pytest.approx(honest / (honest + attackers), rel=1e-3)
    assert share("fifo") == pytest.approx(honest / (honest + 2 * attackers), rel=1e-2)


# --- 7. Consistent against random shedding --------------------------------------------------------------------------------

SHEDDING = '''"""{about}"""

from sim.mitigations.framework.parameters import columns, share
from sim.world.moments import ADDRESS, CHANCE, PASS, unit

DRAWS = True
PARAMETERS = (share("admitted", "Share of the requests that go on."),)
(ADMITTED,) = columns(PARAMETERS)


def at_take_up(ints, floats, row, event):
    """Refuse the rest."""
    return PASS if {number} < floats[ADMITTED] else 503
'''
BY_DRAW = SHEDDING.format(about="Each request by a draw of its own.", number="unit(event[CHANCE])")
BY_ADDRESS = SHEDDING.format(about="Each address by its hash (D. E. Knuth's multiplicative one).",
                             number="event[ADDRESS] * 2654435761 % 4294967296 / 4294967296.0")
CALLS = """
diagram: A task of {calls} calls
participants: {{c: Client, s: Server}}
sequence:
  - loop: one after the other
    times: {calls}
    maximum: {calls}
    sequence:
      - c -> s: ask
      - s --> c: told
"""


def completed(model_file, tmp_path, law, calls, sessions, replications=5):
    """The shares of tasks that are completed, when a server admits half of the requests."""
    (tmp_path / "shedding.py").write_text(law)
    seconds = sessions // replications // 1000
    given = one_call(model_file, f"{seconds} s", {"population": 100_000, "arrivals": {"constant": "1000 /s"}},
                     diagram=CALLS.format(calls=calls), mitigations={"s": [{str(tmp_path / "shedding.py"): {"admitted": "50 %"}}]})
    found = []
    for replication in range(replications):
        sessions = sim.run(given, replication=replication, engine="compiled", trace=False).metrics["sessions"]
        found.append(sessions["completed"] / (sessions["completed"] + sessions["refused"]))
    return found


@pytest.mark.parametrize(("calls", "sessions"), [(1, 40_000), (2, 100_000), (3, 300_000), (4, 1_200_000)])
def test_random_shedding_fails_long_tasks(model_file, tmp_path, calls, sessions):
    """H. Zhou et al., "Overload Control for Scaling WeChat Microservices", SoCC 2018 (DAGOR), section 3: a task of k calls, each
    admitted with probability 1/2, is done with probability 2^-k."""
    agrees(completed(model_file, tmp_path, BY_DRAW, calls, sessions), 0.5**calls)


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_consistent_shedding_does_not(model_file, tmp_path, calls):
    """The same section: if whoever is admitted once is admitted again, half of the tasks are done, however long they are."""
    assert completed(model_file, tmp_path, BY_ADDRESS, calls, 10_000, replications=1) == [pytest.approx(0.5, rel=0.002)]


# --- 8. Hashcash ----------------------------------------------------------------------------------------------------------


ACTORS = "from sim.protocol.actor import Actor\n\nclass C(Actor):\n    pass\n\nclass S(Actor):\n    pass\n"


def puzzled(model_file, bits, seconds, replication=0, actors=None, population=1000, **options):
    client = {"population": population, "arrivals": {"constant": "1000 /s"}, "hash_rate": "1000000 /s"}
    given = one_call(model_file, f"{seconds} s", client, mitigations={"s": [{"client_puzzle": {"bits": bits}}]})
    given["model"] = model_file(ONE_CALL, actors)
    return sim.run(given, replication=replication, **options)


def tries(run):
    """Of each client that was challenged: the tries that it took, by the time that it worked."""
    challenged, found = {}, []
    for each in run.trace.records():
        if each["message"] == "ask?client_puzzle":
            challenged[each["session"]] = each["received_ns"]
        elif each["message"] == "ask" and each["session"] in challenged:
            found.append((each["sent_ns"] - challenged[each["session"]]) / 1000)
    return sorted(found)


@pytest.mark.parametrize("bits", [4, 10])
def test_hashcash_takes_two_to_the_bits_tries_and_has_a_long_tail(model_file, bits):
    """A. Back, "Hashcash" (2002), section 3: the tries are geometric, of mean 2^k; for many bits the median is ln 2 = 0.69 of it, and the
    99th percentile ln 100 = 4.6."""
    runs = [tries(puzzled(model_file, bits, 6, replication, engine="compiled")) for replication in range(10)]
    assert min(map(len, runs)) > 5_900
    agrees([math.fsum(run) / len(run) for run in runs], 2.0**bits)
    if bits == 10:
        agrees([run[len(run) // 2] / 2**bits for run in runs], math.log(2))
        agrees([run[int(0.99 * len(run))] / 2**bits for run in runs], math.log(100))


def test_hashcash_takes_as_many_tries_at_real_hashes(model_file):
    """The messages carry real puzzles, another for each address: the clients try 0, 1, 2, ... until SHA-256 begins with k zero bits."""
    run = puzzled(model_file, 6, 15, actors=ACTORS, population=15_000, engine="simpy")
    solutions = [each["http"]["headers"]["Puzzle-Solution"] for each in run.trace.records()
                 if each["message"] == "ask" and "Puzzle-Solution" in each["http"]["headers"]]
    found = [int(solution.rpartition(":")[2]) + 1 for solution in solutions]
    assert len(set(solutions)) == len(found) > 14_900
    agrees([math.fsum(found[k::10]) / len(found[k::10]) for k in range(10)], 2.0**6)


# --- 9. Bloom filter ------------------------------------------------------------------------------------------------------


def looks_used(bits_each, hashes, entries, replication):
    """The share of new nonces that a filter refuses when it holds so many: filled in one window, asked in the next."""
    times = {"fill": (entries / 100, "0 s", "100 s"), "probe": (entries / 250, "100 s", "200 s")}
    given = {
        "scenario": "Bloom", "model": "protectserve/step1", "duration": "200 s", "network": {"default": {"transport": "datagram"}},
        "attacks": [{"name": name, "sends": "request_access_token", "rate": {"constant": f"{per_s} /s"}, "during": [begin, end]}
                    for name, (per_s, begin, end) in times.items()],
        "actors": {"consumer": {"population": 1, "arrivals": {"times": ["0 s"]}}, "authorization_manager": {}},
        "mitigations": {"authorization_manager": [
            {"bloom_filter": {"bits": round(bits_each * entries), "hashes": hashes, "window": "100 s"}}]}}
    asked_about = sim.run(given, replication=replication, engine="compiled", trace=False).metrics["attacks"]
    assert asked_about["fill"]["sent"] == pytest.approx(entries, abs=1)
    return asked_about["probe"]["refused"] / asked_about["probe"]["sent"]


@pytest.mark.parametrize(("bits_each", "hashes", "share", "entries", "width"), [
    (9.585, 7, 0.01, 80_000, 0.06), (14.378, 10, 0.001, 100_000, 0.15),
    pytest.param(9.585, 7, 0.01, 700_000, NARROW, marks=pytest.mark.long),
    pytest.param(14.378, 10, 0.001, 1_000_000, 0.05, marks=pytest.mark.long)])
def test_a_bloom_filter_takes_new_nonces_for_used_ones(bits_each, hashes, share, entries, width):
    """B. Bloom, CACM 13(7) (1970); A. Broder, M. Mitzenmacher, Internet Mathematics 1(4) (2004): (1 - exp(-k n / m))^k. As wide as the
    numbers stand there: rare events take many requests."""
    exact = (1 - math.exp(-hashes / bits_each)) ** hashes
    assert exact == pytest.approx(share, rel=0.005)
    agrees([looks_used(bits_each, hashes, entries, replication) for replication in range(10)], exact, width)


# --- 10. Jain's index -----------------------------------------------------------------------------------------------------


def test_jains_index_of_nine_small_flows_and_a_large_one(model_file):
    """R. Jain, D. Chiu, W. Hawe, DEC TR-301 (1984): (sum x)^2 / (n sum x^2); nine flows of 1 and one of 91 make 0.1206."""
    classes = {**{f"small_{k}": {"share": "1 %", "arrivals": {"times": [f"{k} s"]}} for k in range(9)},
               "large": {"share": "91 %", "arrivals": {"times": [f"{k / 10} s" for k in range(91)]}}}
    given = one_call(model_file, "10 s", {})
    given["actors"]["c"] = {"population": 100, "classes": classes}
    run = sim.run(given)
    answered = Counter(each["class"] for each in run.trace.records() if each["message"] == "told")
    assert sorted(answered.values()) == [1] * 9 + [91]
    index = answered.total() ** 2 / (len(answered) * sum(count * count for count in answered.values()))
    assert round(index, 4) == 0.1206
