"""Documentation that follows from the code is what the code says today."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = _maker()


@pytest.mark.parametrize("name", sorted(MAKER.PAGES))
def test_a_generated_page_is_what_make_docs_writes(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == MAKER.PAGES[name](), "run `make docs`"


@pytest.mark.parametrize(
    "page",
    [*sorted(path.name for path in (ROOT / "docs").glob("*.md")), "../README.md", "../CONTRIBUTING.md"],
)
def test_links_between_documents_lead_somewhere(page: str) -> None:
    path = ROOT / "docs" / page
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{page} links to {target}"


def test_the_readme_names_every_command_of_the_command_line() -> None:
    from tanso.platform.cli import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [command for command in app.registered_commands if command.callback]
    names = [command.name or command.callback.__name__ for command in commands if command.callback]
    names += [group.name for group in app.registered_groups if group.name]
    assert [name for name in names if f"tanso {name}" not in readme] == []


def test_the_ledgers_properties_name_tests_that_exist_and_all_invariants_and_proofs() -> None:
    solidity = "".join(path.read_text() for path in (ROOT / "contracts" / "test").glob("**/*.sol"))
    python = "".join(path.read_text() for path in (ROOT / "tests" / "contracts").glob("*.py"))
    pages = "".join((ROOT / "docs" / name).read_text() for name in ("ledger.md", "symbolic.md"))
    there = set(re.findall(r"function ((?:test|testFuzz|invariant|check)_\w+)", solidity))
    named = set(re.findall(r"`((?:test|testFuzz|invariant|check)_\w+)`", pages))
    assert named - there - set(re.findall(r"def (test_\w+)", python)) == set()
    assert {name for name in there if name.startswith(("invariant_", "check_"))} - named == set()
