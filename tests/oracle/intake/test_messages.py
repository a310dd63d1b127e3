"""Readings as JSON: exact digits, every field checked, the published schema as strict as the parser."""

import json
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tanso.oracle.devices.signing import sign_reading, signer_of
from tanso.oracle.errors import BadMessage
from tanso.oracle.intake.candidates import REGISTER, Candidate
from tanso.oracle.intake.messages import READING_EXAMPLE, READING_SCHEMA, Given, Messages, split
from tanso.oracle.intake.rows import Refusal

BUSINESS = "0x" + "ab" * 16
SCHEMA = Draft202012Validator(READING_SCHEMA)
AT = {"at": "2026-02-01T00:15:00Z", "start": None, "end": None}


def text(**changes: Any) -> str:
    """The example as JSON; None leaves a field out."""
    fields = READING_EXAMPLE | changes
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def read(raw: str) -> Candidate | Refusal:
    ((item, content),) = split(raw.encode())
    found, refused, _ = Messages(BUSINESS).read([Given(7, item, content)])
    (one,) = [*found, *refused]
    assert one.line == 7
    return one


def error(raw: str) -> str:
    one = read(raw)
    assert isinstance(one, Refusal), one
    assert one.raw == raw
    return one.error


def test_a_reading_is_a_figure_of_an_interval() -> None:
    one = read(text())
    assert isinstance(one, Candidate)
    assert (one.device, one.quantity, one.value, one.unit) == ("press 3", "electricity", "2.5", "kWh")
    assert (one.start, one.end) == (1769872500, 1769873400)


def test_count_and_signature_come_with_the_figure_and_what_was_signed_is_as_it_was_sent() -> None:
    key = Account.from_key(b"\x11" * 32)
    sent = READING_EXAMPLE | {"value": "2.50", "sequence": 17}
    one = read(text(**sent, signature=sign_reading(key, BUSINESS, sent)))
    assert isinstance(one, Candidate)
    assert (one.value, one.sequence) == ("2.5", 17)
    assert one.signed is not None
    assert one.signature is not None
    assert '"value":"2.50"' in one.signed
    assert signer_of(one.signed, one.signature) == key.address
    as_number = read(text(**sent, signature=one.signature).replace('"2.50"', "2.50"))
    assert isinstance(as_number, Candidate)
    assert as_number.signed == one.signed


def test_what_a_counter_shows_has_one_time() -> None:
    one = read(text(**AT))
    assert isinstance(one, Candidate)
    assert (one.start, one.end) == (REGISTER, 1769904900)


@given(st.decimals(0, 10**15, allow_nan=False, allow_infinity=False, places=9))
def test_a_number_counts_by_its_digits_and_as_text_gives_the_same(value: Any) -> None:
    as_text = read(text(value=f"{value:f}"))
    as_number = read(text(value=None)[:-1] + f', "value": {value:f}}}')
    assert isinstance(as_text, Candidate)
    assert isinstance(as_number, Candidate)
    assert as_text[:8] == as_number[:8]
    whole, _, decimals = as_text.value.partition(".")
    assert int(whole + decimals.ljust(9, "0")) == int(value.scaleb(9))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (text(value="NaN"), "NotANumber"),
        (text()[:-1] + ', "sequence": 1.5}', "BadMessage"),
        (text(value=None)[:-1] + ', "value": NaN}', "NotANumber"),
        (text(value=None)[:-1] + ', "value": -Infinity}', "NotANumber"),
        (text(value=None)[:-1] + ', "value": 1e400}', "AbsurdNumber"),
        (text(value="-1"), "NegativeQuantity"),
        (text(value="1,5"), "NotANumber"),
        (text(value=None), "MissingValue"),
        (text(value=True), "BadMessage"),
        (text(value=["1"]), "BadMessage"),
        (text(value={"is": "1"}), "BadMessage"),
        (text(unit=None), "MissingUnit"),
        (text(unit="quux"), "UnknownUnit"),
        (text(unit="Nm3"), "UnitDoesNotFit"),
        (text(unit=5), "BadMessage"),
        (text(device=None), "BadDevice"),
        (text(device="x" * 121), "BadDevice"),
        (text(device="a\u0000b"), "BadDevice"),
        (text(device="\ud800"), "BadDevice"),
        (text(quantity="steam of unknown kind"), "BadDevice"),
        (text(start=None), "BadTime"),
        (text(end="2026-02-01T00:30:00"), "BadTime"),
        (text(end="2026-02-30T00:30:00Z"), "BadTime"),
        (text(end="2026-02-01T00:15:00+09:00"), "BadTime"),
        (text(end="2026-02-01T00:30:00.5+09:00"), "BadTime"),
        (text(start="1960-01-01T00:00:00Z"), "BadTime"),
        (text(end=1769873400), "BadMessage"),
        (text(at="2026-02-01T00:15:00Z"), "BadTime"),
        (text(sequence=-1), "BadMessage"),
        (text(sequence=2**63), "BadMessage"),
        (text(sequence="1"), "BadMessage"),
        (text(signature="0x12"), "BadMessage"),
        (text(price="12"), "BadMessage"),
        (text()[:-1] + ', "value": "3"}', "BadMessage"),
        ('"reading"', "BadMessage"),
        ("null", "BadMessage"),
        ("12", "BadMessage"),
    ],
)
def test_a_bad_reading_is_refused_by_name_and_its_text_kept(raw: str, expected: str) -> None:
    assert error(raw) == expected


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"\xff\xfe",
        b"{",
        b"[",
        b"[1,",
        b"[1 2]",
        b"[1,]",
        b'{"value": 01}',
        text().encode() + b"x",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"device": "a\nb"}',
    ],
    ids=lambda payload: repr(payload[:16]),
)
def test_what_is_no_json_as_a_whole_is_refused_whole(payload: bytes) -> None:
    with pytest.raises(BadMessage) as refusal:
        split(payload)
    assert refusal.value.hint


@given(st.lists(st.sampled_from([text(), text(value="1 "), "{ }", '"é]["', "[[1], 2]", "-0.50"])), st.data())
def test_a_list_is_split_into_its_items_texts(items: list[str], data: Any) -> None:
    blanks = st.sampled_from(["", " ", "\n\t", "\r\n  "])
    inner = ",".join(data.draw(blanks) + item + data.draw(blanks) for item in items)
    body = f"{data.draw(blanks)}[{inner or data.draw(blanks)}]{data.draw(blanks)}"
    assert [raw for raw, _ in split(body.encode())] == items


@pytest.mark.parametrize("change", [{}, AT, {"sequence": 3}, {"value": 2.5}, {"signature": "0x" + "ab" * 65}])
def test_the_published_schema_takes_what_is_taken(change: dict[str, Any]) -> None:
    raw = text(**change)
    assert isinstance(read(raw), Candidate)
    SCHEMA.validate(json.loads(raw))


@pytest.mark.parametrize(
    "change",
    [
        *({name: None} for name in READING_EXAMPLE),
        {"at": "2026-02-01T00:15:00Z"},
        {"at": "2026-02-01T00:15:00Z", "start": None},
        {"sequence": -1},
        {"sequence": 2**63},
        {"sequence": "1"},
        {"signature": "0x" + "ab" * 64},
        {"price": "1"},
        {"value": True},
        {"device": "x" * 121},
    ],
)
def test_the_published_schema_refuses_what_is_refused(change: dict[str, Any]) -> None:
    raw = text(**change)
    assert isinstance(read(raw), Refusal)
    assert not SCHEMA.is_valid(json.loads(raw))


def test_a_list_of_more_than_may_come_at_once_is_refused_whole() -> None:
    payload = b"[1,1,1]"
    assert len(split(payload, 3)) == len(split(payload)) == 3
    with pytest.raises(BadMessage, match="more than 2 readings"):
        split(payload, 2)
