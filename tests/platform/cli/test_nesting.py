"""JSON that is nested a hundred thousand times must not kill a process that serves."""

import subprocess
import sys

SERVER = """
import asyncio, sys
import httpx
from tanso.platform.app import create_app

async def ask(depth):
    app = httpx.ASGITransport(create_app(None))
    async with httpx.AsyncClient(transport=app, base_url="http://node") as client:
        deep = "[" * depth
        given = await client.post("/v1/equipment", content=deep, headers={"content-type": "application/json"})
        print(given.status_code)

for depth in (1_000, 100_000, 1_000_000):
    asyncio.run(ask(depth))
"""


def test_deep_json_is_refused_by_the_api_of_a_node_without_an_embedded_chain() -> None:
    ran = subprocess.run([sys.executable, "-c", SERVER], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert set(ran.stdout.split()) <= {"400", "422"}
    assert len(ran.stdout.split()) == 3
