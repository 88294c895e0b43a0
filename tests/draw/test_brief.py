"""A chart cut down to what happened."""

from sim.draw.brief import brief
from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Note, Operand

A, B, C, D = (Lifeline(each, each.upper()) for each in "abcd")
ASK = Arrow("ask", 1, 3, Line.REQUEST, "ask")
GREY = Arrow("never", 0, 2, Line.REQUEST, "never", muted=True)


def chart(*rows) -> Chart:
    return Chart("T", (A, B, C, D), rows, version="1", about="x", summary="y")


def test_idle_lifelines_go_and_the_others_are_numbered_anew():
    short = brief(chart(ASK, Action("do", 3, "do"), GREY))
    assert short.lifelines == (B, D)
    assert short.rows == (Arrow("ask", 0, 1, Line.REQUEST, "ask"), Action("do", 1, "do"))
    assert (short.title, short.about, short.summary) == ("", "", "")


def test_notes_go_and_headings_of_passes_stay():
    heading = Note((1, 3), "pass 2 of 3", heading=True)
    assert brief(chart(Note((0,), "a note"), heading, ASK)).rows[0] == Note((0, 1), "pass 2 of 3", heading=True)


def test_what_is_left_empty_goes():
    empty = Frame("opt", "opt", (Operand("if", (GREY,)),))
    branches = Frame("alt", "alt", (Operand("one", (GREY,), muted=True), Operand("two", (ASK, empty), "62 %")))
    (frame,) = brief(chart(empty, branches)).rows
    assert frame == Frame("alt", "alt", (Operand("two", (Arrow("ask", 0, 1, Line.REQUEST, "ask"),), "62 %"),))


def test_nothing_at_all():
    assert brief(chart(GREY)) == Chart("", (), ())
