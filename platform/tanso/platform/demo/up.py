"""`tanso up`: the demo's world as a service, chain, oracle, API and pages on one address."""

from pathlib import Path

from rich.console import Console

from tanso.devchain.server import asgi_app
from tanso.platform.cli.serving import Worker, serve
from tanso.platform.demo.database import check_kept, claim, keep
from tanso.platform.demo.run import MARKER, MINE, build, clear
from tanso.platform.demo.world import TOKENS_FILE, World


def serve_world(data: Path, database: str, host: str, port: int) -> None:
    """Serves the world in `data` until Ctrl-C; tells its story first if none was told there to the end.

    :param database: URL of an empty one for a new world; "" for a file in `data`.
    :raises FolderInUse: when `data` holds something else.
    :raises DatabaseInUse: when the database does, or the world has another one.
    :raises SettingsError: when others could reach a world whose keys are public.
    """
    console = Console(highlight=False, soft_wrap=True)
    if (data / MINE).is_file() and (data / MARKER).is_file():
        check_kept(data, database)
    else:
        claim(database)
        clear(data)
        keep(data, database)
        build(data)

    def ready(url: str) -> None:
        console.print(
            f"\n[bold]Tanso is up at {url}[/bold]   (Ctrl-C stops it; what it holds stays in {data}/)"
        )
        console.print(f"  pages    {url}/            sign in with a token from {data / TOKENS_FILE}")
        console.print(f"  API      {url}/v1/…        listed at {url}/api, described at {url}/openapi.json")
        console.print(f"  chain    {url}/chain/      JSON-RPC for cast, web3.py and other Ethereum clients")
        console.print(f"\n  tanso verify {data / 'proof.json'} --rpc {url}/chain/")
        console.print(f"  tanso audit --rpc {url}/chain/ --deployment {data / 'deployment.json'}")

    with World.reopen(data, host=host) as world:
        world.app.mount("/chain", asgi_app(world.chain))
        with Worker(world.node):
            serve(world.app, host, port, ready)
    console.print("\nStopped.")
