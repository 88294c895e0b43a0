"""A trace of a sample of the sessions: the same sessions for the same seed, whole, and nothing else changed."""

import pytest

import sim
from sim.language.faults import Faults
from sim.trace.faults import TraceFault

SHORT = {"duration": "60 s", "warm_up": "10 s"}


def run(share, **options):
    return sim.run("step1_load", set={**SHORT, "trace": {"sample": share}}, **options)


@pytest.fixture(scope="module")
def whole():
    return sim.run("step1_load", set=SHORT)


def numbers(trace):
    return {record["session"] for record in trace.records()}


def test_a_sample_is_some_sessions_whole_and_changes_nothing_else(whole):
    part = run("10 %")
    assert part.metrics == whole.metrics
    chosen = numbers(part.trace)
    assert list(part.trace.records()) == [record for record in whole.trace.records() if record["session"] in chosen]
    # 1,200 sessions or so, each in it with 1 in 10: 120 +- 4 standard deviations.
    everybody = len(numbers(whole.trace))
    assert abs(len(chosen) - everybody / 10) < 4 * (everybody * 0.09) ** 0.5


def test_the_same_seed_samples_the_same_sessions_and_a_larger_share_holds_them():
    small, again, large, other = (numbers(each.trace) for each in (run("5 %"), run("5 %"), run("20 %"), run("5 %", seed=8)))
    assert small == again
    assert small < large
    assert small != other


def test_a_drawing_says_that_it_is_of_a_sample(whole):
    part = run("10 %")
    assert part.trace.header["sample"] == 0.1
    assert "(a sample of 10 %)" in part.diagram().text(width=120)
    assert "sample" not in whole.trace.header
    assert "sample" not in whole.diagram().text(width=120)


def test_a_sample_of_nobody_can_be_drawn():
    none = sim.run("step1", set={"trace": {"sample": "0.001 %"}})
    assert list(none.trace.records()) == []
    assert "0 sessions merged" in none.diagram(merged=True).svg()
    with pytest.raises(TraceFault, match="there is no session 1"):
        none.trace.session(1)


def test_a_run_folder_of_a_sample_runs_again(tmp_path):
    part = run("10 %", out=tmp_path / "x")
    assert (tmp_path / "x/trace.jsonl").is_file()
    text = (tmp_path / "x/scenario.yaml").read_text()
    assert "sample: 10 %" in text
    again = sim.run(tmp_path / "x/scenario.yaml")
    assert again == part


@pytest.mark.parametrize(("given", "said"), [
    ("some", "trace: got 'some'; expected all, none, or e.g. {sample: 1 %}"),
    ({"sample": "0 %"}, "trace.sample: got '0 %'; expected a share between 0 % and 100 %, or trace: all, or none"),
    ({"sample": "100 %"}, "trace.sample: got '100 %'; expected a share between"),
    ({"sample": 0.1}, "trace.sample: got 0.1; expected a share in per cent, e.g. 10 %"),
    ({"sampel": "1 %"}, "trace: got a mapping; expected all, none, or e.g. {sample: 1 %}"),
])
def test_what_is_no_sample(given, said):
    with pytest.raises(Faults, match="trace") as caught:
        sim.load("step1").set({"trace": given})
    assert said in str(caught.value)


def test_a_header_with_a_sample_that_is_none():
    part = run("10 %")
    from sim.trace.trace import Trace

    for wrong in (0, 1.5, "10 %", True):
        with pytest.raises(TraceFault, match="sample: got"):
            Trace.of({**part.trace.header, "sample": wrong}, [])
