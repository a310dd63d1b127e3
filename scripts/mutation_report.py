"""The page docs/mutation.md: how many mutants the tests notice, and why they don't notice the others."""

import tomllib
from collections import Counter

from mutants import Mutant
from setup_steps import ROOT

EXPLANATIONS = ROOT / "contracts" / "mutation.toml"
PAGE = ROOT / "docs" / "mutation.md"
HEAD = """# Mutation testing of the ledger

<!-- Made by `make mutation`; the reasons stand in contracts/mutation.toml. -->

A mutant is one small fault put into a contract: an operator exchanged, a condition fixed, a statement left
out, two arguments swapped, a number off by one, a rounding or a safe cast taken away. The Solidity tests must
notice it. `make mutation` tries them all. That is nightly work of about an hour; it goes on after an
interruption, and fails below 90 % or on a survivor without a reason. Equivalent mutants, which no test could
notice, are named with the reason and not counted; those that do not compile or are compiled to the same code
are none. Only the tests in Solidity are asked: those in Python notice more.

The runner is our own, 600 lines over forge (scripts/mutation.py): slither-mutate, which was considered,
starts from nothing at every run, compiles all anew for every mutant, and has none of the faults that matter
most here (arguments swapped, rounding and safe casts taken away, faults in assembly).

Last result: **{killed} of {counted} killed ({share:.1%})**{untried}, for sources and tests with the
fingerprint `{mark}`; with `--keep-killed`, some verdicts are from before the latest tests were added.

"""


def explanations() -> dict[str, tuple[bool, str]]:
    """By mutant: whether it is equivalent, and why it survives."""
    found = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8")).get("survivor", [])
    return {name: (entry["equivalent"], entry["reason"]) for entry in found for name in entry["mutants"]}


def survivors(mutants: list[Mutant], verdicts: dict[str, str]) -> list[Mutant]:
    """What no test noticed."""
    return [mutant for mutant in mutants if verdicts.get(mutant.name) == "survived"]


def unexplained(mutants: list[Mutant], verdicts: dict[str, str]) -> list[str]:
    """Survivors without a reason."""
    known = explanations()
    return [mutant.name for mutant in survivors(mutants, verdicts) if mutant.name not in known]


def score_of(mutants: list[Mutant], verdicts: dict[str, str]) -> tuple[int, int]:
    """Killed, and all that could have been."""
    known = explanations()
    tally = Counter(verdicts.get(mutant.name) for mutant in mutants)
    equivalent = sum(known.get(mutant.name, (False, ""))[0] for mutant in survivors(mutants, verdicts))
    return tally["killed"], tally["killed"] + tally["survived"] - equivalent


def page(mutants: list[Mutant], verdicts: dict[str, str], mark: str) -> str:
    """The whole page."""
    killed, counted = score_of(mutants, verdicts)
    known = explanations()
    untried = sum(mutant.name not in verdicts for mutant in mutants)
    text = HEAD.format(
        killed=killed,
        counted=counted,
        share=killed / max(counted, 1),
        mark=mark[:16],
        untried=f", {untried} not tried yet" if untried else "",
    )
    text += "| source | killed | survived | equivalent | same code | score |\n|---|---|---|---|---|---|\n"
    for file in sorted({mutant.file for mutant in mutants}):
        own = [mutant for mutant in mutants if mutant.file == file]
        killed, counted = score_of(own, verdicts)
        equivalent = sum(known.get(mutant.name, (False, ""))[0] for mutant in survivors(own, verdicts))
        same = sum(verdicts.get(mutant.name) == "same" for mutant in own)
        share = f"{killed / counted:.1%}" if counted else "–"
        text += f"| `{file}` | {killed} | {counted - killed} | {equivalent} | {same} | {share} |\n"
    for title, wanted in (("Survivors", False), ("Equivalent mutants", True)):
        listed = [m for m in survivors(mutants, verdicts) if known.get(m.name, (False, ""))[0] == wanted]
        text += f"\n## {title}\n\n" + ("| mutant | why it survives |\n|---|---|\n" if listed else "None.\n")
        for mutant in listed:
            name = mutant.name.replace("|", "\\|")
            text += f"| `{name}` | {known.get(mutant.name, (False, 'not explained yet'))[1]} |\n"
    return text
