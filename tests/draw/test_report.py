"""The report: what is on the page, that nothing gets out of it or into it, and that it can be read anywhere."""

import copy
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_metrics import lone, nothing, rich

from sim.draw import load, report, style
from sim.draw.readable import count, duration, name, number, percent, plain, rate, size
from sim.draw.report_tables import run_rows, tables
from sim.measure.table import Metrics

SEQUENCE = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" class="sd" width="300" height="100" '
    'viewBox="0 0 300 100"><title>Sequence</title><path id="m" d="M0 0L9 9"/><text>GET "r" &amp; more</text></svg>\n'
)
RUN_INFO = {
    "engine": "simpy",
    "seed": 20090409,
    "replication": 0,
    "scenario_sha256": "9f86d081884c7d659a2feaa0c55ad015",
    "wall_time_s": 2.5,
    "trace_bytes": 1536,
    "versions": {"diagram-sim": "0.1.0", "python": "3.11.9"},
    "warnings": [],
    "note": None,
}
EMPTY_ELEMENTS = {"meta", "link", "br", "img", "hr", "input"}


@pytest.fixture(scope="module")
def chart() -> str:
    options = {"attack_windows": [("flood", 120.0, 420.0)], "warm_up_s": 60.0}
    return load.render(rich(), title="Flood", formats=["svg"], **options)["svg"].decode()


def page(metrics=None, *, chart='<svg xmlns="http://www.w3.org/2000/svg"/>', **changed) -> str:
    given = {"scenario_name": "Key-request flood", "scenario_yaml": "scenario: Key-request flood\nduration: 10 min\n"}
    given |= {"sequence_svg": SEQUENCE, "load_svg": chart, "run_info": RUN_INFO}
    return report.html(metrics=rich() if metrics is None else metrics, **{**given, **changed})


class Reader(HTMLParser):
    """Reads a page as a browser would: its texts, tables, attributes; fails if an element is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tables: list[list[list[str]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert [] == self.open

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, key, value or "") for key, value in attrs]
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        if tag not in EMPTY_ELEMENTS:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, key, value or "") for key, value in attrs]

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in {"td", "th"}:
            self.tables[-1][-1][-1] += data
        if self.open and self.open[-1] != "style" and data.strip():
            self.texts.append(data.strip())

    def table(self, heading: str) -> list[list[str]]:
        return next(rows for rows in self.tables if rows[0][0] == heading)


def test_the_page_holds_everything(chart):
    reader = Reader(page(chart=chart))

    assert {"Key-request flood", "87.31 %", "17.02 /s", "152 ms", "p95 431 ms, p99 2.87 s", "9,871"} <= set(reader.texts)
    assert "12,004 started = 9,871 completed + 903 refused + 1,102 timed out + 84 gave up + 31 ended + 13 in flight" in (
        reader.texts
    )
    assert "scenario: Key-request flood\nduration: 10 min" in reader.texts
    assert 2 == sum(tag == "svg" and key == "viewbox" for tag, key, _ in reader.attributes)
    assert ["Engine simpy", "Seed 20090409", "Replication 0"] == [
        text for text in reader.texts if text.split()[0] in {"Engine", "Seed", "Replication"} and " " in text
    ]


def test_numbers_stand_in_tables_with_their_units():
    reader = Reader(page())

    assert ["All", "87.31 %", "17.02 /s", "212 ms", "152 ms", "431 ms", "2.87 s", "9.41 s", "1.084", "12"] == (
        reader.table("Sessions")[1]
    )
    labels = [row[0] for row in reader.table("Sessions")[1:]]
    assert ["All", "Class laptop", "Class hosted", "Before flood", "During flood", "After flood"] == labels
    assert ["Completed", "9,871", "82.23 %"] == reader.table("Outcome")[1]
    assert ["Delivered", "400,802", "99.89 %"] == reader.table("Way")[1]
    stations = reader.table("Station")
    expected = ["51.74 %", "0.21 %", "–", "431.2", "1,000", "470 ms", "20 us", "1.02 s", "474 ms", "4.1 ms", "1.025 s", "310,773"]
    assert ["Authorization manager", *expected, "16,552"] == stations[1]
    assert {len(stations[0])} == {len(row) for row in stations}
    found = {row[0]: row[1] for rows in reader.tables for row in rows if len(row) == 2}
    assert ("298,110", "240,877", "500") == tuple(found[k] for k in ("Requests sent", "Keys obtained", "Budget: addresses"))
    assert ("2.5 s", "1.5 KiB") == (found["Wall time"], found["Trace"])
    assert ("20090409", "3.11.9", "–") == (found["Seed"], found["Versions: python"], found["Note"])


def judged(**changed):
    """Metrics of a run with one attack and two classes, one of them on slow devices; all that the tables read of it."""
    hit = {"requests": 6, "calls": 3, "sessions": 2}
    by = {"calls": 3, "sessions": 2, "known": hit, "first_time": dict.fromkeys(hit, 0)}
    each = {"laptop": {"success_ratio": 1.0, "success_of": 9}, "phone": {"success_ratio": 0.0, "success_of": 1}}
    metrics = rich()
    for block in (metrics["honest"], *metrics["classes"].values(), *metrics["phases"]["flood"].values()):
        block |= {"false_refusals": 6, "false_refusals_by": dict(by), "jain_index": 0.5, "classes": each}
    metrics["classes"] = {"laptop": metrics["classes"]["laptop"], "phone": metrics["classes"]["hosted"]}
    metrics["honest"]["false_refusals_by"] |= {"slow_device": hit, "shared_address": hit}
    metrics["honest"]["sessions_of"] = {"known": 4, "first_time": 16, "slow_device": 20, "shared_address": 0}
    cost = {"resources": {"requests": 900, "addresses": 30, "hashes": 60_000}, "server_s": 4.5, "lost_sessions": 3,
            "per_lost_session": {"messages": 300.0, "addresses": 10.0, "hashes": 20_000.0, "server_s": 1.5}}
    metrics["attacks"] = {"flood": {**cost, "recovered": True, "recovery_s": 12.0, **changed}}
    metrics["attack"] |= cost
    return metrics


def test_false_refusals_stand_by_class_phase_and_kind_of_client():
    table = Reader(page(judged())).table("Honest")
    assert ["All", "6", "3", "2", "0.02 %"] == table[1]
    assert ["All", "Class laptop", "Class phone", "Before flood", "During flood", "After flood", "Known clients", "First-time clients",
            "Slow devices"] == [row[0] for row in table[1:]], "nobody is behind a shared address"
    assert ["Known clients", "6", "3", "2", "50 %"] == table[7]
    assert ["Slow devices", "6", "3", "2", "10 %"] == table[9]


def test_success_stands_by_class_and_phase():
    table = Reader(page(judged())).table("Sessions started")
    assert ["Sessions started", "Laptop", "Phone", "Jain's index"] == table[0]
    assert ["All", "91 %", "81.74 %", "0.5"] == table[1]
    assert ["During flood", "100 %", "0 %", "0.5"] == table[3]


@pytest.mark.parametrize(("recovered", "recovery_s", "told"), [
    (True, 12.0, "after 12 s"), (True, 0.0, "at once"), (False, None, "never"), (None, None, "–")])
def test_costs_of_both_sides_and_recovery(recovered, recovery_s, told):
    table = Reader(page(judged(recovered=recovered, recovery_s=recovery_s))).table("Attack")
    assert ["flood", "900", "30", "60,000", "4.5 s", "3", "300", "10", "20,000", "1.5 s", told] == table[1]
    assert len(table) == 2, "all attacks together stand there only where there are several"
    several = judged()
    several["attacks"]["replays"] = several["attacks"]["flood"]
    assert [row[0] for row in Reader(page(several)).table("Attack")[1:]] == ["flood", "replays", "All"]


def test_sessions_of_each_kind_stand_side_by_side_or_it_is_said_that_there_is_none():
    examples = [report.Example("Served", "Session 3 <b>", SEQUENCE), report.Example("Refused", "No session was refused.")]
    text = page(examples=examples)
    reader = Reader(text)
    assert {"One of each: served, refused, attacking", "Session 3 <b>", "No session was refused."} <= set(reader.texts)
    assert text.count('class="sd"') == 2, "the whole diagram, and that of the one session"
    assert "--natural: 300px" in text
    assert "One of each" not in page()
    with pytest.raises(ValueError, match="the diagram of Served is no SVG"):
        page(examples=[report.Example("Served", "", "<html/>")])


def test_what_a_run_does_not_have_makes_no_table():
    assert ["Honest sessions", "Sessions by outcome", "Messages", "Stations", "Keys"] == [t.title for t in tables(lone())]
    assert ["Honest sessions", "Stations"] == [t.title for t in tables(nothing()) if t.title not in {"Memory of tables", "Keys"}]


def test_no_data_is_a_dash_never_a_zero_or_none():
    text = page(nothing())

    assert ["All", *["–"] * 9] == Reader(text).table("Sessions")[1]
    assert "None" not in text
    assert "nan" not in text.lower().replace("nanoseconds", "")


@pytest.mark.parametrize("check", ["sessions", "messages", "little"])
def test_a_check_that_fails_cannot_be_overlooked(check):
    metrics = rich()
    assert "Violated" not in page(metrics)
    metrics["checks"][check] = False
    reader = Reader(page(metrics))

    assert 1 == reader.texts.count("✗")
    assert 2 == reader.texts.count("✓")
    assert 1 == sum("not to be trusted" in text for text in reader.texts)
    assert 1 == sum(text.startswith("Violated: ") for text in reader.texts)


def test_a_check_nobody_described_is_shown_by_its_name():
    metrics = rich()
    metrics["checks"]["energy_balance"] = True

    assert "Energy balance" in Reader(page(metrics)).texts


EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7 * 7 }}"


def test_everything_from_outside_is_escaped():
    metrics = rich()
    metrics["stations"][EVIL] = metrics["stations"]["service_provider"]
    metrics["stations"]["service_provider"]["refused"] = {EVIL: 3}
    metrics["classes"][EVIL] = metrics["honest"]
    metrics["phases"] = {EVIL: {EVIL: metrics["honest"]}}
    metrics["attack"]["resources"] = {EVIL: EVIL}
    metrics["checks"][EVIL] = True
    text = page(metrics, scenario_name=EVIL, scenario_yaml=EVIL, run_info={EVIL: EVIL, "seed": EVIL, "x": {EVIL: [EVIL]}})

    reader = Reader(text)
    assert not {"script", "img"} & {tag for tag, _, _ in reader.attributes}
    assert "<script" not in text
    assert EVIL in reader.texts  # the scenario, to the letter
    assert "49" not in re.sub(r"[\d.,]*49[\d.,]+|[\d.,]+49[\d.,]*", "", text)


def test_the_page_asks_the_network_for_nothing(chart):
    text = page(chart=chart)
    reader = Reader(text)

    for tag, key, value in reader.attributes:
        if key in {"src", "href", "xlink:href", "action", "srcset", "data"}:
            assert value.startswith("#"), (tag, key, value)
        assert not key.startswith("on")
    assert "@import" not in text
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", text))
    (policy,) = [value for _, key, value in reader.attributes if key == "content" and "default-src" in value]
    assert policy.startswith("default-src 'none';")
    assert "<!DOCTYPE html>" == text[:15]
    assert 1 == text.upper().count("<!DOCTYPE")
    assert "<?xml" not in text


def test_the_chart_follows_the_page_into_the_dark(chart):
    text = page(chart=chart)
    drawn = text[text.index("report-load") :]

    used = {light for light in style.DARK if light in chart}
    assert {style.INK, style.MUTED, style.GRID, style.PAPER, style.GREEN, style.BLUE, style.ATTACK} <= used
    for light in used:
        assert f"var(--chart-{light[1:]}, {light})" in drawn
        assert f"--chart-{light[1:]}: {style.DARK[light]};" in text
    # Every colour of the chart is one that has a counterpart: nothing stays light on a dark page.
    left = re.sub(r"var\(--chart-\w+, #\w+\)", "", drawn[: drawn.index("</svg>")])
    assert [] == re.findall(r"#[0-9a-f]{6}\b(?!\")", re.sub(r"url\(#[^)]*\)|href=\"#[^\"]*\"", "", left))


def test_ids_are_unique_and_every_reference_finds_its_own(chart):
    sequence = SEQUENCE.replace('id="m"', 'id="figure_1"')
    reader = Reader(page(chart=chart, sequence_svg=sequence))
    ids = [value for _, key, value in reader.attributes if key == "id"]

    assert len(ids) == len(set(ids))
    for _, key, value in reader.attributes:
        targets = [value] if key.endswith("href") else re.findall(r"url\((#[^)]*)\)", value)
        assert {target.removeprefix("#") for target in targets} <= set(ids)


def test_the_style_of_the_chart_does_not_reach_the_page(chart):
    assert "<style" in chart
    assert 1 == page(chart=chart).count("<style")


@pytest.mark.parametrize("picture", ["", "<p>no picture</p>", "<svg", "\x89PNG"])
@pytest.mark.parametrize(("which", "words"), [("sequence_svg", "sequence diagram"), ("load_svg", "load chart")])
def test_what_is_no_svg_is_refused(which, words, picture):
    with pytest.raises(ValueError, match=f"the {words} is no SVG"):
        page(**{which: picture})


def test_frozen_metrics_make_the_same_page_and_figure():
    frozen = Metrics(rich())

    assert page(rich()) == page(frozen)
    assert load.render(rich(), title="x", formats=["svg"]) == load.render(frozen, title="x", formats=["svg"])


def test_metrics_are_left_as_they_were():
    metrics = rich()
    before = copy.deepcopy(metrics)
    page(metrics)
    load.figure(metrics, title="x")

    assert before == metrics


def test_a_reader_on_a_phone_on_paper_and_in_the_dark_is_thought_of():
    text = page()

    assert 'name="viewport" content="width=device-width, initial-scale=1"' in text
    for condition in ("prefers-color-scheme: dark", "max-width: 40rem", "print"):
        assert f"@media ({condition})" in text or f"@media {condition}" in text
    assert '<html lang="en">' in text


@settings(max_examples=60, deadline=None)
@given(title=st.text(), yaml=st.text(), value=st.one_of(st.text(), st.floats(), st.none(), st.booleans(), st.integers()))
def test_any_text_makes_a_page_that_can_be_read_back(title, yaml, value):
    reader = Reader(page(lone(), scenario_name=title, scenario_yaml=yaml, run_info={"seed": 1, "value_s": value}))

    assert all(c in " ".join(reader.texts) for c in plain(title).split())


def test_run_rows_keep_all_digits_of_what_is_a_name():
    rows = run_rows({"seed": 12345678901234567890, "wall_time_s": 0.0123, "cached": False, "files": ["a", "b"]})

    assert [("Seed", "12345678901234567890"), ("Wall time", "12.3 ms"), ("Cached", "no"), ("Files", "a, b")] == rows


def test_quantities_read_well():
    assert ["0.5", "12,346", "–"] == [number(0.5), number(12345.6), number(None)]
    assert ["12,004", "50 %", "> 99.99 %"] == [count(12004), percent(0.5), percent(0.999999)]
    assert ["152.3 ms", "0 s", "19.5 /s", "1.5 KiB"] == [duration(0.1523), duration(0), rate(19.5), size(1536)]
    assert ["–"] * 4 == [duration(float("nan")), percent(float("inf")), rate(None), size(None)]
    assert ["Authorization manager", "", "A b"] == [name("authorization_manager"), name(""), plain("A\x00\n b")]


def test_our_own_sequence_diagram_goes_in_as_it_is():
    svg = pytest.importorskip("sim.draw.svg")
    from sim.draw.chart import Arrow, Chart, Lifeline, Line

    lifelines = (Lifeline("a", "A & B"), Lifeline("b", "<C>"))
    drawn = svg.render(Chart("T", lifelines, (Arrow("m", 0, 1, Line.REQUEST, 'GET "r" </svg>'),)))
    reader = Reader(page(sequence_svg=drawn))

    assert {"A & B", "<C>"} <= set(reader.texts)
    assert drawn[drawn.index("<svg") :].strip() in page(sequence_svg=drawn)
    ET.fromstring(drawn)
