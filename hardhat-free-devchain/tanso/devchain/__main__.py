"""`python -m tanso.devchain`: the same as `tanso chain`."""

from .cli import app

app(prog_name="tanso chain")
