"""Producers put lots into a category: its figures come from the ledger, show nobody, serve as a factor."""

from typing import Any

import pytest

from .conftest import Api, Firm, amount

YEAR = {"period_start": "2023-01-01T00:00:00Z", "period_end": "2024-01-01T00:00:00Z"}
NEXT = {"period_start": "2024-01-01T00:00:00Z", "period_end": "2025-01-01T00:00:00Z"}
UNKNOWN = "0x" + "cd" * 16


@pytest.fixture(scope="module")
def firms(api: Api) -> list[Firm]:
    """Six producers, the first two of them a community."""
    found = [api.firm(f"producer {number}") for number in range(6)]
    api.work()
    body = {"name": "makers", "description": "of brackets"}
    api.call("POST", "/v1/communities", found[0].token, json=body)
    (community,) = api.call("GET", "/v1/communities", found[0].token)["items"]
    path = f"/v1/communities/{community['community_id']}/members/{found[1].id}"
    api.call("PUT", path, found[0].token, json={"standing": "invited"})
    api.call("PUT", path, found[1].token, json={"standing": "member"})
    return found


def term(api: Api, firms: list[Firm], unit: str = "pc") -> str:
    (community,) = api.call("GET", "/v1/communities", firms[0].token)["items"]
    body = {"label": f"brackets {next(api.numbers)}", "definition": "of steel", "unit": unit}
    body |= {"community_ids": [community["community_id"]]}
    return str(api.call("POST", "/v1/terms", firms[0].token, json=body)["term_id"])


def brackets(api: Api, firm: Firm, kilos: int, year: str, name: str = "brackets") -> str:
    """A hundred brackets from so many kilograms of steel: 3.93 g of CO2e per kilogram and piece."""
    lot_id = api.lot(firm, name, started_at=f"{year}-05-01T00:00:00Z")
    body = {"factor_id": api.steel, "consumption": amount(str(kilos), "kg"), "at": f"{year}-05-02T00:00:00Z"}
    api.call("POST", f"/v1/lots/{lot_id}/material-uses", firm.token, json=body)
    api.complete(firm, lot_id, "100", completed_at=f"{year}-05-03T00:00:00Z")
    return lot_id


def contribute(api: Api, firm: Firm, term_id: str, *lot_ids: str, products: tuple[str, ...] = ()) -> None:
    body = {"lot_ids": lot_ids, "products": products}
    api.call("POST", f"/v1/terms/{term_id}/contributions", firm.token, json=body)


def test_five_producers_make_a_release_which_ranks_them_and_serves_as_a_factor(
    api: Api, firms: list[Firm]
) -> None:
    category = term(api, firms)
    path = f"/v1/terms/{category}"
    lots = [brackets(api, firm, kilos, "2023") for kilos, firm in enumerate(firms[:5], start=1)]
    api.work()
    for firm, lot_id in list(zip(firms, lots, strict=False))[:4]:
        contribute(api, firm, category, lot_id)
    before = api.state()
    api.refused(409, "no-server", "POST", "/v1/contribution-pulls", api.operator, json=YEAR)
    api.refused(409, "nothing-to-release", "POST", f"{path}/releases", api.operator, json=YEAR)
    api.refused(403, "not-producer", "POST", f"{path}/contributions", firms[5].token,
                json={"lot_ids": lots[:1]})  # fmt: skip
    api.refused(404, "not-in-release", "GET", f"{path}/rank", firms[0].token)
    assert api.state() == before
    contribute(api, firms[4], category, products=("brackets",))
    made = api.call("POST", f"{path}/releases", api.operator, json=YEAR)
    # 3.93, 7.86, 11.79, 15.72 and 19.65 g count as 3.9, 7.9, 12, 16 and 20 g.
    assert [made[f"{name}_pg"] for name in ("p10", "p25", "median", "p75", "p90")] == [
        8_000_000_000_000,
        8_000_000_000_000,
        12_000_000_000_000,
        16_000_000_000_000,
        16_000_000_000_000,
    ]
    assert (made["contributors"], made["lots"], made["unit"], made["primary_percent"]) == (5, 5, "pc", 0)
    assert api.call("GET", f"{path}/releases", firms[5].token)["items"] == [made]
    assert api.call("GET", f"/v1/releases/{made['release_id']}", firms[5].token) == made
    assert not {firm.id for firm in firms} & set(map(str, made.values()))
    ranks = [api.call("GET", f"{path}/rank", firm.token) for firm in firms[:5]]
    assert [(rank["own_pg"], rank["band"]) for rank in ranks] == [
        (3_930_000_000_000, "lowest quarter"),
        (7_860_000_000_000, "lowest quarter"),
        (11_790_000_000_000, "second quarter"),
        (15_720_000_000_000, "third quarter"),
        (19_650_000_000_000, "highest quarter"),
    ]
    api.refused(404, "not-in-release", "GET", f"{path}/rank", firms[5].token)
    found = api.call("GET", f"/v1/releases/{made['release_id']}/factor", firms[5].token)
    factor = found["factor"]
    assert (factor["value"], factor["unit"]) == ("12", "g/pc")
    assert factor["publisher"] == f"Tanso category statistics, release {made['release_id']}"
    validity = {"valid_from": YEAR["period_end"], "valid_until": "2026-01-01T00:00:00Z"}
    registered = api.call("POST", "/v1/factors", api.operator, json=factor | validity)
    assert registered["factor_id"] == found["factor_id"]
    assert registered["intensity_pg"] == made["median_pg"]


def test_lots_of_a_product_count_until_it_is_taken_back_and_the_release_stands(
    api: Api, firms: list[Firm]
) -> None:
    category = term(api, firms)
    path = f"/v1/terms/{category}"
    lots = {}
    for kilos, firm in enumerate(firms, start=1):
        contribute(api, firm, category, products=("clips",))
        lots[firm.name] = [brackets(api, firm, kilos, year, "clips") for year in ("2023", "2024")]
    api.work()
    made = api.call("POST", f"{path}/releases", api.operator, json=YEAR)
    own = api.call("GET", f"{path}/contributions", firms[5].token)
    assert [item["product"] for item in own["products"]] == ["clips"]
    assert {item["lot_id"]: item["release_id"] for item in own["items"]} == dict(
        zip(lots[firms[5].name], (made["release_id"], None), strict=True)
    )
    page = api.call("GET", f"{path}/contributions", firms[5].token, params={"limit": 1})
    rest = api.call("GET", f"{path}/contributions", firms[5].token, params={"after": page["next"]})
    assert page["items"] + rest["items"] == own["items"]
    api.call("POST", f"{path}/withdrawals", firms[5].token, json={"products": ["clips"]})
    api.refused(404, "no-contribution", "DELETE", f"{path}/contributions", firms[5].token)
    api.refused(409, "nothing-to-release", "POST", f"{path}/releases", api.operator, json=NEXT)
    api.refused(409, "period-released", "POST", f"{path}/releases", api.operator, json=YEAR)
    assert api.call("GET", f"{path}/releases", firms[0].token)["items"] == [made]
    contribute(api, firms[5], category, lots[firms[5].name][1])
    assert api.call("POST", f"{path}/releases", api.operator, json=NEXT)["lots"] == 5


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"lot_ids": []},
        {"lot_ids": ["0x1"]},
        {"lot_ids": [UNKNOWN] * 1_001},
        {"products": ["\x00"]},
        {"products": ["p"] * 201},
        {"lot_ids": [UNKNOWN], "all": True},
    ],
    ids=lambda body: str(body)[:40],
)
def test_contributions_out_of_bounds_are_refused(api: Api, firms: list[Firm], body: Any) -> None:
    for end in ("contributions", "withdrawals"):
        api.refused(422, "bad-input", "POST", f"/v1/terms/{UNKNOWN}/{end}", firms[0].token, json=body)


def test_what_does_not_fit_a_category_is_refused_by_name_and_changes_nothing(
    api: Api, firms: list[Firm]
) -> None:
    grams = term(api, firms, unit="g")
    lot_id = brackets(api, firms[0], 1, "2023")
    api.work()
    path = f"/v1/terms/{grams}"
    before = api.state()
    cases: list[tuple[int, str, str, Any]] = [
        (422, "unit-does-not-fit", "contributions", {"lot_ids": [lot_id]}),
        (404, "unknown-lot", "contributions", {"lot_ids": [UNKNOWN]}),
        (404, "no-contribution", "withdrawals", {"lot_ids": [lot_id]}),
        (404, "no-contribution", "withdrawals", {"products": ["brackets"]}),
    ]
    for status, kind, end, body in cases:
        api.refused(status, kind, "POST", f"{path}/{end}", firms[0].token, json=body)
    for kind, status, body in (
        ("empty-period", 422, YEAR | {"period_end": YEAR["period_start"]}),
        ("in-the-future", 422, YEAR | {"period_end": "2100-01-01T00:00:00Z"}),
    ):
        api.refused(status, kind, "POST", f"{path}/releases", api.operator, json=body)
    api.refused(404, "unknown-term", "POST", f"/v1/terms/{UNKNOWN}/releases", api.operator, json=YEAR)
    api.refused(404, "unknown-release", "GET", f"/v1/releases/{UNKNOWN}", firms[0].token)
    assert api.state() == before


def test_a_term_of_one_member_is_not_released(api: Api, firms: list[Firm]) -> None:
    body = {"name": "alone", "description": "yet"}
    community = api.call("POST", "/v1/communities", firms[5].token, json=body)["community_id"]
    body = {"label": "mine", "definition": "mine", "unit": "pc", "community_ids": [community]}
    alone = api.call("POST", "/v1/terms", firms[5].token, json=body)["term_id"]
    api.refused(409, "term-does-not-count", "POST", f"/v1/terms/{alone}/releases", api.operator, json=YEAR)
