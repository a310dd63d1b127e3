"""Typed access to the registries: businesses, factors, equipment, oracle keys."""

from collections.abc import Sequence

from tanso.contracts.contract import Call, Contract, short
from tanso.contracts.units import Unit
from tanso.contracts.values import Endpoint, Factor, KeySet

_NEVER = 2**40 - 1


class Businesses:
    """The contract BusinessRegistry."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def register(self, business_id: str, account: str, endpoint_hash: str) -> Call:
        """Binds a business's ID to the account that acts for it; the sender needs the role REGISTRAR."""
        what = f"register business {short(business_id)}"
        return self._contract.call("register", business_id, account, endpoint_hash, what=what)

    def id_of(self, account: str) -> str | None:
        """ID of the business that an account acts for; None when it acts for none."""
        found: str | None = self._contract.read_or_none(
            "idOf", account, absent="BusinessRegistryUnknownAccount"
        )
        return found

    def account_of(self, business_id: str) -> str | None:
        """Account that acts for a business; None when the ID is not registered."""
        found: str | None = self._contract.read_or_none(
            "accountOf", business_id, absent="BusinessRegistryUnknownId"
        )
        return found

    def set_endpoint(self, endpoint_hash: str) -> Call:
        """Names a new endpoint of the sending business; those before stay readable."""
        return self._contract.call("setEndpoint", endpoint_hash, what="name another endpoint")

    def endpoints_of(self, business_id: str) -> tuple[Endpoint, ...]:
        """All endpoints that a business has had, oldest first; none when the ID is not registered."""
        found: tuple[Endpoint, ...] | None = self._contract.read_or_none(
            "endpointsOf", business_id, absent="BusinessRegistryUnknownId"
        )
        return found or ()

    def endpoint_at(self, business_id: str, time: int) -> str | None:
        """Hash of the endpoint that a business had at a time (Unix seconds); None when it had none yet.

        :raises Reverted: when the ID is not registered at all.
        """
        found: str | None = self._contract.read_or_none(
            "endpointAt", business_id, time, absent="BusinessRegistryNoEndpoint"
        )
        return found


class Factors:
    """The contract FactorRegistry."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def register(self, factor_id: str, factor: Factor) -> Call:
        """Registers an emission factor for good; the sender needs the role REGISTRAR.

        Its value has a fixed scale: whole picograms CO2e per base unit of ``factor.unit``.
        """
        what = f"register factor {short(factor_id)}"
        return self._contract.call("register", factor_id, factor, what=what)

    def factor_of(self, factor_id: str) -> Factor | None:
        """A factor; None when it is not registered."""
        found: Factor | None = self._contract.read_or_none(
            "factorOf", factor_id, absent="FactorRegistryUnknown"
        )
        return found

    def withdraw(self, factor_id: str, withdrawn_from: int, reason_hash: str) -> Call:
        """Withdraws a factor that was found wrong, for good; the sender needs the role REGISTRAR.

        Batches that end after ``withdrawn_from`` (Unix time) can't use it.
        """
        what = f"withdraw factor {short(factor_id)}"
        return self._contract.call("withdraw", factor_id, withdrawn_from, reason_hash, what=what)

    def withdrawn_from(self, factor_id: str) -> int | None:
        """Unix time from which a factor is withdrawn; None when it is not."""
        found = int(self._contract.read("withdrawnFromOf", factor_id))
        return None if found == _NEVER else found


class EquipmentTokens:
    """The contract Equipment."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def register(self, equipment_id: str, unit: Unit) -> Call:
        """Registers equipment of the sending business, and the unit of its activity."""
        what = f"register equipment {short(equipment_id)}"
        return self._contract.call("register", equipment_id, unit, what=what)

    def equipment_of(self, equipment_id: str) -> tuple[str, Unit] | None:
        """Account that runs the equipment and the unit of its activity; None when it is not registered."""
        found: tuple[str, Unit] | None = self._contract.read_or_none(
            "equipmentOf", equipment_id, absent="EquipmentUnknown"
        )
        return found

    def baseline_of(self, equipment_id: str) -> tuple[int, int] | None:
        """Baseline of enrolled equipment, pg CO2e per base unit, and the Unix time from which it counts.

        None when the equipment is in no credit programme, or not registered.
        """
        found = self._contract.read_or_none("baselineOf", equipment_id, absent="EquipmentUnknown")
        return None if found is None or found[0] == 0 else (int(found[0]), int(found[1]))


class Quorum:
    """The contract OracleQuorum."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def is_key(self, account: str) -> bool:
        """Whether the account is an oracle key."""
        return bool(self._contract.read("isKey", account))

    def threshold(self) -> int:
        """Signatures that a report needs."""
        return int(self._contract.read("threshold"))

    def keys(self) -> tuple[str, ...]:
        """The oracle keys."""
        found: tuple[str, ...] = self._contract.read("keysOf")
        return found

    def key_sets(self) -> tuple[KeySet, ...]:
        """All sets of keys that there have been, the one in force last."""
        count = self._contract.read("keySetCount")
        return tuple(self._contract.read("keySetOf", number) for number in range(count))

    def key_set_at(self, time: int) -> KeySet | None:
        """Keys in force at a time, which could sign what was recorded then; None before the first."""
        found = self._contract.read_or_none("keySetAt", time, absent="OracleQuorumNoKeysAt")
        return None if found is None else found[1]

    def set_keys(self, keys: Sequence[str], threshold: int) -> Call:
        """Replaces all oracle keys and the threshold; the sender needs the role ORACLE_ADMIN.

        That role acts with a delay: announce the call with `Ledger.access`.

        Warning: whoever holds ``threshold`` of these keys decides what counts as measured.
        """
        what = f"set {len(keys)} oracle keys, {threshold} of which must sign"
        return self._contract.call("setKeys", list(keys), threshold, what=what)
