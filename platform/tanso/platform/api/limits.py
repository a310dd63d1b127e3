"""What stands around the routes: no body larger than the node takes, HEAD wherever there is GET."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tanso.platform.api.problems import MEDIA_TYPE, problem_of
from tanso.platform.errors import TooLarge

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Largest request body: about 100,000 readings."""


class _TooLargeError(Exception):
    pass


class BodyLimit:
    """ASGI middleware that refuses a body above `limit` bytes, whether its length is announced or not."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or len(announced) > 18 or int(announced) > self._limit:
            await self._refuse(scope, receive, send)
            return
        received, started, exceeded = 0, False, False

        async def counted() -> Message:
            nonlocal received, exceeded
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                exceeded = True
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            # FastAPI answers 400 to whatever fails while it reads the body: that answer is replaced below.
            if exceeded and not started:
                return
            started = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLargeError:
            if started:
                raise
        if exceeded and not started:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = TooLarge(f"the body is above {self._limit} bytes", "Send it in several parts.")
        problem = problem_of(error, scope["path"])
        answer = JSONResponse(
            problem.model_dump(mode="json"), status_code=problem.status, media_type=MEDIA_TYPE
        )
        await answer(scope, receive, send)


class HeadAsGet:
    """ASGI middleware that answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)
