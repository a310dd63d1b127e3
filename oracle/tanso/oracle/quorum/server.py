"""The one route by which other oracle processes ask this one: `POST /v1/quorum/sign`."""

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from tanso.contracts.errors import TansoError
from tanso.oracle.quorum.countersign import countersign
from tanso.oracle.quorum.peers import PATH
from tanso.oracle.quorum.proposal import MAX_BYTES, PROOF, SIGNATURE
from tanso.oracle.quorum.signing import NotAsked
from tanso.oracle.service import Oracle


def signer_app(oracle: Oracle) -> FastAPI:
    """An application that signs what `oracle` comes to by itself."""
    app = FastAPI(title="Tanso oracle", openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post(PATH)
    async def sign(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MAX_BYTES:
                return PlainTextResponse("The proposal is too long.", 413)
        signature, proof = request.headers.get(SIGNATURE, ""), request.headers.get(PROOF, "")
        try:
            answer = await run_in_threadpool(countersign, oracle, bytes(body), signature, proof)
        except NotAsked as error:
            return PlainTextResponse(str(error), 403)
        except TansoError as error:
            return PlainTextResponse(f"{type(error).__name__}: {error}", 409)
        return Response(answer.model_dump_json(), media_type="application/json")

    return app
