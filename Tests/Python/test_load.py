# SPDX-License-Identifier: MIT
"""How the library is found, and what is said when it isn't."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from repository import LIBRARY, PACKAGE, ROOT, search_path

IMPORT = "import session3.store.DirectorySessionStore"


def run(code: str, library: str | None, path: Path = PACKAGE) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": search_path(path)}
    environment.pop("SESSION3_LIBRARY", None)
    if library is not None:
        environment["SESSION3_LIBRARY"] = library
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def compiled(path: Path, source: str) -> str:
    """A shared library of C source."""
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(path)],
        input=source,
        text=True,
        check=True,
    )
    return str(path)


def test_the_library_named_by_the_environment_is_taken() -> None:
    shown = run(f"{IMPORT}\nfrom session3._ffi import lib\nprint(lib._name)", LIBRARY)
    assert shown.stdout.strip() == LIBRARY


def test_the_copy_in_the_package_is_taken_first(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE / "session3", tmp_path / "session3")
    shutil.copy(LIBRARY, tmp_path / "session3" / "libsession3.so.0")
    code = f"{IMPORT}\nfrom session3._ffi import lib\nprint(lib._name)"
    shown = run(code, None, tmp_path)
    assert shown.stdout.strip() == str(tmp_path / "session3" / "libsession3.so.0")


def test_a_missing_library_named_by_the_environment_is_tried_alone() -> None:
    failed = run(IMPORT, "/nowhere/libsession3.so")
    assert failed.returncode == 1
    assert "ImportError: libsession3 can't be loaded:" in failed.stderr
    assert "/nowhere/libsession3.so" in failed.stderr
    assert "find_library" not in failed.stderr


def test_the_error_lists_each_try(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE / "session3", tmp_path / "session3")
    # A library of the system's would be found; one that is none of ours hides it.
    hide = "import ctypes, ctypes.util\n"
    hide += "ctypes.util.find_library = lambda name: None\n"
    hide += "real = ctypes.CDLL\n"
    hide += "def refuse(name): raise OSError(f'no {name}')\n"
    hide += "ctypes.CDLL = refuse\n"
    failed = run(hide + IMPORT, None, tmp_path)
    assert failed.returncode == 1
    assert "the package's own copy: no" in failed.stderr
    assert "the loader's search path: no libsession3.so.0" in failed.stderr
    assert "ctypes.util.find_library: nothing found" in failed.stderr


def test_another_library_is_refused(tmp_path: Path) -> None:
    other = compiled(tmp_path / "other.so", "int nothing;")
    failed = run(IMPORT, other)
    assert "it has no session3_version: another library" in failed.stderr


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("not a library\n" * 100)
    for name in (text, tmp_path):
        failed = run(IMPORT, str(name))
        assert failed.returncode == 1
        assert f"SESSION3_LIBRARY={name}, which is tried alone: " in failed.stderr


def test_a_variable_without_a_name_names_no_library(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE / "session3", tmp_path / "session3")
    shutil.copy(LIBRARY, tmp_path / "session3" / "libsession3.so.0")
    assert run(IMPORT, "", tmp_path).returncode == 0


def test_a_copy_that_does_not_fit_is_told_and_the_next_is_tried(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE / "session3", tmp_path / "session3")
    own = fake(tmp_path / "session3" / "libsession3.so.0", minor=2, extra=0)
    # That of the process is found by its soname.
    found = f"import ctypes\nctypes.CDLL({LIBRARY!r})\n"
    shown = run(f"{found}{IMPORT}\nfrom session3._ffi import lib\nprint(lib._name)", None, tmp_path)
    assert shown.stdout.strip() == "libsession3.so.0"
    refused = "import ctypes.util\nctypes.util.find_library = lambda name: None\n"
    failed = run(refused + IMPORT, None, tmp_path)
    assert f"the package's own copy: {own}: its version is 0.2.0, not 0.1" in failed.stderr


def test_the_second_place_of_an_editable_installation_is_looked_into(tmp_path: Path) -> None:
    shutil.copy(LIBRARY, tmp_path / "libsession3.so.0")
    code = f"import session3\nsession3.__path__.append({str(tmp_path)!r})\n{IMPORT}\n"
    code += "from session3._ffi import lib\nprint(lib._name)"
    assert run(code, None).stdout.strip() == str(tmp_path / "libsession3.so.0")


FAKE = """
#include "session3.h"
session3_status session3_version(session3_version_info *out, session3_error *error) {
  (void)error;
  out->major = MAJOR, out->minor = MINOR, out->error_size = sizeof(session3_error) + EXTRA;
  return STATUS;
}
"""


def fake(path: Path, minor: int, extra: int, major: int = 0, status: int = 0) -> str:
    """A library that answers this; of an equal version, its sizes are another's."""
    source = FAKE.replace("MAJOR", str(major)).replace("MINOR", str(minor))
    source = source.replace("EXTRA", str(extra)).replace("STATUS", str(status))
    header = f'#include "{ROOT}/include/session3.h"'
    return compiled(path, source.replace('#include "session3.h"', header))


def test_another_version_is_refused(tmp_path: Path) -> None:
    failed = run(IMPORT, fake(tmp_path / "fake.so", minor=2, extra=0))
    assert "its version is 0.2.0, not 0.1" in failed.stderr


def test_another_major_version_is_refused(tmp_path: Path) -> None:
    failed = run(IMPORT, fake(tmp_path / "fake.so", major=1, minor=1, extra=0))
    assert "its version is 1.1.0, not 0.1" in failed.stderr


def test_a_library_that_does_not_tell_its_version_is_refused(tmp_path: Path) -> None:
    failed = run(IMPORT, fake(tmp_path / "fake.so", minor=1, extra=0, status=-5))
    assert "session3_version answered -5" in failed.stderr


def test_other_struct_sizes_are_refused(tmp_path: Path) -> None:
    failed = run(IMPORT, fake(tmp_path / "fake.so", minor=1, extra=8))
    assert "its error_size is 264, not 256" in failed.stderr


def test_sessions_and_python_stores_need_no_library() -> None:
    code = "from session3.DictSession import DictSession\n"
    code += "from session3.store.SessionStore import SessionStore\n"
    code += "DictSession().create_form_token()"
    assert run(code, "/nowhere/libsession3.so").returncode == 0
