"""Turns what pip, venv and npm print when they fail into one sentence that says what to do."""

import re
from collections.abc import Sequence


class SetupError(Exception):
    """Set-up can't go on: the message is what to do; `output` is what the failed command printed."""

    def __init__(self, sentence: str, output: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.output = list(output)


# The first pattern found in the output decides. Without a network pip says "no matching distribution" too, at
# the end, so the causes come before the consequences.
CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"No space left on device|ENOSPC|Errno 28",
        "The disk is full: make room (set-up needs about 1.5 GB), then run the same command again.",
    ),
    (
        r"Permission denied|EACCES|EPERM|Read-only file system|Errno 13|Errno 30",
        "A folder can't be written: get the right to write in this folder and in your home folder's caches, "
        "then run the same command again.",
    ),
    (
        r"ensurepip is not available",
        "This Python can't make virtual environments: on Debian or Ubuntu run "
        "`apt-get install python3-venv`, then the same command again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|unable to get local issuer",
        "The package registry's certificate is not trusted here: set the certificate file in pip's and npm's "
        "configuration (`cert`, `cafile`), then run the same command again.",
    ),
    (
        r"NewConnectionError|Temporary failure in name resolution|Connection refused|ConnectTimeout"
        r"|ReadTimeout|Network is unreachable|ProxyError|Tunnel connection failed"
        r"|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|network timeout",
        "The package registry can't be reached: check the network, the proxy and the registry in pip's or "
        "npm's configuration, then run the same command again.",
    ),
    (
        r"DO NOT MATCH THE HASHES|EINTEGRITY",
        "A downloaded package is not the one that was locked, so it was damaged on its way or replaced in "
        "the registry: run the same command again, and if it stays so, don't use this registry.",
    ),
    (
        r"No matching distribution|Could not find a version|notarget|E404",
        "The registry has no file of a locked package for this Python and processor: use CPython 3.11 to "
        "3.13 on Linux (x86-64, arm64) or macOS, and a registry that holds all packages.",
    ),
    (
        r"can only install packages when your package.json and package-lock.json|EUSAGE",
        "A package.json and its package-lock.json differ: run `make lock`.",
    ),
)


def explain(what: str, lines: Sequence[str]) -> str:
    """The sentence for a command that failed while doing `what`, from the lines it printed."""
    text = "\n".join(lines)
    for pattern, sentence in CAUSES:
        if re.search(pattern, text):
            return sentence
    return f"This step failed: {what}. The lines above say why; run the same command again once it is mended."
