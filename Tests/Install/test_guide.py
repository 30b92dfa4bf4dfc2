# SPDX-License-Identifier: MIT
"""What docs/guides/install.md tells to write and to run does as it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from places import BUILD, CONSUMER, ROOT, needed, run
from trees import Tree, visit_twice

GUIDE = ROOT / "docs" / "guides" / "install.md"
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


def test_its_examples_are_what_the_tests_build() -> None:
    examples = EXAMPLE.findall(GUIDE.read_text())
    assert examples
    for name, text in examples:
        assert text in (ROOT / name).read_text(), name


def test_its_compiler_lines_build_the_program(installed: Tree, tmp_path: Path) -> None:
    [block] = re.findall(r"```sh\n(cc .*?)```", GUIDE.read_text(), re.DOTALL)
    commands = block.replace("\\\n", "").splitlines()
    libraries = [["libc.so.6", "libsession3.so.0"], ["libc.so.6"], []]
    assert len(commands) == len(libraries)
    shutil.copy(CONSUMER / "consumer.c", tmp_path)
    for command, expected in zip(commands, libraries):
        installed.run("/bin/sh", "-c", f"cd '{tmp_path}' && {command}")
        assert needed(tmp_path / "consumer") == expected
        visit_twice(installed, tmp_path / "consumer", tmp_path / "sessions")


def test_its_way_to_uninstall_leaves_no_file(tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    run("cmake", "--install", BUILD, "--prefix", prefix)
    assert list(prefix.rglob("session3.h"))
    [command] = re.findall(r"`(xargs rm < build/install_manifest\.txt)`", GUIDE.read_text())
    manifest = (BUILD / "install_manifest.txt").read_text()
    assert all(line.startswith(str(prefix)) for line in manifest.splitlines())
    run("/bin/sh", "-c", command, cwd=ROOT)
    assert not [path for path in prefix.rglob("*") if not path.is_dir()]
