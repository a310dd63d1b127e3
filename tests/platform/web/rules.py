"""Who may open each page and send each form: the table that the node is held against.

A route of the pages that is missing here fails `test_page_rules`.
"""

BUSINESS = ("manager", "clerk", "reader")

OPEN = "anybody"
"""Whoever comes; what the page shows depends on who it is."""
SIGNED_IN = (*BUSINESS, "operator", "auditor")
READS = BUSINESS
WRITES = ("manager", "clerk")
BINDS = ("manager",)

PAGES: dict[str, str | tuple[str, ...]] = {
    "GET /": OPEN,
    "GET /api": OPEN,
    "GET /sign-in": OPEN,
    "POST /sign-in": OPEN,
    "POST /sign-in/token": OPEN,
    "POST /sign-out": OPEN,
    "GET /join/{secret}": OPEN,
    "POST /join/{secret}": OPEN,
    "GET /choose": OPEN,
    "POST /choose": OPEN,
    "GET /account": OPEN,
    "POST /account/password": OPEN,
    "POST /account/sign-out-everywhere": OPEN,
    "GET /people": OPEN,
    "POST /people/invite": OPEN,
    "POST /people/remove": OPEN,
    "GET /audit": OPEN,
    "GET /audit/{business_id}": OPEN,
    "GET /lots/{lot_id}": OPEN,
    "GET /lots/{lot_id}/report": OPEN,
    "GET /lots": READS,
    "POST /lots": WRITES,
    "POST /lots/{lot_id}/material-uses": WRITES,
    "POST /lots/{lot_id}/equipment-uses": WRITES,
    "POST /lots/{lot_id}/uses": WRITES,
    "POST /lots/{lot_id}/take-back": WRITES,
    "POST /lots/{lot_id}/completion": WRITES,
    "POST /lots/{lot_id}/settlement": WRITES,
    "POST /lots/{lot_id}/shipments": WRITES,
    "POST /lots/{lot_id}/consumptions": WRITES,
    "POST /lots/{lot_id}/restatements": BINDS,
    "GET /lots/{lot_id}/trace": SIGNED_IN,
    "GET /equipment": READS,
    "POST /equipment": WRITES,
    "GET /equipment/{equipment_id}": READS,
    "GET /agreements": READS,
    "GET /agreements/offer": BINDS,
    "POST /agreements/offer": BINDS,
    "GET /agreements/{agreement_id}": READS,
    "POST /agreements/{agreement_id}/{step}": BINDS,
}
"""The pages under OPEN have tests of their own of who sees what there."""
