"""Documents that the parties of an agreement send each other: read from JSON, refused by name."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tanso.platform.errors import BadInput

Document = bytes | str | Mapping[str, Any]
"""JSON, or what was read from it."""

Model = TypeVar("Model", bound=BaseModel)


def read_document(
    model: type[Model], document: Document, *, max_bytes: int, refused: Callable[[str], BadInput]
) -> Model:
    """What a document says; raises what `refused` makes of the reason, which names what does not fit."""
    try:
        if isinstance(document, Mapping):
            return model.model_validate(dict(document))
        if len(document) > max_bytes:
            raise refused(f"the document is longer than {max_bytes} bytes")
        return model.model_validate(json.loads(document))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise refused(f"{place}: {first['msg']}" if place else str(first["msg"])) from error
    except (ValueError, RecursionError) as error:
        raise refused("the document is no JSON") from error
