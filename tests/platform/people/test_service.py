"""People and machines in both databases: what is stored, what ends, what another's number does."""

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from tanso.oracle.store import reading, writing
from tanso.platform.auth import service as clients
from tanso.platform.auth.models import AccessToken, Role, Scope
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import Conflict, NotAuthenticated, NotFound
from tanso.platform.people import service, sessions
from tanso.platform.people.models import Link, Person, PersonSession
from tanso.platform.people.passwords import fits, hash_of

ONE, TWO = "0x" + "11" * 16, "0x" + "22" * 16
PASSWORD = "four quiet green doors"
HASH = hash_of(PASSWORD)


@pytest.fixture
def node(store: Engine) -> Engine:
    with writing(store) as session:
        for name, business_id in (("one", ONE), ("two", TWO)):
            secret = name.encode().zfill(32)
            session.add(LocalBusiness(business_id=business_id, name=name, account=name, secret=secret))
    return store


def join(engine: Engine, name: str, role: Role, business_id: str | None) -> str:
    with writing(engine) as session:
        link = service.invite(session, role, business_id, name=name, email=f"{name}@example.org")
        known = service.person_by_email(session, f"{name}@example.org")
        return service.use_link(session, link.secret, None if known else HASH)


def test_a_person_in_two_places_and_out_of_both(node: Engine) -> None:
    person_id = join(node, "ada", Role.CLERK, ONE)
    assert join(node, "ada", Role.AUDITOR, None) == person_id
    assert join(node, "ada", Role.MANAGER, ONE) == person_id
    with reading(node) as session:
        assert [(item.place, item.role) for item in service.places_of(session, person_id)] == [
            (ONE, "manager"),
            ("", "auditor"),
        ]
        assert [person.name for person, _ in service.members(session, ONE, "", 10)] == ["ada"]
        assert service.members(session, TWO, "", 10) == service.members(session, ONE, person_id, 10) == []
    with writing(node) as session:
        here, there = (sessions.open_session(session, person_id, place) for place in (ONE, ""))
        nowhere = sessions.open_session(session, person_id, TWO)
    visits = [sessions.visit_of(node, cookie) for cookie in (here, there, nowhere)]
    assert [visit and visit.principal and visit.principal.role for visit in visits] == [
        Role.MANAGER,
        Role.AUDITOR,
        None,
    ]
    with writing(node) as session, pytest.raises(NotFound):
        service.remove_member(session, person_id, TWO)
    with writing(node) as session:
        service.remove_member(session, person_id, ONE)
    assert (sessions.visit_of(node, here), sessions.visit_of(node, there) is None) == (None, False)
    with writing(node) as session:
        service.password_link(session, person_id)
        service.remove_member(session, person_id, None)
    with reading(node) as session:
        assert [session.exec(select(kind)).all() for kind in (Person, PersonSession, Link)] == [[], [], []]
    with pytest.raises(NotAuthenticated):
        sessions.person_with(node, "ada@example.org", PASSWORD)


def test_an_invitation_never_sets_the_password_of_an_account(node: Engine) -> None:
    with writing(node) as session:
        early = service.invite(session, Role.READER, TWO, name="ada", email="ada@example.org")
    person_id = join(node, "ada", Role.CLERK, ONE)
    with writing(node) as session, pytest.raises(NotFound):
        service.use_link(session, early.secret, hash_of("the inviter's own choice"))
    with writing(node) as session:
        reset = service.password_link(session, person_id)
    with writing(node) as session, pytest.raises(NotFound):
        service.use_link(session, reset.secret, None)
    assert sessions.person_with(node, "ada@example.org", PASSWORD) == person_id


def test_only_so_many_sessions_and_invitations(node: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_OPEN", 2)
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 2)
    person_id = join(node, "ada", Role.CLERK, ONE)
    with writing(node) as session:
        for _ in range(4):
            cookie = sessions.open_session(session, person_id)
            session.flush()
        assert len(session.exec(select(PersonSession)).all()) == 2
        for name in ("b", "c", "b"):
            service.invite(session, Role.READER, ONE, name=name, email=f"{name}@example.org")
        with pytest.raises(Conflict):
            service.invite(session, Role.READER, ONE, name="d", email="d@example.org")
        service.invite(session, Role.READER, TWO, name="d", email="d@example.org")
    assert sessions.visit_of(node, cookie) is not None


def test_a_client_s_secret_its_access_and_its_end(node: Engine) -> None:
    with writing(node) as session:
        issued = clients.issue_token(session, Role.CLERK, ONE, label="x", scopes=frozenset({Scope.READ}))
        granted = clients.grant_access(session, issued.client_id, issued.client_secret, None)
        assert clients.grant_access(session, issued.client_id, "0" * 64, None) is None
        assert clients.grant_access(session, "\x00", "\x00", None) is None
        with pytest.raises(ValueError, match="read"):
            clients.grant_access(
                session, issued.client_id, issued.client_secret, frozenset({Scope.READ, Scope.WRITE})
            )
        cookie = sessions.open_session_for_token(session, issued.token)
    assert granted is not None
    visit = sessions.visit_of(node, cookie)
    assert visit is not None
    with reading(node) as session:
        principal = clients.authenticate(session, granted[0])
        assert principal == clients.authenticate(session, issued.token) == visit.principal
    assert (principal.role, principal.business_id, principal.scopes) == (Role.CLERK, ONE, {Scope.READ})
    with writing(node) as session:
        clients.revoke_token(session, issued.client_id)
        assert session.exec(select(AccessToken)).all() == []
    assert sessions.visit_of(node, cookie) is None


def test_a_password_fits_however_its_letters_were_composed() -> None:
    kept = hash_of("un café très noir")
    assert fits(kept, "un cafe\u0301 tre\u0300s noir")
    assert not fits(kept, "un cafe tres noir")
    assert not fits("no hash at all", "un café très noir")
