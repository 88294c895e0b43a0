"""What a client hears when it is refused, and what it does: 401, 403, 429 with Retry-After, 503, and silence."""

import pytest
from diagrams import CALL
from engines_agree import difference

import sim

CHECKED = """
diagram: A call that is checked
participants: {c: Client, s: Server}
sequence:
  - c ->> s: hello
    gives: permit
  - c: read
    wait: 2 s
  - c -> s: ask
  - s --> c: told
    needs: permit
"""
LIMITED = {"mitigations": {"s": [{"token_bucket": {"rate": "0.4 /s", "burst": 1, "per": "all"}}]}}
FULL = {"servers": 1, "queue": {"capacity": 0}, "work": {"ask": "1 s"}}


@pytest.mark.parametrize(("diagram", "scenario", "server", "status", "by"), [
    (CHECKED, {}, {"expires": {"permit": "1 s"}}, 403, "needs:permit"),
    (CALL, LIMITED, {}, 429, "token_bucket"),
    (CALL, {}, FULL, 503, "queue"),
    (CALL, LIMITED, {"silent": True}, None, "timeout")])
@pytest.mark.parametrize("tries_again", [True, False])
def test_a_refusal_is_heard_and_tried_again_where_it_is_listed(play, diagram, scenario, server, status, by, tries_again):
    """The first client takes the only token, or the only server, or the permit is too old: the second one is refused each time."""
    cause = "timeout" if status is None else status
    on = [cause] if tries_again else [other for other in ("timeout", 403, 429, 503) if other != cause]
    played = play(diagram, {"duration": "10 s", **scenario, "actors": {
        "c": {"population": 2, "arrivals": {"times": ["0 s", "100 ms"]}, "timeout": "5 s" if status else "50 ms",
              "retry": {"attempts": 3, "on": on, "backoff": {"constant": "100 ms"}}}, "s": server}})
    asked = [r["attempt"] for r in played.records if r["message"] == "ask" and r["session"] == 2]
    heard = [r["message"] for r in played.records if "!" in r["message"] and r["session"] == 2]
    assert asked == ([1, 2, 3] if tries_again else [1])
    assert heard == ([] if status is None else [f"ask!{status}"] * len(asked))
    assert played.fates()[1] == ("timed_out" if status is None else "refused", by)


def test_what_a_429_says_about_coming_back_is_honoured_or_not(play):
    for honours, came_at in ((True, [100.0, 3100.0]), (False, [100.0, 200.0, 300.0])):
        played = play(CALL, {"duration": "10 s", **LIMITED, "actors": {"c": {
            "population": 2, "arrivals": {"times": ["0 s", "100 ms"]},
            "retry": {"attempts": 3, "backoff": {"constant": "100 ms"}, "honours_retry_after": honours}}}})
        sent = [r["sent_ns"] / 1e6 for r in played.records if r["message"] == "ask" and r["session"] == 2]
        assert sent == ([100.0, 3200.0] if honours else came_at)


@pytest.mark.parametrize("never_used", ["1 h", "10 s"])
def test_a_key_that_was_collected_is_found_out_by_a_401_and_the_session_goes_through(audit, never_used):
    """The client believes that it holds a key; the server's table is another thing. It drops it, and registers again."""
    given = {"duration": "2 min", "actors.consumer.population": 4, "actors.consumer.picks": "round_robin",
             "actors.consumer.arrivals": {"constant": "0.2 /s", "maximum": 20}, "actors.consumer.expires": {"access_token": "1 s"},
             "mitigations.authorization_manager": [{"key_expiry": {"never_used": never_used, "idle": "15 s"}}]}
    scenario = sim.load("step1").set(given)
    run = scenario.run()
    records = audit(run)
    refused = [r["session"] for r in records if r["message"] == "request_access_token!401"]
    again = [r["session"] for r in records if r["message"] == "request_consumer_key"]
    assert refused == list(range(5, 21)), "each comes every 20 s: 5 s after its key was collected"
    assert again == list(range(1, 21))
    assert run.metrics["sessions"]["completed"] == 20
    assert run.metrics["keys"]["deleted_in_use"] == 16
    assert difference(scenario.plan(), plain=True) is None
