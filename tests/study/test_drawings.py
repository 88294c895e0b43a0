"""Drawings from real traces: what is drawn is what the trace holds, and of a whole trace the model's own diagram."""

import html
import json
import shutil
from dataclasses import replace
from pathlib import Path

import merman
import pytest
from chart_views import live, muted, steps

import sim
from sim.draw import compose
from sim.draw.chart import Action, Arrow, Chart, Frame, Role, Row
from sim.language.faults import Faults
from sim.scenario.shipped import folder, names
from sim.study.traces import DrawnTrace
from sim.study.views import FORMATS, Diagram

SCENARIOS = names("scenarios")
MODELS = names("models")


def bare(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows of the diagram as a model has them: without what a trace adds, and without its further rows."""
    found: list[Row] = []
    for row in rows:
        if isinstance(row, Frame):
            operands = tuple(replace(operand, annotation="", rows=bare(operand.rows)) for operand in row.operands)
            found.append(replace(row, operands=operands))
        elif not isinstance(row, Arrow | Action):
            found.append(row)
        elif row.role is Role.DIAGRAM:
            found.append(replace(row, annotation="", details=()))
    return tuple(found)


def grey(chart: Chart) -> set[str]:
    """What was never visited."""
    return set(muted(chart))


# A device flow in which everything happens: answers and expiry come at last for some, and the device has little patience.
EVERYTHING = {"maximum: 60": "maximum: 6", "{chance: 0.25}": "{chance: 0.04}", "{chance: 0.03}": "{chance: 0.04}"}
EVERYTHING_SET = {"duration": "15 min", "warm_up": "0 s", "actors.device.arrivals.poisson": "0.4 /s",
                  "actors.authorization_server.expires.pending_code": "40 s"}


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> tuple[DrawnTrace, Diagram]:
    """A trace of a device flow in which every branch was taken, and the diagram of its model."""
    root = tmp_path_factory.mktemp("device")
    text = (folder("models") / "oauth" / "device_authorization.yaml").read_text()
    for old, new in EVERYTHING.items():
        assert old in text
        text = text.replace(old, new)
    (root / "device.yaml").write_text(text)
    run = sim.run("device", set={"model": str(root / "device.yaml"), **EVERYTHING_SET})
    return run.trace, sim.diagram(root / "device.yaml")


def of_trace_and_model(name: str, run_of, everything) -> tuple[Chart, Chart]:
    if name == "device with everything":
        trace, model = everything
        return trace.diagram(merged=True).chart, model.chart
    run = run_of(name)
    return run.diagram(merged=True).chart, sim.diagram(run.scenario.model).chart


@pytest.mark.parametrize("name", ["device with everything", "access", "step1", "step1_load", "step1_repeat", "mm1"])
def test_a_trace_that_covers_every_branch_gives_the_models_own_diagram(name, run_of, everything):
    drawn, model = of_trace_and_model(name, run_of, everything)
    assert set() == grey(drawn)
    assert (model.title, model.version, model.about) == (drawn.title, drawn.version, drawn.about)
    assert model.lifelines == drawn.lifelines
    assert bare(model.rows) == bare(drawn.rows)


def test_what_no_session_visited_is_grey_and_the_rest_is_the_models(run_of):
    run = sim.run("step1_repeat", set={"actors.consumer.arrivals.times": ["0 s"], "actors.consumer.holds": [
        {"share": "100 %", "items": ["consumer_key", "access_token"]}]})
    drawn, model = run.diagram(merged=True).chart, sim.diagram("protectserve/step1").chart
    assert ["need_access", "get_resource", "unauthorized"] == live(drawn)
    assert [row.id for row in steps(model)] == [row.id for row in steps(drawn)]


def test_drawing_needs_no_model(tmp_path, everything):
    shutil.copytree(folder("models") / "protectserve", tmp_path / "model")
    run = sim.run("step1", set={"model": str(tmp_path / "model" / "step1.yaml")}, out=tmp_path / "run")
    before = {form: run.diagram().render(form) for form in FORMATS}
    shutil.rmtree(tmp_path / "model")
    trace = sim.open_trace(tmp_path / "run")
    assert before == {form: trace.diagram().render(form) for form in FORMATS}
    assert "Implementation note" in trace.diagram(merged=True).svg()


@pytest.fixture
def records(run_of) -> list[dict]:
    return list(run_of("step1").trace.records())


def redrawn(run_of, records: list[dict]) -> tuple[Chart, Chart]:
    """The session and the merged chart of changed records."""
    header = run_of("step1").trace.header
    return compose.of_session(header, records, 1), compose.merged(header, records)


def messages(records: list[dict]) -> list[str]:
    return [record["message"] for record in records if record["kind"] in ("message", "action")]


def test_a_trace_as_it_is(run_of, records):
    session, merged = redrawn(run_of, records)
    assert messages(records) == live(session) == live(merged)
    assert [] == muted(session) == muted(merged)


@pytest.mark.parametrize("gone", ["get_resource", "realm_metadata", "allocate_consumer_key", "request_access_token", "access_token"])
def test_a_record_deleted_is_missing_from_the_drawing(run_of, records, gone):
    rest = [record for record in records if record["message"] != gone]
    session, merged = redrawn(run_of, rest)
    assert messages(rest) == live(session) == live(merged)
    assert [gone] == muted(merged)
    assert [gone] == muted(session)


@pytest.mark.parametrize(("one", "other"), [("get_resource", "unauthorized"), ("request_consumer_key", "consumer_key"),
                                            ("verify_signature", "access_token")])
def test_two_records_swapped_are_drawn_swapped(run_of, records, one, other):
    places = [index for index, record in enumerate(records) if record["message"] in (one, other)]
    first, second = places
    records[first], records[second] = records[second], records[first]
    session, merged = redrawn(run_of, records)
    assert messages(records) == live(session)
    assert live(session).index(other) < live(session).index(one)
    assert sorted(messages(records)) == sorted(live(merged))


def test_an_unknown_message_is_drawn_as_what_it_is(run_of, records):
    place = next(index for index, record in enumerate(records) if record["message"] == "unauthorized")
    records.insert(place, {**records[place], "message": "smoke_signal", "sender": "stranger/1", "receiver": "consumer/1"})
    for chart in redrawn(run_of, records):
        (row,) = [row for row in steps(chart) if row.id == "smoke_signal"]
        assert Role.UNKNOWN is row.role
        assert "stranger" == chart.lifelines[row.sender].id
        assert "consumer" == chart.lifelines[row.receiver].id
        assert [message for message in messages(records) if message != "smoke_signal"] == [r.id for r in steps(chart) if r is not row]
    session, _ = redrawn(run_of, records)
    assert messages(records) == live(session)


@pytest.mark.parametrize("draw", [
    lambda run, **how: run.diagram(session=1, **how),
    lambda run, **how: run.diagram(merged=True, **how),
    lambda run, **how: sim.diagram(run.scenario.model, **how),
    lambda run, **how: run.trace.session(1).diagram(**how),
], ids=["session", "merged", "model", "session by itself"])
def test_as_in_the_source_leaves_out_row_11_and_nothing_else(run_of, draw):
    whole, source = draw(run_of("step1")).chart, draw(run_of("step1"), as_in_source=True).chart
    assert ["access_token"] == [row.id for row in steps(whole) if row.added]
    assert [row.id for row in steps(whole) if row.id != "access_token"] == [row.id for row in steps(source)]
    assert "Access token" not in Diagram(source).text()
    assert len(whole.rows) == len(source.rows)


STARTS = {"text": b"", "mermaid": b"---", "plantuml": b"@startuml", "svg": b"<", "png": b"\x89PNG\r\n"}


def read_mermaid(source: str) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Participants, and (sender, receiver, label) of every arrow, as merman reads them."""
    model = json.loads(merman.Merman().parse_json(source, "{}"))

    def text(written: str) -> str:
        return " ".join(html.unescape(written.replace("ﬂ°°", "&#").replace("ﬂ°", "&").replace("¶ß", ";").replace("<br/>", " ")).split())

    arrows = [(message["from"], message["to"], text(message["message"])) for message in model["messages"]
              if message["type"] in (0, 1, 3, 4, 24, 25)]
    return [text(actor["description"]) for actor in model["actors"].values()], arrows


def arrows_of(chart: Chart) -> list[tuple[str, str, str]]:
    found = []
    for row in steps(chart):
        ends = (row.sender, row.receiver) if isinstance(row, Arrow) else (row.participant, row.participant)
        found.append((f"p{ends[0]}", f"p{ends[1]}", " ".join(f"{row.label} {row.annotation}".split())))
    return found


def check_pictures(diagram: Diagram) -> None:
    for form, start in STARTS.items():
        assert diagram.render(form).startswith(start)
    longest = max(map(len, diagram.text(100).splitlines()))
    assert longest <= 100
    people, arrows = read_mermaid(diagram.mermaid())
    assert [lifeline.label for lifeline in diagram.chart.lifelines] == people
    assert arrows_of(diagram.chart) == arrows


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_drawn_in_every_format_and_its_mermaid_reads_back(name):
    check_pictures(sim.diagram(name))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_run_is_drawn_in_every_format_and_its_mermaid_reads_back(name, run_of):
    run = run_of(name)
    check_pictures(run.diagram(merged=True))
    check_pictures(run.diagram(session=run.trace.sessions(limit=1)[0].number))  # 1, unless the trace is of a sample


@pytest.mark.parametrize("name", ["step1", "mm1", "flash_crowd", "key_flood", "mastodon_vacuum", "mcphub_reregistration", "retry_storm"])
def test_the_load_of_a_run_is_drawn(name, run_of):
    files = run_of(name).load.files
    assert all(files[form].startswith(STARTS[form]) for form in ("svg", "png"))
    assert {"svg", "png"} == files.keys()


def test_a_diagram_shows_itself_in_jupyter(run_of, tmp_path):
    diagram = run_of("step1").diagram()
    bundle = diagram._repr_mimebundle_()
    assert {"image/svg+xml": diagram.svg(), "text/vnd.mermaid": diagram.mermaid(), "text/plain": diagram.text()} == bundle
    assert bundle == run_of("step1").trace.session(1)._repr_mimebundle_()
    assert str(diagram) == diagram.text()
    for name in ("a.svg", "a.png", "a.mmd", "a.puml", "a.txt"):
        assert tmp_path / name == diagram.save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 100


def test_a_load_chart_is_saved_and_shows_itself(run_of, tmp_path):
    chart = run_of("mm1").load
    assert chart._repr_mimebundle_()["image/svg+xml"] == chart.save(tmp_path / "load.svg").read_text()
    assert Path(chart.save(tmp_path / "load.png")).read_bytes().startswith(STARTS["png"])


def test_a_picture_too_long_for_a_png_is_a_fault_and_costs_no_run(tmp_path):
    (tmp_path / "m.yaml").write_text("diagram: x\nparticipants: {a: A, b: B}\nsequence:\n  - loop: again\n    times: 400\n"
                                     "    maximum: 400\n    sequence:\n      - a -> b: hi\n      - b --> a: ho\n")
    run = sim.run({"scenario": "s", "model": str(tmp_path / "m.yaml"), "duration": "1000 s", "actors": {
        "a": {"arrivals": {"times": ["0 s"]}, "timeout": "9 s"}}}, out=tmp_path / "out")
    with pytest.raises(Faults, match=r"^format: the picture would be .* draw it as SVG"):
        run.diagram(session=1).save(tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()
    assert not (tmp_path / "out" / "sequence.png").exists()
    assert (tmp_path / "out" / "sequence.svg").is_file()
