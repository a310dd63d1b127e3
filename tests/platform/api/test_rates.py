"""What a node with small limits answers: 429 with the time to come again, and nobody else suffers."""

import pytest

from tanso.platform.api.rates import Limits
from tanso.platform.settings import Settings

from .conftest import Api, Firm


@pytest.fixture
def small(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the node's limits, as they would be from settings with small numbers."""
    limits = Limits(Settings(rate_per_principal=1, rate_failures=3))
    monkeypatch.setattr(api.app.state.limits, "principals", limits.principals)
    monkeypatch.setattr(api.app.state.limits, "failures", limits.failures)


@pytest.mark.usefixtures("small")
def test_one_principal_asks_too_much_and_others_go_on(api: Api, maker: Firm, second: Firm) -> None:
    answers = [api.send("GET", "/v1/lots", maker.token) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [answer.headers["ratelimit"] for answer in answers[:2]] == [
        '"principal";r=4;t=0',
        '"principal";r=3;t=0',
    ]
    assert answers[0].headers["ratelimit-policy"] == '"principal";q=5;w=5'
    problem = api.refused(429, "rate-limited", "GET", "/v1/lots", maker.token)
    assert "principal" in problem["detail"]
    last = api.send("GET", "/v1/lots", maker.token)
    assert (last.headers["retry-after"], last.headers["ratelimit"]) == ("1", '"principal";r=0;t=1')
    api.call("GET", "/v1/lots", second.token)
    api.call("GET", "/v1/status")


@pytest.mark.usefixtures("small")
def test_false_tokens_and_secrets_are_answered_so_often_and_right_ones_go_on(api: Api, maker: Firm) -> None:
    form = {"grant_type": "client_credentials", "client_id": "0" * 16, "client_secret": "x"}
    statuses = [api.send("GET", "/v1/lots", "nonsense").status_code for _ in range(2)]
    statuses += [api.send("POST", "/oauth/token", data=form).status_code for _ in range(2)]
    statuses += [api.send("GET", "/v1/lots", "nonsense").status_code]
    assert statuses == [401, 401, 401, 429, 429]
    api.call("GET", "/v1/lots", maker.token)
    assert api.send("GET", "/v1/lots").status_code == 401, "who comes with nothing guesses nothing"


def test_an_address_that_asks_too_much_is_refused_before_anything_is_read(
    api: Api, maker: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = Limits(Settings(rate_per_address=1)).addresses
    monkeypatch.setattr(api.app.state.limits, "addresses", addresses)
    before, body = api.state(), {"name": "never", "product": "never"}
    assert [api.send("GET", "/health").status_code for _ in range(7)] == [200] * 5 + [429] * 2
    problem = api.refused(429, "rate-limited", "POST", "/v1/lots", maker.token, json=body)
    assert "address" in problem["detail"]
    assert api.state() == before
