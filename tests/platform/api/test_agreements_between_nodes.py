"""What a node takes and gives where a party is served elsewhere: terms, answers over steps, deletion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Call
from tanso.oracle.evidence import canonical_json
from tanso.oracle.store import reading, writing
from tanso.platform.agreements import confirmation, keeping, service
from tanso.platform.agreements.confirmation import Confirmation, Statement
from tanso.platform.agreements.terms import Disclosed, Terms
from tanso.platform.errors import BadInput, Conflict, NotFound

from .conftest import NOON, Api, Firm, amount

UNTIL = 4_102_444_800
MATERIALS, NAMES = Disclosed.MATERIALS, Disclosed.NAMES


@dataclass
class Far:
    """A business on another node: all that is known of it here is what the ledger says."""

    api: Api
    chain: Any
    account: Any
    id: str

    def send(self, call: Call) -> None:
        self.chain.send(call, self.account)
        self.api.work()

    def propose(self, receiver_id: str, name: str, **changes: Any) -> Terms:
        terms = Terms(
            **{
                "format": "tanso-agreement@1",
                "agreement_id": derive_id(b"a secret of the far business", "agreement", name),
                "provider": self.id,
                "receiver": receiver_id,
                "lots": "all",
                "fields": ["materials"],
                "depth": 1,
                "purpose": "test",
                "valid_until": UNTIL,
                "nonce": "0" * 32,
                **changes,
            }
        )
        self.send(self.api.node.ledger.agreements.propose(terms.agreement_id, receiver_id, terms.hash, UNTIL))
        return terms

    def is_offered(self, provider: Firm) -> Any:
        """The answer to a proposal of a business of this node."""
        body = {
            "receiver_id": self.id,
            "fields": ["names"],
            "purpose": "test",
            "valid_until": "2100-01-01T00:00:00Z",
        }
        return self.api.call("POST", "/v1/agreements", provider.token, json=body)


@pytest.fixture(scope="module")
def far(api: Api, _devchain: Any) -> Far:
    account = next(api.free_accounts)
    business_id = derive_id(b"a secret of the far business", "business", "far")
    call = api.node.ledger.businesses.register(business_id, account.address, content_hash(b"https://far"))
    _devchain.send(call, _devchain.admin)
    api.work()
    return Far(api, _devchain, account, business_id)


def test_terms_from_elsewhere_are_kept_if_they_are_those_on_the_ledger(
    api: Api, maker: Firm, far: Far
) -> None:
    terms = far.propose(maker.id, "kept")
    path = f"/v1/agreements/{terms.agreement_id}"
    assert api.call("GET", path, maker.token)["terms"] is None
    api.refused(409, "terms-missing", "POST", f"{path}/acceptance", maker.token)
    before = api.state()
    other = terms.model_copy(update={"purpose": "quite another"})
    unknown = terms.model_copy(update={"agreement_id": "0x" + "ab" * 16})
    for document, error, kind in ((other, BadInput, "other-terms"), (unknown, NotFound, "unknown-agreement")):
        with pytest.raises(error) as refused, writing(api.node.engine) as session:
            keeping.keep_terms(session, document.document)
        assert refused.value.kind == kind
    assert api.state() == before
    for _ in range(2):
        with writing(api.node.engine) as session:
            assert keeping.keep_terms(session, terms.document) == terms
    assert api.call("GET", path, maker.token)["terms"] == terms.model_dump(mode="json")
    api.step(maker, terms.agreement_id, "acceptance")
    assert api.call("GET", path, maker.token)["state"] == "in-force"


@pytest.fixture(scope="module")
def farther(api: Api, far: Far) -> str:
    """ID of a third business that this node does not serve."""
    business_id = derive_id(b"a secret of the far business", "business", "farther")
    account = Account.create().address
    call = api.node.ledger.businesses.register(business_id, account, content_hash(b"https://farther"))
    far.chain.send(call, far.chain.admin)
    api.work()
    return business_id


def test_terms_of_others_are_not_kept(api: Api, far: Far, farther: str) -> None:
    terms = far.propose(farther, "between others")
    with pytest.raises(NotFound), writing(api.node.engine) as session:
        keeping.keep_terms(session, terms.document)


def test_who_takes_an_id_first_does_not_have_its_terms_replaced_by_a_guess(
    api: Api, maker: Firm, far: Far, farther: str
) -> None:
    """The far business copies an ID, and even the hash, out of a proposal that is on its way."""
    for receiver in (maker.id, farther):
        given = far.is_offered(maker)
        agreement_id = given["terms"]["agreement_id"]
        copied = api.node.ledger.agreements.propose(agreement_id, receiver, given["terms_hash"], UNTIL)
        far.chain.send(copied, far.account)
        (parked,) = api.node.work()
        assert parked.error_name == "AgreementsIdTaken"
        path = f"/v1/agreements/{agreement_id}"
        listed = api.call("GET", "/v1/agreements?limit=200", maker.token)["items"]
        if receiver == maker.id:
            shown = api.call("GET", path, maker.token)
            assert (shown["part"], shown["state"], shown["terms"]) == ("receiver", "proposed", None)
            api.refused(409, "terms-missing", "POST", f"{path}/acceptance", maker.token)
        else:
            api.refused(404, "unknown-agreement", "GET", path, maker.token)
        assert (agreement_id in {item["agreement_id"] for item in listed}) == (receiver == maker.id)


def confirmed(far: Far, row_terms: Terms, **changes: Any) -> Confirmation:
    """As the far business's node makes it."""
    statement = Statement(
        **{
            "format": confirmation.FORMAT,
            "agreement_id": row_terms.agreement_id,
            "provider": row_terms.provider,
            "receiver": row_terms.receiver,
            "terms_hash": row_terms.hash,
            "statement": confirmation.STATEMENT,
            "deleted_at": 1,
            **changes,
        }
    )
    signed = far.account.sign_message(statement.message)
    return Confirmation(statement=statement, signature="0x" + bytes(signed.signature).hex())


def test_a_deletion_is_demanded_done_signed_and_shown_to_both_and_on_the_ledger(
    api: Api, maker: Firm, far: Far
) -> None:
    terms = far.propose(maker.id, "deleted")
    agreement_id, engine = terms.agreement_id, api.node.engine
    other = far.propose(maker.id, "not deleted")
    for each in (terms, other):
        with writing(engine) as session:
            keeping.keep_terms(session, each.document)
        api.step(maker, each.agreement_id, "acceptance")
        for number in range(3):
            with writing(engine) as session:
                keeping.keep_received(session, each.agreement_id, f"0x{number:032x}", '{"co2_ug":1}')
    path = f"/v1/agreements/{agreement_id}/deletion"
    api.refused(409, "deletion-not-demanded", "POST", path, maker.token)
    far.send(api.node.ledger.agreements.demand_deletion(agreement_id))
    assert api.call("GET", f"/v1/agreements/{agreement_id}", maker.token)["state"] == "deletion-demanded"
    with pytest.raises(Conflict, match="not in force"), writing(engine) as session:
        keeping.keep_received(session, agreement_id, "0x" + "9" * 32, "{}")

    answer = api.call("POST", path, maker.token)
    with reading(engine) as session:
        assert keeping.received(session, agreement_id) == []
        assert len(keeping.received(session, other.agreement_id)) == 3
    api.work()
    # Anyone can check it: the account is the receiver's on the ledger, the hash is the agreement's.
    made, ledger = answer["confirmation"], api.node.ledger
    message = encode_defunct(canonical_json(made["statement"]))
    assert Account.recover_message(message, signature=made["signature"]) == maker.account
    assert ledger.businesses.account_of(maker.id) == maker.account
    on_ledger = ledger.agreements.agreement_of(agreement_id)
    assert on_ledger is not None
    assert on_ledger.confirmation_hash == content_hash(canonical_json(made)) == answer["confirmation_hash"]
    assert on_ledger.demanded_at <= on_ledger.confirmed_at
    shown = api.call("GET", f"/v1/agreements/{agreement_id}", maker.token)
    assert (shown["state"], shown["confirmation"]) == ("deleted", made)
    again = api.call("POST", path, maker.token)
    assert (again["confirmation"], again["transaction"]["status"]) == (made, "confirmed")


def test_a_confirmation_from_elsewhere_is_kept_if_it_is_the_one_on_the_ledger(
    api: Api, maker: Firm, far: Far
) -> None:
    terms = Terms.model_validate(far.is_offered(maker)["terms"])
    api.work()
    ledger = api.node.ledger.agreements
    far.send(ledger.accept(terms.agreement_id, terms.hash))
    api.step(maker, terms.agreement_id, "deletion-demand")
    made = confirmed(far, terms)

    def refused(document: Any) -> str:
        before = api.state()
        with pytest.raises((BadInput, NotFound)) as error, writing(api.node.engine) as session:
            keeping.keep_confirmation(session, document)
        assert api.state() == before
        return error.value.kind

    assert refused(made.document) == "other-confirmation"  # before the ledger has it
    far.send(ledger.confirm_deletion(terms.agreement_id, made.hash))
    assert refused(confirmed(far, terms, deleted_at=2).document) == "other-confirmation"
    assert refused(b"{}") == "bad-confirmation"
    with writing(api.node.engine) as session:
        keeping.keep_confirmation(session, made.document)
    shown = api.call("GET", f"/v1/agreements/{terms.agreement_id}", maker.token)
    assert shown["confirmation"] == made.model_dump(mode="json")


def test_a_confirmation_that_another_signed_is_not_kept_though_its_hash_is_on_the_ledger(
    api: Api, maker: Firm, far: Far
) -> None:
    terms = Terms.model_validate(far.is_offered(maker)["terms"])
    api.work()
    ledger = api.node.ledger.agreements
    far.send(ledger.accept(terms.agreement_id, terms.hash))
    api.step(maker, terms.agreement_id, "deletion-demand")
    statement = confirmed(far, terms).statement
    signed = Account.create().sign_message(statement.message)
    made = Confirmation(statement=statement, signature="0x" + bytes(signed.signature).hex())
    far.send(ledger.confirm_deletion(terms.agreement_id, made.hash))
    with pytest.raises(BadInput) as refused, writing(api.node.engine) as session:
        keeping.keep_confirmation(session, made.document)
    assert refused.value.kind == "other-confirmation"


@dataclass
class Steps:
    """A supplier's lot went into a maker's; both disclose: supplier → maker → customer → buyer."""

    api: Api
    firms: list[Firm]
    lot: str
    product: str

    def agree(self, *wanted: tuple[int, tuple[str, ...], dict[str, Any]]) -> list[Terms]:
        """Agreements in force, each of a provider (by number) with the next: its fields and other terms."""
        made = []
        for provider, fields, more in wanted:
            body = {
                "receiver_id": self.firms[provider + 1].id,
                "fields": fields,
                "purpose": "test",
                "valid_until": "2100-01-01T00:00:00Z",
            }
            answer = self.api.call("POST", "/v1/agreements", self.firms[provider].token, json=body | more)
            made.append(Terms.model_validate(answer["terms"]))
        self._each(made, "receiver", "acceptance")
        return made

    def via(self, chain: list[Terms], reader: int | None = None, field: Disclosed = MATERIALS) -> str | None:
        """The agreement under which the reader, by default the last of the chain, gets the supplier's lot."""
        reader_id = chain[-1].receiver if reader is None else self.firms[reader].id
        with reading(self.api.node.engine) as session:
            found = service.entitled_via(
                session, reader_id, self.firms[0].id, self.lot, field, [terms.document for terms in chain]
            )
        return found.agreement_id if found else None

    def end(self, *chain: Terms) -> None:
        self._each(chain, "provider", "withdrawal")

    def _each(self, chain: Sequence[Terms], part: str, step: str) -> None:
        self.api.work()
        for terms in chain:
            party = next(firm for firm in self.firms if firm.id == getattr(terms, part))
            self.api.call("POST", f"/v1/agreements/{terms.agreement_id}/{step}", party.token)
        self.api.work()


ONLY_MATERIALS = ("materials",)


@pytest.fixture(scope="module")
def steps(api: Api) -> Steps:
    firms = [api.firm(name) for name in ("supplier", "middle", "customer", "buyer")]
    api.work()
    lot = api.steel_lot(firms[0], "part", "3")
    body = {"to_business_id": firms[1].id, "quantity": amount("2", "pc")}
    api.call("POST", f"/v1/lots/{lot}/shipments", firms[0].token, json=body)
    api.work()
    product = api.lot(firms[1], "product")
    body = {"material_lot_id": lot, "consumption": amount("1", "pc"), "at": NOON}
    api.call("POST", f"/v1/lots/{product}/material-uses", firms[1].token, json=body)
    api.complete(firms[1], product, "1")
    api.work()
    return Steps(api, firms, lot, product)


def test_an_answer_goes_as_many_steps_as_every_agreement_on_the_way_allows(steps: Steps) -> None:
    one, two, three, middle, wide, last = steps.agree(
        *((0, ONLY_MATERIALS, {"depth": depth}) for depth in (1, 2, 3)),
        *((1, ONLY_MATERIALS, {"depth": depth}) for depth in (1, 2)),
        (2, ONLY_MATERIALS, {}),
    )
    assert steps.via([one]) == one.agreement_id
    assert steps.via([one, middle]) is None
    assert steps.via([two, middle]) == two.agreement_id
    assert steps.via([two, wide, last]) is None
    assert steps.via([three, middle, last]) is None
    assert steps.via([three, wide, last]) == three.agreement_id
    steps.end(one, two, three, middle, wide, last)
    assert [steps.via([each]) for each in (one, two, three)] == [None, None, None]
    assert steps.via([three, wide, last]) is None


def test_a_chain_that_does_not_hang_together_or_is_not_on_the_ledger_opens_nothing(steps: Steps) -> None:
    first, middle = steps.agree((0, ONLY_MATERIALS, {"depth": 2}), (1, ONLY_MATERIALS, {}))
    assert steps.via([first, middle]) == first.agreement_id
    assert steps.via([middle]) is None
    assert steps.via([middle, first]) is None
    assert steps.via([first, first]) is None
    assert steps.via([first, middle], reader=3) is None
    assert steps.via([first], reader=2) is None
    deeper = first.model_copy(update={"depth": 16})
    assert steps.via([deeper, middle]) is None
    proposed = steps.api.propose(steps.firms[1], steps.firms[2], "materials")
    shown = steps.api.call("GET", f"/v1/agreements/{proposed}", steps.firms[1].token)["terms"]
    assert steps.via([first, Terms.model_validate(shown)]) is None
    for length in (0, 17):
        with pytest.raises(BadInput) as refused, reading(steps.api.node.engine) as session:
            service.entitled_via(
                session, steps.firms[2].id, steps.firms[0].id, steps.lot, MATERIALS,
                [first.document] * length,
            )  # fmt: skip
        assert refused.value.kind == "bad-terms"
    steps.end(first, middle)


def test_every_agreement_of_a_chain_must_hold_the_field_and_the_first_the_lot(steps: Steps) -> None:
    first, elsewhere, middle = steps.agree(
        (0, ("materials", "names"), {"depth": 2, "lots": [steps.lot]}),
        (0, ONLY_MATERIALS, {"depth": 2, "lots": ["0x" + "ab" * 16]}),
        (1, ONLY_MATERIALS, {}),
    )
    assert steps.via([first, middle]) == first.agreement_id
    assert steps.via([first, middle], field=NAMES) is None
    assert steps.via([elsewhere, middle]) is None
    steps.end(first, elsewhere, middle)


def test_who_is_let_in_for_a_product_gets_what_went_into_it_and_nothing_else(steps: Steps) -> None:
    first, product, other = steps.agree(
        (0, ONLY_MATERIALS, {"depth": 2}),
        (1, ONLY_MATERIALS, {"lots": [steps.product]}),
        (1, ONLY_MATERIALS, {"lots": ["0x" + "ab" * 16]}),
    )
    assert steps.via([first, product]) == first.agreement_id
    assert steps.via([first, other]) is None
    steps.end(first, product, other)


def test_a_business_is_entitled_by_an_agreement_of_the_owner_with_it_alone(steps: Steps) -> None:
    (terms,) = steps.agree((0, ONLY_MATERIALS, {}))
    supplier, middle, customer, _ = (firm.id for firm in steps.firms)
    with reading(steps.api.node.engine) as session:
        found = service.entitled(session, middle, supplier, steps.lot, MATERIALS)
        assert found is not None
        assert (found.agreement_id, found.terms) == (terms.agreement_id, terms)
        assert service.entitled(session, middle, supplier, steps.lot, NAMES) is None
        assert service.entitled(session, customer, supplier, steps.lot, MATERIALS) is None
        assert service.entitled(session, supplier, middle, steps.lot, MATERIALS) is None
    steps.end(terms)


def test_a_use_by_somebody_further_down_is_shown_under_the_first_agreement(steps: Steps) -> None:
    (first,) = steps.agree((0, ONLY_MATERIALS, {"depth": 2}))
    reader = steps.firms[2]
    with writing(steps.api.node.engine) as session:
        service.note_use(session, first.agreement_id, steps.lot, (MATERIALS,), reader.id, answered=True)
    path = f"/v1/agreements/{first.agreement_id}/uses"
    (use,) = steps.api.call("GET", path, steps.firms[0].token)["items"]
    assert (use["reader_id"], use["fields"], use["answered"]) == (reader.id, ["materials"], True)
    assert use["lot_id"] == steps.lot
    steps.end(first)
