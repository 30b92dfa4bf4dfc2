# SPDX-License-Identifier: MIT
"""What a build of the library alone needs, by itself or within another project; its version."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any

from guide import GUIDE, commands
from places import CONSUMER, ROOT, attempt, run

# A machine on which no library has been installed for developers.
BARE = {**os.environ, "PKG_CONFIG_LIBDIR": "/nowhere", "PKG_CONFIG_PATH": ""}

OUTER = f"""
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES C)
enable_testing()
add_subdirectory("{ROOT}" session3 EXCLUDE_FROM_ALL)
add_executable(with_shared "{CONSUMER}/consumer.c")
target_link_libraries(with_shared PRIVATE session3::session3)
add_executable(with_static "{CONSUMER}/consumer.c")
target_link_libraries(with_static PRIVATE session3::static)
"""


def test_the_library_alone_needs_nothing_of_the_tests(tmp_path: Path) -> None:
    configure, build = (
        [str(tmp_path) if word == "build" else word for word in shlex.split(line)]
        for line in commands("build")[:2]
    )
    assert configure[-1] == "-DSESSION3_BUILD_TESTS=OFF"
    refused = attempt(*configure[:-1], environment=BARE, cwd=ROOT)
    assert refused.returncode != 0
    assert "cmocka" in refused.stdout
    run(*configure, environment=BARE, cwd=ROOT)
    cache = (tmp_path / "CMakeCache.txt").read_text()
    for option in re.findall(r"^\| `-D(\w+)=", GUIDE, re.MULTILINE):
        assert f"\n{option}:" in cache, option
    # To build it takes minutes: Ninja only tells what it would make.
    made = run(*build, "--", "-t", "targets", "all")
    assert "libsession3.a: " in made
    assert "libsession3.so: " in made
    assert "EXECUTABLE" not in made


def test_it_is_part_of_another_project_without_its_tests(tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(OUTER)
    build = tmp_path / "build"
    asked = ("cmake", "-S", tmp_path, "-B", build, "-G", "Ninja")
    run(*asked, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", environment=BARE)
    assert "Total Tests: 0" in run("ctest", "--test-dir", build, "--show-only")
    # That project's kind of build is its own business.
    assert "CMAKE_BUILD_TYPE:STRING=\n" in (build / "CMakeCache.txt").read_text()
    # Its programs find both headers; to link them the whole library would have to be compiled.
    compiled = [
        entry
        for entry in json.loads((build / "compile_commands.json").read_text())
        if entry["file"].endswith("consumer.c")
    ]
    assert len(compiled) == 2
    for entry in compiled:
        command = shlex.split(entry["command"])
        run(*command[: command.index("-o")], "-fsyntax-only", entry["file"])


def found(file: str, pattern: str) -> list[Any]:
    """What a pattern finds in a file of the repository."""
    return re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)


def test_there_is_one_version() -> None:
    [version] = found("CMakeLists.txt", r"^project\(session3 VERSION (\S+)")
    header = found("include/session3/base.h", r"^#define SESSION3_VERSION_[A-Z]+ (\d+)$")
    assert ".".join(header) == version
    assert found("bindings/python/session3/__init__.py", r'^__version__ = "(.+)"$') == [version]
    assert found("bindings/python/session3/_load.py", r"^VERSION = \((\d+), (\d+)\)$") == [
        tuple(version.split(".")[:2])
    ]
