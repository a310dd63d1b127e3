"""An attacker reads every release, knows the method, holds values of its own: of others it learns none."""

from fractions import Fraction
from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tanso.platform.statistics.figures import LEAST, QUANTILES, coarse_nearest, quantile_up
from tanso.platform.statistics.selection import Contributors, groups, selected

BUSINESSES = [f"0x{number:032x}" for number in range(24)]
OWN = 2
"""Contributors that the attacker acts for, or that tell it all: three others are left in every group."""
SETS = st.lists(st.frozensets(st.sampled_from(BUSINESSES)), min_size=1, max_size=6)
FEW = settings(max_examples=60)


def released(candidates: list[Contributors]) -> list[Contributors]:
    """What the policy makes of those who have lots in each period; held back releases are left out."""
    found: list[Contributors] = []
    for wanted in candidates:
        members = selected(wanted, found)
        assert members <= wanted
        if members:
            found.append(members)
    return found


@FEW
@given(SETS)
def test_no_combination_of_releases_tells_fewer_than_five_contributors_apart(
    candidates: list[Contributors],
) -> None:
    found = released(candidates)
    assert all(len(members) >= LEAST for members in found)
    # Every union, common part and difference of releases is a union of these groups, and so is the support
    # of every weighted sum of them.
    assert all(len(group) >= LEAST for group in groups(found))
    for one, other in combinations(found, 2):
        for part in (one - other, other - one, one & other, *(one & other - third for third in found)):
            assert not part or len(part - set(sorted(part)[:OWN])) >= LEAST - OWN


@FEW
@given(SETS, st.data())
def test_one_contributor_who_joins_or_leaves_between_two_releases_shows_in_neither(
    candidates: list[Contributors], data: st.DataObject
) -> None:
    found = released(candidates)
    if not found:
        return
    last = found[-1]
    victim = data.draw(st.sampled_from(BUSINESSES))
    following = selected(last ^ {victim}, found)
    # Unless the last release stands as it was, five or more came or went with the victim.
    assert following - last == frozenset() or len(following - last) >= LEAST
    assert not following or last - following == frozenset() or len(last - following) >= LEAST


def published(history: list[Contributors], values: dict[str, list[Fraction]]) -> list[tuple[int, list[int]]]:
    """All that is shown of values: each contributor has another value in each release."""
    return [
        (len(members), [quantile_up([coarse_nearest(values[b][n]) for b in members], q) for q in QUANTILES])
        for n, members in enumerate(history)
    ]


@FEW
@given(SETS, st.sampled_from(BUSINESSES), st.randoms(use_true_random=False))
def test_an_attacker_who_knows_all_other_values_cannot_tell_a_contributors_value(
    candidates: list[Contributors], victim: str, random: Random
) -> None:
    history = released(candidates)
    truth = {b: [Fraction(random.randrange(1, 10**9), 7) for _ in history] for b in BUSINESSES}
    seen = published(history, truth)
    others = []
    for value in truth[victim]:
        rounded = coarse_nearest(value)
        # Any value within half a step of the rounded one could be the victim's as well; just below a power
        # of ten the steps are finer.
        step = 10 ** max(len(str(rounded)) - 3, 0)
        others.append(rounded + Fraction(random.randrange(-499, 500) * step, 1000))
        assert coarse_nearest(others[-1]) == rounded
    assert published(history, truth | {victim: others}) == seen


@FEW
@given(st.integers(1, 10**15))
def test_what_stays_hidden_of_a_value_is_at_least_half_a_per_cent_of_it(pg: int) -> None:
    value = Fraction(pg + 100)
    rounded = coarse_nearest(value)
    same = [value * (1000 + part) / 1000 for part in range(-100, 101)]
    alike = [other for other in same if coarse_nearest(other) == rounded]
    assert max(alike) - min(alike) >= value * 5 / 1000


def test_a_period_in_which_one_of_twelve_has_no_lots_is_published_without_five() -> None:
    twelve = frozenset(BUSINESSES[:12])
    assert selected(twelve - {BUSINESSES[7]}, [twelve]) == twelve - {BUSINESSES[7], *BUSINESSES[:4]}
    assert selected(twelve, [twelve, twelve - frozenset(BUSINESSES[:5])]) == twelve


def test_newcomers_wait_until_they_are_five() -> None:
    six = frozenset(BUSINESSES[:6])
    assert selected(BUSINESSES[:10], [six]) == six
    assert selected(BUSINESSES[:11], [six]) == frozenset(BUSINESSES[:11])


def test_who_leaves_a_category_of_nine_ends_its_releases() -> None:
    nine = frozenset(BUSINESSES[:9])
    assert selected(BUSINESSES[1:9], [nine]) == frozenset()


def test_merged_categories_that_share_one_contributor_release_old_sets_or_newcomers() -> None:
    one, other = frozenset(BUSINESSES[:6]), frozenset(BUSINESSES[5:11])
    assert selected(BUSINESSES[:11], [one, other]) == other
    assert selected(BUSINESSES[:7], [one, other]) == one
    assert selected(BUSINESSES[6:17], [one, other]) == frozenset(BUSINESSES[11:17])
