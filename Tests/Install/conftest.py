# SPDX-License-Identifier: MIT
"""Trees and packages that this build installs, each made once for all tests."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import Environment
from guide import commands
from places import BUILD, C_TOOLS, ROOT, environment_of, links_to, run
from trees import Tree, found_by_pkg_config, install

sys.path.append(str(ROOT / "Tests" / "Faults"))  # mounts.py

from mounts import Mounts, private_mounts


@pytest.fixture(scope="session")
def c_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a machine with a C compiler and without Swift."""
    place = links_to(tmp_path_factory.mktemp("machine") / "bin", *C_TOOLS)
    for tool in ("swift", "swiftc", "clang"):
        assert shutil.which(tool, path=str(place)) is None
    return place


def tree_at(prefix: Path, c_tools: Path) -> Tree:
    """What was installed there."""
    [pc] = prefix.rglob("session3.pc")
    libraries = pc.parents[1]
    environment = environment_of(
        c_tools,
        CMAKE_PREFIX_PATH=str(prefix),
        PKG_CONFIG_PATH=str(pc.parent),
        LD_LIBRARY_PATH=str(libraries),
    )
    return Tree(libraries, environment)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, c_tools: Path) -> Tree:
    """What `cmake --install` puts into a directory."""
    return tree_at(install(tmp_path_factory.mktemp("installed")), c_tools)


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory, c_tools: Path) -> Tree:
    """The same in a directory that has another name by now, with a space in it."""
    place = tmp_path_factory.mktemp("moved")
    return tree_at(install(place).rename(place / "here now"), c_tools)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The Debian packages that cpack makes, by their names."""
    if shutil.which("dpkg-shlibdeps") is None:
        pytest.skip("dpkg-dev is not installed")
    place = tmp_path_factory.mktemp("packages")
    [cpack] = commands("packages")
    run("/bin/sh", "-c", f"{cpack} -B {place}", cwd=BUILD)
    return {file.name.partition("_")[0]: file for file in place.glob("*.deb")}


@pytest.fixture(scope="session")
def unpacked(
    tmp_path_factory: pytest.TempPathFactory, packages: dict[str, Path], c_tools: Path
) -> Tree:
    """Both packages, unpacked into the root of another system."""
    root = tmp_path_factory.mktemp("unpacked")
    for package in packages.values():
        run("dpkg", "--extract", package, root)
    [pc] = root.rglob("session3.pc")
    environment = environment_of(
        c_tools,
        CMAKE_PREFIX_PATH=str(root / "usr"),
        PKG_CONFIG_LIBDIR=str(pc.parent),
        PKG_CONFIG_SYSROOT_DIR=str(root),
        # Of that system, whose /usr/include is none of the compiler's.
        PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1",
        PKG_CONFIG_ALLOW_SYSTEM_LIBS="1",
        LD_LIBRARY_PATH=str(pc.parents[1]),
    )
    return Tree(pc.parents[1], environment)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mounts]:
    """This machine, as seen by processes for which what is written to its system's directories
    is kept in memory, and is gone with this fixture, however the tests end."""
    if os.geteuid() != 0:
        pytest.skip("packages are installed by root alone")
    memory = tmp_path_factory.mktemp("memory")
    with private_mounts() as mounts:
        mounts.tmpfs(memory, "size=256m")
        for directory in ("etc", "usr", "var"):
            upper, work = memory / directory / "upper", memory / directory / "work"
            mounts.run("mkdir", "-p", upper, work)
            layers = f"lowerdir=/{directory},upperdir={upper},workdir={work}"
            mounts.mount(Path("/") / directory, "-t", "overlay", "-o", layers, "overlay")
        yield mounts


@pytest.fixture(scope="session")
def on_the_system(machine: Mounts, packages: dict[str, Path], c_tools: Path) -> Tree:
    """Both packages, installed by dpkg; nobody is told where."""
    machine.run("dpkg", "--install", *packages.values())
    found = machine.run("sh", "-c", "ls -d /usr/lib/*/libsession3.so.0").stdout
    environment = environment_of(c_tools)
    return Tree(Path(found.strip()).parent, environment, machine.entered)


@pytest.fixture(scope="session")
def consumer(tmp_path_factory: pytest.TempPathFactory, installed: Tree) -> Path:
    """The C program, which needs no other file."""
    return found_by_pkg_config(installed, tmp_path_factory.mktemp("consumer") / "build")["static"]


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What scripts/wheel makes, by the names' ends: the sdist, and the wheel of it."""
    place = tmp_path_factory.mktemp("distributions") / "build" / "wheel"
    make, _ = commands("wheel")
    run("/bin/sh", "-c", f"{make} {place}", cwd=ROOT)
    return {file.suffix: file for file in place.iterdir()}


@pytest.fixture(scope="session")
def wheel(distributions: dict[str, Path]) -> Path:
    """The wheel."""
    return distributions[".whl"]


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """A virtual environment with the wheel and what it needs, on a machine without any command."""
    place = tmp_path_factory.mktemp("fresh")
    environment = Environment.make(place / "venv", links_to(place / "bin"))
    _, pip = commands("wheel")
    told = environment_of(environment.place / "bin", PIP_DISABLE_PIP_VERSION_CHECK="1")
    run("/bin/sh", "-c", pip, environment=told, cwd=wheel.parents[2])
    return environment
