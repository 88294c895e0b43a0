"""Whatever is done to a scenario file, it loads or its faults are said: no traceback, and every fault on one line."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.language.faults import Faults
from sim.language.strict_yaml import parse
from sim.scenario.load import load
from sim.scenario.spell import spelled_out

ODD = [
    None, True, 0, -1, 1.5, float("nan"), float("inf"), 10**400, "", "x", "5 s", "1e999 s", "20 /s", "60 %", "none", "unlimited", "\x00",
    "\ud800", [], [[]], ["5 s"], {}, {"": {}}, {"a": 1}, {5: 1}, {"exponential": "1 ms"}, {"empirical": "/dev/zero"}, {"empirical": "."},
    {"times": "/nowhere"}, {"<client>": 1}, {"[key]": 1}, {"share": "1 %"}, {"classes": {"a": None}}, {"arrivals": {"poisson": None}}, object(), b"x",
]  # fmt: skip


def loads_or_says_why(source, words):
    try:
        scenario = load(source, vocabulary_of=lambda _: words)
    except Faults as faults:
        said = faults
    else:
        assert load(parse(spelled_out(scenario)).to_python(), vocabulary_of=lambda _: words) == scenario
        return
    assert said.faults
    assert len(said.faults) + bool(said.left_out) == len(str(said).splitlines())
    assert all(line.isprintable() for line in str(said).splitlines())


MUTATIONS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
LONG = settings(MUTATIONS, max_examples=10_000)


def lines_changed(data, text):
    """The text with a few lines deleted, doubled, swapped, indented or glued together."""
    lines = text.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["delete", "double", "swap", "indent", "outdent", "glue"])):
            case "delete" if len(lines) > 1:
                del lines[index]
            case "double":
                lines.insert(index, lines[index])
            case "swap":
                lines[index], lines[index - 1] = lines[index - 1], lines[index]
            case "indent":
                lines[index] = "  " + lines[index]
            case "outdent":
                lines[index] = lines[index].removeprefix("  ")
            case "glue" if index + 1 < len(lines):
                lines[index] += lines.pop(index + 1)
    return "\n".join(lines)


def places(tree, path=()):
    """Every path into a tree of data."""
    yield path
    if isinstance(tree, dict | list):
        for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from places(part, (*path, key))


def changed(tree, path, value):
    """The tree with the value at a path replaced."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = changed(tree[path[0]], path[1:], value)
    return copy


def _bytes(data, sample, words, written):
    raw = bytearray(sample.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = written("")
    path.write_bytes(raw)
    loads_or_says_why(path, words)


def _lines(data, sample, words, written):
    loads_or_says_why(written(lines_changed(data, sample)), words)


def _values(data, sample, words, written):
    tree = parse(sample).to_python()
    for _ in range(data.draw(st.integers(1, 4))):
        tree = changed(tree, data.draw(st.sampled_from(list(places(tree)))), data.draw(st.sampled_from(ODD)))
    if isinstance(tree, dict):
        loads_or_says_why(tree, words)


def _scalars(data, sample, words, written):
    """Other text where a value stands in the file, in YAML's own words."""
    odd = [
        "",
        "~",
        "on",
        "1:30",
        "017",
        "-1",
        "1e999",
        ".nan",
        "'x",
        "[",
        "*a",
        "&a x",
        "!!str x",
        "<<",
        "- x",
        "? x",
        "60",
        "5 parsecs",
        "{a: b}",
        "a: b",
        "#",
        "\t",
        "@",
    ]
    start = data.draw(st.sampled_from([index for index, char in enumerate(sample) if char == ":"]))
    end = data.draw(st.integers(start + 1, start + 12))
    loads_or_says_why(written(sample[: start + 1] + " " + data.draw(st.sampled_from(odd)) + sample[end:]), words)


def _changes(data, sample, words, written):
    """Values set from outside, at paths of the file with a slip in them."""
    path = ".".join(str(step) for step in data.draw(st.sampled_from(list(places(parse(sample).to_python())))))
    cut = data.draw(st.integers(0, len(path)))
    path = path[:cut] + data.draw(st.sampled_from(["", ".", "x", ".0", ".9", ".x.y"])) + path[cut:]
    said = ""
    try:
        load(parse(sample).to_python(), set={path: data.draw(st.sampled_from(ODD))}, vocabulary_of=lambda _: words)
    except Faults as faults:
        said = str(faults)
    assert all(line.isprintable() for line in said.splitlines())


KINDS = [_bytes, _lines, _values, _scalars, _changes]


@pytest.mark.parametrize("mutate", KINDS)
def test_a_mutated_scenario(mutate, sample, words, written):
    @MUTATIONS
    @given(st.data())
    def check(data):
        mutate(data, sample, words, written)

    check()


@pytest.mark.long
@pytest.mark.parametrize("mutate", KINDS)
def test_a_scenario_mutated_ten_thousand_times(mutate, sample, words, written):
    @LONG
    @given(st.data())
    def check(data):
        mutate(data, sample, words, written)

    check()
