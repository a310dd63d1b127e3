"""People by the API and the pages: invited, signed in, in a role, put out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlmodel import col, select, update

from tanso.oracle.store import reading, writing
from tanso.platform.api.rates import Limits
from tanso.platform.people import sessions
from tanso.platform.people.models import Link, Person, PersonSession
from tanso.platform.settings import Settings

from ..browser import Browser
from .conftest import Api, Firm

PASSWORD = "four quiet green doors"

Browse = Callable[[], Browser]


@pytest.fixture
def browse(api: Api) -> Iterator[Browse]:
    opened: list[Browser] = []

    def new() -> Browser:
        opened.append(Browser(api.app))
        return opened[-1]

    yield new
    for browser in opened:
        browser.close()


def invite(api: Api, token: str, name: str, role: str, **more: Any) -> str:
    """The path of the link of a new invitation."""
    email = f"{name}@example.org"
    body = {"name": name.title(), "email": email, "role": role, **more}
    return str(api.call("POST", "/v1/invitations", token, json=body)["path"])


def join(browser: Browser, path: str, password: str = PASSWORD) -> None:
    answer = browser.post(path, path, password=password, again=password)
    assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text


def enter(browser: Browser, name: str, password: str = PASSWORD) -> int:
    return browser.post("/sign-in", "/sign-in", email=f"{name}@example.org", password=password).status_code


def people(api: Api, firm: Firm) -> dict[str, str]:
    return {
        item["email"].partition("@")[0]: item["person_id"]
        for item in api.call("GET", "/v1/people", firm.token)["items"]
    }


def kinds(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_from_an_invitation_to_a_password_to_the_api(api: Api, maker: Firm, browse: Browse) -> None:
    browser = browse()
    path = invite(api, maker.token, "ada", "clerk")
    page = browser.get(path)
    assert "maker as clerk" in page.text
    assert page.headers["referrer-policy"] == "same-origin", "the link is told to no other site"
    join(browser, path)
    start = browser.get("/").text
    assert '<span id="who">maker</span>' in start
    assert "Ada" in start
    assert browser.get(path).status_code == 404, "a link works once"
    token = {"X-Form-Token": browser.form_token("/")}
    lot = {"name": "by a person", "product": "x"}
    assert browser.send("POST", "/v1/lots", json=lot, headers=token).status_code == 201
    assert "by a person" in browser.get("/v1/lots").text
    answer = browser.send("POST", "/v1/programmes", json={"name": "x"}, headers=token)
    assert kinds(answer) == (403, "not-allowed")
    rows = repr(api.state()[0])
    assert "ada@example.org" in rows
    cookie = browser.client.cookies["tanso_session"]
    assert not any(secret in rows for secret in (PASSWORD, path[-64:], cookie))


def test_a_reader_reads_and_writes_nothing(api: Api, maker: Firm, browse: Browse) -> None:
    browser = browse()
    join(browser, invite(api, maker.token, "rea", "reader"))
    assert browser.get("/v1/lots").status_code == 200
    token = {"X-Form-Token": browser.form_token("/")}
    answer = browser.send("POST", "/v1/lots", json={"name": "a", "product": "b"}, headers=token)
    assert kinds(answer) == (403, "not-allowed")
    assert kinds(browser.get("/v1/people")) == (403, "not-allowed")
    assert browser.get("/people").status_code == 403


def test_a_manager_invites_and_puts_out_on_the_page(api: Api, maker: Firm, browse: Browse) -> None:
    manager, guest = browse(), browse()
    join(manager, invite(api, maker.token, "max", "manager"))
    form = {"name": "Gus", "email": "gus@example.org", "role": "clerk"}
    page = manager.post("/people/invite", "/people", **form).text
    link = page.partition("http://localhost")[2].partition("<")[0]
    assert link in page
    assert "(invited)" in manager.get("/people").text
    join(guest, link)
    assert guest.get("/v1/lots").status_code == 200
    gone = manager.post("/people/remove", "/people", person_id=people(api, maker)["gus"])
    assert gone.status_code == 303
    assert guest.get("/v1/lots").status_code == 401
    assert enter(guest, "gus") == 401
    for role, status in (("operator", 422), ("auditor", 422)):
        assert manager.post("/people/invite", "/people", **form | {"role": role}).status_code == status
    assert manager.post("/people/invite", "/people", **form | {"email": "nobody"}).status_code == 422
    manager.post("/people/invite", "/people", **form)
    (open_,) = api.call("GET", "/v1/invitations", maker.token)["items"]
    assert (open_["email"], open_["role"]) == ("gus@example.org", "clerk")
    manager.post("/people/remove", "/people", link_id=open_["link_id"])
    assert api.call("GET", "/v1/invitations", maker.token)["items"] == []


def test_somebody_in_two_businesses_chooses_and_each_sees_its_own(
    api: Api, maker: Firm, second: Firm, browse: Browse
) -> None:
    browser = browse()
    join(browser, invite(api, maker.token, "two", "reader"))
    path = invite(api, second.token, "two", "manager")
    assert "You have an account here already" in browser.get(path).text
    wrong = browser.post(path, path, password="something else entirely")
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    assert "two" not in people(api, second)
    join(browser, path)
    assert browser.get("/v1/lots").json()["items"] == [], "acts for the one that invited"
    assert enter(browser, "two") == 303
    assert browser.get("/").headers["location"] == "/choose"
    assert kinds(browser.get("/v1/lots")) == (401, "not-authenticated"), "nothing is chosen yet"
    page = browser.get("/choose").text
    assert all(text in page for text in ("maker", "as reader", "second", "as manager"))
    before = browser.client.cookies["tanso_session"]
    assert browser.post("/choose", "/choose", place=maker.id).status_code == 303
    assert browser.client.cookies["tanso_session"] != before
    assert '<span id="who">maker</span>' in browser.get("/").text
    assert kinds(browser.get("/v1/people")) == (403, "not-allowed"), "a reader here, whatever there"
    browser.post("/choose", "/account", place="0x" + "5" * 32)
    assert browser.get("/").headers["location"] == "/choose", "what one is no part of is not chosen"
    # A manager of one of them must not take the account, which the other trusts as well.
    path = f"/v1/people/{people(api, maker)['two']}/password-link"
    api.refused(403, "not-own-person", "POST", path, maker.token)
    api.call("DELETE", f"/v1/people/{people(api, second)['two']}", second.token)
    browser.post("/choose", "/account", place=maker.id)
    assert browser.get("/v1/lots").status_code == 200, "only the other place is over"


def test_a_manager_puts_nobody_of_another_business_out(
    api: Api, maker: Firm, second: Firm, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "SEEN_EVERY", 10**9)  # no request notes itself, however slow the machine
    manager, theirs = browse(), browse()
    join(manager, invite(api, maker.token, "own", "manager"))
    join(theirs, invite(api, second.token, "not", "reader"))
    invite(api, second.token, "soon", "reader")
    (open_,) = api.call("GET", "/v1/invitations", second.token)["items"]
    before = api.state()
    person_id = people(api, second)["not"]
    assert manager.post("/people/remove", "/people", person_id=person_id).status_code == 404
    assert manager.post("/people/remove", "/people", link_id=open_["link_id"]).status_code == 404
    params = {"business_id": second.id}
    for path in (f"/v1/people/{person_id}", "/v1/people", "/v1/invitations"):
        method = "DELETE" if path.count("/") == 3 else "GET"
        api.refused(403, "not-own-business", method, path, maker.token, params=params)
    assert api.state() == before
    assert theirs.get("/v1/lots").status_code == 200
    api.call("DELETE", f"/v1/invitations/{open_['link_id']}", second.token)


def test_sessions_end(api: Api, maker: Firm, browse: Browse) -> None:
    browser, phone = browse(), browse()
    join(browser, invite(api, maker.token, "ted", "reader"))

    def there(one: Browser) -> bool:
        return one.get("/v1/lots").status_code == 200

    def age(**values: int) -> None:
        with writing(api.node.engine) as session:
            session.exec(update(PersonSession).values(**values))

    assert there(browser)
    now = int(sessions.utc_now())
    age(seen_at=now - sessions.IDLE_SECONDS + 1800)
    assert there(browser), "busy within two hours"
    with reading(api.node.engine) as session:
        assert max(session.exec(select(PersonSession.seen_at))) >= now, "and that is noted"
    age(seen_at=now - sessions.IDLE_SECONDS)
    assert not there(browser)
    assert enter(browser, "ted") == enter(phone, "ted") == 303
    age(expires_at=now)
    assert not there(browser)
    assert enter(browser, "ted") == enter(phone, "ted") == 303
    assert browser.post("/sign-out", "/").status_code == 303
    assert (there(browser), there(phone)) == (False, True)
    assert enter(browser, "ted") == 303
    assert browser.post("/account/sign-out-everywhere", "/account").status_code == 303
    assert (there(browser), there(phone)) == (False, False)
    with reading(api.node.engine) as session:
        assert session.exec(select(PersonSession).where(col(PersonSession.expires_at) <= now)).all() == []


def test_another_password_signs_out_elsewhere_and_the_old_one_is_worthless(
    api: Api, maker: Firm, browse: Browse
) -> None:
    browser, phone = browse(), browse()
    join(browser, invite(api, maker.token, "pat", "reader"))
    assert enter(phone, "pat") == 303
    for old, new, again in (
        ("not the old one", "a new long password", "a new long password"),
        (PASSWORD, "a new long password", "a new long passwort"),
        (PASSWORD, "too short", "too short"),
        (PASSWORD, "pat@example.org", "pat@example.org"),
        (PASSWORD, "a" * 20, "a" * 20),
        (PASSWORD, "abcdefghij" * 21, "abcdefghij" * 21),
    ):
        form = {"old": old, "password": new, "again": again}
        assert browser.post("/account/password", "/account", **form).status_code in (401, 422)
    assert phone.get("/v1/lots").status_code == 200
    form = {"old": PASSWORD, "password": "a new long password", "again": "a new long password"}
    assert browser.post("/account/password", "/account", **form).status_code == 303
    assert (browser.get("/v1/lots").status_code, phone.get("/v1/lots").status_code) == (200, 401)
    assert (enter(phone, "pat"), enter(phone, "pat", "a new long password")) == (401, 303)
    path = api.call("POST", f"/v1/people/{people(api, maker)['pat']}/password-link", maker.token)["path"]
    assert "New password" in phone.get(path).text
    join(phone, path, "a third long password")
    assert (browser.get("/v1/lots").status_code, phone.get("/v1/lots").status_code) == (401, 200)


def test_a_form_of_another_site_does_nothing(
    api: Api, maker: Firm, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "SEEN_EVERY", 10**9)
    browser, other = browse(), browse()
    path = invite(api, maker.token, "csr", "manager")
    foreign = other.form_token("/sign-in")
    for form, data in (
        (path, {"password": PASSWORD, "again": PASSWORD}),
        ("/sign-in", {"email": "csr@example.org", "password": PASSWORD}),
        ("/sign-in/token", {"token": maker.token}),
    ):
        for sent in ({}, {"form_token": foreign}, {"form_token": "é"}):
            assert browser.send("POST", form, data=sent | data).status_code == 403
    join(browser, path)
    before = api.state()
    forms = "/sign-out", "/choose", "/account/password", "/account/sign-out-everywhere", "/people/remove"
    for form in forms:
        assert browser.send("POST", form, data={"form_token": foreign}).status_code == 403
    data = {"form_token": foreign, "name": "Eve", "email": "eve@example.org", "role": "manager"}
    assert browser.send("POST", "/people/invite", data=data).status_code == 403
    assert api.state() == before


def test_the_cookie_is_another_one_after_signing_in(browse: Browse, api: Api, maker: Firm) -> None:
    browser = browse()
    browser.get("/sign-in")
    before = browser.client.cookies["tanso_session"]
    browser.sign_in(maker.token)
    assert browser.client.cookies["tanso_session"] != before
    browser.client.cookies.set("tanso_session", before)
    assert browser.get("/v1/lots").status_code == 401, "who planted a cookie has nothing of it"


def test_wrong_passwords_are_answered_alike_and_only_so_often(
    api: Api, maker: Firm, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = browse()
    join(browse(), invite(api, maker.token, "bob", "reader"))
    limits = Limits(Settings(rate_guesses=3, rate_failures=7))
    monkeypatch.setattr(api.app.state.limits, "guesses", limits.guesses)
    monkeypatch.setattr(api.app.state.limits, "failures", limits.failures)

    def attempt(email: str, password: str) -> Any:
        return browser.post("/sign-in", "/sign-in", email=email, password=password)

    known, unknown = attempt("bob@example.org", "wrong"), attempt("nobody@example.org", "wrong")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert attempt(" Bob@Example.org ", PASSWORD).status_code == 303, "the right one starts anew"
    browser.post("/sign-out", "/")
    assert [attempt("bob@example.org", "wrong").status_code for _ in range(4)] == [401, 401, 401, 429]
    locked = attempt("bob@example.org", PASSWORD)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["retry-after"]) <= 1200
    assert "Too many requests" in locked.text
    # From the same address, whoever is guessed at.
    assert [attempt(f"{n}@example.org", "wrong").status_code for n in range(3)] == [401, 401, 429]


@pytest.mark.parametrize("email", ["", "bob", "@", "a b@c", "b@c\x00", "x" * 250 + "@example.org", "é@é"])
def test_hostile_addresses_sign_nobody_in(browse: Browse, email: str) -> None:
    assert browse().post("/sign-in", "/sign-in", email=email, password=PASSWORD).status_code == 401


def test_an_invitation_is_void_when_it_is_old_or_another_was_made(
    api: Api, maker: Firm, browse: Browse
) -> None:
    browser = browse()
    first = invite(api, maker.token, "old", "reader")
    second = invite(api, maker.token, "old", "clerk")
    assert browser.get(first).status_code == 404
    with writing(api.node.engine) as session:
        session.exec(update(Link).where(col(Link.email) == "old@example.org").values(expires_at=1))
    assert browser.get(second).status_code == 404
    for path in ("/join/x", "/join/" + "0" * 64, "/join/%00", "/join/" + "é" * 64):
        assert browser.get(path).status_code == 404
    with reading(api.node.engine) as session:
        assert session.exec(select(Person).where(Person.email == "old@example.org")).all() == []


def test_the_operator_invites_anywhere_and_a_manager_at_home(api: Api, maker: Firm, second: Firm) -> None:
    for token, body, status, kind in (
        (maker.token, {"role": "clerk", "business_id": second.id}, 403, "not-own-business"),
        (maker.token, {"role": "operator"}, 422, "bad-input"),
        (api.operator, {"role": "clerk"}, 422, "bad-input"),
        (api.operator, {"role": "auditor", "business_id": maker.id}, 422, "bad-input"),
        (api.operator, {"role": "clerk", "business_id": "0x" + "5" * 32}, 404, "unknown-business"),
        (maker.token, {"role": "clerk", "email": "nobody"}, 422, "bad-input"),
        (maker.token, {"role": "clerk", "name": "\x07"}, 422, "bad-input"),
    ):
        given = {"name": "Zed", "email": "zed@example.org", **body}
        api.refused(status, kind, "POST", "/v1/invitations", token, json=given)
    invite(api, api.operator, "zed", "clerk", business_id=maker.id)
    invite(api, api.operator, "zoe", "auditor")
    of_node = api.call("GET", "/v1/invitations", api.operator)["items"]
    assert [item["email"] for item in of_node] == ["zoe@example.org"]
    api.refused(404, "unknown-invitation", "DELETE", f"/v1/invitations/{of_node[0]['link_id']}", maker.token)
    of_maker = api.call("GET", "/v1/invitations", maker.token, params={"limit": 1})
    assert of_maker["items"][0]["email"] == "zed@example.org"
    for item in (*of_node, *of_maker["items"]):
        api.call("DELETE", f"/v1/invitations/{item['link_id']}", api.operator)
