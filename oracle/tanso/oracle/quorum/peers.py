"""Asking other oracle processes for their signatures, and showing where one came to something else."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import ValidationError

from tanso.oracle.keys import KeyRing
from tanso.oracle.quorum.proposal import MAX_BYTES, Answer, Proposal, fingerprint, headers_for
from tanso.oracle.quorum.signing import (
    QuorumDisagrees,
    QuorumError,
    TooFewKeys,
    recover_signers,
    sign_with_quorum,
    verify_quorum,
)

PATH = "/v1/quorum/sign"
UNSIGNED = {400, 403, 409, 413, 503}
"""Statuses by which a process says that it signed nothing."""
INPUTS = ("formula", "factor", "equipment", "installation", "reading", "estimate")


@dataclass(frozen=True, slots=True)
class Difference:
    """A leaf on which two processes differ; None where one of them has none such."""

    peer: str
    what: str
    here: Mapping[str, Any] | None
    there: Mapping[str, Any] | None

    def __str__(self) -> str:
        here, there = _shown(self.here, self.there), _shown(self.there, self.here)
        return f"{self.what}: {here} here, {there} at {self.peer}"


class Peers:
    """The other processes, by URL. Each computes from its own readings and signs with its own keys."""

    def __init__(self, urls: Sequence[str], *, timeout: int = 60) -> None:
        """`timeout`: seconds for all answers; a process that gives none counts as absent."""
        self.urls, self._timeout = tuple(url.rstrip("/") for url in urls), timeout

    def sign(
        self,
        proposal: Proposal,
        leaves: Sequence[Mapping[str, Any]],
        secret: bytes,
        typed_data: Mapping[str, Any],
        keys: KeyRing,
        *,
        needed: int,
        registered: Sequence[str],
        names: Mapping[str, str],
    ) -> list[bytes]:
        """`needed` signatures of this process's keys and the others', in the order the contract takes.

        `leaves` are those behind the proposal, `names` the devices by hashed ID. Every process is asked:
        absent ones are done without, but if any came to something else, nothing is sent. Raises
        QuorumDisagrees, with what differs, or TooFewKeys; `binding` is set if one of them may have signed.
        """
        own = [key for key in keys if key.address in registered]
        if not own:
            raise TooFewKeys(
                "this process holds no registered oracle key", hint="Have its key registered with the quorum."
            )
        (first,) = sign_with_quorum(typed_data, KeyRing(own[:1]), needed=1)
        found: dict[str, bytes] = {str(own[0].address): first}
        body = proposal.body()
        headers = headers_for(body, own[0], secret)
        problems: list[str] = []
        differences: list[Difference] = []
        binding = False
        until = time.monotonic() + self._timeout
        with ThreadPoolExecutor(max(1, len(self.urls)), "tanso-peers") as pool:
            answers = list(pool.map(lambda url: self._ask(url, body, headers, until), self.urls))
        for url, answer in zip(self.urls, answers, strict=True):
            if isinstance(answer, NoAnswer):
                binding |= answer.may_have_signed
                problems.append(f"{url}: {answer.problem}")
                continue
            if answer.differing or answer.missing:
                differences += differences_of(url, leaves, secret, answer, names)
                continue
            binding |= bool(answer.signatures)
            if not answer.signatures:
                problems.append(f"{url}: it signed nothing")
            for text in answer.signatures:
                signature = bytes.fromhex(text[2:])
                try:
                    (signer,) = recover_signers(typed_data, [signature])
                except QuorumError as error:
                    problems.append(f"{url}: {error.message}")
                    continue
                if signer in registered:
                    found[signer] = signature
                else:
                    problems.append(f"{url}: {signer} is no registered oracle key")
        try:
            return self._enough(typed_data, found, differences, problems, needed, registered)
        except QuorumError as error:
            error.binding = binding
            raise

    @staticmethod
    def _enough(
        typed_data: Mapping[str, Any],
        found: Mapping[str, bytes],
        differences: Sequence[Difference],
        problems: Sequence[str],
        needed: int,
        registered: Sequence[str],
    ) -> list[bytes]:
        if differences:
            raise QuorumDisagrees(differences)
        if len(found) < needed:
            told = "; ".join(problems) or "no other process signed"
            raise TooFewKeys(
                f"{needed} oracle keys must sign, {len(found)} did ({told})",
                hint="Start the other oracle processes, or see what they say.",
            )
        chosen = sorted(found, key=lambda address: int(address, 16))[:needed]
        signatures = [found[address] for address in chosen]
        verify_quorum(typed_data, signatures, registered=registered, needed=needed)
        return signatures

    @staticmethod
    def _ask(url: str, body: bytes, headers: Mapping[str, str], until: float) -> "Answer | NoAnswer":
        """The answer, or what was wrong with it, by `until` on the monotonic clock."""
        try:
            with httpx.stream(
                "POST",
                url + PATH,
                content=body,
                headers={**headers, "content-type": "application/json"},
                timeout=max(0.1, until - time.monotonic()),
            ) as response:
                parts, size = [], 0
                for part in response.iter_bytes():
                    size += len(part)
                    if size > MAX_BYTES:
                        return NoAnswer("its answer is too long")
                    if time.monotonic() > until:
                        return NoAnswer("no answer in time")
                    parts.append(part)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            return NoAnswer(f"no answer ({type(error).__name__})", may_have_signed=False)
        except httpx.HTTPError as error:
            return NoAnswer(f"no answer ({type(error).__name__})")
        content = b"".join(parts)
        if response.status_code != httpx.codes.OK:
            return NoAnswer(
                f"refused with {response.status_code}: {content[:500].decode(errors='replace')}",
                may_have_signed=response.status_code not in UNSIGNED,
            )
        try:
            return Answer.model_validate_json(content)
        except ValidationError:
            return NoAnswer("its answer can't be read")


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A process that was asked in vain, and why."""

    problem: str
    may_have_signed: bool = True


def differences_of(
    url: str,
    leaves: Sequence[Mapping[str, Any]],
    secret: bytes,
    answer: Answer,
    names: Mapping[str, str],
) -> list[Difference]:
    """Leaf by leaf what stands here and there, inputs before what follows from them."""
    missing = set(answer.missing)
    here = {_place(leaf, names): leaf for leaf in leaves if fingerprint(secret, leaf) in missing}
    there = {_place(leaf, names): leaf for leaf in answer.leaves}
    places = sorted(here.keys() | there.keys(), key=lambda place: (place[0] not in INPUTS, place))
    return [
        Difference(url, " ".join(filter(None, place)), here.get(place), there.get(place)) for place in places
    ]


def _place(leaf: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, str, str, str]:
    """What a leaf is about: its kind, device or equipment, quantity and the time at which it begins."""
    subject = str(leaf.get("device") or leaf.get("equipment_id") or leaf.get("energy") or "")
    start = leaf.get("start")
    when = ""
    if isinstance(start, int) and 0 <= start < 2**37:
        when = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(leaf.get("kind", "")), names.get(subject, subject), str(leaf.get("quantity", "")), when


def _shown(leaf: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> str:
    """What of a leaf is not in the other one."""
    if leaf is None:
        return "none"
    parts = {key: value for key, value in leaf.items() if key != "salt" and (other or {}).get(key) != value}
    return ", ".join(f"{key} {value}" for key, value in sorted(parts.items()))[:300] or "the same"
