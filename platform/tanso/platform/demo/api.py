"""Calls the API in process, as a client with a token would over HTTP; no server and no port."""

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx
from fastapi import FastAPI

from tanso.contracts.errors import TansoError


class ApiRefused(TansoError):
    """The API answered a request with a problem; the message is the problem's own words."""


class Api:
    """A client of one app. Close it, or use it as a context manager."""

    def __init__(self, app: FastAPI) -> None:
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

    def call(self, method: str, path: str, token: str | None = None, **request: Any) -> Any:
        """The JSON answer; raises `ApiRefused` on any answer that is not a success."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= request.pop("headers", {})
        response = self._runner.run(self._client.request(method, path, headers=headers, **request))
        if response.is_success:
            is_json = response.content and "json" in response.headers.get("content-type", "")
            return response.json() if is_json else response.text
        try:
            problem = response.json()
            message, hint = f"{problem['title']}: {problem['detail']}.", problem.get("hint", "")
        except (ValueError, KeyError, TypeError):
            message, hint = f"{response.status_code} {response.text[:500]}", ""
        raise ApiRefused(f"{method} {path}: {message}", hint=hint)

    def close(self) -> None:
        """Closes the client and its event loop."""
        self._runner.run(self._client.aclose())
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
