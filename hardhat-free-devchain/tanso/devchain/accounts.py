"""The development accounts: the same as anvil's and Hardhat's, from a phrase that everybody knows.

Never send anything of value to them on a public chain.
"""

from functools import cache

from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_account.signers.local import LocalAccount

DEV_MNEMONIC = "test test test test test test test test test test test junk"
DEV_HD_PATH = "m/44'/60'/0'/0"


@cache
def dev_account(index: int) -> LocalAccount:
    """Account number `index` (0 is the first) of the development phrase."""
    account: LocalAccount = Account.from_key(key_from_seed(_seed(), f"{DEV_HD_PATH}/{index}"))
    return account


def dev_accounts(count: int = 10) -> list[LocalAccount]:
    """The first `count` development accounts, each with its private key."""
    return [dev_account(index) for index in range(count)]


@cache
def _seed() -> bytes:
    return seed_from_mnemonic(DEV_MNEMONIC, "")
