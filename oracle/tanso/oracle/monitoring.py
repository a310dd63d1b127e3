"""What the running oracle tells of itself: metrics for Prometheus, health, readiness, logs as JSON lines."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest

TIMEOUT_S = 10
RESULTS = ("accepted", "duplicates", "refused")
"""What becomes of readings."""
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Each record as one line of JSON: time, level, logger, message, what was given as `extra`, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        shown: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        shown |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            shown["traceback"] = self.formatException(record.exc_info)
        return json.dumps(shown, ensure_ascii=False, default=str)


class Metrics:
    """The oracle's figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.readings = Counter(
            "tanso_readings",
            "Readings that came by MQTT or in watched folders, by what became of them.",
            ["result"],
            registry=self.registry,
        )
        self.connected = Gauge(
            "tanso_mqtt_listening", "1 while the broker delivers what was asked for.", registry=self.registry
        )
        self.refused_open = Gauge(
            "tanso_refused_readings_open", "Refused readings that nobody resolved.", registry=self.registry
        )
        self.outbox = Gauge(
            "tanso_outbox_messages", "Messages of the outbox by status.", ["status"], registry=self.registry
        )
        self.periods = Counter(
            "tanso_periods",
            "Periods that were due, by what became of them.",
            ["result"],
            registry=self.registry,
        )
        self.failures = Counter("tanso_work_failures", "Rounds of work that failed.", registry=self.registry)
        self.files = Counter(
            "tanso_files",
            "Files of watched folders, by what became of them.",
            ["result"],
            registry=self.registry,
        )
        for result in RESULTS:
            self.readings.labels(result)


class Monitor:
    """Serves /metrics, /health and /ready until the block ends.

    `checks`: by name, what gives the reason why the oracle is not ready, or an empty text.
    """

    def __init__(
        self, host: str, port: int, metrics: Metrics, checks: Mapping[str, Callable[[], str]]
    ) -> None:
        handler = type("Handler", (_Handler,), {"metrics": metrics, "checks": dict(checks)})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="tanso-monitor", daemon=True)
        self.url = f"http://{host}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    metrics: Metrics
    checks: Mapping[str, Callable[[], str]]
    timeout = TIMEOUT_S
    server_version, sys_version = "tanso", ""

    def do_GET(self) -> None:
        """Answers one of the three paths."""
        if self.path == "/metrics":
            self._answer(200, CONTENT_TYPE_LATEST, generate_latest(self.metrics.registry))
        elif self.path == "/health":
            self._tell({})
        elif self.path == "/ready":
            self._tell({name: trouble for name, check in self.checks.items() if (trouble := check())})
        else:
            self._answer(404, "text/plain", b"/metrics, /health or /ready\n")

    def _tell(self, troubles: Mapping[str, str]) -> None:
        shown = {"status": "not ready", "troubles": troubles} if troubles else {"status": "ok"}
        self._answer(503 if troubles else 200, "application/json", json.dumps(shown).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody wants a line for each look."""
