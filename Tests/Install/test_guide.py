# SPDX-License-Identifier: MIT
"""What docs/guides/install.md tells to write and to run does as it says. Most of it is run by what
the other tests stand on: `build` by test_build.py, `packages` and `wheel` by conftest.py."""

from __future__ import annotations

import shutil
from pathlib import Path

from guide import PAGE, command, commands
from mounts import Mounts
from pages import programs_of
from places import BUILD, CONSUMER, ROOT, needed, run
from trees import Tree, install, visit_twice


def test_each_block_of_install_md_is_run() -> None:
    names = [name for name, _ in programs_of(PAGE)]
    assert names == ["build", "compile", "packages", "wheel"]


def test_its_compiler_lines_build_the_program(installed: Tree, tmp_path: Path) -> None:
    libraries = [["libc.so.6", "libsession3.so.0"], ["libc.so.6"], []]
    lines = commands("compile")
    assert len(lines) == len(libraries)
    shutil.copy(CONSUMER / "consumer.c", tmp_path)
    for line, expected in zip(lines, libraries):
        installed.run("/bin/sh", "-c", f"cd '{tmp_path}' && {line}")
        assert needed(tmp_path / "consumer") == expected
        visit_twice(installed, tmp_path / "consumer", tmp_path / "sessions")


def test_root_s_lines_install_for_the_machine_and_remove_all_of_it(machine: Mounts) -> None:
    *_, installing, ldconfig = commands("build")
    known = "ldconfig -p | grep -F '=> /usr/local/' | grep libsession3.so.0"
    machine.run("sh", "-ec", f"cd {ROOT}; {installing}; {ldconfig}; {known}")
    machine.run("sh", "-ec", f"cd {ROOT}; {command('xargs rm ')}; {ldconfig}; ! {known}")


def test_its_way_to_uninstall_leaves_no_file(tmp_path: Path) -> None:
    prefix = install(tmp_path)
    assert list(prefix.rglob("session3.h"))
    manifest = (BUILD / "install_manifest.txt").read_text()
    assert all(line.startswith(str(prefix)) for line in manifest.splitlines())
    run("/bin/sh", "-c", command("xargs rm "), cwd=ROOT)
    assert not [path for path in prefix.rglob("*") if not path.is_dir()]


def test_packages_may_name_a_maintainer(packages: dict[str, Path], tmp_path: Path) -> None:
    assert packages
    line = command("cpack -G DEB -D ")
    run("/bin/sh", "-c", f"{line} -B {tmp_path}", cwd=BUILD)
    for package in tmp_path.glob("*.deb"):
        said = run("dpkg-deb", "--field", package, "Maintainer")
        assert f'="{said.strip()}"' in line


def test_the_wheel_is_made_where_pip_is_told_to_look() -> None:
    make, pip = commands("wheel")
    folder, _, _ = pip.split()[-1].rpartition("/")
    assert f"${{1:-{folder}}}" in (ROOT / make).read_text()
