"""EIP-1559 fees with a cap."""

from dataclasses import dataclass

GWEI = 10**9
"""Wei in a gwei."""


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
    """

    cap_wei: int = 500 * GWEI
    tip_wei: int | None = None
    headroom: int = 2

    def quote(self, base_fee_wei: int, tip_wei: int) -> Fees | None:
        """Fees for a base fee and tip; None if even the next block costs more than the cap.

        max_fee = headroom · base fee + tip, cut at the cap.
        """
        if base_fee_wei + tip_wei > self.cap_wei:
            return None
        return Fees(min(self.headroom * base_fee_wei + tip_wei, self.cap_wei), tip_wei)
