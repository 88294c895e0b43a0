"""What a comparison says first, what is better or worse, and what it leaves in a file."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

import sim
from sim.language.faults import Faults
from sim.study.judging import headlines, verdict

FLOOD = Path(__file__).parents[2] / "scenarios" / "key_flood_limited.yaml"
SHORT = {"duration": "60 s", "warm_up": "5 s", "attacks.0.during": ["10 s", "40 s"], "trace": "none"}
ATTACK = [{"name": "replays", "sends": "request_access_token", "rate": "5 /s", "during": ["20 s", "30 s"],
           "signature": {"replayed": {"captured": "50 %", "delay": "1 s"}}}]


@pytest.fixture(scope="module")
def runs():
    """A limited flood, an unlimited one, and another attack with another protection."""
    options = {"payloads": False}
    return [sim.run(FLOOD, set={**SHORT, **changes}, **options) for changes in (
        {}, {"mitigations": {}},
        {"attacks": ATTACK, "mitigations": {"authorization_manager": [{"codel": {}}]}, "duration": "50 s"})]


@pytest.fixture(scope="module")
def folders(runs, tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return [run.save(root / name) for name, run in zip("xyz", runs, strict=True)]


@pytest.mark.parametrize(("path", "a", "b", "said"), [
    ("honest.success_ratio", 0.5, 0.9, "better"), ("honest.success_ratio", 0.9, 0.5, "worse"), ("honest.success_ratio", 0.5, 0.5, ""),
    ("honest.response_time_s.p99", 1.0, 2.0, "worse"), ("stations.x.memory_peak_bytes.nonce", 5, 4, "better"),
    ("honest.false_refusals_by.known.calls", 0, 1, "worse"), ("attacks.f.per_lost_session.messages", 10.0, 20.0, "better"),
    ("attacks.f.recovered", False, True, "better"), ("sessions.started", 1, 2, ""), ("attack.sent", 1, 2, ""),
    ("stations.x.refused.queue", 1, 2, ""), ("attacks.f.timed_out", 1, 2, ""), ("sessions.timed_out", 1, 2, "worse"),
    ("sessions.refused", 3, 2, "better"), ("honest.success_ratio", None, 0.5, "")])
def test_verdicts(path, a, b, said):
    assert verdict(path, a, b) == said


def test_what_is_read_first(runs):
    told = {label: (a, b, said) for label, a, b, said in headlines(runs[1].metrics, runs[0].metrics)}
    assert told["success during flood"][2] == "better"
    assert told["peak of token bucket, authorization manager"][0] == "–", "a has no such table"
    assert told["keys obtained by attacks"][2] == "better"
    assert "tokens obtained by attacks" not in told, "there are none in either"


def test_at_80_columns_every_line_fits(folders):
    text = sim.compare(folders[1], folders[0]).text(80)
    lines = text.split("\n")
    assert max(len(line) for line in lines if not line.startswith(("a = ", "b = "))) <= 80
    assert "in short" in text
    assert sum(line.startswith("a = ") for line in lines) <= 1
    assert any(line.endswith("better") for line in lines)
    assert "honest.response_time_s" in lines, "a block, and its names below it"


def test_another_attack_and_another_protection(runs):
    comparison = sim.compare(runs[0], runs[2])
    labels = [row[0] for row in comparison.headlines]
    assert "success during flood" in labels
    assert "success during replays" in labels
    assert comparison.text(80)


def test_the_page(folders, tmp_path):
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.texts, self.tags, self.links = [], [], []

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)
            self.links += [(key, value) for key, value in attrs if key in ("src", "href") and not (value or "").startswith("#")]

        def handle_data(self, data):
            self.texts.append(data.strip())

    path = sim.compare(folders[1], folders[0]).save(tmp_path / "both.html")
    reader = Reader()
    reader.feed(path.read_text())
    assert {"What was set", "In short", "Every metric that differs", "Load under the same axes"} <= set(reader.texts)
    assert "better" in reader.texts
    assert reader.tags.count("svg") == 1
    assert reader.links == []
    same = sim.compare(folders[0], folders[0]).save(tmp_path / "same.html")
    assert "Their metrics are the same." in same.read_text()


def test_pictures_and_what_is_none(folders, runs, tmp_path):
    assert sim.compare(*folders[:2]).save(tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in sim.compare(runs[0], folders[2]).save(tmp_path / "both.svg").read_bytes()
    with pytest.raises(Faults, match=r"no format is known by the ending '\.pdf'; expected"):
        sim.compare(*folders[:2]).save(tmp_path / "both.pdf")
