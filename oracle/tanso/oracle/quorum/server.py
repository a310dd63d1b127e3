"""The one route by which other oracle processes ask this one: `POST /v1/quorum/sign`."""

import asyncio

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from tanso.contracts.errors import TansoError
from tanso.oracle.quorum.countersign import check_sender, countersign
from tanso.oracle.quorum.peers import PATH
from tanso.oracle.quorum.proposal import MAX_BYTES, PROOF, SIGNATURE
from tanso.oracle.quorum.signing import NotAsked
from tanso.oracle.service import Oracle

AT_ONCE = 4
"""Requests whose proposal is read or computed at a time; each may take MAX_BYTES."""
BODY_SECONDS = 60
"""In which a proposal must have come."""


def signer_app(oracle: Oracle) -> FastAPI:
    """An application that signs what `oracle` comes to by itself."""
    app = FastAPI(title="Tanso oracle", openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    taken = asyncio.Semaphore(AT_ONCE)

    @app.post(PATH)
    async def sign(request: Request) -> Response:
        signature, proof = request.headers.get(SIGNATURE, ""), request.headers.get(PROOF, "")
        try:
            await run_in_threadpool(check_sender, oracle, signature, proof)
            if taken.locked():
                return PlainTextResponse("Too many requests at a time: ask again.", 503)
            async with taken:
                body = bytearray()
                async with asyncio.timeout(BODY_SECONDS):
                    async for part in request.stream():
                        body += part
                        if len(body) > MAX_BYTES:
                            return PlainTextResponse("The proposal is too long.", 413)
                answer = await run_in_threadpool(countersign, oracle, bytes(body), signature, proof)
        except NotAsked as error:
            return PlainTextResponse(str(error), 403)
        except TansoError as error:
            return PlainTextResponse(f"{type(error).__name__}: {error}", 409)
        except TimeoutError:
            return PlainTextResponse("The proposal did not come in time.", 413)
        return Response(answer.model_dump_json(), media_type="application/json")

    return app
