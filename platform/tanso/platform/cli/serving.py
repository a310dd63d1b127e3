"""Serves a node until Ctrl-C: API and pages by uvicorn, the rest by a worker thread."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import uvicorn
from fastapi import FastAPI

from tanso.contracts.errors import LedgerError
from tanso.devchain.server import listen, url_of
from tanso.platform.node import Node

log = logging.getLogger(__name__)


class Worker:
    """Runs `node.work()` again and again; a chain that cannot be reached is logged and tried again."""

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
        while not self._stop.is_set():
            try:
                self._node.work()
            except LedgerError:
                log.exception("the chain cannot be asked; next try in %s s", pause)
            except Exception:
                log.exception("work failed; next try in %s s", pause)
            self._stop.wait(pause)


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


def serve_node(host: str | None, port: int | None) -> None:
    """`tanso serve`: a node of one's own, by the settings in the environment."""
    from tanso.oracle.keys import load_keystores, read_password
    from tanso.platform.app import create_app
    from tanso.platform.settings import Settings

    given: dict[str, Any] = {"host": host, "port": port}
    settings = Settings.from_environment(
        None, **{name: value for name, value in given.items() if value is not None}
    )
    password = settings.key_password or read_password()
    signer, oracle_keys = (
        load_keystores(settings.path_of(folder), password)
        for folder in (settings.keys_dir, settings.oracle_keys_dir)
    )
    with Node.open(settings, signer=signer, oracle_keys=oracle_keys) as node, Worker(node):
        serve(create_app(node), settings.host, settings.port, lambda url: print(f"Tanso listens at {url}"))  # noqa: T201
