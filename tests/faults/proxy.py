"""A JSON-RPC proxy before the real node: it fails requests, and strikes the chain, as a round says."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from schedule import Round

SEND = "eth_sendRawTransaction"
TOO_MANY = b""


class Proxy:
    """`strike` is called with an event before the request that the round names."""

    def __init__(self, target: str, strike: Callable[[str, int], None]) -> None:
        self._target, self._strike = target.removeprefix("http://"), strike
        self._here = threading.local()
        self.happened: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._round: Round | None = None
        self._requests = self._sent = 0
        self._released = threading.Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                answer = proxy.answer(self.rfile.read(int(self.headers["Content-Length"])))
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(429 if answer == TOO_MANY else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def handle(self) -> None:
                with suppress(ConnectionError):  # the worker was killed
                    super().handle()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def begin(self, now: Round | None) -> None:
        """From now on the round's faults and events; None for none."""
        self._released.set()
        with self._lock:
            self._round, self._requests, self._sent = now, 0, 0
            self._released = threading.Event()

    def answer(self, body: bytes) -> bytes | None:
        """The answer to a request; None to break the connection."""
        request = json.loads(body)
        with self._lock:
            fault = self._next_fault(request["method"])
            released = self._released
        if fault is not None:
            self.happened[fault] += 1
        if fault == "error":
            error = {"code": -32000, "message": "internal error"}
            return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()
        if fault == "too many requests":
            return TOO_MANY
        if fault == "loses request":
            return None
        answer = self._forward(body)
        if fault == "no answer":
            released.wait()
        return None if fault else answer

    def _forward(self, body: bytes) -> bytes:
        if not hasattr(self._here, "connection"):
            self._here.connection = HTTPConnection(self._target)
        self._here.connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer: bytes = self._here.connection.getresponse().read()
        return answer

    def _next_fault(self, method: str) -> str | None:
        if self._round is None:
            return None
        self._requests += 1
        event = self._round.events.get(self._requests)
        if event is not None:
            self._strike(*event)
        fault = self._round.faults.get(self._requests)
        if method == SEND:
            self._sent += 1
            fault = self._round.send_faults.get(self._sent, fault)
        return fault
