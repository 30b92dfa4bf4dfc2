# SPDX-License-Identifier: MIT
"""A clock that jumps ends no session that is in use, and makes none live for ever."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from fake_time import SECOND, ClockedHost
from limited import E_BUSY, E_EXISTS, E_GONE, E_IO, EXPIRED, NOT_FOUND, OK, Limited
from mounts import private_mounts
from ofd_locks import lock
from proof import RecordProperty

pytestmark = pytest.mark.method("clocks")

MINUTE, HOUR, YEAR = 60, 3600, 365 * 86400
IDLE_US = 30 * MINUTE * SECOND
# Where a clock may stand: so many seconds ahead, or at a moment.
STEPS: dict[str, int] = {"+1h": HOUR, "-1h": -HOUR, "+10y": 10 * YEAR, "-10y": -10 * YEAR}
MOMENTS: dict[str, int] = {
    "1970": 0,
    "1970-and-1": 1,
    "2038": 2**31 - 1,
    "2038-and-1": 2**31,
    "2106": 2**32 - 1,
    "2106-and-1": 2**32,
}
CLOCKS = [*STEPS, *MOMENTS]


def jump(host: ClockedHost, clock: str) -> None:
    """Sets a host's clock to one of CLOCKS."""
    if clock in STEPS:
        host.set_ahead(STEPS[clock])
    else:
        host.set_to(MOMENTS[clock])


def is_ahead(clock: str) -> bool:
    return STEPS.get(clock, 0) > 0 or MOMENTS.get(clock, 0) > 1


@pytest.fixture
def host(directory: Path, tmp_path: Path) -> Iterator[ClockedHost]:
    """A C process with a store, by a clock that can be moved; it must live to the end."""
    with ClockedHost(tmp_path) as made:
        made.ok("open", directory, "create")
        yield made
        assert made.end() == 0


def create(host: Limited, count: int = 5) -> list[str]:
    """Sessions that are in use."""
    ids = [f"s{number}" for number in range(count)]
    for number, id in enumerate(ids):
        host.ok("create", id, number, 100)
    return ids


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_step_and_back_purges_nothing(
    clock: str, host: ClockedHost, record_property: RecordProperty
) -> None:
    ids = create(host, 20)
    jump(host, clock)
    assert host.now != pytest.approx(time.time() * SECOND, abs=10 * MINUTE * SECOND)
    host.set_ahead(0)
    assert host.ok("sweep", IDLE_US).words == [0, 20]
    for number, id in enumerate(ids):
        assert host.loaded(id) == (number, 100, 0)
    record_property("steps and back", 1)


@pytest.mark.parametrize("clock", CLOCKS)
def test_all_operations_but_a_sweep_leave_what_is_in_use_alone(
    clock: str, host: ClockedHost
) -> None:
    ids = create(host)
    jump(host, clock)
    for number, id in enumerate(ids):
        host.ok("hold", id)
        host.ok("save", number + 10, 200)
        host.ok("increment", id)
        host.ok("has", id)
        host.ok("load", id)
    # A touch by a wrong clock is as wrong, and no other operation's time is.
    host.ok("touch", ids[0])
    assert host.ok("iterate").words == [5, 0]
    renewed = host.ok("renew", ids[4]).told
    host.set_ahead(0)
    assert host.ok("sweep", IDLE_US).words == [0, 5]
    for number, id in enumerate([*ids[:4], renewed]):
        assert host.loaded(id) == (number + 10, 200, 1)


@pytest.mark.parametrize("clock", CLOCKS)
def test_what_was_made_and_used_by_a_wrong_clock_gets_old_again(
    clock: str, host: ClockedHost, directory: Path
) -> None:
    jump(host, clock)
    ids = create(host)
    for id in ids:
        host.ok("touch", id)
    host.set_ahead(0)
    deleted, remaining = host.ok("sweep", IDLE_US).words
    # What a clock that was behind called old is old; what is from the future is set right.
    assert (deleted, remaining) == ((0, 5) if is_ahead(clock) else (5, 0))
    for path in directory.iterdir():
        assert path.stat().st_mtime < time.time() + 2 * MINUTE
    host.set_ahead(2 * HOUR)
    assert host.ok("sweep", IDLE_US).words == [remaining, 0]


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_session_from_the_future_is_saved_and_lives_while_it_is_used(
    clock: str, host: ClockedHost
) -> None:
    jump(host, clock)
    create(host, 1)
    host.set_ahead(0)
    for step in range(6):
        host.set_ahead(step * 20 * MINUTE)
        host.ok("touch", "s0")
        host.ok("hold", "s0")
        host.ok("save", step, 100)
        host.ok("touch", "s0")
        assert host.ok("sweep", IDLE_US).words == [0, 1], step
    assert host.loaded("s0") == (5, 100, 0)


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_sweep_by_a_jumped_clock_goes_by_that_clock(clock: str, host: ClockedHost) -> None:
    create(host)
    jump(host, clock)
    assert host.ok("sweep", IDLE_US).words == ([5, 0] if is_ahead(clock) else [0, 5])
    host.ok("create", "s9", 1, 100)
    host.ok("touch", "s9")
    assert host.ok("sweep", IDLE_US).words == [0, 1 if is_ahead(clock) else 6]
    assert host.loaded("s9") == (1, 100, 0)
    # What a clock that was behind took to be of the future, and set right by itself, is old now.
    host.set_ahead(0)
    host.ok("sweep", IDLE_US)
    host.ok("create", "last", 1, 100)
    assert host.loaded("last") == (1, 100, 0)


def test_a_host_with_a_clock_ahead_and_one_behind_share_sessions(
    host: ClockedHost, directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with ClockedHost(tmp_path / "other") as other:
        other.ok("open", directory)
        host.set_ahead(10 * MINUTE)
        other.set_ahead(-10 * MINUTE)
        create(host, 1)
        for n in range(50):
            first, second = (host, other) if n % 2 else (other, host)
            first.ok("hold", "s0")
            first.ok("save", n, 100)
            first.ok("touch", "s0")
            assert second.loaded("s0")[0] == n
            assert second.ok("sweep", IDLE_US).words == [0, 1]
            assert first.ok("sweep", IDLE_US).words == [0, 1]


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_managers_limits_end_nothing_after_a_step_and_back(
    clock: str, host: ClockedHost
) -> None:
    host.ok("manager", 30 * MINUTE, 12 * HOUR, 0)
    id = logged_in(host)
    jump(host, clock)
    outcome, standing = host.ok("request", id, "read").words[:2]
    assert (outcome, standing) == ((0, EXPIRED) if is_ahead(clock) else (1, OK))
    host.set_ahead(0)
    assert host.ok("request", id, "set", 3, 100).told.split()[:2] == ["2", "0"]
    assert host.loaded(id)[:2] == (3, 100)


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_login_by_a_wrong_clock_ends_in_time(clock: str, host: ClockedHost) -> None:
    host.ok("manager", 0, 12 * HOUR, 0)
    jump(host, clock)
    id = logged_in(host)
    host.set_ahead(0)
    standing = host.ok("request", id, "read").words[1]
    # A login of the future counts as one at present; the lifetime of one of the past may be over.
    assert standing == (EXPIRED if STEPS.get(clock, -YEAR) < -HOUR and not is_ahead(clock) else OK)


@pytest.mark.parametrize("clock", ["now", *CLOCKS])
def test_a_cookie_expires_when_it_should_in_any_year(clock: str, host: ClockedHost) -> None:
    host.ok("manager", 0, 0, 1)
    if clock != "now":
        jump(host, clock)
    told = host.ok("request", "-", "login").told
    parts = dict(part.partition("=")[::2] for part in told.split("; ")[1:])
    moment = parsedate_to_datetime(parts["Expires"]).timestamp()
    assert int(parts["Max-Age"]) == 30 * 86400
    assert moment - int(parts["Max-Age"]) == pytest.approx(host.now / SECOND, abs=30)


def logged_in(host: ClockedHost) -> str:
    """The id that a new browser has after a login."""
    told = host.ok("request", "-", "login").told
    return told.partition("session3=")[2].partition(";")[0]


@pytest.mark.parametrize("clock", CLOCKS)
def test_times_are_told_as_the_clock_told_them(clock: str, host: ClockedHost) -> None:
    jump(host, clock)
    before = host.now
    host.ok("create", "a", 1, 10)
    host.ok("touch", "a")
    created, accessed = host.ok("load", "a").words[3:]
    assert 0 <= before <= created <= accessed <= host.now


@pytest.mark.parametrize("clock", ["+10y", "-10y"])
def test_a_step_neither_cuts_nor_prolongs_the_wait_for_a_lock(
    clock: str, host: ClockedHost, directory: Path
) -> None:
    create(host, 1)
    host.ok("open", directory, "impatient")
    file = os.open(directory / "s0", os.O_RDWR)
    try:
        lock(file)
        begun = time.monotonic()
        host.tell("increment", "s0")
        # By then it waits.
        time.sleep(0.1)
        jump(host, clock)
        assert host.answer().status == E_BUSY
        assert 0.4 < time.monotonic() - begun < 60
    finally:
        os.close(file)
    host.ok("increment", "s0")


def test_clocks_that_jump_about_lose_no_change_and_leave_nothing_immortal(
    host: ClockedHost,
    directory: Path,
    tmp_path: Path,
    is_long: bool,
    seed: int,
    record_property: RecordProperty,
) -> None:
    chance = random.Random(seed)
    held = {id: (number, 100, 0) for number, id in enumerate(create(host))}
    steps = 20_000 if is_long else 500
    (tmp_path / "other").mkdir()
    with ClockedHost(tmp_path / "other") as other:
        other.ok("open", directory)
        for step in range(steps):
            acting = chance.choice((host, other))
            acting.set_to(chance.choice((chance.randrange(2**33), int(time.time()))))
            act_by_chance(acting, chance, held, step)
        other.set_ahead(0)
        host.set_ahead(0)
        for id, session in held.items():
            assert other.loaded(id) == session
            host.ok("touch", id)
        assert other.ok("sweep", IDLE_US).words == [0, len(held)]
        other.set_ahead(2 * HOUR)
        assert other.ok("sweep", IDLE_US).words == [len(held), 0]
    record_property("operations by clocks that jump about", steps)


def act_by_chance(
    host: ClockedHost, chance: random.Random, held: dict[str, tuple[int, int, int]], n: int
) -> None:
    """One operation, which must find what the one before left."""
    id = chance.choice(sorted(held))
    assert host.loaded(id) == held[id]
    operation = chance.choice(("save", "increment", "touch", "renew"))
    if operation == "save":
        host.ok("hold", id)
        host.ok("save", n, 100)
        held[id] = (n, 100, held[id][2])
        return
    told = host.ok(operation, id).told
    if operation == "increment":
        held[id] = (*held[id][:2], held[id][2] + 1)
    elif operation == "renew":
        held[told] = held.pop(id)


def test_where_files_have_no_times_after_2038_sessions_count_from_their_creation(
    tmp_path: Path,
) -> None:
    after = (2**31 + YEAR) * SECOND
    with private_mounts() as mounts, Limited() as host:
        root = mounts.image("ext4", tmp_path / "disk", made_with=["-I", "128"])
        host.ok("clock", after)
        host.ok("open", root / "sessions", "create", "clock")
        create(host)
        for minutes in (10, 20, 30):
            host.ok("clock", after + minutes * MINUTE * SECOND)
            host.ok("touch", "s0")
            host.ok("hold", "s1")
            host.ok("save", minutes, 100)
            assert host.ok("sweep", IDLE_US).words == [0, 5]
        assert host.loaded("s1") == (30, 100, 0)
        host.ok("clock", after + 31 * MINUTE * SECOND)
        assert host.ok("sweep", IDLE_US).words == [5, 0]


EXTREMES = [-(2**63), -(2**63) + 1, -(10**15), -1, 0, 1, 2**53, 2**62, 2**63 - 2, 2**63 - 1]


def test_the_ends_of_an_injected_clock_trap_nowhere(
    directory: Path, is_long: bool, record_property: RecordProperty
) -> None:
    present = 1_700_000_000 * SECOND
    with Limited() as host:
        host.ok("clock", present)
        host.ok("open", directory, "create", "clock")
        host.ok("manager", 1800, 43200, 1)
        create(host)
        pairs = [(first, second) for first in EXTREMES for second in EXTREMES]
        for number, (first, second) in enumerate(pairs):
            host.ok("clock", first)
            session_of_a_moment(host, f"x{number}")
            host.ok("clock", second)
            session_of_a_moment(host, f"x{number}")
            host.ok("clock", present)
            for n in range(5):
                assert host.loaded(f"s{n}") == (n, 100, 0)
        host.ok("clock", present)
        for id in [path.name for path in directory.iterdir() if path.name[0] != "."]:
            assert host("load", id).status == OK
            assert host("accessed", id, present).status == OK
        assert host.ok("sweep", IDLE_US).words[0] == 0
        record_property("pairs of extreme moments", len(pairs))
        assert host.end() == 0


def session_of_a_moment(host: Limited, id: str) -> None:
    """Each operation once, at whatever moment it is; the file system may refuse the time."""
    allowed = (OK, E_IO)
    assert host("create", id, 1, 10).status in (*allowed, E_EXISTS)
    for command in (["hold", id], ["save", 2, 20], ["touch", id], ["increment", id], ["load", id]):
        assert host(*command).status in (*allowed, NOT_FOUND, E_GONE), command
    for command in (["iterate"], ["request", id, "read"], ["request", id, "set", 2, 30]):
        assert host(*command).status in (*allowed, EXPIRED), command
    assert host("sweep", 2**63 - 1).status in allowed
