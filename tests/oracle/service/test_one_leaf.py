"""One leaf, shown without the rest: it proves itself against the root that the ledger has, or is refused."""

import json

import pytest

from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence.shown import check_leaf, show_leaf, transaction_of


@pytest.fixture
def evidence(world):
    world.ingest("factory-day")
    return world.close_day().evidence


def test_each_leaf_alone_belongs_to_the_root_and_tells_nothing_of_the_others(world, evidence):
    leaves = evidence.sealed.leaves
    for position, leaf in enumerate(leaves):
        text = show_leaf(evidence, position).document()
        shown = check_leaf(text)
        assert shown.leaf == leaf
        others = [other["salt"] for other in leaves if other != leaf]
        assert not any(salt in text for salt in others)
        # A day's reading is shown without names of meters, as in all evidence.
        assert "main meter" not in text


def test_the_root_of_a_shown_leaf_is_found_on_the_ledger_once_the_report_is_confirmed(world, evidence):
    shown = show_leaf(evidence, 3)
    with pytest.raises(EvidenceRefused, match="no statement"):
        transaction_of(shown, world.ledger)
    (message,) = world.outbox.drain()
    assert transaction_of(shown, world.ledger) == message.tx_hash
    other = shown.model_copy(update={"period_end": shown.period_end + 1})
    with pytest.raises(EvidenceRefused, match="no statement"):
        transaction_of(other, world.ledger)


def test_a_leaf_that_is_not_there_is_refused_by_number(evidence):
    for position in (-1, len(evidence.sealed.leaves)):
        with pytest.raises(EvidenceRefused, match="There is no leaf"):
            show_leaf(evidence, position)


def changed(**changes):
    return lambda document: document | changes


FORGERIES = {
    "a reading with another value": lambda document: document | {"leaf": document["leaf"] | {"value": "1"}},
    "a proof without its last hash": lambda document: document | {"proof": document["proof"][:-1]},
    "a proof in another order": lambda document: document | {"proof": document["proof"][::-1]},
    "another root": changed(root="0x" + "12" * 32),
    "a root that is none": changed(root="0x12"),
    "a float in the leaf": lambda document: document | {"leaf": document["leaf"] | {"value": 1.5}},
    "nothing in the leaf": changed(leaf={}),
    "null in the leaf": lambda document: document | {"leaf": document["leaf"] | {"value": None}},
    "a proof without end": changed(proof=["0x" + "00" * 32] * 41),
    "another format": changed(format="tanso-leaf@9"),
    "a field more": changed(comment="trust me"),
    "a number as text": changed(position="3"),
    "a period before all time": changed(period_start=-1),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_shown_leaf_that_was_changed_is_refused(evidence, forgery):
    document = json.loads(show_leaf(evidence, 6).document())
    assert document["leaf"]["kind"] == "reading"
    with pytest.raises(EvidenceRefused):
        check_leaf(json.dumps(forgery(document)))


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "{", "[" * 100_000, '{"leaf":' * 20_000, "NaN", " " * (1024 * 1024 + 1)]
)
def test_what_is_no_shown_leaf_at_all_is_refused(text: str):
    with pytest.raises(EvidenceRefused):
        check_leaf(text)
