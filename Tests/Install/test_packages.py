# SPDX-License-Identifier: MIT
"""The Debian packages: what is in them, what they depend on, and that dpkg knows what to do."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from guide import command
from mounts import Mounts
from places import BUILD, CONSUMER, ROOT, VENV, attempt, environment_of, run
from trees import Tree

RUNTIME, DEVELOPMENT = "libsession3-0", "libsession3-dev"


def field(package: Path, name: str) -> str:
    """A field of a package's control file."""
    return run("dpkg-deb", "--field", package, name).strip()


def files(package: Path) -> dict[str, str]:
    """Mode and owner of each file of a package, by its name."""
    listed = [
        line.split(maxsplit=5) for line in run("dpkg-deb", "--contents", package).splitlines()
    ]
    return {
        name.split(" -> ")[0].lstrip("."): f"{mode} {owner}" for mode, owner, *_, name in listed
    }


def test_there_is_one_package_to_run_and_one_to_build_programs(packages: dict[str, Path]) -> None:
    assert set(packages) == {RUNTIME, DEVELOPMENT}
    version = field(packages[RUNTIME], "Version")
    depends = field(packages[RUNTIME], "Depends")
    assert depends.startswith("libc6 (>= 2.")
    assert "," not in depends
    assert field(packages[DEVELOPMENT], "Depends") == f"{RUNTIME} (= {version})"
    for package in packages.values():
        assert field(package, "Source") == "libsession3"
        assert "libc alone" in field(package, "Description")


def test_each_file_is_where_debian_has_it(packages: dict[str, Path]) -> None:
    triplet = run("dpkg-architecture", "--query", "DEB_HOST_MULTIARCH").strip()
    version = field(packages[RUNTIME], "Version")
    libraries = f"/usr/lib/{triplet}"
    running, building = files(packages[RUNTIME]), files(packages[DEVELOPMENT])
    both = running.keys() & building.keys()
    assert all(name.endswith("/") for name in both), "a file in both packages"
    assert {name for name in running if not name.endswith("/")} == {
        f"{libraries}/libsession3.so.0",
        f"{libraries}/libsession3.so.{version}",
        f"/usr/share/doc/{RUNTIME}/changelog.gz",
        f"/usr/share/doc/{RUNTIME}/copyright",
    }
    assert building.keys() > {
        "/usr/include/session3.h",
        "/usr/include/session3/store.h",
        "/usr/include/session3_easy.h",
        "/usr/include/session3_easy_manager.h",
        f"{libraries}/libsession3.a",
        f"{libraries}/libsession3.so",
        f"{libraries}/pkgconfig/session3.pc",
        f"{libraries}/cmake/session3/session3Config.cmake",
        f"{libraries}/cmake/session3/session3ConfigVersion.cmake",
        f"/usr/share/doc/{DEVELOPMENT}/copyright",
    }
    for name, modes in (running | building).items():
        kind = {"/": "drwxr-xr-x"}.get(name[-1], "-rw-r--r--")
        assert modes in (f"{kind} root/root", "lrwxrwxrwx root/root"), name


def test_lintian_has_nothing_to_warn_of(packages: dict[str, Path]) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    print(run("lintian", "--fail-on", "error,warning", *packages.values()))


def test_packages_are_refused_in_a_build_for_another_directory(tmp_path: Path) -> None:
    if shutil.which("dpkg-shlibdeps") is None:
        pytest.skip("dpkg-dev is not installed")
    options = ("-D", "CPACK_SESSION3_LIBDIR=lib", "-B", tmp_path)
    refused = attempt("cpack", "-G", "DEB", *options, cwd=BUILD)
    assert refused.returncode != 0
    assert "-DCMAKE_INSTALL_LIBDIR=lib/" in refused.stdout
    assert not list(tmp_path.glob("*.deb"))


def test_headers_are_not_installed_without_their_library(
    machine: Mounts, packages: dict[str, Path]
) -> None:
    machine.run("dpkg", "--purge", DEVELOPMENT, RUNTIME, check=False)
    alone = machine.run("dpkg", "--install", packages[DEVELOPMENT], check=False)
    assert alone.returncode != 0
    assert f"depends on {RUNTIME} (= " in alone.stderr
    machine.run("dpkg", "--install", *packages.values())


def test_the_loader_and_pkg_config_know_the_library(on_the_system: Tree) -> None:
    assert "libsession3.so.0 " in on_the_system.run("/sbin/ldconfig", "--print-cache")
    assert on_the_system.flags("--cflags") == []
    assert on_the_system.flags("--libs") == ["-lsession3"]


def test_a_program_s_package_depends_on_the_library_until_the_next_minor_version(
    on_the_system: Tree, packages: dict[str, Path], tmp_path: Path
) -> None:
    program = tmp_path / "debian" / "program" / "usr" / "bin" / "program"
    program.parent.mkdir(parents=True)
    (tmp_path / "debian" / "program" / "DEBIAN").mkdir()
    (tmp_path / "debian" / "control").write_text(
        "Source: program\n\nPackage: program\nArchitecture: any\n"
    )
    on_the_system.run("cc", CONSUMER / "consumer.c", "-lsession3", "-o", program)
    asked = ("sh", "-c", f"cd {tmp_path} && dpkg-shlibdeps -O {program}")
    version = field(packages[RUNTIME], "Version")
    major, minor, _ = version.split(".")
    said = run(*on_the_system.entered, *asked)
    assert f"{RUNTIME} (>= {version}), {RUNTIME} (<< {major}.{int(minor) + 1}~)" in said


def test_python_finds_the_system_s_library(on_the_system: Tree, tmp_path: Path) -> None:
    code = "from session3.store.DirectorySessionStore import DirectorySessionStore as Store\n"
    code += f"Store({str(tmp_path / 'sessions')!r}, create=True).close()\n"
    code += "from session3._ffi import lib\nprint(lib._name)\n"
    told = environment_of(VENV, PYTHONPATH=str(ROOT / "bindings" / "python"))
    python = Tree(on_the_system.libraries, told, on_the_system.entered)
    assert python.run(VENV / "python", "-c", code).strip() == "libsession3.so.0"


def test_nothing_is_left_when_the_packages_are_removed(
    machine: Mounts, on_the_system: Tree, packages: dict[str, Path]
) -> None:
    machine.run(*shlex.split(command("dpkg -P libsession3")))
    for package in packages.values():
        for name in files(package):
            if "session3" in name:
                assert machine.run("test", "-e", name, check=False).returncode != 0, name
    assert "libsession3" not in on_the_system.run("/sbin/ldconfig", "--print-cache")
    machine.run("dpkg", "--install", *packages.values())
