"""A copy of the contracts in which one mutant at a time is compiled and met with the tests.

A mutant costs about a second: the compiler stays loaded, compiles only the contracts that the mutated source
is part of, and their code replaces what forge built; forge then finds nothing to compile. Contracts come
first; tests that call a library directly are compiled with the mutant only when nothing noticed it so far.
"""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from mutants import Mutant
from setup_steps import ROOT, environment

CONTRACTS = ROOT / "contracts"
COPIED = ("src", "test", "solc", "foundry.toml", "package.json")
TIMEOUT_S = 300
TEST = ("test", "--fail-fast", "--threads", "1", "--no-match-contract", "GasTest|Symbolic")
QUICK = (*TEST, "--no-match-test", "^invariant_")
SLOW = (*TEST, "--match-test", "^invariant_")
TESTED = {"optimizer": {"enabled": False}}
SHIPPED = {"optimizer": {"enabled": True, "runs": 10_000}}

REMEMBERING = """#!/bin/sh
mkdir -p "{answers}" && asked="{answers}/asked.$$" && : > "$asked" || exit 1
case "$*" in *--standard-json*) cat > "$asked" ;; esac
answer="{answers}/$( (echo "$*"; cat "$asked") | sha256sum | cut -d ' ' -f 1)"
[ -f "$answer" ] || {{ "{real}" "$@" < "$asked" > "$asked.new" && mv "$asked.new" "$answer"; }}
rm "$asked"
exec cat "$answer"
"""

Code = dict[tuple[str, str], str]
"""By source and contract, the code that creates it."""


class Invalid(Exception):
    """The mutant does not compile."""


@cache
def imported(file: str) -> frozenset[str]:
    """The project's own sources that a source is made of, itself included."""
    found = {file}
    for target in re.findall(r'^import\s[^;]*"([^"]+)";', (CONTRACTS / file).read_text(), re.MULTILINE):
        if target.startswith("."):
            path = ((CONTRACTS / file).parent / target).resolve()
            found |= imported(path.relative_to(CONTRACTS).as_posix())
        elif target.startswith("src/"):
            found |= imported(target)
    return frozenset(found)


class Worker:
    """One folder, one compiler; not to be used by two threads at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            source, target = CONTRACTS / name, folder / name
            if target.is_dir():
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        link = folder / "node_modules"
        link.unlink(missing_ok=True)
        link.symlink_to(CONTRACTS / "node_modules")
        self.forge = next((CONTRACTS / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge"))
        self._remember_answers()
        # Built anew: code that an interrupted run left in its place must not stay.
        shutil.rmtree(folder / "out", ignore_errors=True)
        shutil.rmtree(folder / "cache", ignore_errors=True)
        self._compiler: subprocess.Popen[str] | None = None
        self._unchanged: dict[tuple[tuple[str, str], ...], Code] = {}
        self._artifacts: dict[tuple[str, str], Path] = {}

    def prepare(self) -> None:
        """Builds, and makes sure that what kills a mutant passes without it."""
        for command in (("build",), QUICK, SLOW):
            status, output = self._forge(command)
            if status != 0:
                raise SystemExit(f"forge {command[0]} fails before any mutant is made:\n{output[-3000:]}")
        for path in (self.folder / "out").glob("**/*.json"):
            if "build-info" in path.parts:
                continue
            artifact = json.loads(path.read_text())
            if artifact.get("bytecode", {}).get("object", "0x") != "0x":
                target = artifact["metadata"]["settings"]["compilationTarget"]
                self._artifacts[next(iter(target.items()))] = path

    def verdict(self, mutant: Mutant) -> str:
        """killed, survived, same (as compiled code), invalid (does not compile), or not tried."""
        changed: set[str] = set()
        try:
            for kind in ("src/", "test/libraries/", "test/"):
                targets = self._made_with(mutant.file, kind)
                replaced = self._differing(mutant, targets, TESTED)
                if not replaced:
                    continue
                changed.add(kind)
                answer = self._met(replaced, kind)
                if answer != "survived":
                    return answer
            if "src/" in changed:
                shipped = self._differing(mutant, self._made_with(mutant.file, "src/"), SHIPPED)
                return "survived" if shipped else "same"
        except Invalid:
            return "invalid"
        return "survived" if changed else "same"

    def close(self) -> None:
        """Ends the compiler."""
        if self._compiler:
            self._compiler.kill()
            self._compiler.wait()

    def _remember_answers(self) -> None:
        """Puts a memory before the compiler.

        Forge asks for its version at each run, and to choose tests it has all sources read anew. These are
        the same each time: mutants are compiled by ourselves.
        """
        folder = self.folder / "solc"
        (folder / "solc").write_text(
            REMEMBERING.format(answers=folder / "answers", real=CONTRACTS / "solc" / "solc")
        )

    def _made_with(self, file: str, kind: str) -> tuple[tuple[str, str], ...]:
        """Contracts of our own, or of our tests, that the source is part of."""
        return tuple(
            key for key in sorted(self._artifacts) if key[0].startswith(kind) and file in imported(key[0])
        )

    def _differing(self, mutant: Mutant, targets: tuple[tuple[str, str], ...], how: dict[str, Any]) -> Code:
        """Those of the contracts whose code is another one with the mutant."""
        if not targets:
            return {}
        key = (*targets, ("", json.dumps(how)))
        if key not in self._unchanged:
            self._unchanged[key] = self._compiled(targets, how)
        path = self.folder / mutant.file
        source = path.read_bytes()
        path.write_bytes(mutant.applied_to(source))
        try:
            code = self._compiled(targets, how)
        finally:
            path.write_bytes(source)
        return {target: code[target] for target in targets if code[target] != self._unchanged[key][target]}

    def _met(self, replaced: Code, kind: str) -> str:
        """What the tests say of the contracts with this code: those of the same contracts first."""
        names = ",".join(sorted({name for _, name in replaced} | {"libraries"}))
        near = f"test/{{{names}}}/**" if kind == "src/" else "test/libraries/**"
        nearest = (*QUICK, "--match-path", near)
        commands = (nearest,) if kind == "test/libraries/" else (nearest, QUICK, SLOW)
        originals = {self._artifacts[target]: self._artifacts[target].read_bytes() for target in replaced}
        try:
            for target, code in replaced.items():
                artifact = json.loads(originals[self._artifacts[target]])
                artifact["bytecode"]["object"] = "0x" + code
                self._artifacts[target].write_text(json.dumps(artifact))
            for command in commands:
                status, output = self._forge(command)
                if status is None or "[FAIL" in output:
                    return "killed"
                if status != 0:
                    return f"not tried: {output[-300:]}"
            return "survived"
        finally:
            for path, content in originals.items():
                path.write_bytes(content)

    def _compiled(self, targets: tuple[tuple[str, str], ...], how: dict[str, Any]) -> Code:
        selection: dict[str, dict[str, list[str]]] = {}
        for file, name in targets:
            selection.setdefault(file, {})[name] = ["evm.bytecode.object"]
        task = {
            "language": "Solidity",
            "sources": {file: {"content": (self.folder / file).read_text()} for file in selection},
            "settings": how
            | {
                "evmVersion": "cancun",
                "metadata": {"bytecodeHash": "none"},
                "remappings": ["@openzeppelin/=node_modules/@openzeppelin/"],
                "outputSelection": selection,
            },
        }
        answer = json.loads(self._asked(json.dumps(task)))
        if any(error["severity"] == "error" for error in answer.get("errors", [])):
            raise Invalid
        found = answer["contracts"]
        return {(file, name): found[file][name]["evm"]["bytecode"]["object"] for file, name in targets}

    def _asked(self, task: str) -> str:
        if self._compiler is None:
            self._compiler = subprocess.Popen(
                ["node", CONTRACTS / "solc" / "serve.js", self.folder],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
            )  # fmt: skip
        assert self._compiler.stdin
        assert self._compiler.stdout
        self._compiler.stdin.write(task + "\n")
        self._compiler.stdin.flush()
        return self._compiler.stdout.readline()

    def _forge(self, command: tuple[str, ...]) -> tuple[int | None, str]:
        """Exit code and output; no code when it did not end in time."""
        # What forge remembers of failures would be tried on the next mutant.
        for name in ("invariant", "fuzz", "test-failures"):
            path = self.folder / "cache" / name
            path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)
        try:
            done = subprocess.run(
                [self.forge, *command],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                env=environment() | {"FOUNDRY_PROFILE": "mutation"},
            )
        except subprocess.TimeoutExpired:
            return None, ""
        return done.returncode, done.stdout + done.stderr
