"""The layout of a record, and the names within it."""

from typing import get_args

import pytest
from made_records import few_records

from sim.trace import records
from sim.trace.records import (
    FIELDS,
    Record,
    as_dict,
    as_dicts,
    challenger,
    diagram_id,
    participant,
    refusal_status,
)


def test_the_fields_are_those_of_the_format() -> None:
    expected = """kind class session message iteration attempt sender receiver address key
        sent_ns received_ns started_ns finished_ns outcome by http"""
    assert expected == "\n        ".join([" ".join(FIELDS[:10]), " ".join(FIELDS[10:])])


def test_each_field_has_its_constant_and_its_type() -> None:
    assert list(range(len(FIELDS))) == [getattr(records, name.upper()) for name in FIELDS]
    assert len(FIELDS) == len(get_args(Record))


def test_a_dict_has_the_fields_in_order_and_http_as_json_holds_it() -> None:
    record = few_records()[3]
    fields = as_dict(record)
    assert FIELDS == tuple(fields)
    assert {"method": "POST", "url": "https://server.example/token"}.items() <= fields["http"].items()
    assert record[:-1] == tuple(fields.values())[:-1]
    assert fields == as_dict(tuple(fields.values()))


def test_a_tuple_of_another_length_is_no_record() -> None:
    with pytest.raises(ValueError, match="zip"):
        as_dict(("message", "laptop"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("get_token", ("get_token", None, None)),
        ("get_token!429", ("get_token", 429, None)),
        ("get_token?puzzle", ("get_token", None, "puzzle")),
        ("get_token!x", ("get_token", None, None)),
        ("get_token!", ("get_token", None, None)),
        ("get_token?", ("get_token", None, None)),
        ("get_token!٤٢٩", ("get_token", None, None)),
    ],
)
def test_the_name_of_a_message_says_what_it_belongs_to(name: str, expected: tuple[str, int | None, str | None]) -> None:
    assert expected == (diagram_id(name), refusal_status(name), challenger(name))


def test_the_participant_of_an_instance() -> None:
    assert ["consumer", "server"] == [participant("consumer/17"), participant("server")]


def test_many_as_dicts_are_each_as_a_dict() -> None:
    """The fields are spelled out there, for speed: they are those of FIELDS, in their order."""
    records = few_records()
    assert [list(as_dict(record).items()) for record in records] == [list(fields.items()) for fields in as_dicts(records)]
    assert dict(zip(FIELDS, (*range(16), None), strict=True)) == as_dicts([(*range(16), None)])[0]


def test_many_as_dicts_refuse_what_is_no_record() -> None:
    with pytest.raises(ValueError, match="unpack"):
        as_dicts([few_records()[0], ("message", "laptop")])
