"""Typed access to the agreements under which businesses disclose data to each other."""

from tanso.contracts.contract import Call, Contract, short
from tanso.contracts.values import Agreement


class Agreements:
    """The contract Agreements. Times are Unix seconds, by the chain's clock."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def propose(self, agreement_id: str, receiver_id: str, terms_hash: str, valid_until: int) -> Call:
        """Proposes an agreement of the sending business with a receiver.

        :param terms_hash: keccak256 of the terms, which the two parties keep.
        :param valid_until: first second for which it holds no longer.
        """
        what = f"propose agreement {short(agreement_id)} to business {short(receiver_id)}"
        return self._contract.call("propose", agreement_id, receiver_id, terms_hash, valid_until, what=what)

    def accept(self, agreement_id: str, terms_hash: str) -> Call:
        """Accepts a proposal, if its terms have this hash; the sender must be the receiver."""
        what = f"accept agreement {short(agreement_id)}"
        return self._contract.call("accept", agreement_id, terms_hash, what=what)

    def withdraw(self, agreement_id: str) -> Call:
        """Ends an agreement or a proposal at once; the sender must be one of its parties."""
        return self._contract.call("withdraw", agreement_id, what=f"withdraw agreement {short(agreement_id)}")

    def demand_deletion(self, agreement_id: str) -> Call:
        """Demands that what was disclosed be deleted; the sender must be the provider.

        Warning: ends the agreement, if it has not ended.
        """
        what = f"demand deletion under agreement {short(agreement_id)}"
        return self._contract.call("demandDeletion", agreement_id, what=what)

    def confirm_deletion(self, agreement_id: str, confirmation_hash: str) -> Call:
        """Confirms a deletion that was demanded; the sender must be the receiver."""
        what = f"confirm deletion under agreement {short(agreement_id)}"
        return self._contract.call("confirmDeletion", agreement_id, confirmation_hash, what=what)

    def agreement_of(self, agreement_id: str) -> Agreement | None:
        """What is on record of an agreement; None when there is none."""
        found: Agreement | None = self._contract.read_or_none(
            "agreementOf", agreement_id, absent="AgreementsUnknown"
        )
        return found

    def in_force(self, agreement_id: str, time: int) -> bool:
        """Whether an agreement was in force at a time; a time to come is answered by what is on record."""
        return bool(self._contract.read("inForce", agreement_id, time))
