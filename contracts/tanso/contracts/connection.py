"""Connects to any Ethereum node by URL."""

from typing import TYPE_CHECKING

from tanso.contracts.errors import ChainUnreachable, InvalidValue

if TYPE_CHECKING:
    from web3 import Web3


def connect(url: str, *, timeout: float = 30) -> "Web3":
    """A web3 connection to an HTTP JSON-RPC URL, for public and consortium chains alike.

    :param timeout: seconds to wait for each answer.
    :raises InvalidValue: when the URL is not one of HTTP.
    :raises ChainUnreachable: when no node answers there.
    """
    from web3 import HTTPProvider, Web3
    from web3.middleware import ExtraDataToPOAMiddleware

    if not url.startswith(("http://", "https://")):
        raise InvalidValue(f"{url!r} is not the URL of a node.", hint="Write it as http://127.0.0.1:8545.")
    w3 = Web3(HTTPProvider(url, request_kwargs={"timeout": timeout}))
    # Clique and QBFT chains put their signers into the block's extra data, which web3 refuses without this.
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    if not w3.is_connected():
        raise ChainUnreachable(
            f"No node answers at {url}.", hint="Start one with `tanso chain`, or give another URL."
        )
    return w3
