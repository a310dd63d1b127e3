"""Whose values a release may hold, so that no number of releases tells a few contributors apart.

Contributors that are in the same earlier releases form a group. A new release takes all of a group, or leaves
all of it, or divides it into two parts of at least five; it takes newcomers only if they are five or more. So
whatever is computed from the releases' sets – differences, common parts, any combination – is empty or has at
least five members. Values play no part here: that a release was held back tells nothing of them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from tanso.platform.statistics.figures import LEAST

Contributors = frozenset[str]


def groups(releases: Sequence[Contributors]) -> list[Contributors]:
    """Contributors that are in the same releases, group by group."""
    found: dict[tuple[int, ...], set[str]] = defaultdict(set)
    for business_id in frozenset().union(*releases):
        found[tuple(n for n, members in enumerate(releases) if business_id in members)].add(business_id)
    return [frozenset(found[key]) for key in sorted(found)]


def selected(candidates: Collection[str], earlier: Sequence[Contributors]) -> Contributors:
    """Those of the candidates whose values the next release may hold; empty when there must be none.

    `earlier` are the sets of all releases of overlapping categories. Where these, each sound for itself, tell
    fewer than five contributors apart – two categories were merged – only a set that was released before, or
    newcomers alone, can follow.
    """
    wanted = frozenset(candidates)
    newcomers = wanted.difference(*earlier)
    fresh = newcomers if len(newcomers) >= LEAST else frozenset()
    known = groups(earlier)
    if any(len(group) < LEAST for group in known):
        return next((members for members in reversed(earlier) if members <= wanted), fresh)
    return fresh.union(*(_part(group & wanted, len(group - wanted)) for group in known))


def _part(there: Contributors, missing: int) -> Contributors:
    """What may be taken of a group of which so many are missing: none, or at least five, are left out."""
    held_back = max(LEAST - missing, 0) if missing else 0
    part = frozenset(sorted(there)[held_back:])
    return part if len(part) >= LEAST else frozenset()
