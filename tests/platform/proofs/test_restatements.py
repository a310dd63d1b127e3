"""Restatements in a bundle: what a producer is charged is the most that any of them said, and never falls."""

from collections.abc import Callable
from typing import Any

import pytest

from tanso.platform.proofs.model import Bundle
from tanso.platform.proofs.verify import verify

Forge = Callable[[Any], Bundle]


@pytest.mark.parametrize(
    ("charges", "wrong"), [((500, 500, 530), []), ((500, 200, 530), [1]), ((500, 500, 500), [2])]
)
def test_a_charge_is_the_most_of_all_restatements_so_far(
    document: Any, forge: Forge, charges: tuple[int, ...], wrong: list[int]
) -> None:
    lot = document["lots"][document["lot"]]
    settled = lot["ledger"]["co2_ug"]
    lot["restatements"] = [
        {
            "number": number,
            "co2_ug": settled + more,
            "primary_ug": 0,
            "charged_ug": charged,
            "reason_hash": "0x" + "5" * 64,
        }
        for number, (more, charged) in enumerate(zip((500, 200, 530), charges, strict=True), start=1)
    ]
    places = [finding.place for finding in verify(forge(document))]
    assert places == [f"lots.{document['lot']}.restatements.{number}.charged_ug" for number in wrong]
