import copy
import logging
import pickle

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tanso.oracle.keys import KeyMissing, KeyRing

FIRST = "0x" + "11" * 32
SECOND = "0x" + "22" * 32


def test_a_key_is_found_by_its_address_in_any_case(accounts: list[LocalAccount]) -> None:
    ring = KeyRing(accounts[:2])
    assert ring.account(accounts[1].address).key == accounts[1].key
    assert ring.account(accounts[1].address.lower()).key == accounts[1].key
    assert accounts[0].address.lower() in ring


def test_an_address_without_key_is_named(accounts: list[LocalAccount]) -> None:
    ring = KeyRing(accounts[:1])
    assert accounts[1].address not in ring
    assert "nonsense" not in ring
    assert 5 not in ring
    with pytest.raises(KeyMissing, match=accounts[1].address):
        ring.account(accounts[1].address)


def test_text_that_is_no_address_is_refused_by_name(accounts: list[LocalAccount]) -> None:
    with pytest.raises(KeyMissing, match="nonsense"):
        KeyRing(accounts[:1]).account("nonsense")


def test_keys_go_by_rising_address(accounts: list[LocalAccount]) -> None:
    ring = KeyRing(accounts)
    numbers = [int(account.address, 16) for account in ring]
    assert numbers == sorted(numbers)
    assert [account.address for account in ring] == list(ring.addresses)
    assert len(ring) == len(accounts)


def test_two_rings_join_and_a_double_key_counts_once(accounts: list[LocalAccount]) -> None:
    joined = KeyRing(accounts[:3]) | KeyRing(accounts[2:4])
    assert set(joined.addresses) == {account.address for account in accounts[:4]}


def test_raw_keys_make_a_ring() -> None:
    ring = KeyRing.from_private_keys([FIRST, bytes.fromhex(SECOND[2:])])
    assert set(ring.addresses) == {Account.from_key(FIRST).address, Account.from_key(SECOND).address}


@pytest.mark.parametrize("bad", ["0x1234", "secret-but-wrong", "0x" + "00" * 32, b"short"])
def test_a_malformed_raw_key_is_refused_and_not_shown(bad: str | bytes) -> None:
    with pytest.raises(KeyMissing, match="number 2") as caught:
        KeyRing.from_private_keys([FIRST, bad])
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert str(bad)[2:] not in str(caught.value)


def test_no_text_form_of_a_ring_shows_a_key(caplog: pytest.LogCaptureFixture) -> None:
    ring = KeyRing.from_private_keys([FIRST])
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("%s %r %s", ring, ring, list(ring))
    texts = [repr(ring), str(ring), f"{ring}", repr(vars(ring)), caplog.text]
    assert all("1111111111" not in text for text in texts)
    assert Account.from_key(FIRST).address in repr(ring)


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_ring_refuses_to_be_pickled_or_copied(write: object) -> None:
    with pytest.raises(TypeError, match="keys in the clear"):
        write(KeyRing.from_private_keys([FIRST]))  # type: ignore[operator]
