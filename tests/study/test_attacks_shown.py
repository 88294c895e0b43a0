"""Attacks as a reader of a run sees them: in headers, drawings, charts, tables, and by the command."""

import json

import pytest
from chart_views import steps

import sim
from sim.draw import load, panels, report_tables, style
from sim.draw.chart import Arrow, Frame
from sim.trace.faults import TraceFault
from sim.trace.header import attack_names, check

SHORT = {"duration": "20 s", "warm_up": "2 s", "trace": "all", "attacks.flood.during": ["5 s", "15 s"]}


@pytest.fixture(scope="module")
def run():
    """A shortened key flood, with its whole trace."""
    return sim.run("key_flood.yaml", set=SHORT)


def parsed(diagram):
    """What a parser of Mermaid reads."""
    import merman

    return json.loads(merman.Merman().parse_json(diagram.mermaid(), "{}"))


def arrows(rows):
    for row in rows:
        if isinstance(row, Frame):
            for operand in row.operands:
                yield from arrows(operand.rows)
        elif isinstance(row, Arrow):
            yield row


# --- the header ---------------------------------------------------------------------------------------------------------


def test_the_header_names_the_attacks_and_their_windows(run, tmp_path):
    expected = [{"name": "flood", "sends": "request_consumer_key", "signature": "valid", "from_ns": 5 * 10**9, "until_ns": 15 * 10**9}]
    assert run.trace.header["attacks"] == expected
    for name in ("t.jsonl", "t.parquet"):
        run.trace.write(tmp_path / name)
        assert sim.open_trace(tmp_path / name).header["attacks"] == expected
    assert attack_names(run.trace.header) == {"flood"}
    quiet = sim.run("step1.yaml").trace.header
    assert "attacks" not in quiet
    assert attack_names(quiet) == set()


@pytest.mark.parametrize(("attacks", "expected"), [
    (5, "attacks: got 5; expected a list"),
    ([5], r"attacks\[0\]: got 5; expected an object with name, sends, signature, from_ns, until_ns"),
    ([{"name": 5}], r"attacks\[0\]\.name: got 5; expected a string \(and 4 more\)"),
    ("twice", r"attacks\[1\]\.name: \"flood\" is there twice; expected every attack once"),
    ("backwards", r"attacks\[0\]\.until_ns: got 1; expected a time after from_ns, 1"),
])
def test_what_is_wrong_in_it_is_named(run, attacks, expected):
    good = run.trace.header["attacks"]
    given = {"twice": good * 2, "backwards": [{**good[0], "from_ns": 1, "until_ns": 1}]}.get(str(attacks), attacks)
    with pytest.raises(TraceFault, match=f"^{expected}"):
        check({**run.trace.header, "attacks": given})


# --- drawings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "expected"), [
    ("completed", ["request_consumer_key", "allocate_consumer_key", "consumer_key"]), ("refused", ["request_consumer_key", "request_consumer_key!503"])])
def test_a_session_of_an_attack_is_drawn_alone_and_its_player_is_told(run, outcome, expected):
    number = run.trace.sessions(class_="flood", outcome=outcome)[0].number
    diagram = run.trace.session(number).diagram()
    assert [step.id for step in steps(diagram.chart)] == expected
    labels = [lifeline.label for lifeline in diagram.chart.lifelines]
    assert labels == ["User agent", "Authorization manager", "Service provider", "Consumer (attack flood)"]
    assert f"Session {number} of Key-request flood on an unprotected authorization manager (flood): {outcome}" in diagram.chart.summary
    assert "flood" in diagram.text()
    assert parsed(diagram)["actorOrder"] == ["p0", "p1", "p2", "p3"]


def test_a_session_of_an_honest_client_is_drawn_as_ever(run):
    number = run.trace.sessions(class_="laptop")[0].number
    assert [lifeline.label for lifeline in run.trace.session(number).diagram().chart.lifelines][-1] == "Consumer"


def test_merged_the_attack_has_a_lifeline_of_its_own(run):
    chart = run.trace.diagram(merged=True).chart
    assert [lifeline.label for lifeline in chart.lifelines][-1] == "Attack flood"
    attack, consumer, manager = len(chart.lifelines) - 1, 3, 1
    told = {(arrow.id, arrow.sender, arrow.receiver): arrow.annotation for arrow in arrows(chart.rows)}
    metrics = run.metrics["attack"]
    assert told["request_consumer_key", attack, manager].startswith(f"{metrics['sent']:,} ×")
    assert told["request_consumer_key!503", manager, attack] == f"{metrics['refused']:,} ×, by queue"
    assert ("request_consumer_key", consumer, manager) in told
    asked = [arrow.sender for arrow in arrows(chart.rows) if arrow.id == "request_consumer_key"]
    assert asked == [consumer, attack]
    refused = [arrow.receiver for arrow in arrows(chart.rows) if arrow.id == "request_consumer_key!503"]
    assert refused == [consumer, attack]
    started = run.metrics["sessions"]["started"]
    assert chart.summary.startswith(f"{started} sessions merged: ")
    assert f"; {metrics['sent']:,} of attack flood: {metrics['served']:,} completed" in chart.summary
    assert len(parsed(run.trace.diagram(merged=True))["actorOrder"]) == 5


def test_an_attack_of_a_name_like_a_participants_is_told_apart_from_it():
    changes = {**SHORT, "duration": "6 s", "attacks": [{"name": "service_provider", "sends": "get_resource", "rate": "5 /s"}]}
    chart = sim.run("key_flood.yaml", set={**changes}).trace.diagram(merged=True).chart
    assert [lifeline.label for lifeline in chart.lifelines][2:] == ["Service provider", "Consumer", "Attack service_provider"]


# --- charts and tables --------------------------------------------------------------------------------------------------


def test_the_load_chart_shades_the_window_and_shows_what_the_attack_sent(run):
    windows = [("flood", 5.0, 15.0)]
    figure = load.figure(run.metrics, title="Flood", attack_windows=windows)
    assert run.load.files == load.render(run.metrics, title=run.scenario.name, attack_windows=windows, warm_up_s=2.0)
    panel = next(ax for ax in figure.axes if "Messages of attacks" in [ax.get_title(loc) for loc in ("left", "center", "right")]
                 or "Messages of attacks" in str([text.get_text() for text in ax.texts]))
    tallest = max(float(max(line.get_ydata())) for line in panel.get_lines() if len(line.get_ydata()))
    assert tallest == pytest.approx(max(run.metrics["series"]["attacks"]["flood"]["sent_per_s"]), rel=0.01)
    assert any(patch.get_facecolor()[:3] == pytest.approx(_rgb(style.ATTACK)) for patch in panel.patches)
    quiet = sim.run("step1_load.yaml", set={"duration": "20 s", "warm_up": "2 s"}, trace=False).metrics
    assert panels.attacks not in panels.panels(quiet)


def _rgb(colour):
    from matplotlib.colors import to_rgb

    return to_rgb(colour)


def test_the_tables_tell_of_the_attack_and_of_the_phases(run):
    rows = {label: value for label, value, _ in run.metrics.rows()}
    assert rows["Attack flood: sent"] == f"{run.metrics['attack']['sent']:,}"
    assert rows["Attack flood: keys obtained"] == f"{run.metrics['attack']['keys_obtained']:,}"
    assert float(rows["Attack flood: honest success ratio during it"]) == pytest.approx(
        100 * run.metrics["phases"]["flood"]["during"]["success_ratio"], abs=0.01)
    tables = {table.title: table for table in report_tables.tables(run.metrics)}
    assert [row[0] for row in tables["Honest sessions"].rows][-3:] == ["Before flood", "During flood", "After flood"]
    assert ("Requests sent", f"{run.metrics['attack']['sent']:,}") in tables["Attack"].rows


def test_two_runs_side_by_side(run):
    other = sim.run("key_flood.yaml", set={**SHORT, "attacks.flood.rate": "0 /s"}, trace=False)
    text = sim.compare(run, other).text()
    assert "attacks.flood.rate.poisson" in text
    assert "attack.sent" in text
    assert "attacks.flood.sent" not in text  # of one attack only once
    assert "phases.flood.during.success_ratio" in text


# --- the answer ---------------------------------------------------------------------------------------------------------


def test_unprotected_hardly_anybody_gets_in_while_it_lasts():
    phases = sim.run("key_flood.yaml", trace=False, payloads=False).metrics["phases"]["flood"]
    assert phases["before"]["success_ratio"] == 1.0
    assert phases["during"]["success_ratio"] < 0.2
    assert phases["after"]["success_ratio"] > 0.95
