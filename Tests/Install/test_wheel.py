# SPDX-License-Identifier: MIT
"""The wheel, in a virtual environment on a machine with neither Swift nor a compiler."""

from __future__ import annotations

import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from environments import Environment
from places import BINDING, ROOT, VENV, needed, run

PACKAGE = BINDING / "session3"
LIBRARY = "session3/libsession3.so.0"

VISIT = """
import sys
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
directory, id = sys.argv[1:]
with DirectorySessionStore(directory, create=True) as store:
    session = store.load_session(id)
    session.visits += 1
    store.save_session(session)
    print(session.id, session.user, session.visits)
"""

# What a framework's module may miss is the framework, and nothing else.
IMPORT_ALL = """
import importlib, pkgutil, session3
frameworks = {"anyio", "asgiref", "django", "flask", "quixote", "rich", "starlette", "werkzeug"}
found = pkgutil.walk_packages(session3.__path__, "session3.", onerror=lambda name: None)
for name in [module.name for module in found if not module.name.endswith("__main__")]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in frameworks:
            raise
        print(name, "needs", missing)
    else:
        print(name)
"""


# What each module that has an extra misses first, and the extra.
NEEDED = {
    "SessionManager": ("quixote", "quixote"),
    "asgi": ("anyio", "asgi"),
    "django": ("asgiref", "django"),
    "flask": ("flask", "flask"),
}


def modules_of_the_repository() -> set[str]:
    """All modules that are to be in the wheel, by their files."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file())
    return {
        str(path.relative_to(BINDING))
        for path in files
        if path.suffix in (".py", ".pyi", ".typed") and "__pycache__" not in path.parts
    }


def test_the_wheel_has_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        [licence] = [name for name in files.namelist() if name.endswith("/LICENSE")]
        assert files.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_the_wheel_is_for_every_python_and_old_systems(wheel: Path) -> None:
    told = re.fullmatch(r"libsession3-[0-9.]+-py3-none-manylinux_2_(\d+)_x86_64\.whl", wheel.name)
    assert told, wheel.name
    assert int(told[1]) <= 34
    shown = run(VENV / "auditwheel", "show", wheel)
    assert f'"manylinux_2_{told[1]}_x86_64"' in " ".join(shown.split())


def test_the_wheel_holds_the_package_its_library_and_its_licence(
    wheel: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        archive.extract(LIBRARY, tmp_path)
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == modules_of_the_repository() | {LIBRARY}
    assert any(name.endswith("/licenses/LICENSE") for name in about)
    assert needed(tmp_path / LIBRARY) == ["libc.so.6"]
    assert (tmp_path / LIBRARY).stat().st_size < 400 << 10
    assert str(ROOT).encode() not in (tmp_path / LIBRARY).read_bytes()


def test_the_sdist_holds_the_sources_of_the_library(distributions: dict[str, Path]) -> None:
    with tarfile.open(distributions[".gz"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("Sources", "abi", "cmake", "include"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert {f"libsession3/{path.relative_to(ROOT)}" for path in files} <= names
    assert names >= modules_of_the_repository() | {"LICENSE", "README.md", "pyproject.toml"}


def test_sessions_are_shared_with_a_c_program(
    fresh: Environment, consumer: Path, tmp_path: Path
) -> None:
    sessions = tmp_path / "sessions"
    id, user, visits = run(consumer, sessions).split()
    assert (user, visits) == ("alice", "1")
    assert fresh.run("-c", VISIT, sessions, id).split() == [id, "alice", "2"]
    assert run(consumer, sessions, id).split() == [id, "alice", "3"]


def test_the_library_is_the_wheel_s_own(fresh: Environment) -> None:
    said = fresh.run("-c", "from session3._ffi import lib; print(lib._name)").strip()
    assert said == str(fresh.package / "libsession3.so.0")


@pytest.mark.parametrize("module", NEEDED)
def test_a_module_without_its_framework_names_the_extra(fresh: Environment, module: str) -> None:
    package, extra = NEEDED[module]
    refused = fresh.attempt("-c", f"import session3.{module}")
    assert refused.returncode == 1
    assert refused.stdout.splitlines()[-1] == (
        f"ModuleNotFoundError: session3.{module} needs {package}: "
        f"pip install 'libsession3[{extra}]'"
    )


def test_every_module_imports(fresh: Environment) -> None:
    said = fresh.run("-c", IMPORT_ALL).splitlines()
    files = {name for name in modules_of_the_repository() if name.endswith(".py")}
    modules = {name.removesuffix(".py").replace("/", ".") for name in files}
    there = {name.removesuffix(".__init__") for name in modules if not name.endswith("__main__")}
    tried = {line.split()[0] for line in said}
    # A package that lacks its framework is not looked into.
    closed = {line.split()[0] for line in said if " needs " in line}
    inside = {name for name in there if any(name.startswith(f"{c}.") for c in closed)}
    assert tried | inside == there - {"session3"}
