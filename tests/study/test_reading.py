"""Reading a session: `sim show`."""

import base64
import hashlib
import hmac
import re

import pytest

import sim
from sim.protocol.http import header
from sim.study.reading import describe, signature_base_string


@pytest.fixture(scope="module")
def text(run_of):
    return describe(run_of("step1").trace.session(1))


def test_the_first_lines_say_what_the_session_came_to(text, run_of):
    first, second, *_ = text.splitlines()
    assert re.fullmatch(r"Session 1 of ProtectServe step 1, one consumer from nothing: completed after [\d.]+ ms", first)
    assert "consumer/1 (class consumer), from 0 s: 9 messages" == second


def test_every_record_is_there_in_order(text, run_of):
    records = [record for record in run_of("step1").trace.records() if record["kind"] != "session"]
    starts = {"message": r"^ \d\. (\w+): ", "action": r"^    (\w+) at \w+/1: ", "fragment": r"^    opt (\w+) \["}
    found = {kind: re.findall(start, text, re.MULTILINE) for kind, start in starts.items()}
    assert found == {kind: [record["message"] for record in records if record["kind"] == kind] for kind in starts}
    places = [re.search(rf"^ .*\b{record['message']}(: | at | \[)", text, re.MULTILINE).start() for record in records]
    assert sorted(places) == places
    assert [f"{number}." for number in range(1, 10)] == re.findall(r"^ (\d\.) ", text, re.MULTILINE)


def test_a_message_shows_its_label_its_course_and_its_http(text):
    part = text[text.index(" 6. "): text.index(" 7. ")]
    assert part.startswith(" 6. request_consumer_key: consumer/1 -> authorization_manager/1\n    POST request consumer key\n    sent at 0.")
    assert re.search(r"sent at [\d.]+ s, [\d.]+ ms on its way, [\d.]+ us of work, delivered\n", part)
    assert "    | POST /consumer-key HTTP/1.1\n    | Host: manager.example\n" in part
    assert "    | name=A%20consumer&" in part
    assert "    allocate_consumer_key at authorization_manager/1: Allocate consumer key\n    done, " in part


def test_decisions_and_verdicts_are_told(text):
    assert "    opt without_key [consumer doesn't have consumer key]: entered\n" in text
    assert '    verify_signature at authorization_manager/1: Verify signature "cks"\n    done, 100 us of work\n' in text


def test_the_base_string_shown_is_the_one_that_was_signed(text, run_of):
    """RFC 5849, section 3.4.2: the key of the HMAC is the consumer's secret, "&", and no token secret."""
    session = run_of("step1").trace.session(1)
    request = session["request_access_token"]
    secret = dict(pair.split("=") for pair in session["consumer_key"].http.body.split("&"))["oauth_consumer_secret"]
    base = signature_base_string(request)
    signature = base64.b64encode(hmac.new(f"{secret}&".encode(), base.encode(), hashlib.sha1).digest()).decode()
    sent = re.search(r'oauth_signature="([^"]*)"', header(request.http, "Authorization"))[1]
    assert signature == sent.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")
    assert f"    signature base string (RFC 5849, section 3.4.1):\n    | {base}\n" in text
    assert all(signature_base_string(message) is None for message in session if message.id != "request_access_token")


def test_plaintext_signs_nothing_and_nothing_is_shown():
    run = sim.run("step1", set={"actors.consumer.parameters": {"signature_method": "PLAINTEXT"}})
    assert "PLAINTEXT" in describe(run.trace.session(1))
    assert "base string" not in describe(run.trace.session(1))


def test_a_request_that_nobody_can_read_has_no_base_string(run_of):
    request = run_of("step1").trace.session(1)["request_access_token"]
    request.http.url = "gopher://manager.example/"
    assert signature_base_string(request).startswith("(none: ")


@pytest.fixture(scope="module")
def refused():
    """Requests changed in flight: the verifier says no."""

    def forge(message_id, sender, receiver, message):
        if message_id == "request_access_token":
            message.body = message.body.replace("sph", "spx")
        return message

    return sim.load("step1").run(tap=forge).trace.session(1)


def test_a_refusal_shows_who_refused_and_the_message_back(refused):
    text = describe(refused)
    assert text.startswith("Session 1 of ProtectServe step 1, one consumer from nothing: refused after ")
    assert ", by signature\n" in text
    assert re.search(r"\d+ refusals", text.splitlines()[1])
    assert "refused by signature; key consumer_key/1" in text
    assert re.search(r"request_access_token!401: authorization_manager/1 --> consumer/1\n    sent at", text)
    assert 'verify_signature at authorization_manager/1: Verify signature "cks"\n    refused by signature' in text


def test_what_is_not_in_the_diagram_is_told_as_such(run_of):
    trace = run_of("step1").trace
    records = [dict(record) for record in trace.records()]
    records[2]["message"] = "smoke_signal"
    changed = type(trace).of(trace.header, [tuple(record.values()) for record in records])
    text = describe(changed.session(1))
    assert "smoke_signal: consumer/1 -> service_provider/1\n    (not in the diagram)\n" in text


def test_alts_and_loops_say_which_way_and_which_pass(run_of):
    run = run_of("device")
    row = next(row for row in run.trace.sessions(outcome="completed") if row.messages > 12)
    text = describe(run.trace.session(row.number))
    assert "    loop polls [device polls until it is answered]: entered, pass 2\n" in text
    assert re.search(r"^    alt answer_to_poll: (no answer yet|user approved)$", text, re.MULTILINE)
