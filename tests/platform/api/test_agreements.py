"""Agreements over the API, on a real chain: each state, each party, each action; what each field opens."""

from collections.abc import Callable
from typing import Any

import pytest

from tanso.platform.agreements import lifecycle, routes, service
from tanso.platform.reports.page import report_page

from .conftest import NOON, Api, Firm, amount

ACTIONS = ("acceptance", "withdrawal", "deletion-demand", "deletion")
TAKEN, AGAIN = "taken", "again"
NOT_DEMANDED = "deletion-not-demanded"

HISTORY: dict[str, list[tuple[str, str]]] = {
    "proposed": [],
    "declined": [("receiver", "withdrawal")],
    "in-force": [("receiver", "acceptance")],
    "withdrawn": [("receiver", "acceptance"), ("provider", "withdrawal")],
    "deletion-demanded": [("receiver", "acceptance"), ("provider", "deletion-demand")],
    "deleted": [("receiver", "acceptance"), ("provider", "deletion-demand"), ("receiver", "deletion")],
}
"""How each state came about."""

OUTCOMES: dict[str, dict[str, tuple[str, str, str, str]]] = {
    "proposed": {
        "provider": ("not-receiver", TAKEN, "AgreementsNotAccepted", "not-receiver"),
        "receiver": (TAKEN, TAKEN, "not-provider", NOT_DEMANDED),
    },
    "declined": {
        "provider": ("not-receiver", "AgreementsEnded", "AgreementsNotAccepted", "not-receiver"),
        "receiver": ("AgreementsEnded", AGAIN, "not-provider", NOT_DEMANDED),
    },
    "in-force": {
        "provider": ("not-receiver", TAKEN, TAKEN, "not-receiver"),
        "receiver": (AGAIN, TAKEN, "not-provider", NOT_DEMANDED),
    },
    "withdrawn": {
        "provider": ("not-receiver", AGAIN, TAKEN, "not-receiver"),
        "receiver": (AGAIN, "AgreementsEnded", "not-provider", NOT_DEMANDED),
    },
    "deletion-demanded": {
        "provider": ("not-receiver", "AgreementsEnded", AGAIN, "not-receiver"),
        "receiver": (AGAIN, "AgreementsEnded", "not-provider", TAKEN),
    },
    "deleted": {
        "provider": ("not-receiver", "AgreementsEnded", AGAIN, "not-receiver"),
        "receiver": (AGAIN, "AgreementsEnded", "not-provider", AGAIN),
    },
}
"""By state and party, what becomes of each action: taken, answered as it was before, or refused so."""

BECOMES = {
    "acceptance": "in-force", "withdrawal": "withdrawn",
    "deletion-demand": "deletion-demanded", "deletion": "deleted",
}  # fmt: skip
STATUS = {"not-provider": 403, "not-receiver": 403}


@pytest.fixture(scope="module")
def firms(api: Api, maker: Firm) -> dict[str, Firm]:
    found = {"provider": maker, "receiver": api.firm("receiver"), "third": api.firm("third")}
    api.work()
    return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the node's clock; the chain's own stays where it is."""

    def set_to(time: int) -> None:
        for module in (service, routes, lifecycle):
            monkeypatch.setattr(module, "utc_now", lambda: time)

    return set_to


def brought_to(api: Api, firms: dict[str, Firm], state: str, count: int) -> list[str]:
    """So many agreements in one state."""
    body = {
        "receiver_id": firms["receiver"].id,
        "fields": ["materials"],
        "purpose": "test",
        "valid_until": "2100-01-01T00:00:00Z",
    }
    made = [
        str(api.call("POST", "/v1/agreements", firms["provider"].token, json=body)["terms"]["agreement_id"])
        for _ in range(count)
    ]
    api.work()
    for party, action in HISTORY[state]:
        for agreement_id in made:
            api.call("POST", f"/v1/agreements/{agreement_id}/{action}", firms[party].token)
        api.work()
    return made


def state_of(api: Api, firm: Firm, agreement_id: str) -> str:
    return str(api.call("GET", f"/v1/agreements/{agreement_id}", firm.token)["state"])


@pytest.mark.parametrize("state", HISTORY)
def test_each_party_may_do_in_each_state_what_the_table_says_and_nothing_else(
    api: Api, firms: dict[str, Firm], state: str
) -> None:
    cells = [
        (party, action, outcome)
        for party, outcomes in OUTCOMES[state].items()
        for action, outcome in zip(ACTIONS, outcomes, strict=True)
    ]
    taken = [(party, action) for party, action, outcome in cells if outcome == TAKEN]
    first, *others = brought_to(api, firms, state, 1 + len(taken))
    before = api.state()
    for party, action, outcome in cells:
        path, token = f"/v1/agreements/{first}/{action}", firms[party].token
        if outcome == AGAIN:
            assert api.call("POST", path, token)["transaction"]["status"] == "confirmed"
        elif outcome != TAKEN:
            api.refused(STATUS.get(outcome, 409), outcome, "POST", path, token)
    for action in ACTIONS:
        path = f"/v1/agreements/{first}/{action}"
        api.refused(404, "unknown-agreement", "POST", path, firms["third"].token)
    assert api.node.work() == []
    assert api.state() == before
    for agreement_id, (party, action) in zip(others, taken, strict=True):
        api.call("POST", f"/v1/agreements/{agreement_id}/{action}", firms[party].token)
    api.work()
    for agreement_id, (_, action) in zip(others, taken, strict=True):
        for party in ("provider", "receiver"):
            assert state_of(api, firms[party], agreement_id) == BECOMES[action]


def test_an_agreement_is_seen_by_its_parties_with_its_terms_and_by_nobody_else(
    api: Api, firms: dict[str, Firm]
) -> None:
    agreement_id = api.agree(firms["provider"], firms["receiver"], "names", "materials", depth=3)
    on_ledger = api.node.ledger.agreements.agreement_of(agreement_id)
    assert on_ledger is not None
    shown = {
        party: api.call("GET", f"/v1/agreements/{agreement_id}", firms[party].token)
        for party in ("provider", "receiver")
    }
    for party, seen in shown.items():
        assert (seen["part"], seen["state"], seen["terms_hash"]) == (party, "in-force", on_ledger.terms_hash)
        assert (seen["terms"]["fields"], seen["terms"]["depth"]) == (["materials", "names"], 3)
        assert (seen["ended_at"], seen["deletion_demanded_at"], seen["confirmation"]) == (None, None, None)
    api.refused(404, "unknown-agreement", "GET", f"/v1/agreements/{agreement_id}", firms["third"].token)
    assert api.call("GET", "/v1/agreements", firms["third"].token) == {"items": [], "next": None}


def test_agreements_are_listed_by_part_in_pages(api: Api, firms: dict[str, Firm]) -> None:
    own = firms["third"]
    given = {api.propose(own, firms["receiver"]) for _ in range(2)}
    got = api.propose(firms["receiver"], own)

    def pages(part: str) -> list[str]:
        found, after = [], ""
        while True:
            page = api.call("GET", f"/v1/agreements?limit=1{part}{after}", own.token)
            found += [item["agreement_id"] for item in page["items"]]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    assert pages("") == sorted({*given, got})
    assert pages("&part=provider") == sorted(given)
    assert pages("&part=receiver") == [got]


def test_a_proposal_sent_again_under_its_key_is_one_agreement(api: Api, firms: dict[str, Firm]) -> None:
    body = {
        "receiver_id": firms["receiver"].id,
        "fields": ["names"],
        "purpose": "once",
        "valid_until": "2100-01-01T00:00:00Z",
    }
    request = {"json": body, "headers": {"Idempotency-Key": "once"}}
    token = firms["provider"].token
    first = api.call("POST", "/v1/agreements", token, **request)
    assert api.call("GET", f"/v1/agreements/{first['terms']['agreement_id']}", token)["state"] == "proposing"
    api.refused(
        404, "unknown-agreement", "GET", f"/v1/agreements/{first['terms']['agreement_id']}",
        firms["receiver"].token,
    )  # fmt: skip
    api.work()
    again = api.call("POST", "/v1/agreements", token, **request)
    assert again == first
    other = {"json": body | {"depth": 2}, "headers": request["headers"]}
    api.refused(422, "idempotency-key-reused", "POST", "/v1/agreements", token, **other)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"receiver_id": "0x" + "ab" * 16}, "unknown-business"),
        ({"receiver_id": "self"}, "agreement-with-oneself"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "agreement-over"),
        ({"valid_until": 4102444800}, "bad-input"),
        ({"fields": []}, "bad-input"),
        ({"fields": ["names", "names"]}, "named-twice"),
        ({"fields": ["secrets"]}, "bad-input"),
        ({"lots": []}, "bad-input"),
        ({"lots": "some"}, "bad-input"),
        ({"lots": ["0x" + "ab" * 16] * 2}, "named-twice"),
        ({"depth": 0}, "bad-input"),
        ({"depth": 17}, "bad-input"),
        ({"depth": 10**30}, "bad-input"),
        ({"purpose": " "}, "bad-input"),
        ({"purpose": "x" * 201}, "bad-input"),
        ({"more": 1}, "bad-input"),
    ],
)
def test_a_proposal_that_does_not_fit_changes_nothing(
    api: Api, firms: dict[str, Firm], change: dict[str, Any], kind: str
) -> None:
    provider = firms["provider"]
    body = {
        "receiver_id": firms["receiver"].id,
        "fields": ["names"],
        "purpose": "test",
        "valid_until": "2100-01-01T00:00:00Z",
    } | change
    if body["receiver_id"] == "self":
        body["receiver_id"] = provider.id
    before = api.state()
    api.refused(422, kind, "POST", "/v1/agreements", provider.token, json=body)
    assert api.state() == before


@pytest.fixture(scope="module")
def lot(api: Api, factory: Firm) -> str:
    """A lot of the factory: steel and some minutes of the NC machine; restated once."""
    lot_id = api.lot(factory, "gear")
    api.use_steel(factory, lot_id)
    body = {"equipment_id": factory.machines["nc"], "activity": amount("20", "min"), "at": NOON}
    api.call("POST", f"/v1/lots/{lot_id}/equipment-uses", factory.token, json=body)
    api.complete(factory, lot_id, "10")
    api.work()
    reason = {"co2": amount("2", "kg"), "primary": amount("0", "g"), "reason": "a gauge was misread"}
    api.call("POST", f"/v1/lots/{lot_id}/restatements", factory.token, json=reason)
    api.work()
    return lot_id


def seen(api: Api, lot_id: str, token: str) -> set[str]:
    """What a reader gets of a lot, over every route that could show it."""
    found = set()
    for field, path in (("materials", "material-uses"), ("equipment", "equipment-uses")):
        answer = api.send("GET", f"/v1/lots/{lot_id}/{path}", token)
        assert answer.status_code in (200, 403)
        found |= {field} if answer.status_code == 200 else set()
    (reason,) = api.call("GET", f"/v1/lots/{lot_id}/restatements", token)["items"]
    found |= {"reasons"} if reason["reason"] else set()
    trace = api.call("GET", f"/v1/lots/{lot_id}/trace", token)["lots"][0]
    kinds = {item["kind"] for item in trace["inputs"]}
    assert kinds == {kind for kind, field in KIND_FIELDS.items() if field in found}
    whole = {"materials", "equipment"} & found
    assert trace["disclosure"] == ["not disclosed", "in part", "shown"][len(whole)]
    report = api.send("GET", f"/v1/lots/{lot_id}/report", token)
    assert report.status_code == (200 if len(whole) == 2 else 403)
    if report.status_code == 200:
        named = {name for name in ("gear", "nc", "factory") if f'"{name}"' in report.text}
        assert len(named) in (0, 3)
        found |= {"names"} if named else set()
        assert ("misread" in report.text) == ("reasons" in found)
        assert report_page(report.json())
    return found


KIND_FIELDS = {"external": "materials", "equipment": "equipment"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("materials",), {"materials", "reasons"}),
        (("equipment",), {"equipment", "reasons"}),
        (("names",), {"reasons"}),  # there is no report without the rest, so no place for names
        (("materials", "equipment"), {"materials", "equipment", "reasons"}),
        (("materials", "equipment", "names"), {"materials", "equipment", "names", "reasons"}),
    ],
)
def test_each_field_opens_what_it_says_and_nothing_else(
    api: Api, factory: Firm, firms: dict[str, Firm], lot: str, fields: tuple[str, ...], expected: set[str]
) -> None:
    reader = firms["third"]
    assert seen(api, lot, reader.token) == set()
    agreement_id = api.agree(factory, reader, *fields)
    assert seen(api, lot, reader.token) == expected
    # Nobody else is let in by it, and the provider gets nothing of the receiver's for it.
    assert seen(api, lot, firms["receiver"].token) == set()
    api.step(factory, agreement_id, "withdrawal")
    assert seen(api, lot, reader.token) == set()


def test_two_agreements_open_what_both_say(api: Api, factory: Firm, firms: dict[str, Firm], lot: str) -> None:
    reader = firms["third"]
    both = [api.agree(factory, reader, field) for field in ("materials", "equipment")]
    assert seen(api, lot, reader.token) == {"materials", "equipment", "reasons"}
    for agreement_id in both:
        api.step(reader, agreement_id, "withdrawal")
        (last, *_) = api.call("GET", f"/v1/agreements/{agreement_id}/uses", factory.token)["items"]
        assert len(last["fields"]) == 1


def test_an_agreement_on_some_lots_opens_no_other(
    api: Api, factory: Firm, firms: dict[str, Firm], lot: str
) -> None:
    reader = firms["third"]
    other = api.steel_lot(factory, "other")
    agreement_id = api.agree(factory, reader, "materials", lots=[lot])
    api.call("GET", f"/v1/lots/{lot}/material-uses", reader.token)
    problem = api.refused(403, "not-disclosed", "GET", f"/v1/lots/{other}/material-uses", reader.token)
    assert "materials" in problem["detail"]
    api.step(factory, agreement_id, "withdrawal")


@pytest.mark.parametrize(
    ("party", "step"),
    [("provider", "withdrawal"), ("receiver", "withdrawal"), ("provider", "deletion-demand")],
)
def test_from_the_request_to_end_it_nothing_is_answered_though_the_ledger_has_yet_to_take_it(
    api: Api, factory: Firm, firms: dict[str, Firm], lot: str, party: str, step: str
) -> None:
    parties = {"provider": factory, "receiver": firms["third"]}
    agreement_id = api.agree(factory, firms["third"], "materials")
    path = f"/v1/lots/{lot}/material-uses"
    api.call("GET", path, firms["third"].token)
    api.call("POST", f"/v1/agreements/{agreement_id}/{step}", parties[party].token)
    api.refused(403, "not-disclosed", "GET", path, firms["third"].token)
    assert state_of(api, factory, agreement_id) == "in-force"
    api.work()
    assert state_of(api, factory, agreement_id) == BECOMES[step]


def test_before_acceptance_and_after_its_end_nothing_is_answered(
    api: Api, factory: Firm, firms: dict[str, Firm], lot: str, clock: Callable[[int], None]
) -> None:
    reader = firms["third"]
    path, until = f"/v1/lots/{lot}/material-uses", 4_102_444_800
    agreement_id = api.propose(factory, reader, "materials")
    api.refused(403, "not-disclosed", "GET", path, reader.token)
    api.step(reader, agreement_id, "acceptance")
    clock(until - 1)
    api.call("GET", path, reader.token)
    assert state_of(api, reader, agreement_id) == "in-force"
    clock(until)
    api.refused(403, "not-disclosed", "GET", path, reader.token)
    assert state_of(api, factory, agreement_id) == "expired"
    uses = api.call("GET", f"/v1/agreements/{agreement_id}/uses", factory.token)["items"]
    assert [use["answered"] for use in uses] == [False, True, False]


def test_the_provider_sees_each_use_answered_or_refused_in_pages(
    api: Api, factory: Firm, firms: dict[str, Firm], lot: str
) -> None:
    reader = firms["receiver"]
    agreement_id = api.agree(factory, reader, "materials", "equipment", "names")
    other = api.agree(factory, firms["third"], "names")
    api.call("GET", f"/v1/lots/{lot}/material-uses", reader.token)
    api.call("GET", f"/v1/lots/{lot}/trace", reader.token)
    api.call("GET", f"/v1/lots/{lot}/report", reader.token)
    api.call("GET", f"/v1/lots/{lot}/proof", reader.token)
    api.call("GET", f"/v1/lots/{lot}/restatements", reader.token)
    api.call("GET", f"/v1/lots/{lot}/material-uses", factory.token)  # one's own lots are nobody's use
    api.refused(403, "not-disclosed", "GET", f"/v1/lots/{lot}/proof", firms["third"].token)
    api.step(factory, agreement_id, "withdrawal")
    api.refused(403, "not-disclosed", "GET", f"/v1/lots/{lot}/equipment-uses", reader.token)
    path, found, after = f"/v1/agreements/{agreement_id}/uses", [], 0
    while after is not None:
        page = api.call("GET", f"{path}?limit=2&after={after}", factory.token)
        found, after = found + page["items"], page["next"]
    assert [(use["fields"], use["answered"]) for use in found] == [
        (["materials"], True),
        (["equipment", "materials", "names"], True),
        (["equipment", "materials", "names", "reasons"], True),
        (["equipment", "materials"], True),
        (["reasons"], True),
        (["equipment"], False),
    ]
    assert {(use["reader_id"], use["lot_id"]) for use in found} == {(reader.id, lot)}
    api.refused(403, "not-provider", "GET", path, reader.token)
    api.refused(404, "unknown-agreement", "GET", path, firms["third"].token)
    (refused,) = api.call("GET", f"/v1/agreements/{other}/uses", factory.token)["items"]
    assert (refused["fields"], refused["answered"]) == (["equipment", "materials"], False)


def test_a_lot_that_is_not_settled_is_not_opened_by_any_agreement(
    api: Api, factory: Firm, firms: dict[str, Firm]
) -> None:
    agreement_id = api.agree(factory, firms["third"])
    lot_id = api.lot(factory, "secret")
    api.use_steel(factory, lot_id)
    for end in ("material-uses", "equipment-uses", "trace", "proof", "restatements"):
        assert api.send("GET", f"/v1/lots/{lot_id}/{end}", firms["third"].token).status_code == 404
    assert api.call("GET", f"/v1/agreements/{agreement_id}/uses", factory.token)["items"] == []
