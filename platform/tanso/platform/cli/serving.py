"""Serves a node until Ctrl-C: API and pages by uvicorn, the rest by a worker thread."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from tanso.contracts.errors import LedgerError
from tanso.devchain.server import listen, url_of
from tanso.platform.node import Node

log = logging.getLogger(__name__)


class Worker:
    """Runs `node.work()` again and again; trouble is logged when it begins, changes and ends."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tanso-worker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        pause = self._node.settings.poll_seconds
        trouble = ""
        while not self._stop.is_set():
            before, trouble = trouble, self._work()
            if trouble and trouble != before:
                log.warning("%s Tried again every %s s.", trouble, pause)
            elif before and not trouble:
                log.warning("The node works again.")
            self._stop.wait(pause)

    def _work(self) -> str:
        """What went wrong in one round, in a sentence; empty if nothing did."""
        try:
            self._node.work()
        except LedgerError as error:
            return f"The chain cannot be asked: {error}"
        except OperationalError:
            return "The database does not answer."
        except Exception as error:
            log.exception("work failed")
            return f"Work failed: {type(error).__name__}."
        return ""


def serve(app: FastAPI, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves `app` until SIGINT or SIGTERM; calls `ready` with its address once it listens.

    :param port: 0 picks a free one.
    :raises EngineError: when nothing can listen there.
    """
    with listen(host, port) as listener:
        ready(url_of(listener))
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        with suppress(KeyboardInterrupt):  # uvicorn raises the signal again when it has stopped
            uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def serving(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """Serves `app` from a thread while the block runs."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="tanso-api", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def serve_signer(host: str, port: int) -> None:
    """`tanso oracle signer`: signs what this node's readings amount to, when other oracle processes ask."""
    from tanso.oracle.quorum.server import signer_app
    from tanso.platform.settings import Settings

    settings = Settings.from_environment(None, host=host, port=port)
    with Node.from_settings(settings) as node:
        serve(
            signer_app(node.oracle),
            host,
            port,
            lambda url: print(f"Tanso's oracle signs at {url}", flush=True),  # noqa: T201
        )


def serve_node(host: str | None, port: int | None) -> None:
    """`tanso serve`: a node of one's own, by the settings in the environment."""
    from tanso.oracle.keys import read_password
    from tanso.platform.app import create_app
    from tanso.platform.settings import Settings

    given: dict[str, Any] = {"host": host, "port": port}
    settings = Settings.from_environment(
        None, **{name: value for name, value in given.items() if value is not None}
    )
    if settings.has_keystores and not settings.key_password:
        settings = settings.with_changes(key_password=read_password())
    with Node.from_settings(settings) as node, Worker(node):
        serve(
            create_app(node),
            settings.host,
            settings.port,
            # Flushed, so that a service manager's log has it at once.
            lambda url: print(f"Tanso listens at {url}", flush=True),  # noqa: T201
        )
