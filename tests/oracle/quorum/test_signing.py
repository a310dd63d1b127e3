from itertools import pairwise
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from tanso.oracle.keys import KeyRing
from tanso.oracle.quorum import (
    TooFewKeys,
    WrongSignature,
    recover_signers,
    sign_with_quorum,
    verify_quorum,
)

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
RING = KeyRing(Account.from_key(bytes([number]) * 32) for number in range(1, 6))


def message(value: int = 7) -> dict[str, Any]:
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
            "Thing": [{"name": "value", "type": "uint256"}],
        },
        "primaryType": "Thing",
        "domain": {"name": "Test", "chainId": 31337},
        "message": {"value": value},
    }


@settings(max_examples=20, deadline=None)  # signing in Python is slow
@given(st.permutations(list(RING)), st.integers(1, 5), st.integers(0, 2**256 - 1))
def test_signatures_are_by_different_keys_in_rising_order(keys: list[Any], needed: int, value: int) -> None:
    signatures = sign_with_quorum(message(value), KeyRing(keys), needed=needed)
    signers = recover_signers(message(value), signatures)
    assert len(signatures) == needed
    assert all(int(lower, 16) < int(higher, 16) for lower, higher in pairwise(signers))
    assert set(signers) <= set(RING.addresses)


def test_a_signature_is_r_s_v_in_65_bytes() -> None:
    (signature,) = sign_with_quorum(message(), RING, needed=1)
    expected = next(iter(RING)).sign_message(encode_typed_data(full_message=message()))
    assert signature == (
        expected.r.to_bytes(32, "big") + expected.s.to_bytes(32, "big") + bytes([expected.v])
    )


def test_too_few_keys_are_counted() -> None:
    with pytest.raises(TooFewKeys, match="6 oracle keys must sign, but only 5 of the 5"):
        sign_with_quorum(message(), RING, needed=6)


def test_a_quorum_of_none_is_refused() -> None:
    with pytest.raises(TooFewKeys, match="quorum of 0"):
        sign_with_quorum(message(), RING, needed=0)


def test_only_registered_keys_sign() -> None:
    registered = [address.lower() for address in RING.addresses[3:]]
    signatures = sign_with_quorum(message(), RING, needed=2, registered=registered)
    assert recover_signers(message(), signatures) == list(RING.addresses[3:])
    with pytest.raises(TooFewKeys, match="only 2 of the 5"):
        sign_with_quorum(message(), RING, needed=3, registered=registered)


def test_a_good_quorum_is_verified_with_its_signers() -> None:
    signatures = sign_with_quorum(message(), RING, needed=3)
    assert verify_quorum(message(), signatures, registered=RING.addresses, needed=2) == list(
        RING.addresses[:3]
    )


def test_too_few_signatures_are_refused() -> None:
    signatures = sign_with_quorum(message(), RING, needed=1)
    with pytest.raises(TooFewKeys, match="1 signatures were given, 2 are needed"):
        verify_quorum(message(), signatures, registered=RING.addresses, needed=2)


def test_a_signature_of_another_message_is_refused() -> None:
    signatures = sign_with_quorum(message(1), RING, needed=2)
    with pytest.raises(WrongSignature, match="not a registered oracle key"):
        verify_quorum(message(2), signatures, registered=RING.addresses, needed=2)


@pytest.mark.parametrize("order", [(1, 0), (0, 0)])
def test_unsorted_and_double_signatures_are_refused(order: tuple[int, int]) -> None:
    signatures = sign_with_quorum(message(), RING, needed=2)
    with pytest.raises(WrongSignature, match="rising signer address"):
        verify_quorum(message(), [signatures[i] for i in order], registered=RING.addresses, needed=2)


def test_a_malleable_signature_is_refused() -> None:
    (signature,) = sign_with_quorum(message(), RING, needed=1)
    s = ORDER - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    # It is a valid signature of the same key, which is why it must be refused by its form.
    assert (
        Account.recover_message(encode_typed_data(full_message=message()), signature=twin)
        == RING.addresses[0]
    )
    with pytest.raises(WrongSignature, match="malleable"):
        recover_signers(message(), [twin])


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"\x01" * 64,
        b"\x01" * 66,
        b"\x01" * 64 + b"\x00",
        b"\x00" * 64 + b"\x1b",
        b"\xff" * 32 + b"\x01" * 32 + b"\x1b",
    ],
)
def test_bytes_that_are_no_signature_are_refused(signature: bytes) -> None:
    with pytest.raises(WrongSignature, match="signature 1"):
        recover_signers(message(), [signature])
