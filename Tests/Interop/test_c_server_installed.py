# SPDX-License-Identifier: MIT
"""The C server is built by itself, against an installed library, as a reader of it would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from c_server import PATIENCE, ROOT

BUILD = Path(os.environ.get("SESSION3_LIBRARY", "")).parent
SOURCE = ROOT / "examples" / "c-server"


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", BUILD, "--prefix", prefix)
    return prefix


def test_find_package_finds_what_it_needs(installed: Path, tmp_path: Path) -> None:
    run("cmake", "-S", SOURCE, "-B", tmp_path, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}",
        "-DCMAKE_C_FLAGS=-Werror")  # fmt: skip
    run("cmake", "--build", tmp_path)
    assert str(installed) in run("ldd", tmp_path / "c-server")


def test_pkg_config_finds_what_it_needs(installed: Path, tmp_path: Path) -> None:
    [found] = installed.rglob("session3.pc")
    run("cmake", "-S", SOURCE, "-B", tmp_path, "-G", "Ninja",
        "-DCMAKE_DISABLE_FIND_PACKAGE_session3=ON", "-DCMAKE_C_COMPILER=clang",
        "-DCMAKE_C_FLAGS=-Werror", PKG_CONFIG_PATH=str(found.parent))  # fmt: skip
    run("cmake", "--build", tmp_path)
    assert str(installed) in run("ldd", tmp_path / "c-server")
