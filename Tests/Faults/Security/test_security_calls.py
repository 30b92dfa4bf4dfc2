# SPDX-License-Identifier: MIT
"""What the library can do at all: its imports and its system calls. No network, no other program,
no memory to be run; every file is opened so that nothing is followed, waited for or inherited; ids
come from the kernel's random numbers."""

from __future__ import annotations

import base64
import re
import shutil
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path

import hostile
import pytest
import strace
from places import LIBRARY, ROOT, environment, preload
from proof import RecordProperty

pytestmark = pytest.mark.method("security")

# Of libc and the loader: files, memory, locks, time, chance. Another one needs a thought.
NETWORK = "socket connect bind listen accept send recv getaddrinfo gethostby res_ inet_ poll epoll"
PROGRAMS = "exec posix_spawn system popen fork vfork clone dlopen dlmopen dlsym wordexp"
MEMORY = "mmap mprotect pkey_mprotect memfd_create shm_open process_vm ptrace"
ENVIRONMENT = (
    "getenv secure_getenv setuid setgid setresuid chroot getpw getgr nss_ signal sigaction"
)


def imports() -> set[str]:
    """Functions of other libraries that the library calls."""
    if shutil.which("nm") is None:
        pytest.skip("nm is not installed")
    run = subprocess.run(
        ["nm", "-D", "--undefined-only", LIBRARY], capture_output=True, text=True, check=True
    )
    return {line.split()[-1].split("@")[0] for line in run.stdout.splitlines()}


@pytest.mark.parametrize("names", [NETWORK, PROGRAMS, MEMORY, ENVIRONMENT])
def test_the_library_does_not_import(names: str) -> None:
    found = imports()
    assert {"openat", "getrandom"} <= found
    for prefix in names.split():
        assert not [name for name in found if name.lstrip("_").startswith(prefix)]


def test_the_librarys_only_syscall_by_number_reads_directories() -> None:
    """syscall(2) would do anything, so what it is called with is looked at."""
    sources = ROOT / "Sources" / "CSession3System"
    found = re.findall(
        r"\bsyscall\(\s*(\w+)", "".join(path.read_text() for path in sources.glob("*.c"))
    )
    assert found == ["SYS_getdents64"]


@pytest.fixture
def traced(directory: Path) -> hostile.Visit:
    """All operations on a session, and then on its name, with their system calls."""
    reason = strace.missing()
    if reason is not None:
        pytest.skip(reason)
    return hostile.visit(directory, is_traced=True)


def names(calls: list[str]) -> Counter[str]:
    return Counter(found[0] for call in calls if (found := re.match(r"\w+", call)))


def test_every_open_refuses_links_terminals_waiting_and_heirs(
    traced: hostile.Visit, directory: Path, record_property: RecordProperty
) -> None:
    opens = [call for call in traced.calls if re.match(r"open\w*\(|creat\(", call)]
    assert len(opens) > 20
    for call in opens:
        flags = set(re.findall(r"O_\w+", call))
        assert "O_CLOEXEC" in flags, call
        if "O_DIRECTORY" in flags:
            # The directory itself, by the path that the operator gave, and from then on by its
            # descriptor.
            assert str(directory) in call or '"."' in call, call
        elif "O_CREAT" in flags:
            # With O_EXCL nothing that is there is opened, a link not followed.
            assert {"O_EXCL", "O_NOFOLLOW", "O_NOCTTY"} <= flags, call
        else:
            assert {"O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY"} <= flags, call
    record_property("opens looked at", len(opens))


def test_no_call_that_goes_by_a_name_follows_a_link(traced: hostile.Visit) -> None:
    seen = names(traced.calls)
    assert not seen.keys() & {"stat", "chmod", "chown", "utime", "utimes", "truncate", "access"}
    assert not seen.keys() & {"fchmodat", "fchmodat2", "fchownat", "faccessat", "faccessat2"}
    by_name = [call for call in traced.calls if re.match(r"(newfstatat|utimensat)\(\d+, \"", call)]
    assert by_name
    # An empty name is fstat(2), of a descriptor.
    for call in by_name:
        assert "AT_SYMLINK_NOFOLLOW" in call or "AT_EMPTY_PATH" in call, call


def test_no_operation_uses_the_network_or_another_program(traced: hostile.Visit) -> None:
    seen = names(traced.calls)
    assert seen["openat"] > 20
    forbidden = "socket connect bind sendto recvfrom sendmsg recvmsg io_uring_setup execve execveat"
    assert not seen.keys() & set(forbidden.split())
    assert not seen.keys() & {"fork", "vfork", "clone", "clone3", "ptrace", "memfd_create"}
    # malloc(3) may map memory; none of it is to be run.
    assert not [call for call in traced.calls if "PROT_EXEC" in call]


def test_the_checks_of_calls_find_what_they_look_for(directory: Path) -> None:
    reason = strace.missing()
    if reason is not None:
        pytest.skip(reason)
    script = (
        "import os, socket, mmap; os.getppid(); socket.socket(); open('/dev/null').close();"
        "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC); os.getppid()"
    )
    calls = [
        call.text for call in strace.trace([sys.executable, "-c", script], environment()).calls
    ]
    assert [call for call in calls if "socket(" in call]
    assert [call for call in calls if "PROT_EXEC" in call]
    assert [call for call in calls if "openat(" in call and "O_NOFOLLOW" not in call]


MAKE_IDS = """
import os, sys
from session3._ffi import lib, new_error
import ctypes
def ids(count):
    buffer = ctypes.create_string_buffer(23)
    made = []
    for _ in range(count):
        lib.session3_id_generate(buffer, ctypes.byref(new_error()))
        made.append(buffer.raw[:22])
    return made
count = int(sys.argv[1])
"""
SHOW_IDS = f"""{MAKE_IDS}
os.getppid()
made = ids(count)
os.getppid()
print(*(id.decode() for id in made))
"""
COUNT_IDS = f"""{MAKE_IDS}
first = set(ids(count))
print(len(first))
for child in range(4):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, b"".join(ids(500)))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        data = file.read()
    new = {{data[at : at + 22] for at in range(0, len(data), 22)}}
    assert len(new) == 500 and not new & first, "a child repeats ids"
    first |= new
"""


def drawn(call: str) -> bytes:
    """The bytes of a getrandom(2), which must give all, at once, and not from a generator that may
    run dry or be seeded alike."""
    found = re.search(r'getrandom\("(.*)", 16, 0\) += 16$', call)
    assert found, call
    # strace shows what is no printable ASCII as C does, in octal.
    return found[1].encode("ascii").decode("unicode_escape").encode("latin-1")


def ids_and_chance(**variables: str) -> tuple[list[str], list[str]]:
    """Ids that were made, and those that the kernel's random bytes make, both in their order."""
    reason = strace.missing()
    if reason is not None:
        pytest.skip(reason)
    seen = strace.trace([sys.executable, "-c", SHOW_IDS, "100"], environment(**variables))
    assert seen.run.code == 0, seen.run.output
    made = seen.run.output.split()
    assert len(set(made)) == 100
    chance = [drawn(call.text) for call in seen.calls if call.name == "getrandom"]
    return made, [id_of(bits) for bits in chance]


def id_of(bits: bytes) -> str:
    """128 bits as base64url; of their two words the second is in front."""
    first, second = struct.unpack("=QQ", bits)
    return base64.urlsafe_b64encode(struct.pack(">QQ", second, first)).decode().rstrip("=")


def test_an_id_is_128_bits_of_the_kernels_random_numbers() -> None:
    made, chance = ids_and_chance()
    assert made == chance


def test_an_id_of_other_bytes_than_the_kernels_is_found_out() -> None:
    made, chance = ids_and_chance(LD_PRELOAD=preload("other_chance"))
    assert len(chance) == 100
    assert not set(made) & set(chance)


def test_ids_never_repeat_also_not_in_children(
    is_long: bool, record_property: RecordProperty
) -> None:
    count = 1_000_000 if is_long else 50_000
    run = subprocess.run(
        [sys.executable, "-c", COUNT_IDS, str(count)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr) == (f"{count}\n", "")
    record_property("ids, none twice", count + 2000)


PICKLE = """
import os, sys
from pathlib import Path
from session3.errors import CorruptError
from session3.store.DirectorySessionStore import DirectorySessionStore
directory, trap = Path(sys.argv[1]), Path(sys.argv[2])
with DirectorySessionStore(directory, create=True) as store:
    # What pickle.loads would run: os.mkdir(trap).
    (directory / "evil").write_bytes(
        b"cposix\\nmkdir\\n(V" + os.fsencode(trap) + b"\\ntR." + b" " * 8000
    )
    for strict in (False, True):
        try:
            assert store.load_session("evil", strict=strict) is None
        except CorruptError:
            pass
    assert list(store.iter_sessions()) == []
    print(sorted({"pickle", "_pickle", "shelve", "marshal"} & sys.modules.keys() - BEFORE))
"""


def test_no_stored_bytes_are_unpickled(directory: Path) -> None:
    """The binding does not even import pickle; the names that Python itself has are left out."""
    trap = directory.with_name("trap")
    script = f"import sys\nBEFORE = set(sys.modules)\n{PICKLE}"
    run = subprocess.run(
        [sys.executable, "-c", script, str(directory), str(trap)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "[]\n", run.stderr
    assert not trap.exists()
    # The trap is one.
    command = "import pickle, sys; pickle.loads(open(sys.argv[1], 'rb').read())"
    subprocess.run([sys.executable, "-c", command, str(directory / "evil")], check=True)
    assert trap.is_dir()
