# SPDX-License-Identifier: MIT
"""Builds the library of mutants, beside the one to test, and once for each state of the sources.

As a program it prints where the library is: a rule is taken out of it by SESSION3_BROKEN=its name.

Unoptimised, since that takes a third of the time; else as cmake/Object.cmake and Libraries.cmake.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from build_lock import build_lock
from mutants import Mutant, all_mutants, broken_sources, write_sources
from places import PROGRAMS, ROOT

SWIFT_FLAGS = """-c -Onone -wmo -parse-as-library -swift-version 6 -module-name Session3
    -enable-experimental-feature Embedded -Xfrontend -function-sections"""
FEATURES = ("ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility")
C_FLAGS = """-shared -O1 -fPIC -fvisibility=hidden -ffunction-sections -DSESSION3_EMBEDDED
    -Wl,-soname,libsession3.so.0,-Bsymbolic-functions,--gc-sections,-z,defs"""


class BuildFailed(Exception):
    """A step did not go well; with what it printed."""


def library_of(mutants: list[Mutant]) -> Path:
    """The library with all mutants in it, chosen by SESSION3_BROKEN; built unless it is there."""
    files = broken_sources(mutants)
    headers = sorted((ROOT / "include").rglob("*"))
    parts = [*files.items(), *((path.name, path.read_text()) for path in headers if path.is_file())]
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    place = PROGRAMS / "mutants" / digest
    with build_lock(place.parent):
        if not place.exists():
            _build(files, place)
    return place / "libsession3.so"


def _build(files: dict[str, str], place: Path) -> None:
    """Builds in a directory of its own, which gets its name when it is complete."""
    place.parent.mkdir(exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=place.parent, prefix=".building-"))
    try:
        write_sources(files, work / "Sources")
        _compile(work)
        for older in place.parent.glob("[0-9a-f]*"):
            shutil.rmtree(older, ignore_errors=True)
        shutil.rmtree(work / "Sources")
        os.rename(work, place)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _compile(work: Path) -> None:
    system = work / "Sources" / "CSession3System"
    include = ["-I", str(system / "include"), "-I", str(ROOT / "include")]
    swift = sorted(map(str, (work / "Sources" / "Session3").rglob("*.swift")))
    flags = SWIFT_FLAGS.split()
    for feature in FEATURES:
        flags += ["-enable-upcoming-feature", feature]
    places = ["-module-cache-path", str(work / "modules"), "-o", str(work / "Session3.o")]
    _run(["swiftc", *flags, *include, *places, *swift])
    c = sorted(map(str, system.glob("*.c")))
    version_script = f"-Wl,--version-script={ROOT / 'abi' / 'session3.map'}"
    places = [version_script, "-o", str(work / "libsession3.so.0")]
    objects = [str(work / "Session3.o"), _unicode_tables()]
    _run([os.environ.get("CC", "cc"), *C_FLAGS.split(), *include, *c, *objects, *places])
    (work / "libsession3.so").symlink_to("libsession3.so.0")


def _unicode_tables() -> str:
    """What unoptimised code needs of the toolchain, since nothing was found to be unused."""
    swift = Path(shutil.which("swiftc") or "").resolve().parents[1] / "lib" / "swift" / "embedded"
    return str(swift / f"{os.uname().machine}-unknown-linux-gnu" / "libswiftUnicodeDataTables.a")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildFailed(f"{command[0]}: {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    print(library_of(all_mutants()))
