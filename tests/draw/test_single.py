"""One session of a trace as a chart: what its records say, and nothing else."""

import random

import pytest
import sample_charts as sample
from chart_views import flat, frame, frames, ids, index_of, live, muted, only, row, sent, steps
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.draw import compose
from sim.draw.chart import Frame, Line, Note, Role

HEADER = sample.header(sample.STEP1, "step1")


def test_annotations_say_times_in_fitting_units() -> None:
    chart = compose.of_session(HEADER, sample.walked(sample.STEP1), 1)
    assert "35.2 ms" == row(chart, "get_resource").annotation
    assert "4.1 ms" == row(chart, "verify_signature").annotation
    records = sample.walked(sample.STEP1)
    records[index_of(records, "get_resource")]["received_ns"] = records[index_of(records, "get_resource")]["sent_ns"]
    assert "" == row(compose.of_session(HEADER, records, 1), "get_resource").annotation


def test_the_summary_is_that_of_the_session_record() -> None:
    records = sample.walked(sample.STEP1, session=3)
    took_ms = (records[0]["finished_ns"] - records[0]["sent_ns"]) / 1e6
    assert f"Session 3 of step1 (laptop): completed in {took_ms:g} ms" == compose.of_session(HEADER, records, 3).summary
    refused = [{**records[0], "outcome": "refused", "by": "token_bucket"}, *records[1:]]
    assert "Session 3 of step1 (laptop): refused by token_bucket after" in compose.of_session(HEADER, refused, 3).summary
    flying = [{**records[0], "outcome": "in_flight", "finished_ns": None}, *records[1:]]
    assert "Session 3 of step1 (laptop): in flight" == compose.of_session(HEADER, flying, 3).summary
    assert "Session 3 of step1 (laptop)" == compose.of_session(HEADER, records[1:], 3).summary


def test_other_sessions_and_classes_are_passed_over() -> None:
    mine = sample.walked(sample.STEP1, session=2)
    others = sample.walked(sample.STEP1, session=1) + sample.walked(sample.STEP1, session=2, client_class="flood")
    mixed = [record for pair in zip(mine, others, strict=False) for record in pair]
    chart = compose.of_session(HEADER, iter(mixed), 2, client_class="laptop")
    assert compose.of_session(HEADER, mine, 2) == chart
    with pytest.raises(LookupError, match="session 9: the trace has no record of it"):
        compose.of_session(HEADER, mixed, 9)


def test_a_skipped_fragment_is_grey_with_its_content() -> None:
    records = sample.walked(sample.STEP1, only("lacks_token", "still_lacks_token"))
    chart = compose.of_session(HEADER, records, 1)
    skipped = frame(chart, "lacks_key")
    assert skipped.muted
    assert ("skipped", True) == (skipped.operands[0].annotation, skipped.operands[0].muted)
    assert ["request_consumer_key", "allocate_consumer_key", "consumer_key"] == ids(skipped.operands[0].rows) == muted(chart)
    bare = compose.of_session(HEADER, records, 1, unvisited="omit")
    assert () == frame(bare, "lacks_key").operands[0].rows
    assert [] == muted(bare)


def test_a_session_that_ends_early_leaves_the_rest_grey() -> None:
    records = sample.walked(sample.STEP1)
    early = records[: index_of(records, "lacks_key")]
    chart = compose.of_session(HEADER, early, 1)
    assert sent(early) == live(chart)
    assert [s.id for s in steps(compose.of_diagram(sample.STEP1))] == live(chart) + muted(chart)
    assert ["not reached"] * 2 == [operand.annotation for f in frames(chart)[1:] for operand in f.operands]
    assert 2 == sum(isinstance(r, Note) and not r.muted for r in chart.rows)
    assert ["need_access", "get_resource", "unauthorized", "lacks_token", "note", "note"] == ids(
        compose.of_session(HEADER, early, 1, unvisited="omit").rows
    )


def test_a_branch_that_was_not_taken_is_grey() -> None:
    header = sample.header(sample.DEVICE)
    chart = compose.of_session(header, sample.walked(sample.DEVICE, only("declines")), 1)
    first, second = frame(chart, "answer").operands
    assert ("user approves", "not taken", True) == (first.guard, first.annotation, first.muted)
    assert ("user declines", "", False) == (second.guard, second.annotation, second.muted)
    assert (["approve"], ["decline"]) == (ids(first.rows), ids(second.rows))
    assert first.rows[0].muted
    bare = compose.of_session(header, sample.walked(sample.DEVICE, only("declines")), 1, unvisited="omit")
    assert ["user declines"] == [operand.guard for operand in frame(bare, "answer").operands]


def test_the_passes_of_a_loop_share_a_frame() -> None:
    def choose(item: dict, time: int) -> object:
        if item["item"] == "alt":
            return "approves"
        return {"polling": 3, "too_fast": time == 2, "denied": 0}[item["id"]]

    chart = compose.of_session(sample.header(sample.DEVICE), sample.walked(sample.DEVICE, choose), 1)
    (operand,) = frame(chart, "polling").operands
    assert ("polls until answered", "3 passes") == (operand.guard, operand.annotation)
    headings = [r.text for r in operand.rows if isinstance(r, Note)]
    assert ["pass 1 of 3", "pass 2 of 3", "pass 3 of 3"] == headings
    assert all(r.heading for r in operand.rows if isinstance(r, Note))
    once = ["note", "interval", "poll", "too_fast", "polled"]
    assert once * 3 == ids(operand.rows)
    inner = [r for r in operand.rows if isinstance(r, Frame)]
    assert [True, False, True] == [f.muted for f in inner]
    assert [[], ["count_poll"], []] == [ids(f.operands[0].rows) for f in inner], "what is seen elsewhere is not drawn grey"
    assert all(r.annotation in ("35.2 ms", "4.1 ms", "") for r in steps(chart))


def test_a_loop_of_one_pass_has_no_heading_and_an_unentered_one_is_skipped() -> None:
    header = sample.header(sample.DEVICE)
    once = compose.of_session(header, sample.walked(sample.DEVICE), 1)
    assert "1 pass" == frame(once, "polling").operands[0].annotation
    assert not [r for r in frame(once, "polling").operands[0].rows if isinstance(r, Note)]
    never = compose.of_session(header, sample.walked(sample.DEVICE, only()), 1)
    assert ("skipped", True) == (frame(never, "polling").operands[0].annotation, frame(never, "polling").muted)


def test_loops_in_loops() -> None:
    inner = sample.loop("inner", "inner", 9, sample.action("step", "a", "Step"))
    of = sample.diagram("Loops", {"a": "A"}, sample.loop("outer", "outer", 9, inner))
    records = sample.walked(of, lambda item, time: 2 if item["id"] == "outer" else time + 1)
    chart = compose.of_session(sample.header(of), records, 1)
    assert ["2 passes"] == [operand.annotation for operand in frame(chart, "outer").operands]
    loops = [r for r in frame(chart, "outer").operands[0].rows if isinstance(r, Frame)]
    assert ["2 passes", "3 passes"] == [f.operands[0].annotation for f in loops]
    assert ["step"] * 5 == live(chart)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([sample.STEP1, sample.DEVICE, sample.NESTED]), st.booleans())
def test_any_records_in_any_order_are_drawn_as_they_come(chance: random.Random, of: dict, grey: bool) -> None:
    """Deleted, swapped, repeated, unknown: the live rows are the records, one for one."""

    def choose(item: dict, time: int) -> object:
        branches = item.get("branches")
        return chance.choice(branches)["id"] if branches else chance.choice([0, 1, 1 + (item["item"] == "loop")])

    records = sample.walked(of, choose)[1:]
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(records))
        change = chance.choice(["delete", "swap", "repeat", "unknown"])
        if change == "delete" and len(records) > 1:
            del records[at]
        elif change == "swap":
            other = chance.randrange(len(records))
            records[at], records[other] = records[other], records[at]
        elif change == "repeat":
            records.insert(at, records[chance.randrange(len(records))])
        else:
            records.insert(at, {**records[at], "kind": "message", "message": "never_heard_of"})
    chart = compose.of_session(sample.header(of), records, 1, unvisited="grey" if grey else "omit")
    assert sent(records) == live(chart)
    everything = {s.id for s in steps(compose.of_diagram(of))}
    assert everything - set(sent(records)) == set(muted(chart)) or not grey
    assert not set(muted(chart)) & set(live(chart))
    assert len(set(muted(chart))) == len(muted(chart)), "nothing is drawn grey twice"
    assert grey or not muted(chart)
    notes = [r.text for r in flat(compose.of_diagram(of).rows) if isinstance(r, Note)]
    drawn = [r.text for r in flat(chart.rows) if isinstance(r, Note) and not r.heading]
    assert sorted(notes) == sorted(drawn) or not grey or of is not sample.STEP1
    for text in set(notes):
        assert drawn.count(text) <= 1


def test_a_deleted_message_is_missing_and_shown_grey_in_its_place() -> None:
    records = sample.walked(sample.STEP1)
    del records[index_of(records, "unauthorized")]
    chart = compose.of_session(HEADER, records, 1)
    assert sent(records) == live(chart)
    assert ["unauthorized"] == muted(chart)
    assert ["need_access", "get_resource", "unauthorized", "lacks_token"] == ids(chart.rows)[:4]
    assert not chart.rows[1].opens, "a call that was never answered is no activation"


def test_swapped_messages_are_drawn_swapped() -> None:
    records = sample.walked(sample.STEP1)
    first, second = index_of(records, "request_consumer_key"), index_of(records, "consumer_key")
    records[first], records[second] = records[second], records[first]
    chart = compose.of_session(HEADER, records, 1)
    assert ["consumer_key", "allocate_consumer_key", "request_consumer_key"] == ids(frame(chart, "lacks_key").operands[0].rows)
    assert [] == muted(chart)


def test_without_its_fragment_record_there_is_no_frame() -> None:
    records = sample.walked(sample.STEP1)
    del records[index_of(records, "lacks_key")]
    chart = compose.of_session(HEADER, records, 1)
    assert ["lacks_token", "still_lacks_token"] == [f.id for f in frames(chart)]
    assert ["lacks_token", "request_consumer_key", "allocate_consumer_key", "consumer_key", "note"] == ids(chart.rows)[3:8]


def test_an_unknown_message_is_an_arrow_with_its_id() -> None:
    records = sample.walked(sample.STEP1)
    at = index_of(records, "allocate_consumer_key")
    stranger = {**records[at - 1], "message": "smuggled", "sender": "mallory/1", "received_ns": None, "outcome": "in_flight"}
    chart = compose.of_session(HEADER, [*records[:at], stranger, *records[at:]], 1)
    assert ["request_consumer_key", "smuggled", "allocate_consumer_key", "consumer_key"] == ids(
        frame(chart, "lacks_key").operands[0].rows
    )
    arrow = row(chart, "smuggled")
    assert (Role.UNKNOWN, "smuggled", "in flight") == (arrow.role, arrow.label, arrow.annotation)
    assert (4, 1) == (arrow.sender, arrow.receiver)
    assert "mallory" == chart.lifelines[4].label
    between = compose.of_session(HEADER, [*records[: at + 2], stranger, *records[at + 2 :]], 1)
    assert ["lacks_key", "smuggled", "note", "still_lacks_token"] == ids(between.rows)[4:8]
    last = compose.of_session(HEADER, [*records, stranger], 1)
    assert "smuggled" in ids(last.rows), "after the last record no frame is open"


def test_unknown_actions_and_fragments() -> None:
    records = sample.walked(sample.STEP1)
    strange = {**records[index_of(records, "verify_signature")], "message": "daydream"}
    fragment = {**records[index_of(records, "lacks_key")], "message": "detour"}
    chart = compose.of_session(HEADER, [*records, strange, fragment], 1)
    assert [(Role.UNKNOWN, 1, "daydream"), (Role.UNKNOWN, 3, "detour")] == [
        (r.role, r.participant, r.label) for r in chart.rows[-2:]
    ]


def refused(status: str = "429", **changes: object) -> list[dict]:
    """Records of a session whose request for a key was refused, and then granted."""
    maker = sample.Maker()
    records = list(maker.walk(sample.STEP1["sequence"][:4], sample.everything))
    records.append(maker.fragment("lacks_key", "entered"))
    ask = ("request_consumer_key", "consumer", "authorization_manager")
    records.append(maker.message(*ask, outcome="refused", by="token_bucket"))
    records.append(maker.message(f"request_consumer_key!{status}", "authorization_manager", "consumer", **changes))
    records.append(maker.message(*ask, attempt=2))
    records.append(maker.action("allocate_consumer_key", "authorization_manager", attempt=2))
    records.append(maker.message("consumer_key", "authorization_manager", "consumer", attempt=2))
    return records


def test_a_refusal_is_a_message_back() -> None:
    chart = compose.of_session(HEADER, refused(), 1)
    rows = frame(chart, "lacks_key").operands[0].rows
    assert [
        ("request_consumer_key", Role.DIAGRAM, "35.2 ms, refused by token_bucket"),
        ("request_consumer_key!429", Role.REFUSAL, "35.2 ms"),
        ("request_consumer_key", Role.DIAGRAM, "35.2 ms, attempt 2"),
        ("allocate_consumer_key", Role.DIAGRAM, "4.1 ms, attempt 2"),
        ("consumer_key", Role.DIAGRAM, "35.2 ms, attempt 2"),
    ] == [(r.id, r.role, r.annotation) for r in rows]
    assert (Line.REPLY, "429 Too Many Requests", 1, 3) == (rows[1].line, rows[1].label, rows[1].sender, rows[1].receiver)
    assert [True, False, True, False] == [rows[i].opens for i in (0, 1, 2, 4)]
    assert [False, True, False, True] == [rows[i].closes for i in (0, 1, 2, 4)]


def test_the_reason_of_a_refusal_is_that_of_its_http_message() -> None:
    http = {"status": 429, "reason": "Slow down", "headers": {"Retry-After": "3"}, "body": "x" * 500}
    chart = compose.of_session(HEADER, refused(http=http), 1)
    arrow = row(chart, "request_consumer_key!429")
    assert "429 Slow down" == arrow.label
    assert "Retry-After: 3" in arrow.details
    assert all(len(line) <= 160 for line in arrow.details)
    assert any(line.startswith("body (500 characters): xxx") and line.endswith("…") for line in arrow.details)
    assert "799" == row(compose.of_session(HEADER, refused("799"), 1), "request_consumer_key!799").label


def test_losses_drops_and_challenges_are_set_apart() -> None:
    maker = sample.Maker()
    ask = ("request_consumer_key", "consumer", "authorization_manager")
    records = [
        maker.message(*ask, outcome="lost", by="link", received_ns=None),
        maker.message(*ask, attempt=2, outcome="dropped", by="queue"),
        maker.message(*ask, attempt=3),
        maker.message("request_consumer_key?puzzle", "authorization_manager", "consumer", attempt=3),
        maker.action("verify_signature", "authorization_manager", outcome="refused", by="signature"),
        maker.message(*ask, attempt=4, outcome="refused", by="needs:realm_metadata"),
    ]
    chart = compose.of_session(HEADER, records, 1, unvisited="omit")
    found = [(r.role, r.annotation) for r in steps(chart)]
    assert [
        (Role.LOSS, "lost on the link"),
        (Role.REFUSAL, "35.2 ms, dropped by queue, attempt 2"),
        (Role.DIAGRAM, "35.2 ms, attempt 3"),
        (Role.CHALLENGE, "35.2 ms, attempt 3"),
        (Role.REFUSAL, "4.1 ms, refused by signature"),
        (Role.DIAGRAM, "35.2 ms, refused for want of realm_metadata, attempt 4"),
    ] == found
    assert "challenge: puzzle" == steps(chart)[3].label


def test_a_late_answer_does_not_close_the_frame_of_what_goes_on() -> None:
    records = refused("503")
    maker = sample.Maker()
    maker.now_ns = records[-1]["received_ns"]
    records.append(maker.fragment("still_lacks_token", "entered"))
    records.append(maker.message("request_access_token", "consumer", "authorization_manager"))
    records.append(maker.action("allocate_consumer_key", "authorization_manager", attempt=1))
    records.append(maker.message("consumer_key", "authorization_manager", "consumer", attempt=1))
    records.append(maker.action("verify_signature", "authorization_manager"))
    chart = compose.of_session(HEADER, records, 1, unvisited="omit")
    rows = frame(chart, "still_lacks_token").operands[0].rows
    assert ["request_access_token", "allocate_consumer_key", "consumer_key", "verify_signature"] == ids(rows)
    assert "35.2 ms, late, attempt 1" == rows[2].annotation


def test_a_jump_back_is_drawn_again() -> None:
    records = sample.walked(sample.STEP1)
    maker = sample.Maker()
    maker.now_ns = records[-1]["sent_ns"]
    del records[-1]
    records.append(maker.message("request_access_token!401", "authorization_manager", "consumer"))
    records.append(maker.message("request_consumer_key", "consumer", "authorization_manager", iteration=1))
    chart = compose.of_session(HEADER, records, 1)
    assert ["still_lacks_token", "request_consumer_key", "note"] == ids(chart.rows)[6:]
    assert "35.2 ms, repeat 1" == chart.rows[7].annotation
    assert "access_token" in muted(chart)


def test_instances_share_a_lifeline_and_stand_in_the_details() -> None:
    records = sample.walked(sample.STEP1)
    records[index_of(records, "get_resource")]["receiver"] = "service_provider/2"
    chart = compose.of_session(HEADER, records, 1)
    assert 4 == len(chart.lifelines)
    details = row(chart, "get_resource").details
    assert "get_resource: consumer/1 → service_provider/2" == details[0]
    assert {"class laptop", "attempt 1", "address 198.51.100.7", "outcome delivered"} <= set(details)
    assert "sent 1.0352 s" in details
    assert "received 1.0704 s (+35.2 ms)" in details


def test_http_requests_stand_in_the_details() -> None:
    records = sample.walked(sample.STEP1)
    headers = {f"X-{number}": "v" for number in range(30)}
    records[2]["http"] = {"method": "GET", "url": "https://sp.example/r", "headers": headers, "body": b"a=b"}
    details = compose.of_session(HEADER, records, 1).rows[1].details
    assert "GET https://sp.example/r" in details
    assert "X-19: v" in details
    assert "… and 10 more headers" in details
    assert "body (3 characters): a=b" in details


def test_an_unknown_branch_is_an_operand_of_its_own() -> None:
    records = sample.walked(sample.DEVICE)
    records[index_of(records, "answer")]["outcome"] = "hesitates"
    chart = compose.of_session(sample.header(sample.DEVICE), records, 1)
    assert ["user approves", "user declines", "hesitates"] == [operand.guard for operand in frame(chart, "answer").operands]
    assert "approve" in live(chart)
