"""The look of the command line: tables side by side or stacked, paragraphs where a table is too wide, progress."""

import io
import re
import sys

import pytest

from sim import terminal


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch):
    """Print to a terminal of so many columns, and read what it got."""
    out = Terminal()

    def columns(number: int) -> Terminal:
        monkeypatch.setenv("COLUMNS", str(number))
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys, "stdout", out)
        return out

    return columns


def tables(*sizes: tuple[int, int]) -> list[terminal.Table]:
    """Tables of (width, height), all of their own letter, the first line a title."""
    return [[(chr(97 + index) * width, line == 0) for line in range(height)] for index, (width, height) in enumerate(sizes)]


def plain(lines: list[terminal.Table]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_tables_that_fit_stand_side_by_side():
    assert ["aaa    bbb    cc", "aaa    bbb"] == plain(terminal.side_by_side(tables((3, 2), (3, 2), (2, 1)), 40))


def test_tables_that_do_not_fit_are_stacked_with_a_line_between():
    assert ["aaa", "aaa", "", "bbb", "bbb", "", "cc"] == plain(terminal.side_by_side(tables((3, 2), (3, 2), (2, 1)), 5))


def test_short_tables_share_a_column_where_that_saves_room():
    assert ["aa    bb", "aa    bb", "aa", "aa    cc"] == plain(terminal.side_by_side(tables((2, 4), (2, 2), (2, 1)), 10))


def test_all_lines_are_kept_and_none_is_too_wide():
    for columns in range(8, 60):
        made = plain(terminal.side_by_side(tables((3, 4), (8, 1), (5, 7), (2, 2), (6, 3)), columns))
        assert max(map(len, made)) <= columns
        assert [4, 1, 7, 2, 3] == [sum(letter in line for line in made) for letter in "abcde"]


def test_the_metrics_of_a_run_fit_terminals_of_any_width(screen, runs):
    from sim.study.compare import read_metrics

    metrics = read_metrics(runs / "some")
    labels = {label for _, rows in metrics.sections() for label, _, _ in rows}
    for columns in (40, 60, 80, 120, 200):
        out = screen(columns)
        out.seek(0)
        out.truncate()
        terminal.show_metrics(metrics)
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= columns
        assert all(label in out.getvalue() for label in labels)
        assert "Station authorization_manager" in out.getvalue()
    heights = len(lines)
    assert heights < 20


def test_titles_are_bold_on_a_terminal_unless_colours_are_unwanted(screen, monkeypatch, runs):
    from sim.study.compare import read_metrics

    out = screen(100)
    terminal.show_metrics(read_metrics(runs / "one"))
    assert "\x1b" not in out.getvalue()
    monkeypatch.delenv("NO_COLOR")
    terminal.show_metrics(read_metrics(runs / "one"))
    assert re.search(r"\x1b\[1mSessions *\x1b\[0m", out.getvalue())


def test_a_table_of_sessions_gives_up_columns_that_say_nothing_and_then_its_shape(screen, runs):
    import sim

    table = sim.open_trace(runs / "some").sessions(outcome="completed", limit=5)
    wide = screen(120)
    terminal.show_sessions(table)
    assert f"{table}\n" == wide.getvalue()
    for columns, first in ((75, "number  class"), (40, "number 1, class")):
        out = screen(columns)
        out.seek(0)
        out.truncate()
        terminal.show_sessions(table)
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= columns
        assert lines[0].startswith(first)
        assert "refusals" not in out.getvalue()
        assert all(row.client in out.getvalue() for row in table)


def test_a_comparison_fits_or_is_stacked(screen, runs):
    import sim

    comparison = sim.compare(runs / "one", runs / "some")
    out = screen(30)
    terminal.show_comparison(comparison)
    assert f"a = {runs / 'one'}\nb = {runs / 'some'}\n" in out.getvalue()
    assert re.search(r"^duration\n  a  2 s\n  b  20 s$", out.getvalue(), re.MULTILINE)


def test_progress_is_shown_on_a_terminal_only_and_only_of_what_takes_long(monkeypatch):
    with terminal.progress("x", quiet=True) as move:
        assert move is None
    with terminal.progress("x", quiet=False) as move:
        assert move is None or sys.stderr.isatty()
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.progress("A label [of odd] letters", quiet=False) as move:
        move(0.1)
        assert "" == screen.getvalue()
        monkeypatch.setattr(terminal, "_SLOW_S", 0)
        move(0.5)
        move(1.0)
    assert "A label [of odd] letters" in screen.getvalue()
    assert "100%" in screen.getvalue()


def test_what_is_being_done_is_said_and_wiped_away(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.working("Drawing", quiet=False):
        assert "Drawing ..." == screen.getvalue()
    assert screen.getvalue().endswith("\r           \r")
    with terminal.working("Drawing", quiet=True):
        assert screen.getvalue().endswith("\r           \r")


def test_what_ships_is_listed_in_any_width(screen):
    from sim.study.shelf import entries

    for columns in (40, 80, 200):
        out = screen(columns)
        out.seek(0)
        out.truncate()
        terminal.show_entries(entries())
        assert max(map(len, out.getvalue().splitlines())) <= columns
        assert "protectserve/step1" in out.getvalue()
