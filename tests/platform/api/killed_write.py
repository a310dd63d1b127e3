"""Registers a lot over the API, and is killed: `killed_write.py FOLDER TOKEN "before" | "after"`.

`before`: all is written, nothing is committed. `after`: it is committed, the client has no answer.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event

from tanso.platform.demo.world import World


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(folder: Path, token: str, moment: str) -> None:
    with World.reopen(folder, host="127.0.0.1") as world:
        if moment == "before":
            event.listen(world.node.engine, "commit", die)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await world.app(scope, receive, die if moment == "after" else send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node") as client:
            await client.post(
                "/v1/lots",
                json={"name": "counted once", "product": "rod"},
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "lot-1"},
            )


asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
