"""`tanso init` and `tanso token`: what a node of one's own needs before `tanso serve`."""

from pathlib import Path

import typer

from tanso.contracts.errors import TansoError
from tanso.oracle.keys import create_keystore, read_password

ORACLE_KEYS = 3
PUBLIC_KEY_ITERATIONS = 2**10
"""Work factor for keys that everybody knows: there is nothing to protect."""


def make_keys(data: Path, businesses: int, *, dev: bool) -> tuple[list[str], list[str]]:
    """Writes encrypted keys for the operator, the businesses and three oracles; gives the addresses.

    :param dev: take the development chains' public accounts, which hold test money, instead of new keys.
    :raises TansoError: when the folder holds keys already.
    """
    folders = data / "keys", data / "oracle-keys"
    for folder in folders:
        if folder.is_dir() and any(folder.iterdir()):
            raise TansoError(f"{folder} holds keys already.", hint="Name another folder with --data.")
    password = read_password("Password for the new keys: ", twice=True)
    senders, oracles = ([None] * (1 + businesses), [None] * ORACLE_KEYS)
    if not dev:
        return (
            [create_keystore(folders[0], password, account=account) for account in senders],
            [create_keystore(folders[1], password, account=account) for account in oracles],
        )
    from tanso.devchain import dev_accounts

    known = dev_accounts(10)
    if businesses > len(known) - 1 - ORACLE_KEYS:
        raise TansoError("The development chains have accounts for six businesses.", hint="Ask for fewer.")
    return tuple(  # type: ignore[return-value]
        [
            create_keystore(folder, password, account=account, iterations=PUBLIC_KEY_ITERATIONS)
            for account in accounts
        ]
        for folder, accounts in zip(folders, (known[: 1 + businesses], known[-ORACLE_KEYS:]), strict=True)
    )


def run_init(data: Path, businesses: int, *, dev: bool) -> None:
    """Makes the keys and says what to do next."""
    senders, oracles = make_keys(data, businesses, dev=dev)
    typer.echo(f"Keys are in {data / 'keys'} (operator and businesses) and {data / 'oracle-keys'}.\n")
    typer.echo(f"  operator    {senders[0]}")
    for account in senders[1:]:
        typer.echo(f"  a business  {account}")
    for account in oracles:
        typer.echo(f"  oracle      {account}")
    out = data / "deployment.json"
    typer.echo("\nNext:")
    if dev:
        typer.echo(f"  tanso chain --state {data / 'chain'}            (in another terminal)")
        typer.echo(f"  tanso contracts deploy --dev --out {out}")
    else:
        typer.echo(
            "  give the operator's and the businesses' accounts money for gas, if your chain asks for any"
        )
        keys = " ".join(f"--oracle-key {account}" for account in oracles)
        key = data / "keys" / f"{senders[0]}.json"
        typer.echo(f"  tanso contracts deploy --rpc URL --keystore {key} {keys} --out {out}")
    typer.echo(f"  export TANSO_DATA_DIR={data}{'' if dev else ' TANSO_RPC_URL=URL'}")
    typer.echo("  tanso token operator      (then register businesses: POST /v1/businesses)")
    typer.echo("  tanso serve")


def run_token(role: str, business: str | None, days: int) -> None:
    """Prints a new token, this once."""
    from tanso.oracle.store import writing
    from tanso.platform.auth.models import Role
    from tanso.platform.auth.service import issue_token
    from tanso.platform.cli.stores import store_of
    from tanso.platform.database import prepare

    with store_of(None, None) as engine:
        prepare(engine)
        with writing(engine) as session:
            issued = issue_token(session, Role(role), business, label="tanso token", days=days)
    typer.echo(issued.token)
