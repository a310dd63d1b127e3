"""How commands ask a node's API: one request, and words for whatever comes of it."""

from typing import Any

import httpx

from tanso.contracts.errors import TansoError

SECONDS = 30
"""That a node may need for an answer."""

Json = dict[str, Any]


class NodeRefused(TansoError):
    """The node answered with a problem; the message is the problem's own words."""

    def __init__(self, problem: Json) -> None:
        super().__init__(
            f"{problem.get('title')}: {problem.get('detail')}", hint=str(problem.get("hint", ""))
        )
        self.kind = str(problem.get("type", "")).rpartition(":")[2]
        """The end of the problem's `type`."""


class NodeSilent(TansoError):
    """The node gave no answer, or one that is none of a node."""


def call(method: str, url: str, path: str, token: str, *, seconds: float = SECONDS, **request: Any) -> Json:
    """What the node at `url` answers to the bearer of `token`. Raises `NodeRefused`, `NodeSilent`."""
    try:
        response = httpx.request(
            method,
            url.rstrip("/") + path,
            headers={"Authorization": f"Bearer {token}"},
            timeout=seconds,
            trust_env=False,
            **request,
        )
        answer: Json = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NodeSilent(
            f"No answer of a node at {url} ({type(error).__name__}).",
            hint="Start it with `tanso serve` or `tanso up`, or name its address with --url.",
        ) from None
    if not response.is_success:
        raise NodeRefused(answer)
    return answer
