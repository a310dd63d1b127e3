"""The HTTP API of a node.

    app = create_app(node)

Routes of further capabilities are added with `app.include_router`. `tanso.platform.cli.serving` serves it.
"""

import sys
from importlib.metadata import version

from fastapi import FastAPI

from tanso.platform.accounts.routes import router as accounts
from tanso.platform.agreements.routes import router as agreements
from tanso.platform.api import openapi, problems
from tanso.platform.api.limits import BodyLimit, HeadAsGet
from tanso.platform.api.node import router as node_router
from tanso.platform.api.rates import Limits, RateLimit
from tanso.platform.audit.routes import router as audits
from tanso.platform.auth.oauth import router as oauth
from tanso.platform.auth.routes import router as clients
from tanso.platform.businesses.routes import router as businesses
from tanso.platform.credits.routes import router as credits_router
from tanso.platform.devices.routes import router as devices
from tanso.platform.dictionaries.elsewhere import questions as dictionary_questions
from tanso.platform.dictionaries.elsewhere import router as dictionaries_elsewhere
from tanso.platform.dictionaries.routes import router as dictionaries
from tanso.platform.equipment.routes import router as equipment
from tanso.platform.factors.import_routes import router as factor_imports
from tanso.platform.factors.routes import router as factors
from tanso.platform.federation.false_routes import router as false_answers
from tanso.platform.federation.routes import agreements as fetching
from tanso.platform.federation.routes import questions
from tanso.platform.federation.routes import router as servers
from tanso.platform.lots.many import router as many_lots
from tanso.platform.lots.routes import router as lots
from tanso.platform.node import Node
from tanso.platform.people.routes import router as people
from tanso.platform.policies.routes import router as policies
from tanso.platform.proofs.routes import router as proofs
from tanso.platform.readings.routes import router as readings
from tanso.platform.reports.routes import router as reports
from tanso.platform.statistics.elsewhere import pulls
from tanso.platform.statistics.elsewhere import questions as statistics_questions
from tanso.platform.statistics.elsewhere import router as statistics_elsewhere
from tanso.platform.statistics.routes import router as statistics
from tanso.platform.trace.routes import router as trace
from tanso.platform.web.account import router as account_pages
from tanso.platform.web.agreements import router as agreement_pages
from tanso.platform.web.audits import router as audit_pages
from tanso.platform.web.equipment import router as equipment_pages
from tanso.platform.web.lot_forms import router as lot_forms
from tanso.platform.web.lots import router as lot_pages
from tanso.platform.web.routes import router as pages
from tanso.platform.web.signing_in import router as sign_in_pages
from tanso.platform.web.trace import router as trace_page

ROUTERS = (
    lots,
    many_lots,
    policies,
    trace,
    proofs,
    reports,
    equipment,
    readings,
    devices,
    agreements,
    accounts,
    audits,
    factors,
    factor_imports,
    dictionaries,
    statistics,
    pulls,
    businesses,
    clients,
    oauth,
    people,
    credits_router,
    servers,
    dictionaries_elsewhere,
    statistics_elsewhere,
    false_answers,
    questions,
    dictionary_questions,
    statistics_questions,
    fetching,
    node_router,
    pages,
    lot_pages,
    lot_forms,
    sign_in_pages,
    account_pages,
    audit_pages,
    equipment_pages,
    agreement_pages,
    trace_page,
)

RECURSION_LIMIT = 12_288
"""What the embedded chain needs for the deepest calls between contracts."""


def create_app(node: Node | None) -> FastAPI:
    """The API over a node; without one, only its OpenAPI document can be asked for."""
    # A library raises the limit to 100,000, with which deeply nested JSON overruns the parser's stack.
    sys.setrecursionlimit(min(sys.getrecursionlimit(), RECURSION_LIMIT))
    app = FastAPI(
        title="Tanso", version=version("tanso"), docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.node = node
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(HeadAsGet)
    app.add_middleware(BodyLimit)
    if node is not None:
        app.state.limits = Limits(node.settings)
        app.add_middleware(RateLimit, limits=app.state.limits)
    problems.add_handlers(app)
    openapi.install(app, ROUTERS)
    return app
