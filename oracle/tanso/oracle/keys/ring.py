"""Keys by address, in memory or behind an external signer. Nothing here prints, logs or pickles a key."""

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, Protocol

from eth_account import Account
from eth_account.datastructures import SignedMessage, SignedTransaction
from eth_account.messages import SignableMessage
from eth_account.types import TransactionDictType
from eth_typing import ChecksumAddress
from web3 import Web3

from tanso.contracts.errors import TansoError


class KeyMissing(TansoError):
    """The ring holds no key for the address."""


class Key(Protocol):
    """What signs for one account: eth-account's LocalAccount, or an account of an external signer."""

    @property
    def address(self) -> ChecksumAddress:
        """The account, with checksum."""

    def sign_transaction(self, transaction_dict: TransactionDictType) -> SignedTransaction:
        """Signs a transaction whose fields are all given."""

    def sign_typed_data(self, *, full_message: dict[str, Any]) -> SignedMessage:
        """Signs EIP-712 data."""

    def sign_message(self, signable_message: SignableMessage) -> SignedMessage:
        """Signs a personal message (EIP-191)."""


class KeyRing:
    """Signing keys by address.

    >>> ring = KeyRing([Account.from_key("0x" + "11" * 32)])
    >>> ring
    KeyRing(0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A)
    >>> "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a" in ring
    True
    """

    def __init__(self, accounts: Iterable[Key] = ()) -> None:
        self._accounts = {str(account.address): account for account in accounts}

    @classmethod
    def from_private_keys(cls, keys: Iterable[str | bytes]) -> "KeyRing":
        """A ring of raw private keys (32 bytes or hex).

        A malformed one raises KeyMissing without showing it.
        """
        accounts = []
        for number, key in enumerate(keys, start=1):
            try:
                accounts.append(Account.from_key(key))
            except Exception:
                # "from None": the library's error may quote the key.
                raise KeyMissing(f"private key number {number} is not 32 bytes of hexadecimal text") from None
        return cls(accounts)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, rising, with checksum."""
        return tuple(sorted(self._accounts, key=lambda address: int(address, 16)))

    def account(self, address: str) -> Key:
        """The key of `address`. Raises KeyMissing."""
        if address not in self:
            raise KeyMissing(
                f"no signing key for the account {address}",
                hint="Put its keystore file into the key folder, or name it in TANSO_SIGNER_ACCOUNTS.",
            )
        return self._accounts[Web3.to_checksum_address(address)]

    def __contains__(self, address: object) -> bool:
        return (
            isinstance(address, str)
            and Web3.is_address(address)
            and (Web3.to_checksum_address(address) in self._accounts)
        )

    def __iter__(self) -> Iterator[Key]:
        return (self._accounts[address] for address in self.addresses)

    def __len__(self) -> int:
        return len(self._accounts)

    def __or__(self, other: "KeyRing") -> "KeyRing":
        return KeyRing([*self, *other])

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.addresses)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key ring can't be pickled or copied: that would write keys in the clear")
