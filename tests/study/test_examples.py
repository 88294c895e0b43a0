"""Sessions to look at: which are chosen, and what is said where there is none."""

from pathlib import Path

import sim
from sim.study.examples import examples

ROOT = Path(__file__).parents[2]
FLOOD = ROOT / "scenarios" / "key_flood_limited.yaml"
SHORT = {"duration": "20 s", "warm_up": "1 s", "trace": "all", "attacks.0.during": ["2 s", "15 s"], "attacks.0.sources": {"addresses": 20},
         "actors.consumer.population": 100}


def test_one_of_each_is_chosen():
    run = sim.run(FLOOD, set=SHORT, payloads=False)
    served, refused, attacking = examples(run.trace)
    assert [served.heading, refused.heading, attacking.heading] == ["Served", "Refused", "Attacking"]
    rows = {row.number: row for row in run.trace.sessions()}
    chosen = {each.heading: rows[int(each.text.split()[1].replace(",", ""))] for each in (served, refused, attacking)}
    assert chosen["Served"].outcome == "completed"
    assert chosen["Served"].refusals == 0
    assert chosen["Served"].messages == max(row.messages for row in rows.values() if row.outcome == "completed" and row.attempts == 1)
    assert chosen["Attacking"].class_ == "flood"
    assert chosen["Attacking"].outcome == "refused", "what became of most"
    assert "refused by token_bucket, 1 refusal" in attacking.text
    assert chosen["Refused"].class_ != "flood"
    assert chosen["Refused"].refusals > 0
    assert all(each.svg.count("<svg") == 1 for each in (served, refused, attacking))
    assert "Service provider" in served.svg
    assert "Service provider" not in attacking.svg, "it never met it"


def test_what_there_is_none_of_is_said():
    run = sim.run(ROOT / "scenarios" / "step1.yaml")
    served, refused, attacking = examples(run.trace)
    assert served.svg
    assert (refused.svg, refused.text) == ("", "No honest session was refused anything in this trace.")
    assert (attacking.svg, attacking.text) == ("", "This run had no attack.")


def test_a_sample_may_lack_what_the_run_had():
    run = sim.run(FLOOD, set={**SHORT, "trace": {"sample": "0.01 %"}}, payloads=False)
    held = run.trace.sessions()
    served, _, attacking = examples(run.trace)
    assert (served.text == "No session was completed among the sessions that this trace holds.") == (
        not any(row.outcome == "completed" and row.class_ != "flood" for row in held))
    assert attacking.svg or attacking.text == "No session of an attack is among the sessions that this trace holds."


def test_the_report_of_a_run_holds_them(tmp_path):
    sim.run(ROOT / "scenarios" / "step1.yaml").save(tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text()
    assert "One of each: served, refused, attacking" in page
    assert "This run had no attack." in page
