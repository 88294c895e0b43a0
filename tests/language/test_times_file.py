"""Times from a CSV file: units with the values or in the heading, and every bad line named."""

import pytest

from sim.language import times_file
from sim.language.faults import Faults
from sim.language.times_file import read_times

MS = 10**6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 ms\n7.5 ms\n", (5 * MS, 7_500_000)),
        ("ms\n5\n", (5 * MS,)),
        ("latency_ms\n5\n\n# a comment\n7\n", (5 * MS, 7 * MS)),
        ("latency (ms)\r\n5\r\n", (5 * MS,)),
        ('"time [us]"\n"5"\n', (5_000,)),
        ("# measured in 2009\ntime_s\n0.001\n", (MS,)),
        ("time_s\n1\n2 ms\n", (10**9, 2 * MS)),
    ],
)
def test_times_are_read_in_order(tmp_path, text, expected):
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert expected == read_times(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("latency\n5\n", [":1:1: got the heading 'latency'; expected one with a unit, e.g. latency_ms"]),
        ("5\n", [":1:1: got '5'; expected a time with its unit (ns, us, ms, s, min, h, d) (did you mean '5 s'?)"]),
        (
            "t_ms\n1\n2,3\nx\n-4\n",
            [
                ":3:1: got '2,3'; expected a time with its unit, e.g. 3 s",
                ":4:1: got 'x'; expected a time with its unit, e.g. 3 s",
                ":5:1: got '-4'; expected a time that is not negative",
            ],
        ),
        ("# nothing\n", [": there is no time in this file; expected a CSV file with one time a line"]),
        ("t_ms\n", [": there is no time in this file; expected a CSV file with one time a line"]),
    ],
)
def test_what_is_wrong_is_named_by_line(tmp_path, text, expected):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(Faults) as caught:
        read_times(path)
    assert [f"{path}{line}" for line in expected] == str(caught.value).splitlines()


def test_there_is_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(times_file, "MAXIMUM_TIMES", 3)
    path = tmp_path / "t.csv"
    path.write_text("1 s\n" * 3)
    assert 3 == len(read_times(path))
    path.write_text("1 s\n" * 9)
    with pytest.raises(Faults) as caught:
        read_times(path)
    assert [f"{path}:4:1: there are too many times; expected at most 3"] == str(caught.value).splitlines()


def test_negative_times_where_they_mean_something(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("-5 ms\n")
    assert (-5 * MS,) == read_times(path, negative=True)
