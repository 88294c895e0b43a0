"""Traces that are at fault: said with file and line, and nothing is drawn."""

import gzip
import json
import re

import pytest
from face import command

READERS = [("sessions",), ("show", "--session", 2), ("diagram", "--merged"), ("diagram", "--session", 2), ("diagram", "-o", "x.svg")]


@pytest.fixture
def lines(runs):
    return (runs / "some" / "trace.jsonl").read_bytes().splitlines(keepends=True)


def changed(line: bytes, **fields) -> bytes:
    return json.dumps({**json.loads(line), **fields}).encode() + b"\n"


@pytest.mark.parametrize("words", READERS, ids=lambda words: " ".join(map(str, words)))
def test_a_trace_cut_in_the_middle_of_a_line(refused, here, lines, words):
    (here / "t.jsonl").write_bytes(b"".join(lines[:20])[:-30])
    if words == ("show", "--session", 2) or words == ("diagram", "--session", 2):
        words = (*words[:-1], 1)
    message = refused(words[0], "t.jsonl", *words[1:])
    assert re.match(r"t\.jsonl:20: .*cut", message)


def test_the_whole_records_of_a_cut_trace_are_kept_for_those_who_want_them(here, lines):
    import sim
    from sim.trace.faults import TraceFault

    (here / "t.jsonl").write_bytes(b"".join(lines[:20])[:-30])
    records = sim.open_trace("t.jsonl").records()
    assert [json.loads(line) for line in lines[1:19]] == [next(records) for _ in range(18)]
    with pytest.raises(TraceFault, match="cut"):
        next(records)


CONTENTS = {
    "empty": (lambda lines: b"", "t.jsonl"),
    "binary": (lambda lines: bytes(range(256)) * 100, "t.jsonl:1:"),
    "no header": (lambda lines: b"".join(lines[1:]), "t.jsonl:1:"),
    "a header from the future": (lambda lines: changed(lines[0], format_version=99) + lines[1], "99"),
    "a header of something else": (lambda lines: changed(lines[0], format="sim of something") + lines[1], "t.jsonl:1: not a trace"),
    "a header without a diagram": (lambda lines: changed(lines[0], diagram=None), "t.jsonl:1:"),
    "a diagram of nonsense": (lambda lines: changed(lines[0], diagram={"title": 1, "participants": "all", "sequence": {}}), "t.jsonl:1:"),
    "a line that is no JSON": (lambda lines: lines[0] + lines[1] + b"{oops}\n" + lines[2], "t.jsonl:3:"),
    "a line that is no record": (lambda lines: lines[0] + b"[1, 2]\n", "t.jsonl:2:"),
    "an unknown outcome": (lambda lines: lines[0] + lines[1] + changed(lines[2], outcome="eaten"), "t.jsonl:3:"),
    "a time as text": (lambda lines: lines[0] + changed(lines[1], sent_ns="soon"), "t.jsonl:2:"),
    "a sender that is none": (lambda lines: lines[0] + changed(lines[1], sender=7), "t.jsonl:2:"),
    "a model": (lambda lines: b"diagram: x\nparticipants: {a: A}\n", "t.jsonl:1:"),
}


@pytest.mark.parametrize(("make", "place"), CONTENTS.values(), ids=CONTENTS.keys())
def test_what_is_no_trace_is_refused(refused, here, lines, make, place):
    (here / "t.jsonl").write_bytes(make(lines))
    for words in READERS[::2]:
        assert place in refused(words[0], "t.jsonl", *words[1:])


def test_a_compressed_trace_reads_like_any_other_and_its_faults_too(sim, refused, here, lines):
    (here / "t.jsonl.gz").write_bytes(gzip.compress(b"".join(lines)))
    (here / "t.jsonl").write_bytes(b"".join(lines))
    assert sim("sessions", "t.jsonl").out == sim("sessions", "t.jsonl.gz").out
    (here / "t.jsonl.gz").write_bytes(gzip.compress(b"".join(lines))[:-200])
    assert "t.jsonl.gz" in refused("sessions", "t.jsonl.gz")


def test_a_folder_without_a_trace_is_refused(refused, here, runs):
    (here / "folder").mkdir()
    for words in (("sessions",), ("show",), ("diagram",)):
        assert "folder: a folder without trace.jsonl; expected the folder of a run" in refused(*words, "folder")
    assert "metrics.json: there is no such file; expected the folder of a run, with its metrics.json" in refused("compare", "folder", runs / "one")
    (here / "folder" / "metrics.json").write_text("{}")
    assert "metrics.json: these are no metrics of a run" in refused("compare", runs / "one", "folder")


def test_sessions_that_are_not_there(refused, runs):
    assert re.search(r"there is no session 9999; the trace holds sessions 1 to \d+", refused("show", runs / "some", "--session", 9999))
    assert "there is no session 0" in refused("diagram", runs / "some", "--session", 0)
    assert "there is no session -1" in refused("show", runs / "some", "--session", -1)
    assert "this trace holds several sessions" in refused("show", runs / "some")
    assert "completed, refused, timed_out" in refused("sessions", runs / "some", "--outcome", "refusd")
    assert "a diagram of one session is not merged" in refused("diagram", runs / "some", "--session", 3, "--merged")


def test_a_search_that_finds_nothing_says_what_there_is(sim, runs):
    left = sim("sessions", runs / "some", "--class", "mainframe")
    assert 0 == left.code
    assert re.fullmatch(r"0 of \d+ sessions \(class mainframe\); classes: hosted, laptop; refused, dropped or lost by: .*queue.*\n", left.out)


def test_nothing_of_a_trace_reaches_the_terminal_raw(here, lines):
    records = [json.loads(line) for line in lines if b'"session": 1' in line or b'"session":1,' in line]
    message = next(record for record in records if record["kind"] == "message" and record["http"])
    message["http"]["headers"]["X-Title"] = "\x1b]0;owned\x07"
    message["http"]["body"] = "a\rb\x9b2J"
    message["by"] = "\x1b[2J"
    (here / "t.jsonl").write_bytes(lines[0] + b"".join(json.dumps(record).encode() + b"\n" for record in records))
    for words in (("show", "t.jsonl"), ("diagram", "t.jsonl"), ("sessions", "t.jsonl")):
        left = command(*words)
        assert not set(left.out + left.err) & set(map(chr, (*range(10), *range(11, 32), *range(127, 160)))), words
