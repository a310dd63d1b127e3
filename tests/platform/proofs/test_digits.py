"""No digit of a proof bundle can be changed unseen."""

import json
import random
from typing import Any

import pytest

from tanso.platform.proofs.model import BundleUnreadable, read_bundle
from tanso.platform.proofs.verify import verify

DIGITS = "0123456789"
SAMPLED = 200


def passes(text: str) -> bool:
    """Whether a bundle's text is accepted as a proof."""
    try:
        return verify(read_bundle(text)) == []
    except BundleUnreadable:
        return False


def places(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Every value that holds a digit, by its path."""
    if isinstance(value, dict):
        return {k: v for name, part in value.items() for k, v in places(part, (*path, name)).items()}
    if isinstance(value, list):
        return {k: v for n, part in enumerate(value) for k, v in places(part, (*path, n)).items()}
    return {path: value} if any(digit in str(value) for digit in DIGITS) else {}


def field_of(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The path without the numbers and IDs that tell items of a kind apart."""
    return tuple("*" if isinstance(part, int) or str(part).startswith("0x") else part for part in path)


def other_digit(text: str, place: int, chance: random.Random) -> str:
    digit = chance.choice([digit for digit in DIGITS if digit != text[place]])
    return text[:place] + digit + text[place + 1 :]


def test_the_demo_s_bundle_verifies(text: str) -> None:
    assert passes(text)


def test_a_changed_digit_in_any_field_is_found(document: Any) -> None:
    chance = random.Random(11)
    by_field: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    found = places(document)
    for path in found:
        by_field.setdefault(field_of(path), []).append(path)
    assert len(by_field) > 80
    unseen = []
    for field, paths in by_field.items():
        path = chance.choice(paths)
        *above, last = path
        holder = document
        for part in above:
            holder = holder[part]
        value = holder[last]
        written = str(value)
        place = chance.choice([n for n, character in enumerate(written) if character in DIGITS])
        changed = other_digit(written, place, chance)
        holder[last] = int(changed) if isinstance(value, int) else changed
        if holder[last] != value and passes(json.dumps(document)):  # 05 for 15 is a change, 0 for 0 is none
            unseen.append((field, value, changed))
        holder[last] = value
    assert unseen == []


@pytest.mark.slow
def test_a_changed_digit_at_any_place_of_the_file_is_found(text: str) -> None:
    chance = random.Random(12)
    spots = [place for place, character in enumerate(text) if character in DIGITS]
    # Evenly over the whole file, so that no part of it is left out by chance.
    step = len(spots) / SAMPLED
    sampled = [spots[int(step * n + chance.random() * step)] for n in range(SAMPLED)]
    unseen = []
    for place in sampled:
        changed = other_digit(text, place, chance)
        if passes(changed):
            unseen.append(changed[max(0, place - 60) : place + 20])
    assert unseen == []


@pytest.mark.parametrize("digit", DIGITS)
def test_a_changed_last_byte_of_a_signature_is_found(text: str, document: Any, digit: str) -> None:
    # 0x2b, 0x3b, … and 0x00 mean the same as 0x1b to some programs.
    signature = document["signature"]
    changed = signature[:-2] + digit + signature[-1]
    assert changed == signature or not passes(text.replace(signature, changed))


@pytest.mark.parametrize("letter", "abcdef")
def test_a_changed_letter_of_a_hash_is_found(text: str, letter: str) -> None:
    chance = random.Random(letter)
    spots = [n for n, character in enumerate(text) if character in "abcdef" and text[n - 1] in DIGITS]
    for place in chance.sample([n for n in spots if text[n] != letter], 5):
        assert not passes(text[:place] + letter + text[place + 1 :])
