"""EIP-1559 fees with a cap."""

from dataclasses import dataclass

GWEI = 10**9
"""Wei in a gwei."""

RAISE = (9, 8)
"""A replacement pays 9/8 of what it replaces, or more."""


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per gas: the most to pay in all, and the part for the block's producer."""

    max_fee_wei: int
    tip_wei: int


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How much the outbox may pay, in wei per gas.

    cap_wei: never more than this, base fee and tip together.
    tip_wei: the tip; None asks the node.
    headroom: the base fee may grow by this factor before the transaction gets stuck.
    patience_seconds: a transaction that blocks pass over for so long is replaced by one that pays more.
    """

    cap_wei: int = 500 * GWEI
    tip_wei: int | None = None
    headroom: int = 2
    patience_seconds: int = 60

    def quote(self, base_fee_wei: int, tip_wei: int) -> Fees | None:
        """Fees for a base fee and tip; None if even the next block costs more than the cap.

        max_fee = headroom · base fee + tip, cut at the cap.
        """
        if base_fee_wei + tip_wei > self.cap_wei:
            return None
        return Fees(min(self.headroom * base_fee_wei + tip_wei, self.cap_wei), tip_wei)

    def raised(self, old: Fees, base_fee_wei: int, tip_wei: int) -> Fees | None:
        """Fees that a node takes in place of `old` and that pay the next block; None if the cap is too low.

        Both rise by an eighth at least, rounded up: nodes keep the old transaction otherwise, most of them
        unless both rise by a tenth, some only from an eighth on.
        """
        tip = max(_raise_up(old.tip_wei), tip_wei)
        wanted = self.quote(base_fee_wei, tip)
        least = max(_raise_up(old.max_fee_wei), tip)
        if wanted is None or least > self.cap_wei:
            return None
        return Fees(max(wanted.max_fee_wei, least), tip)


def _raise_up(wei: int) -> int:
    # One wei more at least: of nothing, an eighth is nothing.
    return max(-(-wei * RAISE[0] // RAISE[1]), wei + 1)
