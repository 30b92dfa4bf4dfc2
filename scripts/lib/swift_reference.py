#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The reference of the Swift API, in Markdown (MyST), from the comments in the sources.

usage: swift_reference.py FILE | --check

Writes FILE, or nothing; fails, and names them, if anything public lacks a comment, if a comment
does not say what a function throws, or speaks of what is not there. Needs swiftc, and nothing else.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from swift_symbols import Comment, Interface, Symbol

SOURCES = Path(__file__).resolve().parents[2] / "Sources"

# Every type stands in one of them, or within one of these.
CHAPTERS = {
    "Requests": (
        "SessionManager",
        "ManagerPolicy",
        "CookiePolicy",
        "SessionRequest",
        "CookieStatus",
    ),
    "Sessions": ("Session", "SessionID", "Value", "Timestamp"),
    "Repositories": ("SessionRepository", "SavePolicy", "SessionIterator", "SweepResult"),
    "Stores": (
        *("DirectorySessionStore", "SyncMode", "MemorySessionStore"),
        *("StoreClock", "StoreLog", "StoreStatistics"),
    ),
    "Errors": ("StoreError",),
    "Stores of your own": (
        *("SessionStore", "Record", "RecordVersion", "WriteOutcome", "RemoveOutcome", "Update"),
        *("SessionIDSequence", "SessionIDArray", "StoreMonitor"),
    ),
}
KINDS = (
    ("swift.enum.case",),
    ("swift.init",),
    ("swift.type.method", "swift.type.property"),
    ("swift.property", "swift.subscript"),
    ("swift.method", "swift.func.op"),
)
SPAN = re.compile(r"`([^`]+)`")


class Faults(Exception):
    """What keeps the reference from being whole, one to a line."""


def base(name: str) -> str:
    """A name without its arguments."""
    return name.partition("(")[0]


class Names:
    """What comments may speak of."""

    def __init__(self, interface: Interface) -> None:
        self._types = set(interface.types)
        self._all = {base(symbol.name) for symbol in interface}
        self._constants = {
            base(symbol.path[-1])
            for symbol in interface
            if symbol.kind in ("swift.enum.case", "swift.type.property")
        }

    def type_of(self, span: str) -> str | None:
        """The type that a span names, or whose member it names."""
        name = base(span)
        if name in self._types:
            return name
        owner, _, member = name.rpartition(".")
        return owner if owner in self._types and member else None

    def is_known(self, span: str) -> bool:
        """False for a member that is not there."""
        if re.fullmatch(r"\.\w+", span):
            return span[1:] in self._constants
        return self.type_of(span) is None or base(span) in self._all

    def linked(self, text: str, within: str) -> str:
        """Text in which names of other types lead to these."""

        def link(found: re.Match[str]) -> str:
            type = self.type_of(found[1])
            return found[0] if type in (None, within) else f"[{found[0]}](#{anchor(type or '')})"

        return SPAN.sub(link, text)


def anchor(name: str) -> str:
    return "swift-" + name.lower().replace(".", "-")


def texts(comment: Comment) -> list[str]:
    return [*comment.text, *comment.parameters.values(), *comment.outcomes.values()]


def faults(interface: Interface) -> list[str]:
    """What is wrong with the comments."""
    names = Names(interface)
    found = []
    for symbol in sorted(interface, key=lambda symbol: symbol.place):
        if symbol.comment is None:
            found.append(f"{symbol}: is public, and has no comment")
            continue
        if " throws" in symbol.declaration and "Throws" not in symbol.comment.outcomes:
            found.append(f"{symbol}: does not say what it throws")
        for span in SPAN.findall("\n".join(texts(symbol.comment))):
            if not names.is_known(span):
                found.append(f"{symbol}: speaks of {span}, which is not there")
    chapters = [name for names in CHAPTERS.values() for name in names]
    for name, symbol in interface.types.items():
        if (name.partition(".")[0]) not in chapters:
            found.append(f"{symbol}: stands in no chapter of the reference")
    found += [
        f"{name}: is in a chapter, and is not there"
        for name in chapters
        if name not in interface.types
    ]
    return found


def described(symbol: Symbol, names: Names, within: str) -> list[str]:
    """The comment of a symbol in Markdown."""
    comment = symbol.comment or Comment()
    lines = [*comment.text]
    if symbol.has_default:
        lines += ["", "A store need not have it."]
    items = [f"- *{name}*: {text}" for name, text in comment.parameters.items()]
    items += [f"- {name}: {text}" for name, text in comment.outcomes.items()]
    if items:
        lines += ["", *items]
    return [names.linked(line, within) for line in lines]


def type_section(symbol: Symbol, interface: Interface, names: Names) -> list[str]:
    """A type with its members."""
    lines = [f"({anchor(symbol.name)})=", f"{'#' * (len(symbol.path) + 2)} {symbol.name}", ""]
    lines += [f"`{symbol.declaration}`", "", *described(symbol, names, symbol.name), ""]
    if conformances := sorted(set(symbol.conformances)):
        listed = ", ".join(f"`{name}`" for name in conformances)
        lines += [names.linked(f"Conforms to {listed}.", symbol.name), ""]
    members = interface.members(symbol)
    for kinds in KINDS:
        for member in members:
            if member.kind in kinds:
                first, *rest = described(member, names, symbol.name)
                lines += [f"`{member.declaration}`", f": {first}"]
                lines += [f"  {line}".rstrip() for line in rest] + [""]
    for inner in sorted(interface.types.values(), key=lambda inner: inner.place):
        if inner.path[:-1] == symbol.path:
            lines += type_section(inner, interface, names)
    return lines


def reference(interface: Interface) -> str:
    """The whole, which begins with a heading of the second level."""
    if found := faults(interface):
        raise Faults("\n".join(found))
    names = Names(interface)
    lines: list[str] = []
    for title, types in CHAPTERS.items():
        lines += [f"## {title}", ""]
        for name in types:
            lines += type_section(interface.types[name], interface, names)
    return "\n".join(lines)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: swift_reference.py FILE | --check")
    try:
        text = reference(Interface.of(SOURCES))
    except Faults as error:
        sys.exit(str(error))
    if sys.argv[1] != "--check":
        Path(sys.argv[1]).write_text(text)


if __name__ == "__main__":
    main()
