"""Who may call what, who holds which role, and with what delay: as calls that the admin makes once."""

from collections.abc import Collection, Iterator, Mapping

from tanso.contracts.contract import Call, Contract
from tanso.contracts.deployment_file import Deployment
from tanso.contracts.deployment_plan import (
    ADMIN,
    ADMIN_FUNCTIONS,
    CALLS,
    CONTRACTS,
    DELAYED,
    GRANTED_LATE,
    GUARDS,
    HOLDING,
    PAUSING,
    ROLE_ADMINS,
    ROLE_GUARDIANS,
    ROLES,
)

DELAYS = "delays"
"""Stands beside contracts and roles among what is to be wired."""

EVERYTHING = (*CONTRACTS, *ROLES, DELAYS)


def wiring(contracts: Mapping[str, Contract], deployment: Deployment, new: Collection[str]) -> list[Call]:
    """The calls that make ``new`` contracts and roles part of the ledger, in an order that works at once.

    The admin's own delay comes last: from then on, the admin has to announce each call.
    """
    return [
        *_guards(contracts, new),
        *_roles(contracts["AccessManager"], new),
        *_grants(contracts["AccessManager"], deployment, new),
        *_introductions(contracts, new),
        *(_delays(contracts, deployment, new) if deployment.delay else ()),
    ]


def manager_call(manager: Contract, call: Call) -> bytes:
    """The call as one of the manager's own: calls of other contracts go through it."""
    if call.to == manager.address:
        return call.data
    return manager.call("execute", call.to, call.data, what=call.what).data


def together(manager: Contract, calls: Collection[Call], what: str) -> Call:
    """All calls in one transaction, which does all or none of them."""
    return manager.call("multicall", [manager_call(manager, call) for call in calls], what=what)


def _guards(contracts: Mapping[str, Contract], new: Collection[str]) -> Iterator[Call]:
    manager = contracts["AccessManager"]
    for name in (name for name in contracts if name in new):
        guards = {**GUARDS.get(name, {}), **(PAUSING if contracts[name].has("pause") else {})}
        for role in dict.fromkeys(guards.values()):
            functions = [function for function, needed in guards.items() if needed == role]
            yield _guard(manager, contracts[name], functions, role)


def _guard(manager: Contract, target: Contract, functions: Collection[str], role: str) -> Call:
    keys = ["0x" + target.selector(function).hex() for function in functions]
    what = f"have {role} call {', '.join(functions)} of {target.name}"
    return manager.call("setTargetFunctionRole", target.address, keys, ROLES[role], what=what)


def _roles(manager: Contract, new: Collection[str]) -> Iterator[Call]:
    for role, number in ROLES.items():
        if role in new:
            yield manager.call("labelRole", number, role, what=f"name role {role}")
        if role in ROLE_ADMINS and (role in new or DELAYS in new):
            admin = ROLE_ADMINS[role]
            yield manager.call("setRoleAdmin", number, ROLES[admin], what=f"have {admin} grant {role}")
    for role, guardian in ROLE_GUARDIANS.items():
        if role in new or guardian in new:
            what = f"have {guardian} cancel what {role} schedules"
            yield manager.call("setRoleGuardian", ROLES[role], ROLES[guardian], what=what)
    if "GUARDIAN" in new:
        yield _guard(manager, manager, ADMIN_FUNCTIONS, "GUARDIAN")


def _grants(manager: Contract, deployment: Deployment, new: Collection[str]) -> Iterator[Call]:
    for role in (role for role in ROLES if role in new and role not in HOLDING):
        delay = deployment.delay if role in DELAYED else 0
        for account in dict.fromkeys((deployment.admin, *deployment.holders.get(role, ()))):
            what = f"grant {role} to {account[:10]}"
            yield manager.call("grantRole", ROLES[role], account, delay, what=what)
    for role, names in HOLDING.items():
        for name in names:
            if name in new or role in new:
                what = f"grant {role} to {name}"
                yield manager.call("grantRole", ROLES[role], deployment.addresses[name], 0, what=what)


def _introductions(contracts: Mapping[str, Contract], new: Collection[str]) -> Iterator[Call]:
    for name, function, others in CALLS:
        if {name, *others} & {*new}:
            addresses = [contracts[other].address for other in others]
            yield contracts[name].call(function, *addresses, what=f"tell {name} of {', '.join(others)}")


def _delays(
    contracts: Mapping[str, Contract], deployment: Deployment, new: Collection[str]
) -> Iterator[Call]:
    """Delays of the admin's acts; an admin who was granted the role without delay is held to them as well.

    They are in force five days later, which is OpenZeppelin's least; the admin's own delay is so at once.
    """
    manager, delay = contracts["AccessManager"], deployment.delay
    for name, contract in contracts.items():
        if name in new or DELAYS in new:
            what = f"delay what the admin does to {name}"
            yield manager.call("setTargetAdminDelay", contract.address, delay, what=what)
    if DELAYS not in new:
        return
    for role, number in (("ADMIN", ADMIN), *((role, ROLES[role]) for role in GRANTED_LATE)):
        yield manager.call("setGrantDelay", number, delay, what=f"delay grants of {role}")
    for role in DELAYED:
        if role not in new:
            yield manager.call("grantRole", ROLES[role], deployment.admin, delay, what=f"delay {role}")
    yield manager.call("grantRole", ADMIN, deployment.admin, delay, what="delay the admin")
