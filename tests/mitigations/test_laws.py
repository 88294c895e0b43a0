"""What each law decides, one call at a time."""

import random

import pytest

from sim.mitigations.framework import common, registry
from sim.world import moments
from sim.world.moments import CHALLENGE, COLLECT, EXPIRE, GIVE_UP, HOLD, NO_ROW, PASS

S = 10**9
MS = 10**6


class Asked:
    """A mitigation with its blocks, to be asked."""

    def __init__(self, name, rows=8, **given):
        self.declared = registry.find(name)
        self.ints, self.floats = self.declared.blocks(common.read(self.declared, given))
        self.ints += [0] * (len(self.declared.state_ints) * rows)
        self.floats += [0.0] * (len(self.declared.state_floats) * rows)
        self.event = [0] * moments.WIDTH

    def __call__(self, moment, row=0, **columns):
        self.event = [0] * moments.WIDTH
        for column, value in columns.items():
            self.event[getattr(moments, column)] = value
        return self.declared.laws[moment](self.ints, self.floats, row, self.event)

    def said(self, column):
        return self.event[getattr(moments, column)]


def test_token_bucket_admits_a_burst_then_its_rate():
    bucket = Asked("token_bucket", rate="2 /s", burst=3)
    assert [bucket("at_take_up", NOW_NS=S) for _ in range(4)] == [PASS, PASS, PASS, 429]
    assert bucket.said("RETRY_AFTER_NS") == S // 2
    assert [bucket("at_take_up", NOW_NS=S + S // 2) for _ in range(2)] == [PASS, 429]


def test_token_bucket_keeps_each_row_for_itself_and_refusals_cost_nothing():
    bucket = Asked("token_bucket", rate="1 /s", burst=1, status=503)
    assert [bucket("at_take_up", row, NOW_NS=0) for row in (0, 1, 0, 0, 1)] == [PASS, PASS, 503, 503, 503]
    assert bucket("at_take_up", 0, NOW_NS=S) == PASS


@pytest.mark.parametrize(("rate", "burst"), [("3 /s", 1), ("7 /s", 10), ("0.5 /min", 2)])
def test_token_bucket_is_the_bucket_of_tokens(rate, burst):
    """The same verdicts as a bucket that is filled at the rate and emptied by one a request."""
    bucket = Asked("token_bucket", rate=rate, burst=burst)
    interval_ns = round(1e9 / bucket.floats[0])
    tokens_ns, last_ns = burst * interval_ns, 0
    for k in range(2000):
        now_ns = k * k * 7919 * 97 % (interval_ns * 3) + last_ns if k % 3 else last_ns
        tokens_ns = min(burst * interval_ns, tokens_ns + now_ns - last_ns)
        last_ns = now_ns
        admitted = tokens_ns >= interval_ns
        tokens_ns -= interval_ns if admitted else 0
        assert (bucket("at_take_up", NOW_NS=now_ns) == PASS) == admitted


def test_drop_expired_drops_what_waited_longer():
    asked = Asked("drop_expired", after="3 s")
    assert asked("at_take_up", ARRIVED_NS=0, NOW_NS=3 * S) == PASS
    assert asked("at_take_up", ARRIVED_NS=0, NOW_NS=3 * S + 1) == EXPIRE


def test_client_puzzle_lets_pass_what_is_solved():
    puzzle = Asked("client_puzzle")
    assert puzzle("at_take_up", SOLVED=0) == puzzle("at_arrival", SOLVED=0) == CHALLENGE
    assert puzzle("at_take_up", SOLVED=1) == PASS


def test_client_puzzle_takes_two_to_the_bits_tries_in_the_mean():
    """Of the geometric distribution with p = 2^-k: mean 2^k, and the share of those with one try is p."""
    puzzle, draws, tries = Asked("client_puzzle", bits=4), 20_000, []
    for k in range(draws):
        puzzle("client_hears", CHANCE=((2 * k + 1) << 52) // draws, HASH_RATE=1000)
        tries.append(puzzle.said("TRIES"))
        assert puzzle.said("WORK_NS") == tries[-1] * MS
    assert sum(tries) / draws == pytest.approx(16, rel=0.002)
    assert tries.count(1) / draws == pytest.approx(1 / 16, rel=0.01)
    assert min(tries) == 1


@pytest.mark.parametrize("chance", [0, 1, 2**53 - 2, 2**53 - 1])
@pytest.mark.parametrize("bits", [1, 40])
def test_client_puzzle_at_the_ends_of_chance(chance, bits):
    puzzle = Asked("client_puzzle", bits=bits)
    assert puzzle("client_hears", CHANCE=chance, HASH_RATE=10**6) == PASS
    assert puzzle.said("TRIES") >= 1


def test_stateless_keys_keep_no_row_and_take_their_own_time():
    asked = Asked("stateless_keys", work="0.02 ms")
    assert asked("at_issue", KEY=1) == NO_ROW
    asked("at_action", WORK_NS=4 * MS)
    assert asked.said("WORK_NS") == 20_000


def collected(asked, now_ns):
    """The keys that are collected at a time, in their order."""
    found = []
    while asked("at_take_up", NOW_NS=now_ns) == COLLECT:
        found.append(asked.said("COLLECTED"))
    return found


def test_key_expiry_collects_the_never_used_first_then_the_idle():
    asked = Asked("key_expiry", never_used="10 s", idle="1 min")
    for key in range(1, 6):
        asked("at_issue", KEY=key, NOW_NS=key * S)
    asked("at_proof", KEY=2, NOW_NS=6 * S)
    asked("at_proof", KEY=4, NOW_NS=7 * S)
    asked("at_proof", KEY=2, NOW_NS=8 * S)
    assert collected(asked, 11 * S - 1) == []
    assert collected(asked, 11 * S) == [1]
    assert collected(asked, 15 * S) == [3, 5]
    assert collected(asked, 67 * S) == [4]
    assert collected(asked, 68 * S) == [2]
    assert collected(asked, 9**9 * S) == []


def test_key_expiry_does_not_bring_back_what_is_gone():
    asked = Asked("key_expiry", never_used="1 s")
    asked("at_issue", KEY=1, NOW_NS=0)
    assert collected(asked, S) == [1]
    asked("at_proof", KEY=1, NOW_NS=S)
    assert collected(asked, 9**9 * S) == []


COSTS = {"timestamp": "1 ms", "key": "2 ms", "nonce": "4 ms", "signature": "8 ms"}


@pytest.mark.parametrize(("failed", "cost_ms"), [("", 15), ("credentials", 0), ("timestamp", 1), ("key", 3), ("signature", 11),
                                                 ("nonce", 15), ("other", 15)])
def test_check_order_charges_what_was_checked(failed, cost_ms):
    asked = Asked("check_order", **COSTS)
    asked("at_action", FAILED=moments.CHECKS.index(failed), WORK_NS=99)
    assert asked.said("WORK_NS") == cost_ms * MS


def test_check_order_follows_the_order():
    asked = Asked("check_order", **COSTS, order=["nonce", "signature", "timestamp", "key"])
    asked("at_action", FAILED=moments.CHECKS.index("signature"))
    assert asked.said("WORK_NS") == 12 * MS


def test_key_lists_in_any_order_of_use():
    """The same order as a dict's, of which each key is put at the end again."""
    asked, order = Asked("key_expiry", rows=12, never_used="1000 s", idle="1000 s"), {}
    for key in range(1, 11):
        asked("at_issue", KEY=key, NOW_NS=0)
    for k in range(200):
        key = k * 37 % 10 + 1
        asked("at_proof", KEY=key, NOW_NS=k * S)
        order.pop(key, None)
        order[key] = k
    assert collected(asked, 10**6 * S) == list(order)


def test_sliding_window_estimates_from_two_counts():
    """Cloudflare's own example: 42 in the last minute, 18 in the 15 s of this one: 49.5, so of a limit of 50 one more passes."""
    window = Asked("sliding_window", limit=50, window="1 min")
    assert [window("at_take_up", NOW_NS=k * S) for k in range(42)] == [PASS] * 42
    assert [window("at_take_up", NOW_NS=60 * S + k) for k in range(8)] == [PASS] * 8
    assert [window("at_take_up", NOW_NS=75 * S - 1) for _ in range(10)] == [PASS] * 10
    assert [window("at_take_up", NOW_NS=75 * S) for _ in range(2)] == [PASS, 429]
    wait_ns = window.said("RETRY_AFTER_NS")
    assert window("at_take_up", NOW_NS=75 * S + wait_ns - 2) == 429
    assert window("at_take_up", NOW_NS=75 * S + wait_ns) == PASS


def test_sliding_window_forgets_a_window_that_is_long_ago():
    window = Asked("sliding_window", limit=2, window="10 s")
    assert [window("at_take_up", 3, NOW_NS=5 * S) for _ in range(3)] == [PASS, PASS, 429]
    assert window.said("RETRY_AFTER_NS") == 5 * S + 1
    assert [window("at_take_up", 3, NOW_NS=10 * S) for _ in range(1)] == [429]
    assert [window("at_take_up", 3, NOW_NS=20 * S) for _ in range(3)] == [PASS, PASS, 429]


def test_codel_refuses_what_waited_over_twice_the_target_after_an_interval_that_never_drained():
    codel = Asked("codel")

    def wait(now_ms, waited_ms):
        return codel("at_take_up", NOW_NS=now_ms * MS, ARRIVED_NS=(now_ms - waited_ms) * MS)

    assert [wait(now, 50) for now in (200, 250, 299)] == [PASS] * 3       # the first interval is looked at
    assert [wait(300, 50), wait(301, 10), wait(302, 11)] == [503, PASS, 503]
    assert [wait(350, 4), wait(399, 90)] == [PASS, 503]                   # one short wait: the next interval is good
    assert [wait(400, 90), wait(450, 90)] == [PASS, PASS]


def test_bulkhead_counts_who_is_there():
    bulkhead = Asked("bulkhead", most=2)
    assert [bulkhead("at_take_up") for _ in range(3)] == [PASS, PASS, 503]
    bulkhead("at_end")
    assert [bulkhead("at_arrival") for _ in range(2)] == [PASS, 503]
    assert bulkhead("at_take_up", 1) == PASS


def gradient(times_ms, **given):
    """The limit after each response time, with so many requests there that it is in use."""
    asked, limits = Asked("gradient2", **given), []
    for time_ms in times_ms:
        for _ in range(300):
            asked("at_arrival")
        asked("at_end", NOW_NS=time_ms * MS, ARRIVED_NS=0)
        limits.append(asked.floats[1])
    return limits


def test_gradient2_creeps_up_while_times_are_even_and_falls_when_they_double():
    """limit' = 0.8 limit + 0.2 (gradient limit + 4), the gradient 1 at even times, and 1/2 at times three times the average or more."""
    even = gradient([10] * 5)
    assert even == pytest.approx([20.8, 21.6, 22.4, 23.2, 24.0])
    assert gradient([10] * 400)[-1] == 200
    long = 10 + (1000 - 10) * 2 / 601
    assert max(0.5, 1.5 * long / 1000) == 0.5
    fallen = gradient([10] * 100 + [1000])
    assert fallen[-1] == pytest.approx(0.8 * fallen[-2] + 0.2 * (0.5 * fallen[-2] + 4))
    assert gradient([1000 * 2**k for k in range(40)])[-1] >= 20


def test_gradient2_leaves_a_limit_alone_that_is_not_in_use():
    asked = Asked("gradient2")
    for _ in range(50):
        assert asked("at_arrival") == PASS
        asked("at_end", NOW_NS=10 * MS, ARRIVED_NS=0)
    assert asked.floats[1] == 0.0  # still the initial one
    assert [asked("at_arrival") for _ in range(21)] == [PASS] * 20 + [503]


def test_pending_cap_counts_keys_until_they_are_used_or_lapse():
    cap = Asked("pending_cap", most=2, lapses_after="10 s")
    for key in (1, 2):
        assert cap("at_take_up", NOW_NS=key * S) == PASS
        cap("at_issue", KEY=key, NOW_NS=key * S)
    assert cap("at_take_up", NOW_NS=3 * S) == 429
    assert cap.said("RETRY_AFTER_NS") == 8 * S
    cap("at_proof", KEY=2, NOW_NS=4 * S)
    cap("at_proof", KEY=2, NOW_NS=4 * S)
    assert cap("at_take_up", NOW_NS=4 * S) == PASS
    cap("at_issue", KEY=3, NOW_NS=4 * S)
    assert [cap("at_take_up", NOW_NS=11 * S - 1), cap("at_take_up", NOW_NS=11 * S)] == [429, PASS]


def test_table_cap_collects_the_oldest_that_was_never_used_and_never_one_that_was():
    cap = Asked("table_cap", capacity=3)
    for key in (1, 2, 3):
        assert cap("at_take_up") == PASS
        cap("at_issue", KEY=key)
    cap("at_proof", KEY=1)
    assert cap("at_take_up") == COLLECT
    assert cap.said("COLLECTED") == 2
    assert cap("at_take_up") == PASS
    cap("at_issue", KEY=4)
    for key in (3, 4):
        cap("at_proof", KEY=key)
    assert cap("at_take_up") == 503


def test_leaky_bucket_is_nginx_limit_req():
    """1 /s and a burst of 5: of eight at once one goes on, five follow after 1 to 5 s, two are refused, and cost nothing."""
    bucket = Asked("leaky_bucket", rate="1 /s", burst=5)
    answers = []
    for _ in range(8):
        answers.append((bucket("at_arrival", NOW_NS=7 * S), bucket.said("WORK_NS") // S))
    assert answers == [(PASS, 0), *((HOLD, wait) for wait in range(1, 6)), (503, 0), (503, 0)]
    assert bucket.said("RETRY_AFTER_NS") == S


def test_leaky_bucket_without_delay_lets_the_burst_pass_and_then_its_rate():
    """10 /s, burst 20, nodelay: 21 of 25 at once; one more 100 ms later, none at 101 ms."""
    bucket = Asked("leaky_bucket", rate="10 /s", burst=20, undelayed=20)
    assert [bucket("at_arrival", NOW_NS=0) for _ in range(25)] == [PASS] * 21 + [503] * 4
    assert [bucket("at_arrival", NOW_NS=ms * MS) for ms in (99, 100, 101)] == [503, PASS, 503]


def test_an_address_cookie_lets_pass_what_brings_it():
    cookie = Asked("address_cookie")
    assert [cookie("at_arrival", SOLVED=solved) for solved in (0, 1)] == [CHALLENGE, PASS]


def test_an_adaptive_puzzle_follows_the_load():
    """No effort while nobody waits; total / handled under load, at least one more than before; a third less in an idle interval."""
    puzzle = Asked("adaptive_puzzle", interval="10 s")
    assert puzzle("at_arrival", NOW_NS=0, WAITING=4) == CHALLENGE
    assert puzzle.said("TICKET") == 1
    for _ in range(3):
        assert puzzle("at_arrival", NOW_NS=S, WAITING=9, SOLVED=1, TICKET=100) == PASS
    puzzle("at_end")
    puzzle("at_arrival", NOW_NS=10 * S, WAITING=1)
    assert puzzle.said("TICKET") == 300
    puzzle("at_arrival", NOW_NS=20 * S, WAITING=1)
    assert puzzle.said("TICKET") == 301
    puzzle("at_arrival", NOW_NS=30 * S)  # somebody had to wait in between
    assert puzzle.said("TICKET") == 301
    puzzle("at_arrival", NOW_NS=40 * S)
    assert puzzle.said("TICKET") == 200
    for idle in range(5, 40):
        answer = puzzle("at_arrival", NOW_NS=10 * idle * S)
    assert answer == PASS


def test_clients_of_an_adaptive_puzzle_double_and_then_take_half_as_much_again():
    puzzle, efforts = Asked("adaptive_puzzle"), []
    for attempt in range(1, 10):
        assert puzzle("client_hears", TICKET=100, ATTEMPT=attempt, CHANCE=1 << 52, HASH_RATE=1000) == PASS
        efforts.append(puzzle.said("TICKET"))
        assert puzzle.said("TRIES") == pytest.approx(efforts[-1] * 1000 * 0.6931, rel=1e-3)
    assert efforts == [100, 200, 400, 800, 1600, 2400, 3600, 5400, 8100]
    puzzle("client_hears", TICKET=100, ATTEMPT=11, CHANCE=1, HASH_RATE=1000)
    assert puzzle.said("TICKET") == 10_000


def test_a_negative_cache_remembers_for_a_while():
    cache = Asked("negative_cache", lasts="1 min")
    for check, row in (("signature", 0), ("key", 1), ("nonce", 2)):
        assert cache("at_action", row, NOW_NS=S, FAILED=moments.CHECKS.index(check)) == PASS
    assert [cache("at_take_up", row, NOW_NS=61 * S - 1) for row in range(3)] == [PASS, 401, PASS]
    assert cache("at_take_up", 1, NOW_NS=61 * S) == PASS


def test_human_confirmation_bounds_the_open_questions_and_takes_each_answer_once():
    asked = Asked("human_confirmation", rows=4, most=3, lapses_after="1 min")
    tickets = []
    for second in range(3):
        assert asked("at_arrival", NOW_NS=second * S) == CHALLENGE
        tickets.append(asked.said("TICKET"))
    assert asked("at_arrival", NOW_NS=3 * S) == 503
    assert asked("at_arrival", NOW_NS=4 * S, SOLVED=1, TICKET=tickets[1]) == PASS
    assert asked("at_arrival", NOW_NS=4 * S, SOLVED=1, TICKET=tickets[1]) == CHALLENGE
    assert [asked("at_arrival", NOW_NS=5 * S) for _ in range(2)] == [CHALLENGE, 503]
    assert asked("at_arrival", NOW_NS=61 * S, SOLVED=1, TICKET=tickets[0]) == CHALLENGE  # it has lapsed
    assert [asked("at_arrival", NOW_NS=62 * S) for _ in range(3)] == [CHALLENGE, CHALLENGE, 503]


def test_people_take_their_time_and_bots_do_not_answer():
    asked = Asked("human_confirmation", rows=1001, median="10 s", p95="30 s", bots_pass="25 %", solver="14 s")
    times = []
    for k in range(1000):
        assert asked("client_hears", CHANCE=((2 * k + 1) << 52) // 1000) == PASS
        times.append(asked.said("WORK_NS") / S)
    assert times[499] < 10 < times[500]
    assert times[949] < 30 < times[950]
    answers = [asked("client_hears", IS_ATTACKER=1, CHANCE=((2 * k + 1) << 52) // 1000) for k in range(1000)]
    assert answers == [PASS] * 250 + [GIVE_UP] * 750
    assert asked.said("WORK_NS") == 14 * S


def test_an_initial_access_token_is_held_or_has_leaked():
    asked = Asked("initial_access_token", held_by="90 %", leaked_to="10 %")
    for is_attacker, share in ((0, 0.9), (1, 0.1)):
        answers = [asked("at_take_up", IS_ATTACKER=is_attacker, CHANCE=((2 * k + 1) << 52) // 1000) for k in range(1000)]
        assert answers.count(PASS) / 1000 == share
        assert set(answers) == {PASS, 401}


def test_a_bloom_filter_refuses_what_it_has_seen_and_forgets_it_after_two_windows():
    asked = Asked("bloom_filter", rows=3000, bits=62 * 1000, hashes=7, window="10 s")
    nonce = 123456789 << 27 | 987654
    assert asked("at_action", NOW_NS=S, CHANCE=nonce, FAILED=5) == PASS  # what fails leaves nothing
    assert [asked("at_action", NOW_NS=second * S, CHANCE=nonce) for second in (1, 2)] == [PASS, 401]
    assert asked("at_action", NOW_NS=12 * S, CHANCE=nonce) == 401
    asked = Asked("bloom_filter", rows=3000, bits=62 * 1000, hashes=7, window="10 s")
    assert [asked("at_action", NOW_NS=second * S, CHANCE=nonce) for second in (1, 21)] == [PASS, PASS]


@pytest.mark.parametrize(("bits_each", "hashes", "wrongly"), [(9.585, 7, 0.01), (14.378, 10, 0.001)])
def test_a_bloom_filter_is_wrong_as_often_as_published(bits_each, hashes, wrongly):
    """p = (1 - exp(-kn/m))^k of those that come when n are in it."""
    entries, tries = 20_000, 20_000
    asked = Asked("bloom_filter", rows=3 + 2 * entries // 3, bits=round(bits_each * entries), hashes=hashes)
    rng = random.Random(3)
    for _ in range(entries):
        asked("at_action", CHANCE=rng.getrandbits(53))
    full = list(asked.ints)
    refused = 0
    for _ in range(tries):
        asked.ints[:] = full if asked.ints != full else asked.ints
        refused += asked("at_action", CHANCE=rng.getrandbits(53)) == 401
    assert refused / tries == pytest.approx(wrongly, abs=4 * (wrongly / tries) ** 0.5)
