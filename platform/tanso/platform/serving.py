"""Serves a node until Ctrl-C: the API and pages by uvicorn, and one worker thread that moves data round the circle."""

import logging
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI

from tanso.contracts.errors import LedgerError, TansoError
from tanso.platform.node import Node

log = logging.getLogger(__name__)


class PortTaken(TansoError):
    """Nothing can listen on the address."""


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
    :raises PortTaken: when nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Cannot listen on {host}:{port}: {error.strerror}.", hint="Choose another with --port, or --port 0."
            ) from error
        listener.listen(128)
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{listener.getsockname()[1]}")
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


def serve_node(host: str | None, port: int | None) -> None:
    """`tanso serve`: a node of one's own, by the settings in the environment."""
    from tanso.oracle.keys import KeyRing
    from tanso.platform.app import create_app
    from tanso.platform.settings import Settings

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings.from_environment(**given)
    signer = KeyRing.from_folder(settings.path_of(settings.keys_dir), settings.keys_password)
    with Node.open(settings, signer=signer) as node, Worker(node):
        serve(create_app(node), settings.host, settings.port, lambda url: print(f"Tanso listens at {url}"))  # noqa: T201
