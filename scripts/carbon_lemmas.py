"""What follows from the carbon arithmetic's formulas, proved by z3 for all whole numbers.

Part of `make symbolic`: halmos proves that the compiled library computes the formulas
(contracts/test/symbolic); here, z3 proves what they imply. All numbers are mathematical integers without any
upper bound, so the fields' bounds are covered: products of 64 and 42 bits never wrap round in 256. Each lemma
is proved by showing that its negation has no solution. Runs on the Python of .cache/audit, which has z3.
"""

import sys
from collections.abc import Iterator

from z3 import ArithRef, BoolRef, Int, Not, Solver, unsat

Lemma = tuple[str, list[BoolRef], BoolRef]
TIMEOUT_MS = 120_000


class Quotient:
    """dividend / divisor cut off, as the EVM divides: a number of its own, bound by what a division is."""

    def __init__(self, name: str, dividend: ArithRef, divisor: ArithRef) -> None:
        self.value, remainder = Int(f"{name}_quotient"), Int(f"{name}_remainder")
        self.facts = [
            self.value * divisor + remainder == dividend,
            remainder >= 0,
            remainder < divisor,
            self.value >= 0,
        ]


def parts() -> Iterator[Lemma]:
    """Of what came from another holder, (mass * taken + count - 1) / count goes."""
    total, primary, taken, count = Int("total"), Int("primary"), Int("taken"), Int("count")
    bounds = [total >= 0, primary >= 0, primary <= total, taken > 0, taken <= count]
    of_total = Quotient("total", total * taken + count - 1, count)
    of_primary = Quotient("primary", primary * taken + count - 1, count)
    part, primary_part = of_total.value, of_primary.value
    one = bounds + of_total.facts
    both = one + of_primary.facts
    # A product rises with its factors: proved first, then at hand for what follows.
    more, less = total * taken <= total * count, primary * taken <= total * taken
    gap = (total - primary) * taken <= (total - primary) * count

    yield "product: rises with the quantity", bounds, more
    yield "product: rises with the mass", bounds, less
    yield "product: of a difference, too", bounds, gap
    yield (
        "product: at least the quantity, while there is a mass",
        [*bounds, total > 0],
        total * taken >= taken,
    )
    yield "part: never less than exact", one, part * count >= total * taken
    yield "part: less than one microgram above exact", one, part * count < total * taken + count
    yield "part: never above the whole, so taking never fails", [*one, more], part <= total
    yield "part: the whole goes with the whole", [*one, taken == count], part == total
    yield (
        "part: takes at least a microgram, while there is one",
        [*one, total * taken >= taken, total > 0],
        part >= 1,
    )
    yield "primary: of the part taken it is at most all", [*both, more, less], primary_part <= part
    yield (
        "primary: of the part left it is at most all",
        [*both, more, less, gap],
        primary - primary_part <= total - part,
    )


def records() -> Iterator[Lemma]:
    """Of what a producer kept, primary * kept / good + other * kept / good is left, each cut off."""
    primary, other, good = Int("primary"), Int("other"), Int("good")
    before, later = Int("before"), Int("later")
    bounds = [primary >= 0, other >= 0, later >= 0, later <= before, before <= good, good > 0]
    p_before, p_later = (
        Quotient("p_before", primary * before, good),
        Quotient("p_later", primary * later, good),
    )
    o_before, o_later = Quotient("o_before", other * before, good), Quotient("o_later", other * later, good)
    of_later = bounds + p_later.facts + o_later.facts
    left = p_later.value + o_later.value
    falls = [primary * later <= primary * before, primary * before <= primary * good]
    single = [*bounds, *p_before.facts, *p_later.facts]

    yield "product: falls with what is kept", bounds, falls[0]
    yield "product: is at most the whole", bounds, falls[1]
    # Of primary data and of the rest alike: the mass is any number.
    yield "record: what goes is never negative", [*single, *falls], p_later.value <= p_before.value
    yield "record: what is kept is at most the whole", [*single, *falls], p_before.value <= primary
    yield "record: all is kept before anything goes", [*single, before == good], p_before.value == primary
    yield "record: nothing is kept when all is gone", [*of_later, later == 0], left == 0
    yield (
        "record: what is kept is never above exact, so what went never below",
        of_later,
        left * good <= (primary + other) * later,
    )
    yield (
        "record: what is kept is less than two micrograms below exact",
        of_later,
        (left + 2) * good > (primary + other) * later,
    )
    yield (
        "primary: of what goes from a record it is at most all",
        [*single, *o_before.facts, *o_later.facts, other * later <= other * before],
        p_before.value - p_later.value <= p_before.value + o_before.value - left,
    )


def lemmas() -> Iterator[Lemma]:
    """Name, assumptions, claim."""
    yield from parts()
    yield from records()
    total, pg, ug, rest = Int("total"), Int("pg"), Int("ug"), Int("rest")
    quotient = [pg >= 0, ug == (pg + 1_000_000 - 1) / 1_000_000]
    yield "emissions: never less than exact", quotient, ug * 1_000_000 >= pg
    yield "emissions: less than one microgram above exact", quotient, ug * 1_000_000 < pg + 1_000_000
    tonne = 10**12
    down = [total >= 0, ug == total / tonne, rest == total % tonne]
    yield "tonnes: issued and carried are what there was", down, ug * tonne + rest == total
    yield "tonnes: less than a tonne is carried", down, rest < tonne


def holds(assumptions: list[BoolRef], claim: BoolRef) -> bool:
    """Whether the negation of the claim has no solution; a time-out is no proof."""
    solver = Solver()
    solver.set("timeout", TIMEOUT_MS)
    solver.add(*assumptions, Not(claim))
    return bool(solver.check() == unsat)


def possible(assumptions: list[BoolRef]) -> bool:
    """Whether the assumptions leave anything to prove: from a contradiction everything follows."""
    solver = Solver()
    solver.set("timeout", TIMEOUT_MS)
    solver.add(*assumptions)
    return str(solver.check()) == "sat"


def main() -> int:
    """Says of each lemma whether it is proved."""
    failed = 0
    for name, assumptions, claim in lemmas():
        proved = possible(assumptions) and holds(assumptions, claim)
        failed += not proved
        print(f"{'proved' if proved else 'NOT PROVED'}: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
