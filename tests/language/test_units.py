"""Units: what is read, what is refused and in which words, and that writing and reading again loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.language.faults import BadValue
from sim.language.units import (
    MAXIMUM_BYTES,
    MAXIMUM_NS,
    chance,
    duration_ns,
    format_duration,
    format_instant,
    format_rate,
    format_share,
    format_size,
    instant_ns,
    rate_per_s,
    share,
    size_bytes,
)

TIME_UNITS = "(ns, us, ms, s, min, h, d)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 s", 0),
        ("1 ns", 1),
        ("1.5 us", 1_500),
        ("20 ms", 20_000_000),
        ("5s", 5 * 10**9),
        (" 5  s ", 5 * 10**9),
        ("10 min", 600 * 10**9),
        ("1.000000001 s", 1_000_000_001),
        ("1e-3 s", 10**6),
        ("2 h", 7_200 * 10**9),
        ("1 d", 86_400 * 10**9),
        (f"{MAXIMUM_NS} ns", MAXIMUM_NS),
        ("0.1 s", 100_000_000),
    ],
)
def test_a_duration_is_exact_nanoseconds(text, expected):
    assert expected == duration_ns(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, "got 3; expected a time with its unit, e.g. 3 s (did you mean '3 s'?)"),
        (0.5, "got 0.5; expected a time with its unit, e.g. 0.5 s (did you mean '0.5 s'?)"),
        (True, "got true; expected a time with its unit, e.g. 3 s"),
        (None, "got nothing; expected a time with its unit, e.g. 3 s"),
        ("", "got ''; expected a time with its unit, e.g. 3 s"),
        ("soon", "got 'soon'; expected a time with its unit, e.g. 3 s"),
        ([], "got an empty list; expected a time with its unit, e.g. 3 s"),
        ("5", f"got '5'; expected a time with its unit {TIME_UNITS} (did you mean '5 s'?)"),
        ("5 m", f"got '5 m', and 'm' is no unit of time; expected a time with its unit {TIME_UNITS} (did you mean '5 min'?)"),
        (
            "2 hours",
            f"got '2 hours', and 'hours' is no unit of time; expected a time with its unit {TIME_UNITS} (did you mean '2 h'?)",
        ),
        ("1:30", "got '1:30'; expected a time with its unit, e.g. 3 s"),
        ("1 min 30 s", "got '1 min 30 s'; expected a time with its unit, e.g. 3 s"),
        ("-1 s", "got '-1 s'; expected a time that is not negative"),
        ("0.5 ns", "got '0.5 ns'; expected a whole number of nanoseconds"),
        ("1e60 d", "got '1e60 d'; expected at most 53375 d"),
        (f"{MAXIMUM_NS + 1} ns", f"got '{MAXIMUM_NS + 1} ns'; expected at most 53375 d"),
        (float("inf"), "got inf; expected a time with its unit, e.g. 3 s"),
    ],
)
def test_what_is_no_duration(value, expected):
    with pytest.raises(BadValue) as caught:
        duration_ns(value)
    assert expected == str(caught.value)


def test_a_clock_may_be_slow():
    assert -2 * 10**9 == duration_ns("-2 s", negative=True)
    assert -MAXIMUM_NS == duration_ns(f"-{MAXIMUM_NS} ns", negative=True)


@given(st.integers(-MAXIMUM_NS, MAXIMUM_NS))
def test_durations_round_trip(time_ns):
    assert time_ns == duration_ns(format_duration(time_ns), negative=True)


@pytest.mark.parametrize(
    ("time_ns", "expected"),
    [
        (0, "0 s"),
        (1, "1 ns"),
        (1_500, "1.5 us"),
        (500_000_000, "500 ms"),
        (90 * 10**9, "90 s"),
        (600 * 10**9, "10 min"),
        (3_600 * 10**9, "1 h"),
        (86_400 * 10**9, "1 d"),
        (-2 * 10**9, "-2 s"),
        (123_456_789, "123.456789 ms"),
    ],
)
def test_durations_are_written_as_people_do(time_ns, expected):
    assert expected == format_duration(time_ns)


@pytest.mark.parametrize(
    ("text", "expected"), [("20 /s", 20.0), ("90 /min", 1.5), ("1/h", 1 / 3600), ("0 /s", 0.0), ("0.8 /s", 0.8)]
)
def test_a_rate_is_events_a_second(text, expected):
    assert expected == rate_per_s(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (20, "got 20; expected a rate with its unit, e.g. 20 /s (did you mean '20 /s'?)"),
        ("5 Hz", "got '5 Hz', and 'Hz' is no unit of rate; expected a rate with its unit (/s, /min, /h) (did you mean '5 /s'?)"),
        ("5 s", "got '5 s', and 's' is no unit of rate; expected a rate with its unit (/s, /min, /h) (did you mean '5 /s'?)"),
        ("-1 /s", "got '-1 /s'; expected a rate that is not negative"),
        ("1e10 /s", "got '1e10 /s'; expected at most 1000000000 /s, one event a nanosecond"),
    ],
)
def test_what_is_no_rate(value, expected):
    with pytest.raises(BadValue) as caught:
        rate_per_s(value)
    assert expected == str(caught.value)


@given(st.floats(0, 1e9))
def test_rates_round_trip(rate):
    assert rate == rate_per_s(format_rate(rate))


@given(st.integers(0, 10**6), st.sampled_from(["/s", "/min", "/h"]))
def test_rates_round_trip_whatever_their_unit(count, unit):
    rate = rate_per_s(f"{count} {unit}")
    assert rate == rate_per_s(format_rate(rate))


@pytest.mark.parametrize(
    ("rate", "expected"), [(20.0, "20 /s"), (1 / 3, "20 /min"), (1 / 3600, "1 /h"), (0.0, "0 /s"), (1e-7, "1e-07 /s")]
)
def test_rates_are_written_in_the_unit_that_suits(rate, expected):
    assert expected == format_rate(rate)


@pytest.mark.parametrize(
    ("text", "expected"), [("64 B", 64), ("1 KiB", 1024), ("1 KB", 1000), ("1.5 KiB", 1536), ("2 GiB", 2**31), ("3MB", 3_000_000)]
)
def test_a_size_is_bytes(text, expected):
    assert expected == size_bytes(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.5 B", "got '0.5 B'; expected a whole number of bytes"),
        ("-1 B", "got '-1 B'; expected a size that is not negative"),
        (
            "1 kb",
            "got '1 kb', and 'kb' is no unit of size; expected a size with its unit (B, KB, MB, GB, KiB, MiB, GiB) (did you mean '1 KB'?)",
        ),
        ("1e30 GiB", f"got '1e30 GiB'; expected at most {MAXIMUM_BYTES // 2**30} GiB"),
        (64, "got 64; expected a size with its unit, e.g. 64 KiB (did you mean '64 KiB'?)"),
    ],
)
def test_what_is_no_size(value, expected):
    with pytest.raises(BadValue) as caught:
        size_bytes(value)
    assert expected == str(caught.value)


@given(st.integers(0, MAXIMUM_BYTES))
def test_sizes_round_trip(size):
    assert size == size_bytes(format_size(size))


@pytest.mark.parametrize(("text", "expected"), [("60 %", 0.6), ("0.1 %", 0.001), ("100%", 1.0), ("0 %", 0.0), ("33.3 %", 0.333)])
def test_a_share_is_a_fraction(text, expected):
    assert expected == share(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.6, "got 0.6; expected a share in per cent, e.g. 60 % (did you mean '60 %'?)"),
        (60, "got 60; expected a share in per cent, e.g. 60 % (did you mean '60 %'?)"),
        (-1, "got -1; expected a share in per cent, e.g. 60 %"),
        ("0.6", "got '0.6'; expected a share in per cent (%) (did you mean '0.6 %'?)"),
        ("101 %", "got '101 %'; expected a share from 0 % to 100 %"),
        ("-1 %", "got '-1 %'; expected a share from 0 % to 100 %"),
    ],
)
def test_what_is_no_share(value, expected):
    with pytest.raises(BadValue) as caught:
        share(value)
    assert expected == str(caught.value)


@given(st.floats(0, 1))
def test_shares_round_trip(fraction):
    assert fraction == share(format_share(fraction))


def test_a_chance_may_be_a_bare_number():
    assert [0.3, 1.0, 0.3] == [chance(0.3), chance(1), chance("30 %")]
    with pytest.raises(BadValue, match="got 2; expected a chance from 0 to 1, or in per cent"):
        chance(2)
    with pytest.raises(BadValue, match="got true; expected a share in per cent"):
        chance(True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2009-04-09T00:00:00Z", 1_239_235_200 * 10**9),
        ("2009-04-09T02:00:00+02:00", 1_239_235_200 * 10**9),
        ("2009-04-09T00:00:00.5Z", 1_239_235_200 * 10**9 + 5 * 10**8),
        ("2009-04-09T00:00:00.000000001Z", 1_239_235_200 * 10**9 + 1),
    ],
)
def test_an_instant_is_nanoseconds_since_1970(text, expected):
    assert expected == instant_ns(text)


EXPECTED_INSTANT = "expected an instant with its zone, e.g. 2009-04-09T00:00:00Z"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2009-04-09", f"got '2009-04-09'; {EXPECTED_INSTANT} (did you mean '2009-04-09T00:00:00Z'?)"),
        ("2009-04-09 12:00:00", f"got '2009-04-09 12:00:00'; {EXPECTED_INSTANT} (did you mean '2009-04-09T12:00:00Z'?)"),
        ("2009-02-30T00:00:00Z", f"got '2009-02-30T00:00:00Z', which is no day or time of day; {EXPECTED_INSTANT}"),
        ("2009-04-09T00:00:60Z", f"got '2009-04-09T00:00:60Z', which is no day or time of day; {EXPECTED_INSTANT}"),
        ("0001-01-01T00:00:00+23:59", "got '0001-01-01T00:00:00+23:59'; expected an instant from 1970 to 2116"),
        ("1969-12-31T23:59:59Z", "got '1969-12-31T23:59:59Z'; expected an instant from 1970 to 2116"),
        ("9999-12-31T23:59:59Z", "got '9999-12-31T23:59:59Z'; expected an instant from 1970 to 2116"),
        (2009, f"got 2009; {EXPECTED_INSTANT}"),
    ],
)
def test_what_is_no_instant(value, expected):
    with pytest.raises(BadValue) as caught:
        instant_ns(value)
    assert expected == str(caught.value)


@given(st.integers(0, 2**63 - 1 - MAXIMUM_NS))
def test_instants_round_trip(time_ns):
    assert time_ns == instant_ns(format_instant(time_ns))


@given(
    st.one_of(
        st.text(),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.none(),
        st.from_regex(r"[0-9.eE+-]{1,9} ?[a-zA-Z/%]{0,4}", fullmatch=True),
    )
)
def test_anything_else_is_a_bad_value_and_nothing_worse(value):
    said = []
    for reader in (duration_ns, rate_per_s, size_bytes, share, chance, instant_ns):
        try:
            reader(value)
        except BadValue as error:
            said.append(str(error))
    assert all(text.isprintable() for text in said)
