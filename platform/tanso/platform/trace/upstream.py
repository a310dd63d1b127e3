"""The transitive closure of "went into", in one recursive query that SQLite and PostgreSQL both run."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, Subquery, func, literal, select
from sqlmodel import Session

from tanso.platform.errors import BadInput

MAX_DEPTH = 64
"""Most steps upstream that one search may go."""
MAX_NODES = 10_000
"""Most lots that one search may give."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Lots upstream of a lot with their depth (fewest steps from it, itself 0).

    `complete` is False when there were more lots than asked for.
    """

    depths: Mapping[str, int]
    complete: bool


def upstream(
    session: Session, lot_id: str, links: Select[str, str], *, max_depth: int, max_nodes: int
) -> Closure:
    """Lots that went into `lot_id`, over any number of steps up to `max_depth`.

    Each lot counts once, however many ways lead to it. Work is bounded by max_nodes × (max_depth + 1) rows.

    :param links: a query of pairs labelled `lot` and `source`: the source went into the lot.
    :raises BadInput: when a bound is out of range.
    """
    found = session.execute(select(nearest(lot_id, links, max_depth, max_nodes, more=1))).all()
    return Closure(dict(map(tuple, found[:max_nodes])), complete=len(found) <= max_nodes)


def nearest(
    lot_id: str, links: Select[str, str], max_depth: int, max_nodes: int, *, more: int = 0
) -> Subquery:
    """The same as a query, to be joined: `lot_id` and `depth` of the nearest `max_nodes` lots, and `more`."""
    check_bounds(max_depth, max_nodes)
    went_into = links.subquery()
    start = select(literal(lot_id).label("lot_id"), literal(0).label("depth")).cte("upstream", recursive=True)
    # UNION drops a pair (lot, depth) met before: diamonds are walked once per depth, and the depth ends all
    # cycles.
    walk = start.union(
        select(went_into.c.source, start.c.depth + 1)
        .join(start, went_into.c.lot == start.c.lot_id)
        .where(start.c.depth < max_depth)
    )
    # A lot is met at most once per depth. So if these rows run out, all lots are among them; and if they
    # don't, there are more than max_nodes lots.
    rows = select(walk.c.lot_id, walk.c.depth).limit(max_nodes * (max_depth + 1) + 1).subquery()
    depth = func.min(rows.c.depth).label("depth")
    by_depth = select(rows.c.lot_id, depth).group_by(rows.c.lot_id).order_by(depth, rows.c.lot_id)
    return by_depth.limit(max_nodes + more).subquery()


def check_bounds(max_depth: int, max_nodes: int) -> None:
    """Raises BadInput unless both bounds are in range."""
    for name, value, most in (("max_depth", max_depth, MAX_DEPTH), ("max_nodes", max_nodes, MAX_NODES)):
        if not 1 <= value <= most:
            raise BadInput(f"{name} must be from 1 to {most}, not {value}.", f"Give a {name} in that range.")
