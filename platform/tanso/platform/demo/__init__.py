"""The demo: nine businesses on an embedded chain, told through the same API that users call."""
