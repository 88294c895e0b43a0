"""Distributions: every kind read, refused and written back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.language.faults import BadValue
from sim.language.quantities import (
    EXAMPLES,
    MAXIMUM_LISTED,
    MAXIMUM_WRITTEN,
    ZERO,
    Distribution,
    constant,
    distribution_data,
    parse_distribution,
    parse_times,
)
from sim.language.strict_yaml import parse

MS = 10**6


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("4 ms", Distribution("constant", value_ns=4 * MS)),
        ({"exponential": "4 ms"}, Distribution("exponential", mean_ns=4 * MS)),
        ({"uniform": ["1 ms", "3 ms"]}, Distribution("uniform", low_ns=MS, high_ns=3 * MS)),
        ({"lognormal": {"median": "20 ms", "p95": "60 ms"}}, Distribution("lognormal", median_ns=20 * MS, p95_ns=60 * MS)),
        ({"normal": {"mean": "5 ms", "sd": "0 s"}}, Distribution("normal", mean_ns=5 * MS)),
        ({"gamma": {"mean": "4 ms", "cv": 0.5}}, Distribution("gamma", mean_ns=4 * MS, cv=0.5)),
        ({"pareto": {"minimum": "1 ms", "alpha": 2}}, Distribution("pareto", minimum_ns=MS, alpha=2.0)),
        ({"empirical": ["1 ms", "1 ms", "3 ms"]}, Distribution("empirical", values_ns=(MS, MS, 3 * MS))),
    ],
)
def test_each_kind_is_read_and_written(data, expected):
    distribution = parse_distribution(data)
    assert expected == distribution
    assert expected == parse_distribution(distribution_data(distribution))


@pytest.mark.parametrize(("kind", "text"), EXAMPLES.items())
def test_the_examples_are_true(kind, text, tmp_path):
    (tmp_path / "measured.csv").write_text("1 ms\n")
    data = parse(f"a: {text}").get("a").to_python()
    assert kind == parse_distribution(data, folder=tmp_path).kind


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (4, "got 4; expected a time with its unit, e.g. 4 s (did you mean '4 s'?)"),
        ([], "got an empty list; expected a time, e.g. 4 ms, or a distribution, e.g. {exponential: 4 ms}"),
        ({}, "got an empty mapping; expected a time, e.g. 4 ms, or a distribution, e.g. {exponential: 4 ms}"),
        (
            {"exponential": "4 ms", "normal": {}},
            "got a mapping of several kinds; expected a time, e.g. 4 ms, or a distribution, e.g. {exponential: 4 ms}",
        ),
        (
            {"exponental": "4 ms"},
            (
                "exponental: no distribution is called 'exponental'; expected exponential, uniform, lognormal, normal, gamma, pareto or "
                "empirical (did you mean 'exponential'?)"
            ),
        ),
        (
            {"constant": "4 ms"},
            "a constant is written as the time alone; expected a time, e.g. 4 ms, or a distribution, e.g. {exponential: 4 ms} (did you mean '4 ms'?)",
        ),
        ({"exponential": 4}, "exponential: got 4; expected a time with its unit, e.g. 4 s (did you mean '4 s'?)"),
        ({"exponential": "0 s"}, "exponential: got '0 s'; expected a time above zero"),
        (
            {"uniform": ["3 ms", "1 ms"]},
            "uniform: 3 ms is not below 1 ms; expected the least and the greatest time, e.g. [1 ms, 3 ms]",
        ),
        ({"uniform": ["1 ms"]}, "uniform: got a list; expected the least and the greatest time, e.g. [1 ms, 3 ms]"),
        (
            {"uniform": [1, "x"]},
            "uniform.0: got 1; expected a time with its unit, e.g. 1 s (did you mean '1 s'?); uniform.1: got 'x'; expected a time with its unit, e.g. 3 s",
        ),
        (
            {"lognormal": {"median": "20 ms", "p95": "20 ms"}},
            "lognormal.p95: 20 ms is not above the median, 20 ms; expected the time that only 5 % exceed",
        ),
        (
            {"lognormal": {"median": "20 ms", "p59": "60 ms"}},
            (
                "lognormal.p59: there is no parameter 'p59'; expected median or p95 (did you mean 'p95'?); "
                "lognormal: the parameter 'p95' is missing; expected e.g. {lognormal: {median: 20 ms, p95: 60 ms}}"
            ),
        ),
        ({"lognormal": "20 ms"}, "lognormal: got '20 ms'; expected median and p95, e.g. {lognormal: {median: 20 ms, p95: 60 ms}}"),
        (
            {"normal": {"mean": "-1 s", "sd": "-1 s"}},
            "normal.mean: got '-1 s'; expected a time that is not negative; normal.sd: got '-1 s'; expected a time that is not negative",
        ),
        ({"gamma": {"mean": "4 ms", "cv": 0}}, "gamma.cv: got 0; expected a number without unit, above 0 and at most 1000"),
        (
            {"pareto": {"minimum": "1 ms", "alpha": "2"}},
            "pareto.alpha: got '2'; expected a number without unit, above 0 and at most 1000",
        ),
        (
            {"pareto": {"minimum": "1 ms", "alpha": float("nan")}},
            "pareto.alpha: got nan; expected a number without unit, above 0 and at most 1000",
        ),
        (
            {"empirical": []},
            "empirical: got an empty list; expected a list of times, or the name of a CSV file with one time a line",
        ),
        ({"empirical": ["1 ms", 2]}, "empirical.1: got 2; expected a time with its unit, e.g. 2 s (did you mean '2 s'?)"),
    ],
)
def test_what_is_no_distribution(data, expected):
    with pytest.raises(BadValue) as caught:
        parse_distribution(data)
    assert expected == str(caught.value)


def test_only_where_a_clock_is_meant_may_times_be_negative():
    skew = {"normal": {"mean": "-1 s", "sd": "2 s"}}
    assert -(10**9) == parse_distribution(skew, negative=True).mean_ns
    assert -(10**9) == parse_distribution("-1 s", negative=True).value_ns
    assert skew == distribution_data(parse_distribution(skew, negative=True))


def test_zero_needs_no_draw():
    assert ZERO.is_zero
    assert ZERO == parse_distribution("0 s")
    assert not constant(1).is_zero
    assert not parse_distribution({"normal": {"mean": "0 s", "sd": "0 s"}}).is_zero


def test_an_empirical_file_stands_beside_the_scenario(tmp_path):
    (tmp_path / "m.csv").write_text("latency_ms\n1\n2.5\n")
    found = parse_distribution({"empirical": "m.csv"}, folder=tmp_path)
    assert (MS, 2_500_000) == found.values_ns
    assert str(tmp_path / "m.csv") == found.file
    assert found == Distribution("empirical", values_ns=(MS, 2_500_000)), "where they came from is no part of the values"
    assert {"empirical": ["1 ms", "2.5 ms"]} == distribution_data(found)


def test_faults_of_an_empirical_file_come_with_its_own_lines(tmp_path):
    (tmp_path / "m.csv").write_text("1 ms\nx\n")
    with pytest.raises(BadValue) as caught:
        parse_distribution({"empirical": "m.csv"}, folder=tmp_path)
    assert [f"{tmp_path}/m.csv:2:1: got 'x'; expected a time with its unit, e.g. 3 s"] == [
        str(f) for part in caught.value.parts for f in part.faults
    ]


def test_many_values_are_written_as_the_name_of_their_file(tmp_path):
    (tmp_path / "m.csv").write_text("1 ms\n" * (MAXIMUM_WRITTEN + 1))
    found = parse_distribution({"empirical": "m.csv"}, folder=tmp_path)
    assert {"empirical": str(tmp_path / "m.csv")} == distribution_data(found)
    assert found == parse_distribution(distribution_data(found))
    inline = distribution_data(found, inline=True)
    assert MAXIMUM_WRITTEN + 1 == len(inline["empirical"])


def test_a_list_of_times_has_a_limit():
    assert MAXIMUM_LISTED == len(parse_times(["1 s"] * MAXIMUM_LISTED)[0])
    with pytest.raises(BadValue, match=f"got a list of {MAXIMUM_LISTED + 1} times"):
        parse_times(["1 s"] * (MAXIMUM_LISTED + 1))


TIMES = st.integers(1, 2**62)


@given(
    st.one_of(
        st.builds(lambda v: Distribution("constant", value_ns=v), st.integers(0, 2**62)),
        st.builds(lambda v: Distribution("exponential", mean_ns=v), TIMES),
        st.builds(
            lambda v: Distribution("uniform", low_ns=min(v), high_ns=max(v)), st.lists(TIMES, min_size=2, max_size=2, unique=True)
        ),
        st.builds(
            lambda v: Distribution("lognormal", median_ns=min(v), p95_ns=max(v)),
            st.lists(TIMES, min_size=2, max_size=2, unique=True),
        ),
        st.builds(lambda a, b: Distribution("gamma", mean_ns=a, cv=b), TIMES, st.floats(0, 1000, exclude_min=True)),
        st.builds(lambda a, b: Distribution("pareto", minimum_ns=a, alpha=b), TIMES, st.floats(0, 1000, exclude_min=True)),
        st.builds(lambda v: Distribution("empirical", values_ns=tuple(v)), st.lists(TIMES, min_size=1, max_size=5)),
    )
)
def test_writing_and_reading_gives_the_same(distribution):
    assert distribution == parse_distribution(distribution_data(distribution))
