"""Lock files hold what pyproject.toml asks for, no more and no less; docs say why each dependency is here."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<requirement>[A-Za-z0-9._-]+(?:\[[^\]]*\])?==\S+(?: ; [^\\]+)?)", re.MULTILINE)


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def wanted(settings: dict[str, Any]) -> list[Requirement]:
    """The direct dependencies, of the project and of its development."""
    texts = settings["project"]["dependencies"] + settings["dependency-groups"]["dev"]
    return [Requirement(text) for text in texts]


@pytest.fixture(scope="module")
def pins() -> list[Requirement]:
    """What requirements/dev.txt locks, for all platforms."""
    found = [Requirement(match["requirement"]) for match in PIN.finditer(locked("dev.txt"))]
    assert found
    return found


def locked(name: str) -> str:
    return (ROOT / "requirements" / name).read_text()


def applies(requirement: Requirement, extra: str = "") -> bool:
    environment = {**default_environment(), "extra": extra}
    return requirement.marker is None or requirement.marker.evaluate(environment)


def version_of(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    return specifier.version


def test_each_dependency_with_what_it_needs_in_turn_is_locked_in_a_version_that_fits(
    wanted: list[Requirement], pins: list[Requirement]
) -> None:
    here = {canonicalize_name(pin.name): version_of(pin) for pin in pins if applies(pin)}
    todo, reached = list(wanted), set[tuple[str, str]]()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        assert name in here, f"{requirement} is not in requirements/dev.txt: run `make lock`"
        assert requirement.specifier.contains(here[name], prereleases=True), f"{requirement}: {here[name]}"
        for extra in ("", *requirement.extras):
            if (name, extra) not in reached:
                reached.add((name, extra))
                needs = [Requirement(text) for text in distribution(name).requires or []]
                todo += [need for need in needs if applies(need, extra)]
    assert sorted(here) == sorted({name for name, _ in reached}), (
        "locked, but needed by nothing: run `make lock`"
    )


def test_what_is_installed_is_what_is_locked(pins: list[Requirement]) -> None:
    for pin in pins:
        if applies(pin):
            try:
                installed = distribution(pin.name).version
            except PackageNotFoundError:
                pytest.fail(f"{pin} is not installed: run `make setup`")
            assert installed == version_of(pin)


@pytest.mark.parametrize("name", ["dev.txt", "node.txt", "audit.txt"])
def test_each_locked_package_has_its_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", locked(name).strip())
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("folder", ["contracts", "tests/browser"])
def test_npm_locks_hold_exact_versions_and_hashes_of_what_package_json_asks_for(folder: str) -> None:
    manifest = json.loads((ROOT / folder / "package.json").read_text())
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, version in manifest.get(kind, {}).items():
            assert lock[f"node_modules/{name}"]["version"] == version
    packages = {name: entry for name, entry in lock.items() if name}
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    # npm drops optional packages that its registry did not have, and `npm ci` then refuses the lock.
    optional = {need for entry in lock.values() for need in entry.get("optionalDependencies", {})}
    assert {need for need in optional if f"node_modules/{need}" not in lock} == set()


def test_every_dependency_is_described_with_its_licence_in_docs(wanted: list[Requirement]) -> None:
    described = dict(
        re.findall(
            r"^\| `([^`]+)` \| ([^|]+) \| [^|]{10,} \|", (ROOT / "docs" / "dependencies.md").read_text(), re.M
        )
    )
    manifests = [
        json.loads((ROOT / folder / "package.json").read_text()) for folder in ("contracts", "tests/browser")
    ]
    npm = {
        name
        for manifest in manifests
        for kind in ("dependencies", "optionalDependencies")
        for name in manifest.get(kind, {})
    }
    node = {match["requirement"].split("==")[0] for match in PIN.finditer(locked("node.txt"))}
    audit = {Requirement(line).name for line in locked("audit.in").splitlines()}
    assert set(described) == {requirement.name for requirement in wanted} | npm | node | audit
