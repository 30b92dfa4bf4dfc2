# SPDX-License-Identifier: MIT
"""The library's sources as normal Swift builds them: what Embedded Swift is measured against."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from contenders import ROOT

STATIC, DYNAMIC = "normal Swift, -static-stdlib", "normal Swift, the system's runtime"
SOURCES = ROOT / "Sources" / "Session3"
SYSTEM = ROOT / "Sources" / "CSession3System"
MAP = ROOT / "abi" / "session3.map"
FEATURES = ("ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility")


class NotBuilt(Exception):
    """A build that can't be had here, and why."""


def builds(directory: Path) -> Iterator[tuple[str, Callable[[], Path]]]:
    """Each build, and how it is made; raises NotBuilt then."""
    for name, file, words in (
        (STATIC, "libsession3-static-stdlib.so", ["-static-stdlib"]),
        (DYNAMIC, "libsession3-dynamic-runtime.so", []),
    ):
        yield name, partial(build, directory, file, words)


def build(directory: Path, file: str, words: Sequence[str]) -> Path:
    """A library of the directory, made anew where a source is younger."""
    library = directory / file
    sources = [path for folder in (SOURCES, SYSTEM, ROOT / "include") for path in folder.rglob("*")]
    youngest = max(path.stat().st_mtime for path in [*sources, MAP])
    if library.exists() and library.stat().st_mtime > youngest:
        return library
    directory.mkdir(parents=True, exist_ok=True)
    objects = [swift_object(directory, youngest), *system_objects(directory)]
    # What is exported, and what is thrown away, is as in the product's own build.
    link = ["-Xlinker", f"--version-script={MAP}", "-Xlinker", "--gc-sections"]
    command = ["swiftc", "-emit-library", *words, *link, "-o", str(library)]
    called([*command, *map(str, objects)])
    return library


def swift_object(directory: Path, youngest: float) -> Path:
    """All Swift sources in one object, which both libraries are linked of."""
    made = directory / "Session3.o"
    if made.exists() and made.stat().st_mtime > youngest:
        return made
    features = [word for name in FEATURES for word in ("-enable-upcoming-feature", name)]
    includes = ["-I", str(ROOT / "include"), "-I", str(SYSTEM / "include")]
    cache = ["-module-cache-path", str(directory / "module-cache")]
    flags = ["-module-name", "Session3", "-parse-as-library", "-swift-version", "6", "-O", "-wmo"]
    sources = sorted(map(str, SOURCES.rglob("*.swift")))
    called(["swiftc", "-c", *flags, *features, *includes, *cache, *sources, "-o", str(made)])
    return made


def system_objects(directory: Path) -> list[Path]:
    """The parts in C."""
    made = []
    for source in sorted(SYSTEM.glob("*.c")):
        flags = ["-O2", "-fPIC", "-fvisibility=hidden", f"-I{SYSTEM / 'include'}"]
        made.append(directory / f"{source.stem}.o")
        called(["cc", *flags, "-c", str(source), "-o", str(made[-1])])
    return made


def called(command: Sequence[str]) -> None:
    """Runs a compiler; raises NotBuilt with what it says."""
    if shutil.which(command[0]) is None:
        raise NotBuilt(f"{command[0]} is missing")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().splitlines()
        reason = next((line for line in told if "error" in line), told[-1] if told else "no word")
        raise NotBuilt(f"{Path(command[0]).name} ended with {done.returncode}: {reason[:300]}")
