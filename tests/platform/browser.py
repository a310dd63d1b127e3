"""A browser without a window: keeps cookies, sends forms with what their pages hide in them."""

import asyncio
import re
from typing import Any

import httpx
from fastapi import FastAPI


class Browser:
    """Follows no link by itself, keeps cookies. Close it."""

    def __init__(self, app: FastAPI, base: str = "http://localhost") -> None:
        self._runner = asyncio.Runner()
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        return self._runner.run(self.client.request(method, path, **request))

    def get(self, path: str) -> httpx.Response:
        return self.send("GET", path)

    def form_token(self, page: str) -> str:
        """What the forms of a page hide."""
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.get(page).text)
        assert found, page
        return found[1]

    def post(self, path: str, form: str, **data: str) -> httpx.Response:
        """Sends a form of the page `form`."""
        return self.send("POST", path, data={"form_token": self.form_token(form), **data})

    def fill(self, page: str, action: str, **typed: str) -> httpx.Response:
        """Fills in the form of a page that is sent to `action`, and sends it with all that it hides."""
        return self.send("POST", action, data=self.hidden(page, action) | typed)

    def hidden(self, page: str, action: str) -> dict[str, str]:
        """What the form of a page that is sent to `action` hides."""
        found = re.search(rf'<form[^>]* action="{re.escape(action)}">(.*?)</form>', self.get(page).text, re.S)
        assert found, f"{page} has no form to {action}"
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', found[1]))

    def sign_in(self, token: str) -> httpx.Response:
        return self.post("/sign-in/token", "/sign-in", token=token)

    def close(self) -> None:
        self._runner.run(self.client.aclose())
        self._runner.close()
