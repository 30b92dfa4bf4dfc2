# SPDX-License-Identifier: MIT
"""Limits and missing rights: what is refused is refused truthfully, and changes nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from errno import EFBIG, EMFILE, ENOMEM
from pathlib import Path

import pytest
from keeping import keeping_descriptors
from ledger import Ledger, Session
from limited import E_CORRUPT, E_IO, E_NOMEM, NOT_FOUND, Answer, Died, Limited
from proof import RecordProperty

pytestmark = pytest.mark.method("limits")


# Descriptors


@pytest.mark.parametrize("opens", ["before", "after"])
def test_with_few_descriptors_operations_work_or_are_refused(
    opens: str, directory: Path, record_property: RecordProperty
) -> None:
    ledger = Ledger.set_up(directory, EMFILE)
    for count in range(3, 41):
        with Limited() as host:
            if opens == "before":
                host.ok("open", directory)
            before = host.descriptors
            host.ok("limit", "nofile", count)
            if opens == "before" or ledger.judge(host("open", directory)):
                ledger.play(host)
                # The store's own descriptor, and no other.
                assert host.descriptors == before + (opens == "after")
            else:
                assert host.descriptors == before
            host.ok("close")
            assert host.descriptors == before - (opens == "before")
            assert host.end() == 0
        ledger.check()
    assert ledger.refused
    assert ledger.done
    record_property("operations with few descriptors", ledger.done + ledger.refused)
    record_property("refused with EMFILE", ledger.refused)


def test_a_descriptor_that_is_kept_is_found_out(directory: Path) -> None:
    """The check is one that fails."""
    with Limited() as host:
        with pytest.raises(AssertionError), keeping_descriptors(host):
            host.ok("open", directory, "create")
        with keeping_descriptors(host):
            host.ok("create", "a", 1, 100)


@pytest.mark.parametrize("refusal", [Answer(E_NOMEM, 0, ""), Answer(E_IO, ENOMEM, "")], ids=str)
def test_want_of_memory_is_no_excuse_for_want_of_descriptors(
    refusal: Answer, directory: Path
) -> None:
    """The check is one that fails."""
    with pytest.raises(AssertionError):
        Ledger(directory, [EMFILE]).judge(refusal)
    assert not Ledger(directory, [ENOMEM]).judge(refusal)


def test_a_request_without_descriptors_answers_so_and_the_next_one_works(directory: Path) -> None:
    with Limited() as host:
        host.ok("open", directory, "create")
        host.ok("manager", 0, 0, 0)
        id = host.ok("request", "-", "set", 1, 10).told.partition("session3=")[2].partition(";")[0]
        host.ok("limit", "nofile", 3)
        assert host("request", id, "set", 2, 10).failed_by(EMFILE)
        assert host("request", "-", "set", 2, 10).failed_by(EMFILE)
        host.ok("limit", "nofile", "none")
        assert host.loaded(id) == (1, 10, 0)
        host.ok("request", id, "set", 3, 10)
        assert host.loaded(id) == (3, 10, 0)


# File sizes


def sizes(is_long: bool) -> list[int]:
    """Limits that cut every part of a file: header, slots, growth."""
    steps = range(0, 20_481, 512 if is_long else 2048)
    odd = [1, 31, 32, 511, 513, 543, 2047, 2049, 4095, 4097, 8191]
    return sorted({*steps, *odd, *(range(500, 4200, 37) if is_long else ())})


@pytest.mark.parametrize("opens", ["before", "after"])
def test_beyond_the_largest_file_size_operations_are_refused_where_the_signal_is_ignored(
    opens: str, directory: Path, is_long: bool, record_property: RecordProperty
) -> None:
    ledger = Ledger.set_up(directory, EFBIG)
    for size in sizes(is_long):
        with Limited() as host:
            host.ok("ignore-sigxfsz")
            if opens == "before":
                host.ok("open", directory)
            host.ok("limit", "fsize", size)
            if opens == "after":
                host.ok("open", directory)
            with keeping_descriptors(host):
                ledger.play(host)
        ledger.check()
    assert ledger.refused
    assert ledger.done
    record_property("operations under a file size limit", ledger.done + ledger.refused)
    record_property("refused with EFBIG", ledger.refused)


@pytest.mark.parametrize(
    "command", [["create", "new", 1, 100], ["save", 1, 100], ["save", 1, 9000], ["increment", "a"]]
)
def test_the_signal_of_the_largest_file_size_ends_a_host_and_no_session(
    command: list[object], directory: Path
) -> None:
    with Limited() as other:
        other.ok("open", directory, "create")
        other.ok("create", "a", 0, 100)
        with Limited() as host:
            host.ok("open", directory)
            host.ok("hold", "a")
            host.ok("limit", "fsize", 600)
            with pytest.raises(Died) as died:
                host(*map(str, command))
            assert died.value.code == -signal.SIGXFSZ
        # It died in the midst of a write, like one that was killed: nobody is in the way of others.
        assert other.loaded("a") == (0, 100, 0)
        # A creation that was cut leaves a file that is no session, of which nobody knows the id.
        assert other("load", "new").status in (NOT_FOUND, E_CORRUPT)
        other.ok("create", "next", 2, 100)
        other.ok("hold", "a")
        other.ok("save", 3, 9000)
    for name in {*os.listdir(directory)} - {".session3", "a", "next"}:
        os.utime(directory / name, (1e9, 1e9))
    with Limited() as other:
        other.ok("open", directory)
        assert other.ok("sweep", 3_600_000_000).words[1] == 2
        assert other.ok("iterate").words == [2, 0]
        assert sorted(os.listdir(directory)) == [".session3", "a", "next"]


@pytest.mark.parametrize("size", [0, 1, 63])
def test_a_store_is_not_set_up_under_a_file_size_limit(size: int, directory: Path) -> None:
    with Limited() as host:
        host.ok("ignore-sigxfsz")
        host.ok("limit", "fsize", size)
        before = host.descriptors
        assert host("open", directory, "create").failed_by(EFBIG)
        assert os.listdir(directory) == []
        assert host.descriptors == before
        host.ok("limit", "fsize", "none")
        host.ok("open", directory)
        host.ok("create", "a", 1, 10)


# Memory


def test_with_little_memory_a_host_ends_or_is_refused_and_no_session_is_harmed(
    directory: Path, is_long: bool, record_property: RecordProperty
) -> None:
    ledger = Ledger.set_up(directory, ENOMEM)
    ended = 0
    for spare in range(0, 1 << 20, (1 << 14) if is_long else (1 << 17)):
        with Limited() as host:
            host.ok("open", directory)
            pages = int(Path(f"/proc/{host.process.pid}/statm").read_text().split()[0])
            host.ok("limit", "as", pages * os.sysconf("SC_PAGE_SIZE") + spare)
            try:
                ledger.play(host, growth=900_000)
            except Died:
                ended += 1
                ledger.settle(as_found(directory))
        ledger.check()
    assert ledger.refused
    record_property("operations with little memory", ledger.done + ledger.refused)
    record_property("refused for want of memory", ledger.refused)
    record_property("hosts ended by want of memory", ended)


# What is done without memory, and what it makes of the session that it is done to.
COMMANDS: dict[str, Callable[[Session], Session | None]] = {
    "load {}": lambda session: session,
    "hold {}": lambda session: session,
    "increment {}": lambda session: (*session[:2], session[2] + 1),
    "touch {}": lambda session: session,
    "delete {}": lambda _: None,
    "iterate": lambda session: session,
    "sweep 3600000000": lambda session: session,
    "request {} set 2 100": lambda session: (2, 100, session[2]),
}


def test_without_any_memory_a_host_ends_or_is_refused_and_no_session_is_harmed(
    directory: Path, is_long: bool, record_property: RecordProperty
) -> None:
    ledger = Ledger.set_up(directory, ENOMEM)
    codes: list[int] = []
    for spare in (0, 1, 2, 4, 8, 16, 32, 64, 128, 256) if is_long else (0, 4, 16, 64):
        for command in ("create", "renew", *COMMANDS):
            id = min(ledger.sessions)
            with Limited() as host:
                host.ok("open", directory)
                host.ok("manager", 0, 0, 0)
                host.ok("limit", "as", 1)
                host.ok("hoard", spare)
                try:
                    if command == "create":
                        ledger.create(host, 3000)
                    elif command == "renew":
                        ledger.renew(host, id)
                    else:
                        after = COMMANDS[command](ledger.sessions[id])
                        ledger.change(host, id, after, command.format(id))
                except Died as died:
                    codes.append(died.code)
                    ledger.settle(as_found(directory))
            ledger.check()
    # Of its own accord, not for having used what it was not given.
    assert {*codes} <= {-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT}
    assert ledger.refused
    record_property("hosts ended by want of memory", len(codes))
    record_property("refused for want of memory", ledger.refused)


def take_away(path: Path, before: bytes) -> None:
    """A session is lost."""
    path.unlink()


def set_back(path: Path, before: bytes) -> None:
    """What was acknowledged is lost."""
    path.write_bytes(before)


def bring_in(path: Path, before: bytes) -> None:
    """A session is there that nobody made."""
    with Limited() as host:
        host.ok("open", path.parent)
        host.ok("create", "stranger", 1, 100)


@pytest.mark.parametrize("fault", [take_away, set_back, bring_in])
def test_what_a_dead_host_took_along_is_found_out(
    fault: Callable[[Path, bytes], None], directory: Path
) -> None:
    """The check is one that fails."""
    ledger = Ledger.set_up(directory)
    before = (directory / "s2").read_bytes()
    with Limited() as host:
        host.ok("open", directory)
        ledger.increment(host, "s2")
        host.process.kill()
        with pytest.raises(Died):
            ledger.delete(host, "s1")
    ledger.settle(as_found(directory))
    fault(directory / "s2", before)
    found = as_found(directory)
    with pytest.raises(AssertionError):
        ledger.settle(found)


def test_a_session_that_a_dead_host_renewed_and_lost_is_found_out(directory: Path) -> None:
    """The check is one that fails."""
    ledger = Ledger.set_up(directory)
    with Limited() as host:
        host.ok("open", directory)
        host.process.kill()
        with pytest.raises(Died):
            ledger.renew(host, "s1")
    (directory / "s1").unlink()
    found = as_found(directory)
    with pytest.raises(AssertionError):
        ledger.settle(found)


def as_found(directory: Path) -> dict[str, tuple[int, int, int]]:
    """What is there after a host ended in the midst of an operation, all of it whole; what it left
    besides goes with the sweep."""
    found = {}
    with Limited() as host:
        host.ok("open", directory)
        for name in sorted(os.listdir(directory)):
            if name.startswith(".grow-"):
                os.utime(directory / name, (1e9, 1e9))
            elif not name.startswith("."):
                found[name] = host.loaded(name)
        host.ok("sweep", 2**63 - 1)
    return found
