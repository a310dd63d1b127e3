"""Requests made up from the OpenAPI document, on a real node: no 5xx and no answer that is not declared.

Every operation is asked by each role and by a stranger, with requests that fit the document and with requests
that do not, about things that are there and things that are not. `make fuzz` runs it; it asks the same each
time.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tanso.platform.app import create_app
from tanso.platform.auth.models import Role

from .conftest import Api, Firm

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
]
EXAMPLES = 6
"""Requests to each operation, by each way to make them up."""

SCHEMA = schemathesis.openapi.from_dict(create_app(None).openapi())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
WAYS = [
    (operation, mode)
    for operation in OPERATIONS
    for mode in GenerationMode
    # Nothing can be wrong with a request that takes nothing.
    if mode is GenerationMode.POSITIVE or any((*operation.path_parameters, *operation.query, *operation.body))
]
ID = re.compile(r"0x[0-9a-f]{32}")


@pytest.fixture(scope="module")
def client(api: Api) -> Iterator[Any]:
    with asgi.get_client(create_app(api.node)) as found:
        yield found


@pytest.fixture(scope="module")
def known(api: Api, factory: Firm) -> list[str]:
    """IDs of things that are there."""
    settled, open_lot = api.steel_lot(factory, "settled", "10"), api.lot(factory, "open")
    api.use_steel(factory, open_lot)
    return [settled, open_lot, api.steel, factory.id, *factory.machines.values()]


@pytest.fixture(scope="module")
def askers(api: Api, factory: Firm) -> list[dict[str, str]]:
    """Headers of each role, and of a stranger."""
    tokens = [api.token(role, factory if role.of_business else None) for role in Role]
    return [{}, {"Authorization": "Bearer nonsense"}, *({"Authorization": f"Bearer {one}"} for one in tokens)]


@pytest.mark.parametrize(("operation", "mode"), WAYS, ids=[f"{one.label}-{way.value}" for one, way in WAYS])
def test_every_answer_is_declared_and_none_is_a_failure(
    client: Any, known: list[str], askers: list[dict[str, str]], operation: Any, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode), st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        real = st.sampled_from(known)

        def of_something(value: Any) -> Any:
            """The same with every other ID that of something that is there."""
            if isinstance(value, dict):
                return {key: of_something(part) for key, part in value.items()}
            if isinstance(value, list):
                return [of_something(part) for part in value]
            if isinstance(value, str) and ID.fullmatch(value) and data.draw(st.booleans()):
                return data.draw(real)
            return value

        case.path_parameters = of_something(case.path_parameters)
        case.body = of_something(case.body)
        headers = data.draw(st.sampled_from(askers))
        case.call_and_validate(session=client, headers=headers, checks=CHECKS)

    ask()
