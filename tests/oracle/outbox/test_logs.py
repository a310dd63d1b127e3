import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.oracle.outbox import Outbox, OutboxMessage

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]


def test_logs_carry_the_message_as_fields_and_no_key_or_raw_transaction(
    chain: Any,
    one_store: Engine,
    make_outbox: Make,
    queue_grants: Queue,
    caplog: pytest.LogCaptureFixture,
) -> None:
    outbox = make_outbox(one_store, chain.ledger)
    queue_grants(outbox, 1)
    with caplog.at_level(logging.DEBUG, logger="tanso"):
        (done,) = outbox.drain()
    signed, confirmed = [record for record in caplog.records if record.name.startswith("tanso.oracle.outbox")]
    assert (signed.outbox_status, confirmed.outbox_tx_hash) == ("signed", done.tx_hash)  # type: ignore[attr-defined]
    assert {record.outbox_key for record in (signed, confirmed)} == {"grant:1"}  # type: ignore[attr-defined]
    everything = " ".join(str(vars(record)) for record in caplog.records)
    assert chain.admin.key.hex().removeprefix("0x") not in everything
    (transaction,) = outbox.transactions("grant:1")
    assert transaction.raw.hex() not in everything
