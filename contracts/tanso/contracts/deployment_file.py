"""What is known of a deployment, and the file that carries it from one command to the next."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanso.contracts.contract import asked
from tanso.contracts.deployment_plan import CONTRACTS, ROLES
from tanso.contracts.errors import DeploymentError
from tanso.contracts.identity import keccak

if TYPE_CHECKING:
    from web3 import Web3

FORMAT = "tanso-deployment/1"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the ledger's contracts are, and how to tell that it is really them."""

    chain_id: int
    block: int
    """Number of the block with the first contract: no event of the ledger is older."""
    admin: str
    oracle_keys: tuple[str, ...]
    """Keys and threshold at deployment; OracleQuorum says what holds now."""
    threshold: int
    build: str
    """Hash of the sources and settings that were compiled."""
    addresses: dict[str, str] = field(default_factory=dict)
    code_hashes: dict[str, str] = field(default_factory=dict)
    """keccak256 of the code at each address."""
    roles: dict[str, int] = field(default_factory=lambda: dict(ROLES))
    delay: int = 0
    """Seconds between announcing and doing what is dangerous: the admin's acts, new oracle keys."""
    holders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Accounts that got a role at deployment, beside the admin; `Ledger.access` says who has it now."""
    unwired: tuple[str, ...] = ()
    """Contracts and roles that were added later and that the admin has not yet made part of the ledger."""
    ready: int | None = None
    """Ledger time from which the admin can do that; None while it is not announced."""

    def save(self, path: Path) -> None:
        """Writes the deployment file, whole or not at all."""
        write_atomically(path, {**as_json(self), "complete": True})

    @staticmethod
    def load(path: Path) -> "Deployment":
        """Reads a deployment file.

        :raises DeploymentError: when it is missing, damaged, or of a deployment that was not finished.
        """
        content = read_file(path)
        if not content.get("complete"):
            raise DeploymentError(
                f"The deployment in {path} was interrupted before it was finished.",
                hint="Run `tanso contracts deploy` with the same options again: it goes on where it stopped.",
            )
        found = from_json(content, path)
        missing = [name for name in CONTRACTS if name not in found.addresses]
        if missing:
            raise DeploymentError(
                f"The deployment in {path} was made by an earlier version, without {', '.join(missing)}.",
                hint="Run `tanso contracts deploy` with the same options again: it adds what is missing.",
            )
        return found

    def check(self, w3: "Web3") -> None:
        """Makes sure that the chain is the right one and holds these very contracts.

        :raises DeploymentError: when the chain ID or a contract's code differs.
        :raises ChainUnreachable: when the node does not answer.
        """
        chain_id = asked(lambda: w3.eth.chain_id)
        if chain_id != self.chain_id:
            raise DeploymentError(
                f"The deployment is on chain {self.chain_id}, the node serves chain {chain_id}.",
                hint="Give the URL of the right node, or the deployment file of this chain.",
            )
        for name, expected in self.code_hashes.items():
            found = code_hash(w3, self.addresses[name])
            if found != expected:
                what = "no contract" if found == EMPTY_CODE else "other code"
                raise DeploymentError(
                    f"There is {what} at {self.addresses[name]}, where {name} was deployed.",
                    hint="The chain was reset, or the file belongs to another one. "
                    "Remove the file and deploy again, or give the right chain.",
                )


EMPTY_CODE = "0x" + keccak(b"").hex()


def code_hash(w3: "Web3", address: str) -> str:
    """keccak256 of the code at an address."""
    return "0x" + keccak(bytes(asked(lambda: w3.eth.get_code(address)))).hex()  # type: ignore[arg-type]


def as_json(deployment: Deployment) -> dict[str, Any]:
    """The deployment file's content."""
    return {
        "format": FORMAT,
        "chain_id": deployment.chain_id,
        "block": deployment.block,
        "admin": deployment.admin,
        "oracle_keys": list(deployment.oracle_keys),
        "threshold": deployment.threshold,
        "build": deployment.build,
        "roles": deployment.roles,
        "delay": deployment.delay,
        "holders": {role: list(accounts) for role, accounts in deployment.holders.items()},
        "unwired": list(deployment.unwired),
        "ready": deployment.ready,
        "contracts": {
            name: {"address": address, "code_hash": deployment.code_hashes[name]}
            for name, address in deployment.addresses.items()
        },
    }


def from_json(content: Mapping[str, Any], path: Path) -> Deployment:
    """The deployment in a file's content.

    :raises DeploymentError: when something is missing or of the wrong kind.
    """
    try:
        contracts: dict[str, dict[str, str]] = content["contracts"]
        return Deployment(
            chain_id=int(content["chain_id"]),
            block=int(content["block"]),
            admin=str(content["admin"]),
            oracle_keys=tuple(content["oracle_keys"]),
            threshold=int(content["threshold"]),
            build=str(content["build"]),
            addresses={name: entry["address"] for name, entry in contracts.items()},
            code_hashes={name: entry["code_hash"] for name, entry in contracts.items()},
            roles={name: int(number) for name, number in content["roles"].items()},
            # Earlier versions had none of these.
            delay=int(content.get("delay", 0)),
            holders={role: tuple(accounts) for role, accounts in content.get("holders", {}).items()},
            unwired=tuple(content.get("unwired", ())),
            ready=content.get("ready"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def read_file(path: Path) -> dict[str, Any]:
    """A deployment file's content, finished or not.

    :raises DeploymentError: when it is missing or no deployment file.
    """
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise DeploymentError(
            f"There is no deployment file {path}.",
            hint="Make one with `tanso contracts deploy`, or give the right path.",
        ) from error
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _damaged(path, f"it does not say that its format is {FORMAT}")
    return content


def write_atomically(path: Path, content: Mapping[str, Any]) -> None:
    """Replaces a file by a whole new one: a crash leaves the old or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _damaged(path: Path, why: str) -> DeploymentError:
    return DeploymentError(
        f"The deployment file {path} can't be used: {why}.",
        hint="Restore it from a copy; the contracts on the chain are not affected.",
    )
