"""Deploys the ledger: AccessManager, the eight contracts, the roles.

Each step is one transaction. Before it is sent, the signed transaction goes into the deployment file, and
after its receipt the result: a deployment that was interrupted anywhere goes on where it stopped, without
doing anything twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanso.contracts import abi, transactions
from tanso.contracts.compiler import Artifact, build_key, compile_contracts
from tanso.contracts.contract import asked
from tanso.contracts.deployment_file import (
    CONTRACTS,
    ROLES,
    Deployment,
    as_json,
    code_hash,
    from_json,
    read_file,
    write_atomically,
)
from tanso.contracts.errors import ChainUnreachable, DeploymentError, LedgerError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

__all__ = ["CONTRACTS", "ROLES", "Deployment", "deploy"]

OnStep = Callable[[str, int, int], None]
"""Told before each step: what is done, its number from 1, how many there are."""

_GUARDED = {
    "BusinessRegistry": ("register", "REGISTRAR"),
    "FormulaRegistry": ("register", "REGISTRAR"),
    "FactorRegistry": ("register", "REGISTRAR"),
    "OracleQuorum": ("setKeys", "ORACLE_ADMIN"),
    "Credits": ("createProgramme", "AGGREGATOR"),
}
_ROLES_STEP = "roles"


def deploy(
    w3: "Web3",
    admin: "LocalAccount",
    *,
    oracle_keys: Sequence[str],
    threshold: int,
    path: Path | None = None,
    on_step: OnStep | None = None,
) -> Deployment:
    """Deploys all contracts with ``admin`` as administrator, registrar, oracle administrator and aggregator.

    With a path, an unfinished deployment in that file is gone on with, and a finished one is checked and
    returned as it is.

    :param oracle_keys: addresses of the keys that sign reports.
    :param threshold: how many of them must sign.
    :raises DeploymentError: when the file is of another chain, admin, build or set of keys.
    :raises Reverted: when a contract refuses, for example a threshold above the number of keys.
    :raises LedgerError: when the chain can't be asked, or mines nothing for minutes.
    """
    run = _Run(w3, admin, path, compile_contracts(), _begun(w3, admin, oracle_keys, threshold, path))
    for number, step in enumerate((*CONTRACTS, _ROLES_STEP), start=1):
        if step not in run.done:
            if on_step is not None:
                on_step(_in_words(step), number, len(CONTRACTS) + 1)
            run.step(step)
    run.deployment.check(w3)
    return run.deployment


def _in_words(step: str) -> str:
    return "set and grant roles" if step == _ROLES_STEP else f"deploy {step}"


def _begun(
    w3: "Web3", admin: "LocalAccount", oracle_keys: Sequence[str], threshold: int, path: Path | None
) -> "_State":
    """A new deployment, or the one in the file if it is the same."""
    fresh = Deployment(
        chain_id=asked(lambda: w3.eth.chain_id),
        block=0,
        admin=admin.address,
        oracle_keys=tuple(oracle_keys),
        threshold=threshold,
        build=build_key(),
    )
    if path is None or not path.exists():
        return _State(fresh)
    content = read_file(path)
    found = from_json(content, path)
    for name in ("chain_id", "admin", "oracle_keys", "threshold", "build"):
        was, wanted = getattr(found, name), getattr(fresh, name)
        if was != wanted and not (name == "build" and content.get("complete")):
            raise DeploymentError(
                f"{path} holds a deployment with another {name.replace('_', ' ')}: {was}, now {wanted}.",
                hint="Write the new deployment to another file, or remove this one.",
            )
    found.check(w3)
    done = (*CONTRACTS, _ROLES_STEP) if content.get("complete") else tuple(found.addresses)
    return _State(found, list(done), content.get("pending"))


@dataclass
class _State:
    deployment: Deployment
    done: list[str] = field(default_factory=list)
    pending: dict[str, str] | None = None
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

    @property
    def done(self) -> list[str]:
        return self.state.done

    def step(self, name: str) -> None:
        receipt = self._of_pending(name) or self._sent(name)
        if receipt["status"] != 1:
            self._save(pending=None)
            raise LedgerError(
                f"The chain mined the transaction of the step `{_in_words(name)}`, but it failed.",
                hint="Check that the chain supports the EVM version Cancun, then run the command again.",
            )
        if name != _ROLES_STEP:
            self._add(name, receipt)
        self.done.append(name)
        self._save(pending=None)

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
        to, data = self._roles() if name == _ROLES_STEP else (None, self._creation(name))
        signed = transactions.sign(self.w3, self.admin, to, data)
        digest, raw = bytes(signed.hash), bytes(signed.raw_transaction)
        self._save({"step": name, "transaction_hash": "0x" + digest.hex(), "raw": "0x" + raw.hex()})
        transactions.send(self.w3, raw, digest)
        return transactions.wait(self.w3, digest)

    def _creation(self, name: str) -> bytes:
        at = self.deployment.addresses
        manager, businesses = at.get("AccessManager"), at.get("BusinessRegistry")
        formulas, equipment = at.get("FormulaRegistry"), at.get("Equipment")
        quorum, reports = at.get("OracleQuorum"), at.get("OracleReports")
        arguments: dict[str, Sequence[Any]] = {
            "AccessManager": (self.admin.address,),
            "BusinessRegistry": (manager,),
            "FormulaRegistry": (manager,),
            "FactorRegistry": (manager,),
            "OracleQuorum": (manager, self.deployment.oracle_keys, self.deployment.threshold),
            "Equipment": (businesses,),
            "OracleReports": (businesses, formulas, equipment, quorum),
            "Lots": (businesses, formulas, at.get("FactorRegistry"), reports),
            "Credits": (manager, businesses, formulas, equipment, quorum),
        }
        artifact = self.artifacts[name]
        constructor = next(entry for entry in artifact.abi if entry["type"] == "constructor")
        return bytes.fromhex(artifact.bytecode[2:]) + abi.encode(constructor["inputs"], arguments[name])

    def _roles(self) -> tuple[str, bytes]:
        """One transaction to the AccessManager: which role may call what, and all roles to the admin.

        Lots is told of registered businesses from then on, so that shipments need not ask.
        """
        calls = [
            self._manage("setTargetFunctionRole", self.deployment.addresses[name], [key], ROLES[role])
            for name, (function, role) in _GUARDED.items()
            for key in ["0x" + abi.selector(self._function(name, function)).hex()]
        ]
        calls += [self._manage("labelRole", number, role) for role, number in ROLES.items()]
        calls += [self._manage("grantRole", number, self.admin.address, 0) for number in ROLES.values()]
        mirror = self._function("BusinessRegistry", "setMirror")
        data = abi.selector(mirror) + abi.encode(mirror["inputs"], [self.deployment.addresses["Lots"]])
        calls.append(self._manage("execute", self.deployment.addresses["BusinessRegistry"], data))
        return self.deployment.addresses["AccessManager"], self._manage("multicall", calls)

    def _manage(self, function: str, *arguments: Any) -> bytes:
        entry = self._function("AccessManager", function)
        return abi.selector(entry) + abi.encode(entry["inputs"], arguments)

    def _function(self, contract: str, name: str) -> dict[str, Any]:
        return next(entry for entry in self.artifacts[contract].abi if entry.get("name") == name)

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
            complete = _ROLES_STEP in self.done
            content = {**as_json(self.deployment), "complete": complete}
            write_atomically(self.path, content if complete else {**content, "pending": pending})
