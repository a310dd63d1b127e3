"""The page of a search upstream: a tree in which each lot says whether it is shown, and if not, why."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from tanso.oracle.evidence import verify_leaf
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.federation.walk import Bounds
from tanso.platform.trace.model import Breakdown, Disclosure, Input, LotBreakdown
from tanso.platform.trace.search import search
from tanso.platform.web.pages import Elsewhere, PageRoute, VisitorDep, known_id, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

BOUNDS = Bounds(lots=300)
"""What a page shows; the API and `tanso trace` go further."""

WORDS: Mapping[Disclosure, tuple[str, str, str]] = {
    Disclosure.SHOWN: ("✓", "shown with proof", ""),
    Disclosure.IN_PART: ("◐", "shown in part, with proof", "closed"),
    Disclosure.NOT_DISCLOSED: ("⊘", "refused", "closed"),
    Disclosure.ELSEWHERE: ("?", "no address known", "closed"),
    Disclosure.UNREACHABLE: ("…", "away", "closed"),
    Disclosure.LYING: ("✗", "lying", "error"),
    Disclosure.CUT: ("✂", "not looked at", "note"),
}
"""How each place of the tree is marked: a sign, words, and the pill's class. Never by colour alone."""


ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Branch:
    """A lot in the tree, with what went into it; a material's lot stands below it, where it is known."""

    found: LotBreakdown
    proved: int
    """Inputs that are under the breakdown root that the ledger has."""
    inputs: list[tuple[Input, "Branch | str"]]
    """Beside each input its lot's branch, or `ELSEWHERE` if that stands at another place, or nothing."""


@router.get("/lots/{lot_id}/trace")
def trace_page(node: NodeDep, visitor: VisitorDep, request: Request, lot_id: str) -> Response:
    """Searches upstream from a lot, over the servers of all businesses."""
    if visitor.visit is None or visitor.principal is None:
        raise Elsewhere("/choose" if visitor.visit else "/sign-in")
    found = search(node, visitor.business_id, known_id(lot_id), BOUNDS, proofs=True)
    lots = {shown.lot.lot_id: shown for shown in found.lots}
    return page(
        "trace.html", visitor, request, found=found, tree=_tree(found.lot_id, lots), words=WORDS,
        counts=_counts(found), inputs=sum(len(shown.inputs) for shown in found.lots),
        proved=sum(_proved(shown) for shown in found.lots),
    )  # fmt: skip


def _tree(root: str, lots: Mapping[str, LotBreakdown]) -> Branch:
    """Each lot is drawn once, as near to the root as it is found: else the tree doubles with every step."""
    branches = {root: Branch(lots[root], _proved(lots[root]), [])}
    todo = deque(branches.values())
    while todo:
        branch = todo.popleft()
        for part in branch.found.inputs:
            below: Branch | str = ""
            if part.ref_id in branches:
                below = ELSEWHERE
            elif part.ref_id in lots:
                found = lots[part.ref_id]
                below = branches[part.ref_id] = Branch(found, _proved(found), [])
                todo.append(below)
            branch.inputs.append((part, below))
    return branches[root]


def _proved(shown: LotBreakdown) -> int:
    root = shown.lot.breakdown_root
    return sum(part.leaf is not None and verify_leaf(root, part.leaf, part.proof) for part in shown.inputs)


def _counts(found: Breakdown) -> list[tuple[Disclosure, int]]:
    """How many lots are in each state, in the order of the states."""
    counted = Counter(shown.disclosure for shown in found.lots)
    return [(state, counted[state]) for state in WORDS if counted[state]]
