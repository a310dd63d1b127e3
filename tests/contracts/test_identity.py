import pytest
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.errors import InvalidId, InvalidValue, TansoError
from tanso.contracts.identity import content_hash, derive_id, parse_hash, parse_id

SECRET = b"0123456789abcdef"


def test_an_id_is_the_first_half_of_keccak256_over_length_prefixed_parts() -> None:
    parts = b"\0\0\0\x10" + SECRET + b"\0\0\0\x03lot" + b"\0\0\0\x04A-\xc3\xa9"
    assert derive_id(SECRET, "lot", "A-é") == "0x" + keccak(parts)[:16].hex()


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_different_kinds_or_names_never_share_an_id(kind: str, name: str, kind2: str, name2: str) -> None:
    same = (kind, name) == (kind2, name2)
    assert (derive_id(SECRET, kind, name) == derive_id(SECRET, kind2, name2)) is same


def test_moving_a_letter_from_kind_to_name_changes_the_id() -> None:
    assert derive_id(SECRET, "lot", "1") != derive_id(SECRET, "lo", "t1")


def test_another_secret_gives_another_id() -> None:
    assert derive_id(SECRET, "lot", "1") != derive_id(SECRET[::-1], "lot", "1")


@pytest.mark.parametrize(
    ("secret", "kind", "name"), [(SECRET[:-1], "lot", "1"), (SECRET, "", "1"), (SECRET, "lot", "")]
)
def test_a_short_secret_and_empty_parts_are_refused(secret: bytes, kind: str, name: str) -> None:
    with pytest.raises(InvalidValue):
        derive_id(secret, kind, name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x" + "0" * 31 + "g",
        "0x" + "1" * 31,
        "0x" + "1" * 33,
        "1" * 32,
        "0x" + "0" * 32,
        "0x" + "1" * 32 + "\n",
    ],
)
def test_what_is_no_128_bit_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidId):
        parse_id(text)


@pytest.mark.parametrize("text", [None, 7, b"0x" + b"1" * 32])
def test_what_is_no_text_is_refused_as_an_id(text: object) -> None:
    with pytest.raises(InvalidId):
        parse_id(text)


@given(st.binary(min_size=16, max_size=16).filter(any))
def test_an_id_is_read_in_any_case_and_given_in_lower_case(raw: bytes) -> None:
    assert parse_id("0x" + raw.hex().upper()) == "0x" + raw.hex()


def test_a_hash_has_sixty_four_digits() -> None:
    assert parse_hash(content_hash(b"").upper().replace("0X", "0x")) == "0x" + keccak(b"").hex()
    with pytest.raises(InvalidId, match="64 hexadecimal digits"):
        parse_hash("0x" + "1" * 32)


def test_an_invalid_id_is_one_of_our_errors_and_a_value_error() -> None:
    assert issubclass(InvalidId, TansoError)
    assert issubclass(InvalidId, ValueError)
