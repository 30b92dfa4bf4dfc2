# SPDX-License-Identifier: MIT
"""The wheel's library is missing, is none, or is not the only one of the process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import Environment
from places import BUILD, run

IMPORT = "import session3.store.DirectorySessionStore"

# The wheel's own copy and the one of the process' first argument, which offers its functions to all
# that is loaded after it, count in turns.
BOTH = """
import ctypes, os, sys
other = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
from session3._ffi import lib
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore as Store
from session3.store._native import NativeSessionStore
assert lib._handle != other._handle and os.path.dirname(lib._name) != os.path.dirname(sys.argv[1])
address = lambda library: ctypes.cast(library.session3_store_increment, ctypes.c_void_p).value
assert address(lib) != address(other)

handle, count = ctypes.c_void_p(), ctypes.c_int64()
path = os.fsencode(sys.argv[2])
with Store(path, create=True) as store:
    session = Session()
    session.set_user("alice")
    store.create_session(session)
    id = session.id.encode()
    opened = other.session3_store_open_directory(path, ctypes.c_size_t(len(path)), None,
                                                 ctypes.byref(handle), None)
    assert opened == 0, opened
    for _ in range(100):
        store.increment(session.id, "hits")
        done = other.session3_store_increment(
            handle, id, ctypes.c_size_t(len(id)), b"hits", ctypes.c_size_t(4), ctypes.c_int64(1),
            ctypes.byref(count), None)
        assert done == 0, done
    print(store.load_session(session.id).hits, count.value)
    other.session3_store_free(handle)
"""


@pytest.fixture
def own(fresh: Environment) -> Iterator[Path]:
    """The wheel's own library, which is whole again after the test."""
    library = fresh.package / "libsession3.so.0"
    kept = library.with_suffix(".kept")
    shutil.copy2(library, kept)
    yield library
    library.unlink(missing_ok=True)
    kept.rename(library)


def refused(fresh: Environment) -> str:
    """The ImportError of a package that finds no library, on a machine that has none either."""
    failed = fresh.attempt("-c", IMPORT)
    assert failed.returncode == 1, failed.stdout
    assert "ImportError: libsession3 can't be loaded:\n" in failed.stdout
    assert "  - the loader's search path: libsession3.so.0: cannot open" in failed.stdout
    assert "  - ctypes.util.find_library: nothing found\n" in failed.stdout
    return failed.stdout


def test_a_missing_library_is_told_with_each_try(fresh: Environment, own: Path) -> None:
    own.unlink()
    assert f"  - the package's own copy: {own}: cannot open shared object" in refused(fresh)


def test_a_text_in_its_place_is_told(fresh: Environment, own: Path) -> None:
    own.write_text("not a library\n" * 100)
    assert f"  - the package's own copy: {own}: invalid ELF header" in refused(fresh)


def test_an_empty_file_in_its_place_is_told(fresh: Environment, own: Path) -> None:
    own.write_bytes(b"")
    assert f"  - the package's own copy: {own}: file too short" in refused(fresh)


def test_a_library_of_another_architecture_is_told(fresh: Environment, own: Path) -> None:
    image = bytearray(own.read_bytes())
    image[18:20] = (183).to_bytes(2, "little")  # e_machine: EM_AARCH64
    own.write_bytes(image)
    assert f"  - the package's own copy: {own}: " in refused(fresh)


def test_a_missing_one_is_told_though_the_wheel_has_its_own(fresh: Environment) -> None:
    failed = fresh.attempt("-c", IMPORT, told={"SESSION3_LIBRARY": "/nowhere/libsession3.so"})
    assert failed.returncode == 1
    assert "SESSION3_LIBRARY=/nowhere/libsession3.so, which is tried alone: " in failed.stdout
    assert "the package's own copy" not in failed.stdout


def test_two_copies_in_one_process_share_sessions(fresh: Environment, tmp_path: Path) -> None:
    other = BUILD / "libsession3.so.0"
    assert fresh.run("-c", BOTH, other, tmp_path / "sessions").split() == ["200", "200"]


def test_a_host_s_other_version_does_not_reach_the_package(
    fresh: Environment, tmp_path: Path
) -> None:
    other = tmp_path / "libsession3.so.0"
    source = tmp_path / "other.c"
    source.write_text("int session3_version(void *o, void *e) { (void)o, (void)e; return -1; }\n")
    run("cc", "-shared", "-fPIC", "-Wl,-soname,libsession3.so.0", source, "-o", other)
    load = f"import ctypes\nctypes.CDLL({str(other)!r}, mode=ctypes.RTLD_GLOBAL)\n"
    said = fresh.run("-c", load + IMPORT + "\nprint(session3.store.DirectorySessionStore.__name__)")
    assert said.strip() == "session3.store.DirectorySessionStore"
