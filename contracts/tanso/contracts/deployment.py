"""Deploys the ledger: AccessManager, the other contracts, the roles; and adds what an earlier version lacks.

Each step is one transaction. Before it is sent, the signed transaction goes into the deployment file, and
after its receipt the result: a deployment that was interrupted anywhere goes on where it stopped, without
doing anything twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanso.contracts import abi, transactions
from tanso.contracts.compiler import Artifact, build_key, compile_contracts
from tanso.contracts.contract import Call, Contract, asked
from tanso.contracts.deployment_file import (
    Deployment,
    as_json,
    code_hash,
    from_json,
    read_file,
    write_atomically,
)
from tanso.contracts.deployment_plan import (
    ADMIN,
    CONSTRUCTORS,
    CONTRACTS,
    DEFAULT_DELAY,
    HOLDING,
    ROLES,
)
from tanso.contracts.errors import (
    ChainUnreachable,
    DeploymentError,
    InvalidValue,
    LedgerError,
    Reverted,
)
from tanso.contracts.wiring import DELAYS, EVERYTHING, together, wiring

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

__all__ = ["CONTRACTS", "DEFAULT_DELAY", "ROLES", "Deployment", "deploy"]

OnStep = Callable[[str, int, int], None]
"""Told before each step: what is done, its number from 1, how many there are."""

_ROLES_STEP = "roles"
_ANNOUNCE_STEP = "announce"
_WORDS = {
    _ROLES_STEP: "set and grant roles",
    _ANNOUNCE_STEP: "announce the roles of what was added",
}


def deploy(
    w3: "Web3",
    admin: "LocalAccount",
    *,
    oracle_keys: Sequence[str],
    threshold: int,
    delay: int = DEFAULT_DELAY,
    holders: Mapping[str, Sequence[str]] | None = None,
    path: Path | None = None,
    on_step: OnStep | None = None,
) -> Deployment:
    """Deploys all contracts with ``admin`` as administrator and as holder of each role that accounts hold.

    With a path, an unfinished deployment in that file is gone on with, and a finished one is checked and
    returned as it is. A finished one of an earlier version gets what it lacks; where its admin acts with a
    delay, the roles of that are announced first, and given by a later run (see `Deployment.ready`).

    :param oracle_keys: addresses of the keys that sign reports.
    :param threshold: how many of them must sign.
    :param delay: seconds between announcing and doing what the admin and ORACLE_ADMIN do. 0 is for trying
        the ledger out only: who gets hold of that one key then replaces the oracle keys unseen.
    :param holders: further accounts by role, for example another account as GUARDIAN.
    :raises DeploymentError: when the file is of another chain, admin, build or set of keys.
    :raises Reverted: when a contract refuses, for example a threshold above the number of keys.
    :raises LedgerError: when the chain can't be asked, or mines nothing for minutes.
    """
    fresh = Deployment(
        chain_id=asked(lambda: w3.eth.chain_id),
        block=0,
        admin=admin.address,
        oracle_keys=tuple(oracle_keys),
        threshold=threshold,
        build=build_key(),
        delay=_checked(delay),
        holders=_known({role: tuple(accounts) for role, accounts in (holders or {}).items()}),
        unwired=EVERYTHING,
    )
    run = _Run(w3, admin, path, compile_contracts(), _begun(w3, fresh, path))
    steps = (*CONTRACTS, _ROLES_STEP)
    for number, step in enumerate(steps, start=1):
        if step in run.deployment.addresses or (not run.deployment.unwired and step == _ROLES_STEP):
            continue
        doing = run.wiring_step() if step == _ROLES_STEP else step
        if doing is None:
            continue
        if on_step is not None:
            on_step(_in_words(doing), number, len(steps))
        run.step(doing)
    run.deployment.check(w3)
    return run.deployment


def _checked(delay: int) -> int:
    if not 0 <= delay < 2**32:
        raise InvalidValue(f"delay is {delay}; give seconds from 0 to {2**32 - 1}.")
    return delay


def _known(holders: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for role, accounts in holders.items():
        if role not in ROLES or role in HOLDING:
            open_to = ", ".join(name for name in ROLES if name not in HOLDING)
            raise InvalidValue(f"There is no role {role} for accounts.", hint=f"The roles are {open_to}.")
        for account in accounts:
            abi.address_number(account, role)
    return holders


def _in_words(step: str) -> str:
    return _WORDS.get(step, f"deploy {step}")


def _begun(w3: "Web3", fresh: Deployment, path: Path | None) -> "_State":
    """A new deployment, or the one in the file if it is the same."""
    if path is None or not path.exists():
        return _State(fresh)
    content = read_file(path)
    found, complete = from_json(content, path), bool(content.get("complete"))
    compared = ["chain_id", "admin", "oracle_keys", "threshold"]
    compared += ["delay", "holders"] if "delay" in content else []
    compared += [] if complete else ["build"]
    for name in compared:
        was, wanted = getattr(found, name), getattr(fresh, name)
        if was != wanted:
            raise DeploymentError(
                f"{path} holds a deployment with another {name.replace('_', ' ')}: {was}, now {wanted}.",
                hint="Write the new deployment to another file, or remove this one.",
            )
    found.check(w3)
    if complete:
        found = _with_what_is_new(found, fresh, has_delays="delay" in content)
    return _State(found, complete, content.get("pending"))


def _with_what_is_new(found: Deployment, fresh: Deployment, *, has_delays: bool) -> Deployment:
    """An earlier version's deployment, told what this version has beside it."""
    new = [name for name in CONTRACTS if name not in found.addresses]
    new += [role for role in ROLES if role not in found.roles]
    if not has_delays:
        new.append(DELAYS)
        found = replace(found, delay=fresh.delay, holders=fresh.holders)
    return replace(
        found,
        roles={**found.roles, **fresh.roles},
        unwired=(*found.unwired, *(name for name in new if name not in found.unwired)),
    )


@dataclass
class _State:
    deployment: Deployment
    complete: bool = False
    """Whether all was done once: by this version or, perhaps with fewer contracts, by an earlier one."""
    pending: dict[str, str] | None = field(default=None)
    """Step, hash and bytes of the transaction that was signed last and may or may not be mined."""


class _Run:
    def __init__(
        self,
        w3: "Web3",
        admin: "LocalAccount",
        path: Path | None,
        artifacts: dict[str, Artifact],
        state: _State,
    ) -> None:
        self.w3 = w3
        self.admin = admin
        self.path = path
        self.artifacts = artifacts
        self.state = state

    @property
    def deployment(self) -> Deployment:
        return self.state.deployment

    def step(self, name: str) -> None:
        receipt = self._of_pending(name) or self._sent(name)
        if receipt["status"] != 1:
            self._save(pending=None)
            raise LedgerError(
                f"The chain mined the transaction of the step `{_in_words(name)}`, but it failed.",
                hint="Check that the chain supports the EVM version Cancun, then run the command again.",
            )
        if name == _ROLES_STEP:
            self.state.deployment = replace(self.deployment, unwired=(), ready=None)
            self.state.complete = True
        elif name == _ANNOUNCE_STEP:
            times = [self._scheduled(call) for call in self._wiring()]
            self.state.deployment = replace(self.deployment, ready=max(times))
        else:
            self._add(name, receipt)
        self._save(pending=None)

    def wiring_step(self) -> str | None:
        """What to do about roles now: give them, announce them, or nothing but wait."""
        pending = self.state.pending
        if pending is not None and pending["step"] in (_ROLES_STEP, _ANNOUNCE_STEP):
            return pending["step"]
        manager = self._contracts()["AccessManager"]
        if not manager.read("hasRole", ADMIN, self.admin.address)[1]:
            return _ROLES_STEP
        times = [self._scheduled(call) for call in self._wiring()]
        if not all(times):
            return _ANNOUNCE_STEP
        self.state.deployment = replace(self.deployment, ready=max(times))
        self._save(pending=None)
        to, data = self._roles()
        try:
            transactions.sign(self.w3, self.admin, to, data)
        except Reverted as refused:
            if refused.name == "AccessManagerNotReady":
                return None
            raise
        return _ROLES_STEP

    def _of_pending(self, name: str) -> Any | None:
        """The receipt of the transaction that an interrupted run signed for this step, if it can land."""
        pending = self.state.pending
        if pending is None or pending["step"] != name:
            return None
        digest = bytes.fromhex(pending["transaction_hash"][2:])
        receipt = transactions.receipt_of(self.w3, digest)
        if receipt is not None:
            return receipt
        try:
            transactions.send(self.w3, bytes.fromhex(pending["raw"][2:]), digest)
        except ChainUnreachable:
            raise
        except LedgerError:
            # Its nonce is used up by another transaction or its fee is too low: it can be signed anew.
            self._save(pending=None)
            return None
        return transactions.wait(self.w3, digest)

    def _sent(self, name: str) -> Any:
        to, data = self._transaction(name)
        signed = transactions.sign(self.w3, self.admin, to, data)
        digest, raw = bytes(signed.hash), bytes(signed.raw_transaction)
        self._save({"step": name, "transaction_hash": "0x" + digest.hex(), "raw": "0x" + raw.hex()})
        transactions.send(self.w3, raw, digest)
        return transactions.wait(self.w3, digest)

    def _transaction(self, name: str) -> tuple[str | None, bytes]:
        if name == _ROLES_STEP:
            return self._roles()
        if name == _ANNOUNCE_STEP:
            return self._announcement()
        return None, self._creation(name)

    def _creation(self, name: str) -> bytes:
        at = self.deployment.addresses
        arguments = [
            at[argument] if argument in CONTRACTS else getattr(self.deployment, argument)
            for argument in CONSTRUCTORS[name]
        ]
        artifact = self.artifacts[name]
        constructor = next(entry for entry in artifact.abi if entry["type"] == "constructor")
        return bytes.fromhex(artifact.bytecode[2:]) + abi.encode(constructor["inputs"], arguments)

    def _roles(self) -> tuple[str, bytes]:
        manager = self._contracts()["AccessManager"]
        call = together(manager, self._wiring(), _in_words(_ROLES_STEP))
        return call.to, call.data

    def _announcement(self) -> tuple[str, bytes]:
        """Schedules each call that is not scheduled, or was and has expired."""
        manager = self._contracts()["AccessManager"]
        calls = [
            manager.call("schedule", call.to, call.data, 0, what=f"announce: {call.what}")
            for call in self._wiring()
            if not self._scheduled(call)
        ]
        call = together(manager, calls, _in_words(_ANNOUNCE_STEP))
        return call.to, call.data

    def _scheduled(self, call: Call) -> int:
        """Time from which the admin can make the call; 0 when it is not announced."""
        manager = self._contracts()["AccessManager"]
        operation = manager.read("hashOperation", self.admin.address, call.to, call.data)
        return int(manager.read("getSchedule", operation))

    def _wiring(self) -> list[Call]:
        return wiring(self._contracts(), self.deployment, self.deployment.unwired)

    def _contracts(self) -> dict[str, Contract]:
        return {
            name: Contract(self.w3, name, address, self.artifacts[name].abi)
            for name, address in self.deployment.addresses.items()
        }

    def _add(self, name: str, receipt: Any) -> None:
        address = str(receipt["contractAddress"])
        was = self.deployment
        self.state.deployment = replace(
            was,
            block=was.block or int(receipt["blockNumber"]),
            addresses={**was.addresses, name: address},
            code_hashes={**was.code_hashes, name: code_hash(self.w3, address)},
        )

    def _save(self, pending: dict[str, str] | None) -> None:
        self.state.pending = pending
        if self.path is not None:
            content = {**as_json(self.deployment), "complete": self.state.complete}
            done = self.state.complete and not self.deployment.unwired
            write_atomically(self.path, content if done else {**content, "pending": pending})
