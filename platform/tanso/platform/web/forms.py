"""Forms by which people of a business change something.

    @router.post("/lots")
    def register(node: NodeDep, form: DailyForm, request: Request) -> Response:
        def act() -> str:
            return f"/lots/{commands.register(node, form.business, ...).lot_id}"

        return form.carry_out(node, act, lambda typed: _lots_page(node, form.visitor, request, typed))

Each form hides a key of its own (`forms.html`, `once`): sent twice, by a double click or by going back, it
counts once and leads to the same page. A refused one comes back with what was typed and what is wrong.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from tanso.contracts.errors import TansoError
from tanso.oracle.errors import BadTime
from tanso.oracle.intake.times import parse_time, zone_of
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import show_time
from tanso.platform.api.problems import Problem, problem_of
from tanso.platform.auth.dependencies import BINDS_BUSINESS, WRITES_BUSINESS, Rule
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput
from tanso.platform.idempotency.service import Kept, Keyed, once
from tanso.platform.node import Node
from tanso.platform.web.pages import Visitor, VisitorDep, acting, go, proven

MOST_FIELDS = 50
LONGEST = 2000
"""Characters of one field."""
WAIT_S = 20
"""The second of two clicks waits that long for what the first one does."""

_KEY = re.compile(r"[0-9a-f]{32}")
_WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "string_too_short": "is missing",
    "string_too_long": "is too long",
    "string_pattern_mismatch": "is not written as it must be",
}
"""Pydantic's kinds of error in words for people; others as Pydantic says them."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields of a page's forms: nothing, but for the one that came back."""

    form: str = ""
    """Which form it is: the last part of the path that it is sent to."""
    values: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def status(self) -> int:
        """HTTP status of the page."""
        return self.problem.status if self.problem else 200

    def of(self, form: str) -> "Typed":
        """What stands in one of the forms."""
        return self if form == self.form else Typed(form)

    def value(self, name: str, default: str = "") -> str:
        """What stands in a field."""
        return self.values.get(name, default)

    def wrong(self, name: str) -> bool:
        """Whether it is this field that does not fit."""
        said = (self.problem.detail, *self.problem.fields) if self.problem else ()
        return any(one.startswith(f"{name}:") for one in said)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of ours that somebody sent, for a business in whose name the visitor may do this."""

    visitor: Visitor
    business: LocalBusiness
    path: str
    values: Mapping[str, str]
    lists: Mapping[str, list[str]]
    """All values of each field, for those that have several."""

    def get(self, name: str) -> str:
        """A field without the blanks around it; nothing where there is no such field."""
        return self.values.get(name, "")

    def amount(self, name: str) -> dict[str, str]:
        """A number and its unit, which stands in the field `…_unit`."""
        return {"value": self.get(name), "unit": self.get(f"{name}_unit")}

    def time(self, name: str, zone: str) -> str | None:
        """The time in a field, of the clock in a zone, as the API takes it; None for nothing."""
        if not (text := self.get(name)):
            return None
        try:
            return show_time(int(parse_time(text, None, zone_of(zone)).timestamp()))
        except (BadTime, OverflowError, ValueError) as error:
            raise BadInput(
                f"{name}: {text[:40]!r} is not a time", "Write for example 2026-01-31T15:00."
            ) from error

    def read(self, model: type[Model], **given: object) -> Model:
        """What is given, as the API reads it. Raises `BadInput`, which names the fields."""
        try:
            return model.model_validate(given)
        except ValidationError as error:
            wrong = [
                f"{item['loc'][0] if item['loc'] else 'form'}: "
                f"{_WORDS.get(item['type'], item['msg'].removeprefix('Value error, '))}"
                for item in error.errors()
            ]
            raise BadInput(wrong[0], "Correct it and send the form again.", fields=wrong) from error

    def carry_out(
        self,
        node: Node,
        act: Callable[[], str],
        again: Callable[[Typed], Response],
        *,
        apart: bool = False,
    ) -> Response:
        """Does what the form asks for, once, and leads to the page that `act` names.

        When it is refused, nothing is changed, and `again` shows the form with what was typed. `apart` is for
        what asks others in between (`tanso.platform.idempotency.service`).
        """
        content = json.dumps([self.path, sorted(self.lists.items())])
        try:
            keyed = Keyed(
                asker=self.business.business_id,
                key=self._key(),
                request=f"POST {self.path}",
                fingerprint=hashlib.sha256(content.encode()).hexdigest(),
            )
            kept = once(
                node.engine, keyed, lambda: Kept(303, None, act().encode()), wait_s=WAIT_S, apart=apart
            )
        except TansoError as error:
            form = self.path.rpartition("/")[2]
            return again(Typed(form, self.values, problem_of(error, self.path)))
        return go(kept.body.decode())

    def _key(self) -> str:
        if not _KEY.fullmatch(key := self.get("form_key")):
            raise BadInput(
                "form_key: the form has no key", "Load the page once more and send the form again."
            )
        return key


async def _fields(request: Request) -> dict[str, list[str]]:
    """The texts in a form's fields. Raises `BadInput` for more than a form of ours has."""
    sent = await request.form(max_files=0, max_fields=MOST_FIELDS)
    found: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if not isinstance(value, str) or len(value) > LONGEST or len(name) > LONGEST:
            raise BadInput(f"{name[:40]}: is too long", f"Write at most {LONGEST} characters.")
        found.setdefault(name, []).append(value.strip())
    return found


@dataclass(frozen=True, slots=True)
class FormOf:
    """Dependency: a form of ours from somebody who may send it."""

    rule: Rule

    def __call__(
        self,
        node: NodeDep,
        request: Request,
        visitor: VisitorDep,
        fields: Annotated[dict[str, list[str]], Depends(_fields)],
    ) -> Form:
        business = acting(node, visitor, self.rule)
        values = {name: texts[-1] for name, texts in fields.items()}
        proven(visitor, values.get("form_token", ""))
        return Form(visitor, business, request.url.path, values, fields)


DailyForm = Annotated[Form, Depends(FormOf(WRITES_BUSINESS))]
"""A form with a business's daily data, from a clerk or manager."""

BindingForm = Annotated[Form, Depends(FormOf(BINDS_BUSINESS))]
"""A form that binds a business, from a manager."""
