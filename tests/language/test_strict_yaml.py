"""Strict YAML: positions, values, every fault with its text, limits, and the same tree from either parser."""

import re
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.language import strict_yaml
from sim.language.faults import Faults
from sim.language.strict_yaml import parse, read

SAMPLE = """\
# a comment
diagram: "Step 1: keys"
sequence:
  - user ..> consumer: Need "r"
    id: need
  - consumer -> server: GET a#1 or not # cut
  - {alt: [a, 'b c', 3.5], ü: é}
  - long: one
      two # cut too
empty:
true: yesterday
401: {drop: key}
"""


def faults_of(text):
    with pytest.raises(Faults) as caught:
        parse(text, "x")
    return str(caught.value).splitlines()


def test_every_node_knows_its_place():
    root = parse(SAMPLE, "x.yaml")
    places = {
        path: (root.at(path).line, root.at(path).column)
        for path in [("diagram",), ("sequence", 0, "id"), ("sequence", 2, "alt", 1)]
    }
    assert {("diagram",): (2, 10), ("sequence", 0, "id"): (5, 9), ("sequence", 2, "alt", 1): (7, 15)} == places
    assert "x.yaml" == root.at(("sequence", 2, "ü")).file
    assert (3, 1) == (root.key("sequence").line, root.key("sequence").column)


def test_the_tree_as_python():
    expected = {
        "diagram": "Step 1: keys",
        "sequence": [
            {"user ..> consumer": 'Need "r"', "id": "need"},
            {"consumer -> server": "GET a#1 or not"},
            {"alt": ["a", "b c", 3.5], "ü": "é"},
            {"long": "one two"},
        ],
        "empty": None,
        "true": "yesterday",
        401: {"drop": "key"},
    }
    assert expected == parse(SAMPLE).to_python()


def test_a_comment_that_cuts_plain_text_is_seen():
    root = parse(SAMPLE)
    assert root.at(("sequence", 1, "consumer -> server")).comment_follows
    assert root.at(("sequence", 3, "long")).comment_follows
    assert not root.at(("sequence", 0, "id")).comment_follows
    assert not parse("a: b#c").get("a").comment_follows
    assert not parse("a: 'b' # c").get("a").comment_follows


def test_quoted_text_is_told_from_plain():
    root = parse("a: 'on'\nb: |\n  1:30\nc: x")
    assert [False, False, True] == [root.get(key).plain for key in "abc"]
    assert ["on", "1:30\n", "x"] == [root.get(key).value for key in "abc"]


def test_paths_and_keys():
    root = parse("a: {b: [x, {c: 1}]}\n401: y")
    assert 1 == root.at(("a", "b", 1, "c")).value
    assert "y" == root.get(401).value == root.get("401").value
    assert None is root.at(("a", "b", 2))
    assert None is root.at(("a", "b", -1))
    assert None is root.at(("a", "zz", 1))
    assert None is root.at(("a", "b", "c"))


def test_the_nearest_place_to_point_at():
    root = parse("a:\n  b:\n    - c: 1\n      d: {e: 2}\n")
    assert (2, 3) == (root.nearest(("a", "b")).line, root.nearest(("a", "b")).column)
    assert (3, 10) == (root.nearest(("a", "b", 0, "c")).line, root.nearest(("a", "b", 0, "c")).column)
    assert (4, 7) == (root.nearest(("a", "b", 0, "d", "missing")).line, root.nearest(("a", "b", 0, "d")).column)
    assert root is root.nearest(("zz",))
    assert "x:1:1: a.b: bad" == str(parse("a:\n  b: 1\n", "x").nearest(("a",)).fault("bad", path=("a", "b")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+7", 7),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("y", "y"),
        ("-", None),
        ("2009-04-09T00:00:00Z", "2009-04-09T00:00:00Z"),
        ("1.2.3", "1.2.3"),
        ("0x", "0x"),
        ("5 s", "5 s"),
        ("'5'", "5"),
        ("nil", "nil"),
    ],
)
def test_values_are_those_of_yaml_1_2(text, expected):
    if text == "-":
        assert [None] == parse("a:\n  -").get("a").to_python()
    else:
        value = parse(f"a: {text}").get("a").value
        assert (type(expected), expected) == (type(value), value)


AMBIGUOUS = [
    ("on", "x:1:4: a: 'on' without quotes is true to some YAML readers; expected true or false, or the text in quotes"),
    ("No", "x:1:4: a: 'No' without quotes is false to some YAML readers; expected true or false, or the text in quotes"),
    (
        "1:30",
        (
            "x:1:4: a: '1:30' without quotes is a number to base 60 to some YAML readers; "
            "expected a quantity with its unit, e.g. 90 s, or the text in quotes"
        ),
    ),
    (
        "017",
        (
            "x:1:4: a: '017' without quotes is an octal number to some YAML readers; "
            "expected a decimal number without leading zeros, or the text in quotes"
        ),
    ),
    (
        "0o17",
        (
            "x:1:4: a: '0o17' without quotes is an octal number to some YAML readers; "
            "expected a decimal number without leading zeros, or the text in quotes"
        ),
    ),
    (
        "1_000",
        (
            "x:1:4: a: '1_000' without quotes is a number to some YAML readers and text to others; "
            "expected a plain decimal number, or the text in quotes"
        ),
    ),
    (
        "0b11",
        (
            "x:1:4: a: '0b11' without quotes is a number to some YAML readers and text to others; "
            "expected a plain decimal number, or the text in quotes"
        ),
    ),
    ("9" * 301, "x:1:4: a: a number of 301 characters; expected at most 300"),
]

STRUCTURE = [
    ("a: 1\na: 2", "x:2:1: a: the key 'a' stands here for a second time; expected each key once; the first is on line 1"),
    (
        "b:\n  1: x\n  '1': y",
        "x:3:3: b.1: the key '1' stands here for a second time; expected each key once; the first is on line 2",
    ),
    ("<<: {a: b}", "x:1:1: <<: the merge key << is not allowed; expected the keys written out"),
    ("{[a]: b}", "x:1:2: a mapping or list stands as a key; expected text as the key"),
    ("a: !!int '5'", "x:1:4: a: the tag '!!int' is not allowed; expected the value alone, in quotes if it is text"),
    (
        "a: !!python/object/apply:os.system [ls]",
        "x:1:4: a: the tag '!!python/object/apply:os.system' is not allowed; expected the value alone, in quotes if it is text",
    ),
    ("a: 1\n---\nb: 2", "x:2:1: a second document starts here; expected one document in a file"),
    ("a: *b", "x:1:4: a: there is no anchor &b before this alias"),
    ("a: &b [*b]", "x:1:8: a.0: the alias *b stands inside of what it stands for"),
    ("# only this", "x:1:1: there is nothing in this file; expected a YAML mapping"),
    ("a: \x00", "x:1:4: the character U+0000 is not allowed in YAML; expected printable text"),
    ("a: b\nc: \u2028", "x:2:4: the character U+2028 is not allowed in YAML; expected printable text"),
    ("a: \ud800", "x:1:4: the character U+D800 is not allowed in YAML; expected printable text"),
    ("[" * 51, "x:1:51: the nesting is too deep; expected at most 50 levels"),
    ("?\n: b", "x:1:2: a key is missing before the ':'; expected text as the key"),
]

SYNTAX = [
    ("a: b: c", "x:1:4: ': ' stands in text without quotes: quote the text (did you mean '\"b: c\"'?)"),
    ('- a -> b: POST: "x"; y # z', "x:1:11: ': ' stands in text without quotes: quote the text (did you mean ''POST: \"x\"; y''?)"),
    (
        "a: 1\n b: 2",
        "x:2:3: a key stands here, deeper than the keys before it; expected the same indentation for all keys of a mapping",
    ),
    ("a:\n\tb: 1", "x:2:1: a tab stands here; expected spaces to indent"),
    ("a: 1\n\tb: 2", "x:2:1: a tab stands here; expected spaces to indent"),
    ("a: 'b", "x:1:4: this quote is never closed; expected the same quote at the end of the text"),
    ("a: [1, 2", "x:1:4: the bracket '[' is never closed"),
    ("a: {b: c", "x:1:4: the bracket '{' is never closed"),
    ("a: [b}", "x:1:6: got '}' in the brackets that open on line 1; expected ',' or ']'"),
    ("a: @b", "x:1:4: text cannot start with '@': quote the text"),
    ("a: %b", "x:1:4: text cannot start with '%': quote the text"),
    ("a: - b", "x:1:4: a list cannot start here; expected each '- ' at the start of a line, deeper than its key"),
    ('a: "\\q"', "x:1:4: a backslash in this text starts no known escape; expected single quotes for text with backslashes"),
    (
        "a: 'x' y",
        (
            "x:1:8: 'y' is no part of the mapping that starts on line 1; "
            "expected a key and ':' at the indentation of the others; quotes around all of the text or none"
        ),
    ),
    ("- a\nb: c", "x:2:1: 'b: c' is no part of the list that starts on line 1; expected '- ' at the indentation of the others"),
]


@pytest.mark.parametrize(("text", "expected"), AMBIGUOUS)
def test_text_that_yaml_1_1_reads_otherwise(text, expected):
    assert [expected] == faults_of(f"a: {text}")


@pytest.mark.parametrize(("text", "expected"), STRUCTURE + SYNTAX)
def test_what_is_refused(text, expected):
    assert [expected] == faults_of(text)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="the parser in Python takes it for the text 'b:'")
def test_a_colon_at_the_end_of_text_in_brackets():
    expected = "x:1:6: ':' in brackets without a space after it; expected a space after ':', or quotes around the text"
    assert [expected] == faults_of("a: {b:}")


def test_all_faults_at_once_in_the_order_of_the_file():
    text = "a: on\nb: {c: 017, c: 1}\na: *z\ne: !x y\nf: g: h"
    assert ["x:1:4", "x:2:8", "x:2:13", "x:3:4", "x:4:4", "x:5:4"] == [line.split(": ")[0] for line in faults_of(text)]


def test_keys_are_only_names():
    assert {"on": 1, "no": 2, "017": 3, "1:30": 4, "true": 5, "null": 6} == parse(
        "on: 1\nno: 2\n017: 3\n1:30: 4\ntrue: 5\nnull: 6"
    ).to_python()


def test_aliases_are_what_they_stand_for():
    root = parse("a: &x {b: 1}\nc: [*x, &y 2, *y]")
    assert {"a": {"b": 1}, "c": [{"b": 1}, 2, 2]} == root.to_python()
    assert root.get("a") is root.at(("c", 0))


def test_an_alias_bomb_stays_small():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert ["x:5:45: a4.7: there is too much in this file; expected at most 100000 nodes, with aliases written out"] == faults_of(
        "\n".join(lines)
    )


def test_a_chain_of_aliases_does_not_nest_without_end():
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 2000))]
    assert ["x:50:12: a49.0: this alias nests too deep; expected at most 50 levels, with aliases written out"] == faults_of(
        "\n".join(lines)
    )


def test_the_budget_is_of_nodes_not_of_bytes():
    assert 99_000 == len(parse("a: [" + "x," * 99_000 + "]").get("a").elements)
    assert "there is too much in this file" in faults_of("a: [" + "x," * 100_001 + "]")[0]


def test_a_file_is_read_with_its_name(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text("\ufeffa: ü\n", encoding="utf-8")
    root = read(path)
    assert {"a": "ü"} == root.to_python()
    assert (str(path), 1, 4) == (root.get("a").file, root.get("a").line, root.get("a").column)


@pytest.mark.parametrize("text", [SAMPLE, *(text for text, _ in STRUCTURE + SYNTAX), *(f"a: {text}" for text, _ in AMBIGUOUS)])
def test_the_parser_in_python_gives_the_same_tree_and_faults(text, monkeypatch):
    def outcome():
        try:
            return _flat(parse(text, "x"))
        except Faults as faults:
            return str(faults)

    assert yaml.__with_libyaml__
    fast = outcome()
    monkeypatch.setattr(strict_yaml, "_LOADER", yaml.SafeLoader)
    assert fast == outcome()


def _flat(node):
    inside = [_flat(part) for pair in node.items for part in pair] + [_flat(part) for part in node.elements]
    return (node.kind, node.line, node.column, node.text, node.plain, node.comment_follows, node.value, inside)


@given(st.text(alphabet=st.sampled_from("ab01 :-#'\"[]{},&*!|>?%@\n\t.~"), max_size=40))
def test_any_text_gives_a_tree_or_faults(text):
    try:
        parse(text, "x").to_python()
    except Faults as faults:
        for fault in faults.faults:
            assert fault.line is not None
            assert fault.line <= text.count("\n") + 2


WITH_EXPONENT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.?[0-9]*)[eE][-+]?[0-9]+")
"""Numbers by YAML 1.2, as here, which PyYAML takes for text and writes without quotes: 1e3."""


@given(
    st.recursive(
        st.one_of(st.integers(), st.booleans(), st.none(),
                  st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"])).filter(lambda text: not WITH_EXPONENT.fullmatch(text))),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(st.characters(codec="ascii", categories=["L"]), min_size=1), inner, max_size=3)
        ),
        max_leaves=10,
    )
)
def test_what_pyyaml_writes_is_read_back(value):
    text = yaml.safe_dump({"a": value}, allow_unicode=True)
    problems = []
    try:
        assert {"a": value} == parse(text).to_python()
    except Faults as faults:
        problems = [fault.problem for fault in faults.faults]
    # safe_dump leaves plain what nobody but PyYAML takes for text: 017, 0o17
    assert all("YAML readers" in problem or "number of" in problem or "U+" in problem for problem in problems)


def test_nothing_heavy_is_imported():
    code = "import sys, sim.language.strict_yaml; print(sorted(m for m in sys.modules if m in {'pydantic', 'numpy', 'networkx', 'decimal', 'difflib'}))"
    assert "[]" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
