"""Options that several commands of `tanso oracle` share."""

from pathlib import Path
from typing import Annotated

import typer

Store = Annotated[
    str | None,
    typer.Option(
        help="Database: sqlite:///FILE or postgresql://…. Default: the node's, by its settings.",
        metavar="URL",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of a node: its database is used.", metavar="NODE"),
]
Business = Annotated[
    str | None,
    typer.Option(
        help="ID of the business that the readings are of. Needed only where the node serves several.",
        metavar="ID",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
