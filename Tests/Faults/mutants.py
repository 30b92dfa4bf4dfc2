# SPDX-License-Identifier: MIT
"""The rules whose absence the suite must notice, as Mutants/*.toml tell them.

A mutant is a change of the sources: in the place of `text`, which must occur once in its file,
stands `broken`. There the word `isBroken` asks whether this mutant is the one that is looked at, so
that one library holds them all and is built once: with none of them chosen, each change is without
effect, and every check must pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomllib
from places import ROOT

DEFINITIONS = Path(__file__).resolve().parent / "Mutants"
SOURCES = ROOT / "Sources"
HEADER = "CSession3System/include/CSession3System.h"


class StaleError(ValueError):
    """A definition does not fit the sources any more."""


@dataclass(frozen=True)
class Change:
    """Another text in the place of one."""

    file: str
    text: str
    broken: str

    def apply(self, mutant: str, source: str) -> str:
        """The source with the change in it."""
        count = source.count(self.text)
        if count != 1:
            raise StaleError(f"{mutant}: its text is {count} times in {self.file}: {self.text!r}")
        if not re.search(r"\bisBroken\b", self.broken):
            raise StaleError(f"{mutant}: always broken: {self.broken!r}")
        function = "isBroken" if self.file.endswith(".swift") else "system_is_broken"
        broken = re.sub(r"\bisBroken\b", f'{function}("{mutant}")', self.broken)
        return source.replace(self.text, broken)


@dataclass(frozen=True)
class Check:
    """What must fail under a mutant, and the words with which it does (a regular expression)."""

    run: str
    saying: str
    is_slow: bool


@dataclass(frozen=True)
class Mutant:
    """A rule, how it is taken out, and what notices."""

    name: str
    rule: str
    changes: tuple[Change, ...]
    checks: tuple[Check, ...]

    @staticmethod
    def of(name: str, told: dict[str, Any]) -> Mutant:
        """A mutant from its definition."""
        changes = told.get("changes") or [told]
        checks = [
            Check(run, saying, key == "caught_slowly_by")
            for key in ("caught_by", "caught_slowly_by")
            for run, saying in told.get(key, {}).items()
        ]
        return Mutant(
            name,
            told["rule"],
            tuple(Change(one["file"], one["text"], one["broken"]) for one in changes),
            tuple(checks),
        )


def all_mutants() -> list[Mutant]:
    """Every mutant that is defined, in order."""
    return [
        Mutant.of(name, told)
        for path in sorted(DEFINITIONS.glob("*.toml"))
        for name, told in tomllib.loads(path.read_text()).items()
    ]


def sources() -> dict[str, str]:
    """The sources of the library, by their paths below Sources."""
    return {
        str(path.relative_to(SOURCES)): path.read_text()
        for path in sorted(SOURCES.rglob("*"))
        if path.suffix in (".swift", ".c", ".h", ".modulemap")
    }


def check_fits(mutant: Mutant, originals: dict[str, str]) -> None:
    """Raises `StaleError` unless a mutant's definition fits the sources as they are."""
    for change in mutant.changes:
        change.apply(mutant.name, originals.get(change.file, ""))


def broken_sources(mutants: list[Mutant]) -> dict[str, str]:
    """The sources with all mutants in them whose definitions fit; SESSION3_BROKEN chooses one."""
    originals = sources()
    broken = dict(originals)
    for mutant in mutants:
        try:
            check_fits(mutant, originals)
        except StaleError:
            continue
        for change in mutant.changes:
            broken[change.file] = change.apply(mutant.name, broken[change.file])
    # Before the end of its guard.
    header, guard, rest = broken[HEADER].rpartition("\n#endif\n")
    broken[HEADER] = f"{header}\nbool system_is_broken(const char *rule);\n{guard}{rest}"
    broken["CSession3System/broken.c"] = (DEFINITIONS / "broken.c").read_text()
    broken["Session3/Broken.swift"] = (DEFINITIONS / "Broken.swift").read_text()
    return broken


def write_sources(files: dict[str, str], place: Path) -> None:
    """Writes sources into a directory, which is made."""
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
