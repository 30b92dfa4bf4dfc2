# SPDX-License-Identifier: MIT
"""A C program of somebody else's is built on what is installed, on a machine without Swift."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from places import ROOT, attempt, needed
from trees import Tree, found_by_cmake, found_by_pkg_config, visit_twice

TREES = ("installed", "moved", "unpacked", "on_the_system")
LIBC = "libc.so.6"


@pytest.fixture(params=TREES)
def tree(request: pytest.FixtureRequest) -> Tree:
    """Each place where libsession3 is installed."""
    place: Tree = request.getfixturevalue(request.param)
    return place


@pytest.mark.parametrize("build", [found_by_cmake, found_by_pkg_config])
def test_an_outside_program_is_built_and_shares_sessions(
    tree: Tree, build: Callable[[Tree, Path], dict[str, Path]], tmp_path: Path
) -> None:
    programs = build(tree, tmp_path / "build")
    for name, program in programs.items():
        visit_twice(tree, program, tmp_path / "sessions")
        libraries = {"shared": [LIBC, "libsession3.so.0"], "archive": [LIBC], "static": []}
        assert needed(program) == libraries[name]


def test_the_library_needs_libc_alone(tree: Tree, tmp_path: Path) -> None:
    # A copy, as the directory may be one that only the tree's own commands see.
    copy = tmp_path / "libsession3.so"
    tree.run(*("cmake", "-E", "copy"), tree.libraries / "libsession3.so.0", copy)
    assert needed(copy) == [LIBC]


def test_no_installed_file_names_this_repository(installed: Tree) -> None:
    prefix = Path(installed.environment["CMAKE_PREFIX_PATH"])
    files = [path for path in prefix.rglob("*") if path.is_file()]
    assert len(files) > 15
    for path in files:
        assert str(ROOT).encode() not in path.read_bytes(), path


def test_only_the_same_minor_version_is_found(installed: Tree, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(outside LANGUAGES C)\n"
        "foreach(asked 0.0 0.2 1 0.1)\n  find_package(session3 ${asked} QUIET)\n"
        '  message(STATUS "${asked} of ${session3_CONSIDERED_VERSIONS}: ${session3_FOUND}")\n'
        "endforeach()\n"
    )
    said = installed.run("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja")
    answers = re.findall(r"-- (\S+) of 0\.1\.\d+: (\d)", said)
    assert answers == [("0.0", "0"), ("0.2", "0"), ("1", "0"), ("0.1", "1")]


def test_the_example_server_is_built_outside_its_repository(
    installed: Tree, tmp_path: Path
) -> None:
    work = tmp_path / "build"
    # Its own libraries are this machine's.
    installed.run("cmake", "-S", ROOT / "examples" / "c-server", "-B", work, "-G", "Ninja")
    installed.run("cmake", "--build", work)
    assert "libsession3.so.0" in needed(work / "c-server")
    assert "usage: " in attempt(work / "c-server", "--no-such-option").stdout
