"""The demo's proof bundle, and the means to forge it.

text       proof.json as the demo wrote it
document   the same as plain data, to be changed freely
forge      changes made to the data, then sealed and signed again with the issuer's own key: gives the bundle
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.messages import encode_defunct

from tanso.devchain import dev_accounts
from tanso.platform.proofs.model import Bundle, read_bundle

Document = dict[str, Any]


@pytest.fixture(scope="session")
def text(told: Path) -> str:
    return (told / "proof.json").read_text("utf-8")


@pytest.fixture
def document(text: str) -> Document:
    return dict(json.loads(text))


@pytest.fixture
def forge() -> Callable[[Document], Bundle]:
    keys = {account.address: account for account in dev_accounts(13)}

    def forge(changed: Document) -> Bundle:
        bundle = read_bundle(json.dumps(changed))
        bundle = bundle.model_copy(update={"seals": bundle.computed_seals()})
        signed = keys[bundle.issuer.account].sign_message(encode_defunct(bundle.digest()))  # type: ignore[index]
        return bundle.model_copy(update={"signature": "0x" + bytes(signed.signature).hex()})

    return forge
