"""Who may do what on the ledger, what is announced, and the emergency stop: the contract AccessManager.

What the admin and ORACLE_ADMIN do, they announce first: `schedule` the call, wait for the delay, `execute` it
within a week. GUARDIAN and the admin may `cancel` it meanwhile.
"""

from collections.abc import Mapping

from tanso.contracts.contract import Call, Contract
from tanso.contracts.deployment_plan import ADMIN, ROLES
from tanso.contracts.errors import InvalidValue
from tanso.contracts.wiring import together

Role = str | int
"""A role by its name, "ADMIN" for the admin's own, or by its number."""


class Access:
    """The contract AccessManager, and the pausing of the contracts that obey it."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._manager = contracts["AccessManager"]
        self._pausable = {name: contract for name, contract in contracts.items() if contract.has("pause")}

    def schedule(self, call: Call, when: int = 0) -> Call:
        """Announces a call that its sender may make with a delay only.

        :param when: ledger time of the call, in seconds since 1970; 0 for as soon as the delay allows. It can
            be made within a week from then (`AccessManager.expiration`) and has to be announced anew later.
        """
        return self._manager.call("schedule", call.to, call.data, when, what=f"announce: {call.what}")

    def execute(self, call: Call) -> Call:
        """Makes an announced call, by the account that announced it."""
        return self._manager.call("execute", call.to, call.data, what=call.what)

    def cancel(self, call: Call, scheduler: str) -> Call:
        """Cancels a call that ``scheduler`` announced, by that account, the admin or a GUARDIAN."""
        return self._manager.call("cancel", scheduler, call.to, call.data, what=f"cancel: {call.what}")

    def scheduled(self, call: Call, scheduler: str) -> int | None:
        """Ledger time from which ``scheduler`` can make the call; None when it is not announced."""
        operation = self._manager.read("hashOperation", scheduler, call.to, call.data)
        return int(self._manager.read("getSchedule", operation)) or None

    def expiration(self) -> int:
        """Seconds from the announced time within which a call has to be made."""
        return int(self._manager.read("expiration"))

    def delay(self, call: Call, sender: str) -> int | None:
        """Seconds between announcing and making a call, 0 for at once; None when the sender may not at all.

        For calls of functions that need a role; the AccessManager's own are asked by `delay_of`.
        """
        selector = "0x" + call.data[:4].hex()
        immediate, seconds = self._manager.read("canCall", sender, call.to, selector)
        return int(seconds) if immediate or seconds else None

    def grant(self, role: Role, account: str, delay: int = 0) -> Call:
        """Grants a role; the sender is the admin, or for AGGREGATOR a REGISTRAR.

        :param delay: seconds between announcing and doing what the role allows.
        """
        what = f"grant role {role} to {account[:10]}"
        return self._manager.call("grantRole", _number(role), account, delay, what=what)

    def revoke(self, role: Role, account: str) -> Call:
        """Takes a role from an account; the sender is who may grant it."""
        what = f"revoke role {role} from {account[:10]}"
        return self._manager.call("revokeRole", _number(role), account, what=what)

    def has_role(self, role: Role, account: str) -> bool:
        """Whether an account has a role."""
        return bool(self._manager.read("hasRole", _number(role), account)[0])

    def delay_of(self, role: Role, account: str) -> int | None:
        """Seconds between announcing and doing for an account in a role; None when it has not the role."""
        has, seconds = self._manager.read("hasRole", _number(role), account)
        return int(seconds) if has else None

    def pause(self) -> Call:
        """Stops all writing functions of the ledger, in one transaction; the sender needs the role PAUSER.

        Reading goes on, oracle keys can be replaced, and roles be granted.

        :raises InvalidValue: when everything is paused already.
        """
        return self._switch("pause", "unpause", running=True)

    def unpause(self) -> Call:
        """Lets the ledger go on, in one transaction; the sender needs the role PAUSER.

        :raises InvalidValue: when nothing is paused.
        """
        return self._switch("unpause", "pause", running=False)

    def paused(self) -> bool:
        """Whether any contract is paused."""
        return any(self.paused_by_contract().values())

    def paused_by_contract(self) -> dict[str, bool]:
        """Whether it is paused, for each contract that can be."""
        return {name: bool(contract.read("paused")) for name, contract in self._pausable.items()}

    def _switch(self, function: str, opposite: str, *, running: bool) -> Call:
        # A contract refuses to be paused twice, and one refusal would undo the whole transaction.
        names = [name for name, paused in self.paused_by_contract().items() if paused != running]
        if not names:
            raise InvalidValue(
                f"Every contract is {'paused' if running else 'running'} already.",
                hint=f"There is nothing to do; the opposite is `tanso contracts {opposite}`.",
            )
        calls = [self._pausable[name].call(function, what=f"{function} {name}") for name in names]
        return together(self._manager, calls, f"{function} {', '.join(names)}")


def _number(role: Role) -> int:
    if isinstance(role, int):
        return role
    if role == "ADMIN":
        return ADMIN
    if role not in ROLES:
        raise InvalidValue(f"There is no role {role}.", hint=f"The roles are ADMIN, {', '.join(ROLES)}.")
    return ROLES[role]
