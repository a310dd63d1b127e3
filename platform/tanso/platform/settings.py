"""Settings of a node, read from environment variables `TANSO_…`.

`table()` prints them as a table; the documentation and the tests take it from there, so that no setting stays
undocumented. A variable of the node that is not in the table is refused: it is a typing error.

Secrets come from the environment or, better, from a file: `TANSO_KEY_PASSWORD_FILE` names the file that
holds `TANSO_KEY_PASSWORD`. There is no default for any of them. Keys that everybody knows (of the
development chains' accounts) are refused as soon as the node is bound to an address that other machines
reach.
"""

import ipaddress
import os
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from web3 import Web3

from tanso.contracts.errors import TansoError

KNOWN_ACCOUNTS: Final = frozenset(
    (
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
        "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
        "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
        "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
        "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
        "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
        "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
        "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
    )
)
"""Accounts of the development chains' public mnemonic: anybody can sign for them."""

DATABASE_FILE: Final = "database-url"
"""In a data folder: the URL of the node's database, where that is not the folder's `tanso.db`."""

_NOT_SETTINGS: Final = frozenset(("TANSO_GOAL", "TANSO_SOLC", "TANSO_TOKEN"))
"""Variables that begin with `TANSO_` but belong to the tool chain, or to commands that ask a node."""


class SettingsError(TansoError):
    """A setting is missing, malformed, unknown or unsafe; the message names the variable."""


def _text(meaning: str, *, secret: bool = False) -> dict[str, Any]:
    return {"text": meaning, "secret": secret}


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one node. Each field's variable is `TANSO_` + its name in capitals."""

    data_dir: Path = field(
        default=Path("tanso-data"), metadata=_text("Folder for everything the node keeps.")
    )
    database_url: str = field(
        default="",
        metadata=_text(
            "Database: `sqlite:///FILE` or `postgresql://…`. Empty: the one whose URL the data folder's file "
            "`database-url` holds, or `tanso.db` there.",
            secret=True,
        ),
    )
    rpc_url: str = field(
        default="http://127.0.0.1:8545",
        metadata=_text("JSON-RPC address of the chain's node.", secret=True),
    )
    deployment_file: Path = field(
        default=Path("deployment.json"),
        metadata=_text("Deployment file of the contracts. Relative paths start in the data folder."),
    )
    keys_dir: Path = field(
        default=Path("keys"),
        metadata=_text("Encrypted keys of the accounts that send. Relative paths start in the data folder."),
    )
    oracle_keys_dir: Path = field(
        default=Path("oracle-keys"),
        metadata=_text("Encrypted keys that sign oracle reports. Relative paths start in the data folder."),
    )
    quorum_peers: str = field(
        default="",
        metadata=_text(
            "Addresses of the other oracle processes (`tanso oracle signer`) that must come to the same "
            "figures and sign, with commas between. Empty: this node's own oracle keys sign."
        ),
    )
    key_password: str = field(default="", metadata=_text("Password of the encrypted keys.", secret=True))
    signer_url: str = field(
        default="",
        metadata=_text(
            "JSON-RPC address of an external signer that keeps keys of this node, so that they are in no "
            "folder here. Empty: none.",
            secret=True,
        ),
    )
    signer_accounts: str = field(
        default="",
        metadata=_text("Accounts that send and whose keys the external signer holds, with commas between."),
    )
    signer_oracle_keys: str = field(
        default="",
        metadata=_text(
            "Accounts that sign oracle reports and whose keys the external signer holds, with commas between."
        ),
    )
    servers_ca_file: str = field(
        default="",
        metadata=_text(
            "PEM file of the authorities whose certificates other businesses' servers may have. Empty: the "
            "usual public ones. Relative paths start in the data folder; read at the start."
        ),
    )
    host: str = field(default="127.0.0.1", metadata=_text("Address on which the API listens."))
    port: int = field(default=8080, metadata=_text("Port on which the API listens, 0 for any free one."))
    poll_seconds: int = field(default=2, metadata=_text("Pause between two looks at the chain, in seconds."))
    index_range: int = field(
        default=2000,
        metadata=_text("Blocks asked for at once when indexing; halved when the node refuses, down to one."),
    )
    finality_blocks: int = field(
        default=64,
        metadata=_text(
            "Blocks after which the chain counts as final: a deeper reorganisation stops the indexer."
        ),
    )
    confirmations: int = field(
        default=1,
        metadata=_text(
            "Blocks from a transaction's own to the newest, both counted, until it is shown as confirmed and "
            "its account sends the next; at most `TANSO_FINALITY_BLOCKS`."
        ),
    )
    fee_cap_gwei: int = field(
        default=500,
        metadata=_text("The most that is paid per unit of gas, in gwei; what would cost more waits."),
    )
    rate_per_address: int = field(
        default=200,
        metadata=_text(
            "Requests per second that the API takes from one address; five seconds' worth at once. Behind a "
            "proxy, have it set `X-Forwarded-For`."
        ),
    )
    rate_per_principal: int = field(
        default=100,
        metadata=_text(
            "Requests per second that it takes of one person or client; five seconds' worth at once."
        ),
    )
    rate_failures: int = field(
        default=300,
        metadata=_text("False tokens and passwords per hour that it answers one address, then 429."),
    )
    rate_guesses: int = field(
        default=20,
        metadata=_text(
            "Wrong passwords per hour for one person, from wherever, until nobody signs in under that e-mail "
            "address for some minutes."
        ),
    )
    mqtt_url: str = field(
        default="",
        metadata=_text(
            "MQTT 5 broker of `tanso oracle run`: `mqtt://HOST:PORT`, or `mqtts://…` for TLS. Empty: a "
            "Mosquitto of its own on this machine, for trying; `none`: no MQTT."
        ),
    )
    mqtt_user: str = field(default="", metadata=_text("Name by which the broker knows the oracle."))
    mqtt_password: str = field(
        default="", metadata=_text("The oracle's password at the broker.", secret=True)
    )
    mqtt_ca_file: str = field(
        default="", metadata=_text("PEM file of the certificates to trust instead of the machine's.")
    )
    mqtt_client_id: str = field(
        default="tanso-oracle",
        metadata=_text(
            "Name of the session in which the broker keeps what comes while the oracle is away; another one "
            "for each node at the same broker."
        ),
    )
    monitor_port: int = field(
        default=8090,
        metadata=_text(
            "Port on 127.0.0.1 for /metrics, /health and /ready of `tanso oracle run`, 0 for any free one."
        ),
    )
    close_periods: str = field(
        default="off",
        metadata=_text("Periods that `tanso oracle run` closes by itself: `day`, `month` or `off`."),
    )
    close_after_hours: int = field(
        default=24, metadata=_text("Hours that it waits for late readings after a period's end.")
    )

    def __post_init__(self) -> None:
        if self.close_periods not in ("day", "month", "off"):
            raise SettingsError(
                f"TANSO_CLOSE_PERIODS must be day, month or off, not {self.close_periods[:40]!r}."
            )
        if not 1 <= len(self.mqtt_client_id) <= 200 or not self.mqtt_client_id.isprintable():
            raise SettingsError("TANSO_MQTT_CLIENT_ID must be a name of 1 to 200 signs.")
        for name, least, most in (
            ("monitor_port", 0, 65535),
            ("close_after_hours", 0, 24 * 366),
            ("port", 0, 65535),
            ("poll_seconds", 1, 3600),
            ("index_range", 1, 1_000_000),
            ("finality_blocks", 1, 1_000_000),
            ("confirmations", 1, self.finality_blocks),
            ("fee_cap_gwei", 1, 1_000_000),
            ("rate_per_address", 1, 1_000_000),
            ("rate_per_principal", 1, 1_000_000),
            ("rate_failures", 1, 1_000_000),
            ("rate_guesses", 1, 1_000_000),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise SettingsError(f"{_variable(name)} must be from {least} to {most}, not {value}.")
        for address in self.peers:
            if not address.startswith(("http://", "https://")):
                raise SettingsError(f"TANSO_QUORUM_PEERS names {address!r:.80}, which is no http address.")
        self._check_signer()

    def _check_signer(self) -> None:
        for name in ("signer_accounts", "signer_oracle_keys"):
            for address in listed(getattr(self, name)):
                if not Web3.is_address(address):
                    raise SettingsError(f"{_variable(name)} names {address!r:.80}, which is no account.")
        # The URL is not shown: it may hold a token.
        if self.signer_url and not self.signer_url.startswith(("http://", "https://")):
            raise SettingsError("TANSO_SIGNER_URL is no http address.")
        if bool(self.signer_url) != bool(listed(self.signer_accounts) or listed(self.signer_oracle_keys)):
            raise SettingsError(
                "TANSO_SIGNER_URL and the accounts it signs for must be given together.",
                hint="Name them in TANSO_SIGNER_ACCOUNTS, TANSO_SIGNER_ORACLE_KEYS or both.",
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Settings from `TANSO_…` variables (default: of this process); `given` fields win over them.

        Raises SettingsError for an unknown variable, a malformed value, or a file that can't be read.
        """
        values = os.environ if environment is None else environment
        known = {_variable(item.name): item for item in fields(cls)}
        found: dict[str, Any] = {}
        for variable, text in values.items():
            if not variable.startswith("TANSO_") or variable in _NOT_SETTINGS:
                continue
            if variable in known:
                found[known[variable].name] = _parsed(variable, known[variable], text)
            elif (item := known.get(variable.removesuffix("_FILE"))) and item.metadata["secret"]:
                found.setdefault(item.name, _content(variable, text))
            else:
                raise SettingsError(f"{variable} is not a setting.", hint=_nearest(variable, known))
        return cls(**(found | given))

    @property
    def database(self) -> str:
        """The database's URL: the one set, or the one that the data folder names, or its `tanso.db`.

        Raises SettingsError if the folder's file can't be read.
        """
        if self.database_url:
            return self.database_url
        named = self.data_dir / DATABASE_FILE
        if named.is_file():
            return _content(str(named), str(named))
        return f"sqlite:///{self.data_dir / 'tanso.db'}"

    def path_of(self, path: Path) -> Path:
        """A path from the settings, made relative to the data folder unless it is absolute."""
        return self.data_dir / path

    @property
    def peers(self) -> tuple[str, ...]:
        """The addresses of the other oracle processes."""
        return listed(self.quorum_peers)

    @property
    def has_keystores(self) -> bool:
        """Whether there is a folder of encrypted keys, or must be: no external signer holds any key."""
        folders = (self.keys_dir, self.oracle_keys_dir)
        return not listed(self.signer_accounts) or any(self.path_of(folder).is_dir() for folder in folders)

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the API."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def refuse_known_secrets(self, accounts: Iterable[str] = ()) -> None:
        """Raises SettingsError if other machines reach the node and it holds a key that is public.

        :param accounts: addresses of the accounts whose keys the node holds.
        """
        public = sorted(KNOWN_ACCOUNTS.intersection(accounts))
        if public and not self.is_local:
            raise SettingsError(
                f"Anybody can sign for the account {public[0]}: its key is published for development.",
                hint=f"Use keys of your own, or listen on 127.0.0.1 instead of {self.host}.",
            )

    def with_changes(self, **changes: Any) -> "Settings":
        """A copy with some fields changed, checked again."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        shown = (
            f"{item.name}={'…' if item.metadata['secret'] else repr(getattr(self, item.name))}"
            for item in fields(self)
        )
        return f"Settings({', '.join(shown)})"


def table() -> str:
    """All settings as a Markdown table: variable, default, meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for item in fields(Settings):
        default = "" if item.default == "" else f"`{item.default}`"
        meaning = item.metadata["text"]
        if item.metadata["secret"]:
            meaning += f" Or the file that holds it: `{_variable(item.name)}_FILE`."
        rows.append(f"| `{_variable(item.name)}` | {default} | {meaning} |")
    return "\n".join(rows) + "\n"


def listed(text: str) -> tuple[str, ...]:
    """The parts of a setting that takes several, with commas between."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _nearest(variable: str, known: Iterable[str]) -> str:
    near = get_close_matches(variable, known, 1)
    return f"Did you mean {near[0]}?" if near else f"The settings are {', '.join(known)}."


def _variable(name: str) -> str:
    return f"TANSO_{name.upper()}"


def _parsed(variable: str, item: Field[Any], text: str) -> Any:
    if item.type is Path:
        return Path(text)
    if item.type is int:
        if not text.isascii() or not text.isdigit():
            raise SettingsError(f"{variable} must be a whole number, not {text!r}.")
        return int(text)
    return text


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable} names a file that can't be read: {error}.") from error
