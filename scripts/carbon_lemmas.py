"""What follows from the carbon arithmetic's formulas, proved by z3 for all whole numbers.

Part of `make symbolic`: halmos proves that the compiled library computes the formulas
(contracts/test/symbolic); here, z3 proves what they imply. All numbers are mathematical integers without any
upper bound, so the types' bounds are covered: products of 96 and 64 bits never wrap round in 256. Each lemma
is proved by showing that its negation has no solution. Runs on the Python of .cache/audit, which has z3.
"""

import sys
from collections.abc import Iterator

from z3 import ArithRef, BoolRef, If, Implies, Int, Not, Solver, unsat

Lemma = tuple[str, list[BoolRef], BoolRef]
TIMEOUT_MS = 120_000


class Share:
    """ceil(total · quantity / held) as the contract computes it.

    0, or (total · quantity − 1) / held + 1 with the division cut off. The quotient is a number of its own,
    bound by what a division is: exact − 1 = quotient · held + remainder.
    """

    def __init__(self, name: str, total: ArithRef, quantity: ArithRef, held: ArithRef) -> None:
        quotient, remainder = Int(f"{name}_quotient"), Int(f"{name}_remainder")
        self.exact = total * quantity
        self.part = If(self.exact == 0, 0, quotient + 1)
        self.facts = [
            Implies(
                self.exact > 0,
                quotient * held + remainder == self.exact - 1,
            ),
            remainder >= 0,
            remainder < held,
            quotient >= 0,
        ]


def lemmas() -> Iterator[Lemma]:
    """Name, assumptions, claim."""
    total, primary = Int("total"), Int("primary")
    quantity, held = Int("quantity"), Int("held")
    bounds = [total >= 0, primary >= 0, primary <= total, quantity >= 0, quantity <= held, held > 0]
    of_total = Share("total", total, quantity, held)
    of_primary = Share("primary", primary, quantity, held)
    part, primary_part = of_total.part, of_primary.part
    one = bounds + of_total.facts
    both = one + of_primary.facts
    # A product rises with its factors: proved first, then at hand for what follows.
    more, taken, all_of_it = total * quantity <= total * held, primary * quantity, total * quantity
    gap = (total - primary) * quantity <= (total - primary) * held
    rises = [more, taken <= all_of_it]

    yield "product: rises with the quantity", bounds, more
    yield "product: rises with the mass", bounds, taken <= all_of_it
    yield "product: of a difference, too", bounds, gap
    yield "share: never less than exact", one, part * held >= total * quantity
    yield "share: less than one microgram above exact", one, part * held < total * quantity + held
    yield "share: never above the whole, so taking never fails", [*one, *rises], part <= total
    yield "share: the whole goes with the whole", [*one, quantity == held], part == total
    yield (
        "share: a quantity above zero takes at least a microgram, while there is one",
        [
            *one,
            quantity > 0,
            total > 0,
            total * quantity > 0,
        ],
        part >= 1,
    )
    yield "primary: of the part taken it is at most all", [*both, *rises], primary_part <= part
    yield (
        "primary: of the part left it is at most all",
        [*both, *rises, gap],
        primary - primary_part <= total - part,
    )
    pg, ug, rest = Int("pg"), Int("ug"), Int("rest")
    quotient = [pg > 0, ug == (pg - 1) / 1_000_000 + 1]
    yield "emissions: never less than exact", quotient, ug * 1_000_000 >= pg
    yield "emissions: less than one microgram above exact", quotient, (ug - 1) * 1_000_000 < pg
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
