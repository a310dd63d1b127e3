"""Small faults that a programmer could have made in a Solidity source, found in the compiler's syntax tree.

A mutant replaces one range of bytes. What it is called has no line number in it, so that an explanation of a
survivor outlives unrelated edits of the source.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

Node = dict[str, Any]
Change = tuple[int, int, str]
"""First byte, first byte after, replacement."""

LONGEST_NAME = 90
VALUE_TYPE = re.compile(r"u?int|bytes\d|bool|address|contract")
BINARY = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",),
    "&&": ("||",), "||": ("&&",), "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",),
    "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("&",), "**": ("*",),
}  # fmt: skip
ASSIGNMENT = {"+=": ("=", "-="), "-=": ("=", "+="), "|=": ("=", "&="), "&=": ("=", "|="), "*=": ("=",)}
YUL = {
    "add": "sub", "sub": "add", "mul": "div", "div": "mul", "shl": "shr", "shr": "shl", "and": "or",
    "or": "and", "lt": "gt", "gt": "lt", "eq": "lt", "sload": "mload", "tload": "sload",
}  # fmt: skip
NOT_CODE = (
    "ImportDirective", "PragmaDirective", "StructDefinition", "EventDefinition", "ErrorDefinition",
    "UsingForDirective", "InheritanceSpecifier", "StructuredDocumentation", "EnumDefinition",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one source file."""

    name: str
    """Contract and function, the text before and after, and a number where that comes more than once."""
    file: str
    start: int
    end: int
    after: str

    def applied_to(self, source: bytes) -> bytes:
        """The source with this change made."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def mutants_of(file: str, source: bytes, tree: Node) -> list[Mutant]:
    """All mutants of one source, from its text and its syntax tree."""
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for place, node, parent in _walk(tree, "", tree):
        for start, end, after in _changes(node, source):
            first, last = _span(parent if node["nodeType"] == "Literal" else node)
            if last - first > LONGEST_NAME or first > start or end > last:
                first, last = start, end
            before = source[first:last].decode()
            changed = (source[first:start] + after.encode() + source[end:last]).decode()
            name = f"{place or Path(file).stem}: {_short(before)} → {_short(changed) or 'nothing'}"
            seen[name] += 1
            found.append(
                Mutant(name + (f" #{seen[name]}" if seen[name] > 1 else ""), file, start, end, after)
            )
    return found


def _walk(node: Node, place: str, parent: Node) -> Iterator[tuple[str, Node, Node]]:
    """Every node of executable code, with the contract and function it stands in and the node above it."""
    kind = node["nodeType"]
    if kind in NOT_CODE:
        return
    if kind in ("ContractDefinition", "FunctionDefinition"):
        place = f"{place}.{node['name'] or node.get('kind', '')}".lstrip(".")
    yield place, node, parent
    for value in node.values():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, dict) and "nodeType" in child:
                yield from _walk(child, place, node)


def _changes(node: Node, source: bytes) -> Iterator[Change]:
    """The faults that this kind of node invites."""
    kind = node["nodeType"]
    start, end = _span(node)
    if kind == "BinaryOperation":
        yield from _operator(
            node["leftExpression"], node["rightExpression"], node["operator"], BINARY, source
        )
    elif kind == "Assignment":
        yield from _operator(
            node["leftHandSide"], node["rightHandSide"], node["operator"], ASSIGNMENT, source
        )
    elif kind == "UnaryOperation" and node["operator"] == "!":
        yield start, start + 1, ""
    elif kind == "UnaryOperation" and node["operator"] in ("++", "--"):
        yield start, end, _text(node, source).translate(str.maketrans("+-", "-+"))
    elif kind in ("IfStatement", "WhileStatement"):
        yield from ((*_span(node["condition"]), value) for value in ("true", "false"))
    elif kind == "Conditional":
        yield start, end, _text(node["trueExpression"], source)
        yield start, end, _text(node["falseExpression"], source)
    elif kind == "Literal" and node["kind"] == "number":
        yield start, end, "1" if node["value"] == "0" else f"({_text(node, source)} + 1)"
    elif kind == "ModifierInvocation" and node.get("kind") == "modifierInvocation":
        yield start, end, ""
    elif (
        kind == "VariableDeclarationStatement" and len(node["declarations"]) == 1 and node.get("initialValue")
    ):
        kept = node["declarations"][0]["typeDescriptions"]["typeString"]
        if VALUE_TYPE.match(kept) and _text(node["initialValue"], source) != "0":
            yield _span(node["declarations"][0])[1], _span(node["initialValue"])[1], ""
    elif kind == "FunctionCall":
        yield from _call(node, source)
    elif kind in ("ExpressionStatement", "EmitStatement", "Return", "Continue", "Break"):
        if source[end - 1 : end] == b";":
            yield start, end, "{}"
        elif source[end : end + 1] == b";":
            yield start, end + 1, "{}"
    elif kind in ("YulExpressionStatement", "YulAssignment"):
        yield start, end, "{}"
    elif kind == "YulFunctionCall" and (name := node["functionName"]["name"]) in YUL:
        first, last = _span(node["functionName"])
        yield first, last, YUL[name]
    elif kind == "YulLiteral" and node["kind"] == "number":
        yield start, end, "1" if int(node["value"], 0) == 0 else str(int(node["value"], 0) + 1)


def _call(node: Node, source: bytes) -> Iterator[Change]:
    """Neighbours of one type swapped; a division not rounded up; a cast that cuts off or is missing."""
    start, end = _span(node)
    arguments, called = node["arguments"], node["expression"]
    for left, right in pairwise(arguments):
        same = left["typeDescriptions"]["typeString"] == right["typeDescriptions"]["typeString"]
        if same and (texts := (_text(left, source), _text(right, source)))[0] != texts[1]:
            between = source[_span(left)[1] : _span(right)[0]].decode()
            yield _span(left)[0], _span(right)[1], texts[1] + between + texts[0]
    member = called.get("memberName", "")
    if member == "ceilDiv":
        yield start, end, f"(({_text(arguments[0], source)}) / ({_text(arguments[1], source)}))"
    elif narrow := re.fullmatch(r"toUint(\d+)", member):
        yield start, end, f"uint{narrow[1]}({_text(called['expression'], source)})"
    elif node["kind"] == "typeConversion" and _text(called, source) == "uint256":
        yield start, end, _text(arguments[0], source)


def _operator(
    left: Node, right: Node, operator: str, table: dict[str, tuple[str, ...]], source: bytes
) -> Iterator[Change]:
    """The operator between two operands replaced."""
    first = source.index(operator.encode(), _span(left)[1])
    if first < _span(right)[0]:
        yield from ((first, first + len(operator), other) for other in table.get(operator, ()))


def _span(node: Node) -> tuple[int, int]:
    start, length, _ = node["src"].split(":")
    return int(start), int(start) + int(length)


def _text(node: Node, source: bytes) -> str:
    start, end = _span(node)
    return source[start:end].decode()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_NAME else f"{text[:60]} … {text[-25:]}"
