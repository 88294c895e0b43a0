"""From diagrams to charts, and from traces that go everywhere back to the diagram."""

import random
from dataclasses import replace

import pytest
import sample_charts as sample
from chart_views import flat, frame, frames, ids, live, muted, row, steps
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.draw import compose
from sim.draw.chart import Frame, Line, Note, Operand, Row

HEADER = sample.header(sample.STEP1, "step1")


def test_a_model_is_drawn_word_for_word() -> None:
    chart = compose.of_diagram(sample.STEP1)
    assert "Step 1: Provision consumer key and access token to consumer" == chart.title
    assert ("V2009.04.09.1", "Dotted-line steps take place outside this protocol.") == (chart.version, chart.about)
    assert ["User agent", "Authorization manager", "Service provider", "Consumer"] == [
        lifeline.label for lifeline in chart.lifelines
    ]
    assert [
        "need_access",
        "get_resource",
        "unauthorized",
        "lacks_token",
        "lacks_key",
        "note",
        "still_lacks_token",
        "note",
    ] == ids(chart.rows)
    assert "" == chart.summary
    assert Line.OUTSIDE is chart.rows[0].line
    assert 'Need to access resource "r"' == chart.rows[0].label
    assert [False] * 10 + [True] == [step.added for step in steps(chart)]
    assert [sample.FIRST_NOTE, sample.SECOND_NOTE] == [note.text for note in chart.rows if isinstance(note, Note)]
    assert (1, 2, 3) == chart.rows[5].over
    assert ("consumer doesn't have consumer key", "") == (
        frame(chart, "lacks_key").operands[0].guard,
        frame(chart, "lacks_key").operands[0].annotation,
    )


def test_calls_are_paired_with_their_answers() -> None:
    chart = compose.of_diagram(sample.NESTED)
    assert ["ask", "fetch", "read"] == [step.id for step in steps(chart) if getattr(step, "opens", False)]
    assert ["rows", "fetched", "answer_"] == [step.id for step in steps(chart) if getattr(step, "closes", False)]


def test_a_model_says_its_limits() -> None:
    chart = compose.of_diagram(sample.DEVICE)
    assert ["chance 0.8", ""] == [operand.annotation for operand in frame(chart, "answer").operands]
    assert ["at most 5 times"] == [operand.annotation for operand in frame(chart, "polling").operands]
    assert ("5 s", "wait") == (row(chart, "interval").annotation, row(chart, "interval").shape)
    assert "end" == row(chart, "denied_end").shape


def test_as_in_source_leaves_out_what_was_added() -> None:
    records = sample.walked(sample.STEP1)
    for chart in (
        compose.of_diagram(sample.STEP1, as_in_source=True),
        compose.of_session(HEADER, records, 1, as_in_source=True),
        compose.merged(HEADER, records, as_in_source=True),
    ):
        assert "access_token" not in live(chart) + muted(chart)
        assert 10 == len(steps(chart))
        assert not [step for step in steps(chart) if getattr(step, "opens", False) and step.id == "request_access_token"]


def test_a_session_that_goes_everywhere_draws_the_model() -> None:
    for of in (sample.STEP1, sample.NESTED):
        model = compose.of_diagram(of)
        chart = compose.of_session(sample.header(of), sample.walked(of), 1)
        assert ids(model.rows) == ids(chart.rows)
        assert [s.id for s in steps(model)] == [s.id for s in steps(chart)]
        assert [f.id for f in frames(model)] == [f.id for f in frames(chart)]


def structure(rows: tuple[Row, ...]) -> list:
    """Rows without what only a trace can add."""
    made = []
    for entry in rows:
        if isinstance(entry, Frame):
            operands = tuple((operand.guard, tuple(structure(operand.rows))) for operand in entry.operands)
            made.append((entry.id, entry.operator, entry.added, entry.muted, operands))
        else:
            made.append(replace(entry, **{} if isinstance(entry, Note) else {"annotation": "", "details": ()}))
    return made


@st.composite
def diagrams(draw: st.DrawFn) -> dict:
    """Diagrams with fragments in fragments; every call is answered in the sequence that makes it."""
    counter = iter(range(10_000))
    people = ["a", "b", "c"]

    def name() -> str:
        return f"i{next(counter)}"

    def sequence(depth: int) -> list[dict]:
        items = []
        for kind in draw(st.lists(st.sampled_from("mmmancolq"[: 9 if depth else 5]), min_size=1, max_size=3)):
            sender, receiver = draw(st.permutations(people))[:2]
            if kind == "m":
                items.append(sample.message(name(), sender, draw(st.sampled_from(list(Line))).value, receiver, "Message"))
            elif kind in "ac":
                items.append(sample.message(name(), sender, "->", receiver, "Call"))
                items.append(sample.action(name(), receiver, "Work"))
                items.append(sample.message(name(), receiver, "-->", sender, "Answer"))
            elif kind == "n":
                items.append(sample.note(f"Note {name()}"))
            elif kind == "o":
                items.append(sample.opt(name(), "maybe", *sequence(depth - 1)))
            elif kind == "l":
                items.append(sample.loop(name(), "again", 3, *sequence(depth - 1)))
            else:
                branches = [(name(), f"case {n}", "else", sequence(depth - 1)) for n in range(draw(st.integers(2, 3)))]
                items.append(sample.alt(name(), *branches))
        return items

    return sample.diagram("Generated", dict(zip(people, "ABC", strict=True)), *sequence(2))


def covering(of: dict, sessions: int = 60) -> list[dict]:
    """A trace of many sessions that choose at random: each branch of a small diagram is taken by some."""
    records = []
    for session in range(1, sessions + 1):
        chance = random.Random(session)

        def choose(item: dict, _: int, chance: random.Random = chance) -> object:
            return (
                chance.choice(item["branches"])["id"]
                if "branches" in item
                else chance.choice([0, 1, 1, 2][: 4 if item["item"] == "loop" else 3])
            )

        records += sample.walked(of, choose, session=session)
    return records


@settings(max_examples=25, deadline=None)
@given(diagrams())
def test_a_trace_that_covers_every_branch_merges_to_the_model(of: dict) -> None:
    model, chart = compose.of_diagram(of), compose.merged(sample.header(of), iter(covering(of)))
    assert model.lifelines == chart.lifelines
    assert structure(model.rows) == structure(chart.rows)
    assert all(" ×" in step.annotation for step in steps(chart))


@pytest.mark.parametrize("of", [sample.STEP1, sample.DEVICE, sample.NESTED])
def test_the_sample_diagrams_merge_to_their_models(of: dict) -> None:
    model, chart = compose.of_diagram(of), compose.merged(sample.header(of), covering(of))
    assert (model.title, model.version, model.about) == (chart.title, chart.version, chart.about)
    assert structure(model.rows) == structure(chart.rows)
    assert [o.guard for o in flat(model.rows) if isinstance(o, Operand)] == [
        o.guard for o in flat(chart.rows) if isinstance(o, Operand)
    ]
