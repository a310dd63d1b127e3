"""What to do next when a contract refuses, by custom error; a test holds that none of our own is missing."""

HINTS: dict[str, str] = {}
