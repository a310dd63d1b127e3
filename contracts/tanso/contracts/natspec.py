"""The contracts' own documentation (NatSpec) as a Markdown page: functions and events."""

from collections.abc import Iterator, Mapping
from typing import Any

from tanso.contracts.abi import signature
from tanso.contracts.compiler import Artifact

KINDS = (("function", "Functions", "methods"), ("event", "Events", "events"))


def page(artifacts: Mapping[str, Artifact]) -> str:
    """All interfaces of the ledger in the order of their names; the errors have a page of their own."""
    head = (
        "# The contracts\n\n"
        "What can be called and what is announced, from the sources' own comments. Amounts of CO2e are\n"
        "micrograms (`…Ug`), intensities picograms per base unit (`…Pg`), times Unix seconds.\n"
        "Errors: [errors.md](errors.md). Who may call what: [ledger.md](ledger.md).\n"
    )
    interfaces = [artifact for name, artifact in sorted(artifacts.items()) if _is_ours(artifact)]
    return head + "".join(line for artifact in interfaces for line in _interface(artifact))


def _is_ours(artifact: Artifact) -> bool:
    """Interfaces only: each contract inherits the words of its own."""
    return artifact.name.startswith("I") and artifact.name[1:2].isupper() and "notice" in artifact.userdoc


def _interface(artifact: Artifact) -> Iterator[str]:
    yield f"\n## {artifact.name[1:]}\n\n{_words(artifact.userdoc['notice'])}\n"
    for kind, title, key in KINDS:
        notices, details = artifact.userdoc.get(key, {}), artifact.devdoc.get(key, {})
        # What is inherited from a token standard has no words here: the standard describes it.
        entries = [
            entry for entry in artifact.abi if entry["type"] == kind and _described(entry, artifact, key)
        ]
        if entries:
            yield f"\n### {title}\n"
        for entry in sorted(entries, key=lambda entry: str(entry["name"])):
            name = signature(entry)
            yield f"\n**`{_call(entry)}`**"
            yield f" – {entry['stateMutability']}\n\n" if kind == "function" else "\n\n"
            said = [notices.get(name, {}).get("notice", ""), details.get(name, {}).get("details", "")]
            if any(said):
                yield " ".join(_words(text) for text in said if text) + "\n"
            found = details.get(name, {})
            for what, text in [*found.get("params", {}).items(), *found.get("returns", {}).items()]:
                yield f"- `{what}`: {_words(text)}\n"


def _described(entry: Mapping[str, Any], artifact: Artifact, key: str) -> bool:
    name = signature(entry)
    ours = artifact.userdoc.get(key, {}).get(name) or artifact.devdoc.get(key, {}).get(name, {}).get("params")
    of_standard = entry["type"] == "function" or entry["name"].startswith(("Transfer", "Approval", "URI"))
    return bool(ours) or not of_standard


def _call(entry: Mapping[str, Any]) -> str:
    """The name with its parameters: types, and structs by their names."""

    def typed(parameter: Mapping[str, Any]) -> str:
        kind = str(parameter.get("internalType") or parameter["type"]).split(" ")[-1].split(".")[-1]
        return f"{kind} {parameter['name']}".strip()

    text = f"{entry['name']}({', '.join(typed(each) for each in entry['inputs'])})"
    if given := ", ".join(typed(each) for each in entry.get("outputs", [])):
        text += f" → {given}"
    return text


def _words(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
