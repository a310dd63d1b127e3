"""The browser fixtures themselves: a good page passes, and each kind of trouble is reported."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Page

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Lot</title>
<link rel="icon" href="data:,"><h1>12 µg</h1>{}</html>"""

Serve = Callable[[Any], str]


def showing(body: str) -> FastAPI:
    app = FastAPI()

    @app.get("/", response_class=HTMLResponse)
    def root() -> str:
        return PAGE.format(body)

    return app


def test_a_page_served_here_is_rendered_and_its_script_runs(page: Page, serve: Serve) -> None:
    page.goto(serve(showing("<button onclick=\"this.textContent = 'done'\">go</button>")))
    page.get_by_role("button", name="go").click()
    assert page.get_by_role("button").inner_text() == "done"
    assert page.get_by_role("heading").inner_text() == "12 µg"
    assert page.screenshot().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<script>console.error('no lot')</script>", "console error: no lot"),
        ("<script>console.warn('old lot')</script>", "console warning: old lot"),
        ("<script>throw new Error('broken')</script>", "page error: broken"),
        ("<img src='/missing.png'>", "console error: Failed to load resource"),
        ("<img src='http://example.org/x.png'>", "request left this machine: http://example.org/x.png"),
    ],
)
def test_trouble_in_a_page_is_reported(watched: Any, serve: Serve, body: str, problem: str) -> None:
    watched.page.goto(serve(showing(body)), wait_until="networkidle")
    assert any(found.startswith(problem) for found in watched.problems), watched.problems
