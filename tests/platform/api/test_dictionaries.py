"""Communities and their terms: who may do what, merges that lose nothing, mappings, and the record of it."""

from typing import Any

import pytest

from .conftest import Api, Firm

UNKNOWN = "0x" + "cd" * 16
WORDING = {"label": "Brackets of steel", "definition": "Stamped, up to 5 kg"}


@pytest.fixture(scope="module")
def firms(api: Api) -> list[Firm]:
    """A keeper, a member of the same community, and one who is in none of it."""
    found = [api.firm(name) for name in ("keeper", "member", "outsider")]
    api.work()
    return found


def community(api: Api, keeper: Firm, *members: Firm) -> str:
    body = {"name": f"community {next(api.numbers)}", "description": "for tests"}
    found = api.call("POST", "/v1/communities", keeper.token, json=body)
    path = f"/v1/communities/{found['community_id']}"
    for member in members:
        api.call("PUT", f"{path}/members/{member.id}", keeper.token, json={"standing": "invited"})
        api.call("PUT", f"{path}/members/{member.id}", member.token, json={"standing": "member"})
    return str(found["community_id"])


def term(api: Api, firm: Firm, *community_ids: str, **more: str) -> str:
    body = WORDING | {"unit": "pc", "label": f"term {next(api.numbers)}"} | more
    added = api.call("POST", "/v1/terms", firm.token, json=body | {"community_ids": community_ids})
    return str(added["term_id"])


def merge(api: Api, firm: Firm, term_id: str, into: str) -> Any:
    return api.call("POST", f"/v1/terms/{term_id}/merge", firm.token, json={"into": into})


def test_a_term_is_there_at_once_and_counts_with_the_second_member(api: Api, firms: list[Firm]) -> None:
    keeper, member, outsider = firms
    found = community(api, keeper)
    path, term_id = f"/v1/communities/{found}/members/{member.id}", term(api, keeper, found)
    counts = [api.call("GET", f"/v1/terms/{term_id}", outsider.token)["counts"]]
    for firm, standing in ((keeper, "invited"), (member, "member")):
        api.call("PUT", path, firm.token, json={"standing": standing})
        counts.append(api.call("GET", f"/v1/terms/{term_id}", outsider.token)["counts"])
    api.call("DELETE", path, member.token)
    counts.append(api.call("GET", f"/v1/terms/{term_id}", outsider.token)["counts"])
    assert counts == [False, False, True, False]
    history = api.call("GET", f"/v1/communities/{found}/history", outsider.token)["items"]
    assert [(change["what"], change["by_business_id"]) for change in history] == [
        ("founded", keeper.id), ("invited", keeper.id), ("member", member.id), ("left", member.id),
    ]  # fmt: skip


def test_only_members_add_and_only_keepers_invite_merge_and_retire(api: Api, firms: list[Firm]) -> None:
    keeper, member, outsider = firms
    found = community(api, keeper, member)
    term_id, other = term(api, keeper, found), term(api, member, found)
    members = f"/v1/communities/{found}/members"
    cases: list[tuple[str, Firm, str, str, Any]] = [
        ("not-member", outsider, "POST", "/v1/terms", WORDING | {"unit": "pc", "community_ids": [found]}),
        ("not-member", outsider, "POST", f"/v1/terms/{term_id}/mappings",
         {"relation": "exact", "code_system": "HS", "code": "7326"}),
        ("not-member", outsider, "PUT", f"/v1/terms/{term_id}/communities/{found}", None),
        ("not-keeper", member, "PUT", f"{members}/{outsider.id}", {"standing": "invited"}),
        ("not-keeper", outsider, "PUT", f"{members}/{outsider.id}", {"standing": "member"}),
        ("not-keeper", member, "PUT", f"{members}/{member.id}", {"standing": "keeper"}),
        ("not-keeper", member, "DELETE", f"{members}/{keeper.id}", None),
        ("not-keeper", member, "PUT", f"/v1/terms/{term_id}", WORDING),
        ("not-keeper", member, "POST", f"/v1/terms/{term_id}/merge", {"into": other}),
        ("not-keeper", member, "POST", f"/v1/terms/{term_id}/retirement", None),
    ]  # fmt: skip
    before = api.state()
    for kind, firm, method, path, body in cases:
        api.refused(403, kind, method, path, firm.token, **({} if body is None else {"json": body}))
    assert api.state() == before


def test_the_last_keeper_hands_on_by_leaving_and_cannot_step_down(api: Api, firms: list[Firm]) -> None:
    keeper, member, _ = firms
    path = f"/v1/communities/{community(api, keeper, member)}/members"
    api.refused(409, "only-keeper", "PUT", f"{path}/{keeper.id}", keeper.token, json={"standing": "member"})
    api.refused(
        409, "standing-not-possible", "PUT", f"{path}/{UNKNOWN}", keeper.token, json={"standing": "keeper"}
    )
    api.refused(
        422, "unknown-business", "PUT", f"{path}/{UNKNOWN}", keeper.token, json={"standing": "invited"}
    )
    api.call("DELETE", f"{path}/{keeper.id}", keeper.token)
    (left,) = api.call("GET", path, keeper.token)["items"]
    assert (left["business_id"], left["standing"]) == (member.id, "keeper")


def test_a_term_may_be_in_several_communities_and_has_one_namesake_in_none(
    api: Api, firms: list[Firm]
) -> None:
    keeper, member, _ = firms
    one, other = community(api, keeper, member), community(api, member)
    term_id = term(api, keeper, one, label="Screws")
    api.refused(409, "term-exists", "POST", "/v1/terms", member.token,
                json=WORDING | {"label": "Screws", "unit": "g", "community_ids": [other, one]})  # fmt: skip
    namesake = term(api, member, other, label="Screws")
    path = f"/v1/terms/{term_id}/communities/{other}"
    api.refused(409, "term-exists", "PUT", path, member.token)
    api.call("PUT", f"/v1/terms/{namesake}", member.token, json=WORDING)
    for _ in range(2):
        assert api.call("PUT", path, member.token)["community_ids"] == sorted([one, other])
    found = api.call("GET", "/v1/terms", member.token, params={"community_id": other, "text": "STEEL screws"})
    assert found["items"] == []
    found = api.call("GET", "/v1/terms", member.token, params={"community_id": other, "text": "screws"})
    assert [item["term_id"] for item in found["items"]] == [term_id]


def test_a_merged_term_is_kept_and_leads_to_the_new_and_circles_are_refused(
    api: Api, firms: list[Firm]
) -> None:
    keeper, member, _ = firms
    one, other = community(api, keeper, member), community(api, member, keeper)
    first, second, third = term(api, keeper, one), term(api, keeper, one), term(api, member, other)
    code = {"relation": "exact", "code_system": "UNSPSC", "code": "31162400"}
    api.call("POST", f"/v1/terms/{first}/mappings", keeper.token, json=code)
    merge(api, keeper, first, second)
    merge(api, keeper, second, third)
    before = api.state()
    for old in (first, second):
        api.refused(409, "merge-circle", "POST", f"/v1/terms/{third}/merge", member.token, json={"into": old})
    api.refused(409, "merge-circle", "POST", f"/v1/terms/{third}/merge", member.token, json={"into": third})
    gone = api.refused(
        409, "term-not-active", "POST", f"/v1/terms/{first}/merge", keeper.token, json={"into": third}
    )
    assert third in gone["hint"]
    grams = {"unit": "g", "label": "grams", "community_ids": [one]}
    assert api.state() == before
    gram = api.call("POST", "/v1/terms", keeper.token, json=WORDING | grams)["term_id"]
    api.refused(
        422, "unit-does-not-fit", "POST", f"/v1/terms/{gram}/merge", keeper.token, json={"into": third}
    )
    shown = api.call("GET", f"/v1/terms/{first}", member.token)
    assert (shown["status"], shown["merged_into"]) == ("merged", second)
    assert api.call("GET", f"/v1/terms/{first}/mappings", member.token)["items"][0]["code"] == code["code"]
    by_code = api.call("GET", "/v1/terms", member.token, params={"code": code["code"]})["items"]
    assert [item["term_id"] for item in by_code] == [first]
    (_, taken) = api.call("GET", f"/v1/terms/{third}/history", member.token)["items"]
    assert (taken["what"], taken["details"], taken["by_business_id"]) == (
        "took in", {"term_id": second}, keeper.id,
    )  # fmt: skip


def test_wordings_and_mappings_are_kept_by_whom_and_when(api: Api, firms: list[Firm]) -> None:
    keeper, member, outsider = firms
    one, theirs = community(api, keeper, member), community(api, outsider)
    term_id, foreign = term(api, member, one), term(api, outsider, theirs)
    path = f"/v1/terms/{term_id}"
    assert api.call("PUT", path, member.token, json=WORDING)["version"] == 2
    assert api.call("PUT", path, keeper.token, json=WORDING)["version"] == 2
    relation = {"relation": "broad", "term_id": foreign}
    mapped = api.call("POST", f"{path}/mappings", member.token, json=relation)
    assert api.call("POST", f"{path}/mappings", member.token, json=relation) == mapped
    onto = api.call("GET", f"/v1/terms/{foreign}/mappings", outsider.token)["items"]
    assert [(one["of_term_id"], one["relation"]) for one in onto] == [(term_id, "broad")]
    gone = f"{path}/mappings/{mapped['mapping_id']}"
    api.refused(403, "not-member", "DELETE", gone, outsider.token)
    api.call("DELETE", gone, keeper.token)
    api.refused(404, "unknown-mapping", "DELETE", gone, keeper.token)
    assert api.call("GET", f"{path}/mappings", member.token)["items"] == []
    again = api.call("POST", f"{path}/mappings", member.token, json=relation)
    assert again["mapping_id"] == mapped["mapping_id"]
    api.call("POST", f"{path}/retirement", keeper.token)
    for end, body in (("/mappings", relation), ("/retirement", None), ("/merge", {"into": foreign})):
        status, kind = (403, "not-member") if end == "/merge" else (409, "term-not-active")
        api.refused(status, kind, "POST", path + end, keeper.token, **({"json": body} if body else {}))
    changes, after = [], 0
    while after is not None:
        page = api.call("GET", f"{path}/history", outsider.token, params={"limit": 2, "after": after})
        changes, after = changes + page["items"], page["next"]
    assert [change["what"] for change in changes] == [
        "added", "reworded", "mapped", "mapping withdrawn", "mapped", "retired",
    ]  # fmt: skip
    assert changes[1]["details"]["label"] == WORDING["label"]
    assert changes[1]["details"]["before"]["label"] == changes[0]["details"]["label"]


@pytest.mark.parametrize(
    "body",
    [
        {"relation": "exact"},
        {"relation": "same", "code_system": "HS", "code": "7326"},
        {"relation": "exact", "code_system": "HS"},
        {"relation": "exact", "code_system": "HS", "code": "73.26"},
        {"relation": "exact", "code_system": "UNSPSC", "code": "1"},
        {"relation": "exact", "code_system": "a b", "code": "1"},
        {"relation": "exact", "code_system": "HS", "code": "7326", "term_id": UNKNOWN},
    ],
    ids=str,
)
def test_a_mapping_without_one_sound_target_is_refused(api: Api, firms: list[Firm], body: Any) -> None:
    path = f"/v1/terms/{term(api, firms[0], community(api, firms[0]))}/mappings"
    before = api.state()
    api.refused(422, "bad-input", "POST", path, firms[0].token, json=body)
    assert api.state() == before


def test_unknown_terms_and_communities_are_not_found(api: Api, firms: list[Firm]) -> None:
    token = firms[0].token
    for path in (f"/v1/communities/{UNKNOWN}", f"/v1/communities/{UNKNOWN}/members",
                 f"/v1/communities/{UNKNOWN}/history"):  # fmt: skip
        api.refused(404, "unknown-community", "GET", path, token)
    for path in (f"/v1/terms/{UNKNOWN}", f"/v1/terms/{UNKNOWN}/mappings", f"/v1/terms/{UNKNOWN}/history"):
        api.refused(404, "unknown-term", "GET", path, token)
