"""A JSON-RPC proxy before a real node, as of several nodes of which some lag, refuse or fail."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any


@dataclass(frozen=True)
class Faults:
    """Of a hundred requests, how many meet what; and the most blocks whose logs are given at once."""

    lagging: int = 0
    too_many: int = 0
    lost: int = 0
    most_blocks: int = 10**6


class FaultyNode:
    """Answers at `url`; `happened` counts the faults."""

    def __init__(self, target: str) -> None:
        self._target = target.removeprefix("http://")
        self.happened: Counter[str] = Counter()
        self.faults, self.random = Faults(), Random(0)
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator["FaultyNode"]:
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                status, answer = node.answer(self.rfile.read(int(self.headers["Content-Length"])))
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(answer)

            def handle(self) -> None:
                with suppress(ConnectionError):  # the indexer was killed
                    super().handle()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """HTTP status and body; status 0 breaks the connection."""
        request = json.loads(body)
        if self._strikes("too many requests", self.faults.too_many):
            return 429, b""
        if self._strikes("lost", self.faults.lost):
            return 0, b""
        if request["method"] == "eth_getLogs" and "blockHash" not in request["params"][0]:
            return self._logs(request)
        return self._forward(request)

    def _logs(self, request: dict[str, Any]) -> tuple[int, bytes]:
        """As a node gives them that takes few blocks at once, or does not have the newest."""
        wanted = request["params"][0]
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last - first >= self.faults.most_blocks:
            self.happened["range too large"] += 1
            error = {"code": -32005, "message": "query returned more than 10000 results"}
            return 200, json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()
        if self._strikes("lagging", self.faults.lagging):
            height = last - self.random.randint(1, 3)
            if height < first:
                return 200, json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": []}).encode()
            wanted["toBlock"] = hex(height)
        return self._forward(request)

    def _strikes(self, fault: str, percent: int) -> bool:
        struck = self.random.randrange(100) < percent
        self.happened[fault] += struck
        return struck

    def _forward(self, request: dict[str, Any]) -> tuple[int, bytes]:
        connection = HTTPConnection(self._target)
        connection.request("POST", "/", json.dumps(request), {"Content-Type": "application/json"})
        answer = connection.getresponse().read()
        connection.close()
        return 200, answer
