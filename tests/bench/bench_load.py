"""What a served node does when 1,000 requests a second come for ten seconds: `make bench`. Not a test,
but it ends with exit code 1 if that does not hold.

Fault case 25: no answer may be a 5xx, memory is bounded, and what is above the limits gets 429. The demo's
world is served by `tanso up`, another process asks it: known and unknown lots, lists with a token and with a
false one, hostile parameters, forms. Most of it comes from one address, the rest from a new one each time.

    python tests/bench/bench_load.py URL TOKEN SECONDS      the asking alone; prints its counts as JSON
"""

import asyncio
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

TANSO = Path(sys.executable).with_name("tanso")
PER_SECOND, SECONDS, CONNECTIONS = 1000, 10, 200
GROWTH_MB = 200
"""Most that a node's memory may grow under it: buckets, caches and sessions are bounded."""
ELSEWHERE = 11
"""Each so-manieth request comes from another address."""


def requests(token: str) -> list[bytes]:
    """What is asked, in turn."""
    bearer = f"Authorization: Bearer {token}\r\n"
    false = f"Authorization: Bearer tanso_{'0' * 16}_{'0' * 64}\r\n"
    body = json.dumps({"name": "x' OR 1=1 --", "product": "\u202e" * 50, "unit": "pc", "started_at": "never"})
    asked = [
        ("GET /v1/status", "", ""),
        ("GET /v1/lots?limit=5", bearer, ""),
        ("GET /v1/lots?limit=1000000000", bearer, ""),
        (f"GET /v1/lots/0x{'5' * 32}", "", ""),
        ("GET /v1/lots?after=9223372036854775808", bearer, ""),
        ("GET /v1/lots", false, ""),
        ("GET /", "", ""),
        ("POST /v1/lots", bearer + "Content-Type: application/json\r\n", body),
        ("POST /oauth/token", "Content-Type: application/x-www-form-urlencoded\r\n", "grant_type=x"),
        ("POST /sign-in", "Content-Type: application/x-www-form-urlencoded\r\n", "email=a&password=b"),
    ]
    return [
        f"{line} HTTP/1.1\r\nHost: node\r\n{headers}Content-Length: {len(sent)}\r\n%s\r\n{sent}".encode()
        for line, headers, sent in asked
    ]


async def ask(url: str, token: str, seconds: float) -> dict[str, int]:
    """How often each status was answered, in how many milliseconds, and what failed."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    answers: Counter[str] = Counter()
    asked, numbers, end = requests(token), count(), time.monotonic() + seconds

    async def connection(number: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        due = time.monotonic() + number / PER_SECOND
        while (now := time.monotonic()) < end:
            await asyncio.sleep(due - now)
            due = max(due, now) + CONNECTIONS / PER_SECOND
            which = next(numbers)
            away = f"X-Forwarded-For: 2001:db8:{which % 65536:x}::1\r\n" if which % ELSEWHERE == 0 else ""
            writer.write(asked[which % len(asked)].replace(b"%s", away.encode()))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            answers[head.split()[1].decode()] += 1
        writer.close()

    for failed in await asyncio.gather(*map(connection, range(CONNECTIONS)), return_exceptions=True):
        if failed is not None:
            answers[type(failed).__name__] += 1
    return dict(answers)


def memory(pid: int, kind: str = "VmRSS") -> int:
    """Memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    found = re.search(rf"{kind}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) // 1000


def main() -> None:
    """Serves a world, asks it, and prints what came of it."""
    if len(sys.argv) == 4:
        print(json.dumps(asyncio.run(ask(sys.argv[1], sys.argv[2], float(sys.argv[3])))))
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "world"
        subprocess.run([TANSO, "demo", "--out", data], check=True, capture_output=True)
        token = json.loads((data / "tokens.json").read_text("utf-8"))["Hikari Machines"]
        command = [TANSO, "up", "--data", data, "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as node:
            assert node.stdout is not None
            url = next(found[0] for line in node.stdout if (found := re.search(r"http://[0-9.]+:\d+", line)))
            before = memory(node.pid)
            asking = [sys.executable, __file__, url, token, str(SECONDS)]
            ran = subprocess.run(asking, check=True, capture_output=True, text=True)
            answers = json.loads(ran.stdout)
            rate = sum(answers.values()) / SECONDS
            print(f"answered {rate:,.0f} requests a second of {PER_SECOND:,}: {answers}")
            most = memory(node.pid, "VmHWM")
            print(f"memory: {before} MB before, {memory(node.pid)} MB after, {most} MB at most")
            node.send_signal(signal.SIGINT)
            node.communicate(timeout=20)
    failed = {status: count for status, count in answers.items() if not status.isdigit() or status >= "500"}
    if failed or most > before + GROWTH_MB:
        sys.exit(f"failures: {failed}; memory grew by {most - before} MB, {GROWTH_MB} MB are allowed")


if __name__ == "__main__":
    main()
