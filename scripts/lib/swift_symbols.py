# SPDX-License-Identifier: MIT
"""What the Swift library makes public, as the compiler tells it: symbols, comments, and so on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# The language settings are those of Package.swift. Bodies are not looked at: a second, not twenty.
SETTINGS = (
    *("-module-name", "Session3", "-parse-as-library", "-wmo", "-swift-version", "6"),
    *("-enable-upcoming-feature", "ExistentialAny"),
    *("-enable-upcoming-feature", "InternalImportsByDefault"),
    *("-enable-upcoming-feature", "MemberImportVisibility"),
    *("-Xfrontend", "-experimental-skip-all-function-bodies"),
)
TYPES = ("swift.class", "swift.enum", "swift.protocol", "swift.struct")
# What every type has, or has for the compiler alone.
SILENT = {"BitwiseCopyable", "Copyable", "Escapable", "SendableMetatype"}
FIELD = re.compile(r"- (Parameters|Parameter (\w+)|Returns|Throws|Complexity):\s*(.*)")
NESTED = re.compile(r"\s+- (\w+):\s*(.*)")


@dataclass
class Comment:
    """A documentation comment: text in Markdown, and what is said of parameters and outcomes."""

    text: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(lines: list[str]) -> Comment:
        """Takes a comment apart."""
        comment = Comment()
        section: str | None = None
        name = ""
        for line in lines:
            if found := FIELD.fullmatch(line):
                section, name = found[1].split()[0], found[2] or ""
                if section == "Parameter":
                    comment.parameters[name] = found[3]
                elif section != "Parameters":
                    comment.outcomes[section] = found[3]
            elif section == "Parameters" and (found := NESTED.fullmatch(line)):
                name = found[1]
                comment.parameters[name] = found[2]
            elif section is None:
                comment.text.append(line)
            elif section.startswith("Parameter") and name:
                comment.parameters[name] += " " + line.strip()
            else:
                comment.outcomes[section] += " " + line.strip()
        return comment


@dataclass
class Symbol:
    """A declaration that users of the library see."""

    path: tuple[str, ...]
    kind: str
    declaration: str
    comment: Comment | None
    place: tuple[str, int]
    conformances: list[str] = field(default_factory=list)
    # Of a protocol's member: whether a type need not bring its own.
    has_default: bool = False

    @property
    def name(self) -> str:
        """`SessionManager.Lookup`, `Session.set(_:to:)`."""
        return ".".join(self.path)

    def __str__(self) -> str:
        return f"{self.place[0]}:{self.place[1]}: {self.name}"


def declaration(symbol: dict[str, Any], source: str) -> str:
    """The declaration on one line, as a user reads it. `source` is its line in the file: the
    compiler tells at times of a setter that is for the library alone."""
    text = "".join(part["spelling"] for part in symbol["declarationFragments"])
    text = re.sub(r"@discardableResult |convenience ", "", re.sub(r"\s+", " ", text)).strip()
    return text.replace("{ get set }", "{ get }") if "(set)" in source else text


def compiled(sources: Path) -> dict[str, Any]:
    """The symbol graph of the library below a folder `Sources`."""
    headers = (sources.parent / "include", sources / "CSession3System" / "include")
    include = [word for folder in headers for word in ("-I", str(folder))]
    files = [str(file) for file in sorted((sources / "Session3").rglob("*.swift"))]
    with TemporaryDirectory() as place:
        subprocess.run(
            [
                *("swiftc", *SETTINGS, *include, *files),
                *("-emit-module", "-emit-module-path", f"{place}/Session3.swiftmodule"),
                *("-emit-symbol-graph", "-emit-symbol-graph-dir", place),
            ],
            check=True,
        )
        graph: dict[str, Any] = json.loads((Path(place) / "Session3.symbols.json").read_text())
        return graph


class Interface:
    """All symbols that somebody wrote; what the compiler adds by itself is left out."""

    def __init__(self, graph: dict[str, Any], sources: Path) -> None:
        self._symbols: dict[str, Symbol] = {}
        for symbol in graph["symbols"]:
            if "location" not in symbol or "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
                continue
            file = Path(symbol["location"]["uri"].removeprefix("file://"))
            line = symbol["location"]["position"]["line"]
            comment = symbol.get("docComment")
            self._symbols[symbol["identifier"]["precise"]] = Symbol(
                path=tuple(symbol["pathComponents"]),
                kind=symbol["kind"]["identifier"],
                declaration=declaration(symbol, file.read_text().splitlines()[line]),
                comment=comment and Comment.of([line["text"] for line in comment["lines"]]),
                place=(str(file.relative_to(sources)), line + 1),
            )
        for relation in graph["relationships"]:
            self._relate(relation)
        self._leave_out_witnesses()

    @staticmethod
    def of(sources: Path) -> Interface:
        """That of the library below a folder `Sources`."""
        return Interface(compiled(sources), sources)

    def _relate(self, relation: dict[str, str]) -> None:
        source = self._symbols.get(relation["source"])
        target = self._symbols.get(relation["target"])
        if relation["kind"] == "defaultImplementationOf" and target is not None:
            target.has_default = True
            self._symbols.pop(relation["source"], None)
        elif relation["kind"] == "conformsTo" and source is not None:
            name = target.name if target else relation["targetFallback"].rpartition(".")[2]
            if name not in SILENT:
                source.conformances.append(name)

    def _leave_out_witnesses(self) -> None:
        """What a type has since a protocol of the library's asks for it is told with that."""
        required = {symbol.path for symbol in self}
        owners = {symbol.path: symbol for symbol in self if symbol.kind in TYPES}
        for identifier, symbol in list(self._symbols.items()):
            owner = owners.get(symbol.path[:-1])
            protocols = owner.conformances if owner else []
            if any((protocol, symbol.path[-1]) in required for protocol in protocols):
                del self._symbols[identifier]

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._symbols.values())

    @property
    def types(self) -> dict[str, Symbol]:
        """By name."""
        return {symbol.name: symbol for symbol in self if symbol.kind in TYPES}

    def members(self, of: Symbol) -> list[Symbol]:
        """Those of a type but for types, in the order of Type.swift, then Type+Aspect.swift."""
        found = [
            symbol for symbol in self if symbol.path[:-1] == of.path and symbol.kind not in TYPES
        ]
        return sorted(found, key=lambda symbol: ("+" in symbol.place[0], symbol.place))
