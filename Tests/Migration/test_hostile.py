# SPDX-License-Identifier: MIT
"""A hostile pickle is refused and named; it runs nothing, and takes neither time nor memory."""

from __future__ import annotations

import json
import os
import pickle
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from pickle import (
    APPENDS,
    BUILD,
    EMPTY_DICT,
    EMPTY_TUPLE,
    GLOBAL,
    MARK,
    NEWOBJ,
    NONE,
    POP,
    PROTO,
    REDUCE,
    SETITEM,
    STOP,
    TUPLE1,
    TUPLE2,
)

import pytest
from command import COMMAND, Run, environment
from pickle_code import call, get, list_of, long_text, named, put, text
from session3.errors import OutOfMemoryError
from session3.migrate._writer import NewStore
from session3_pickles import session_pickle

ID = "hostile-0123456789"
SESSION = GLOBAL + b"session3.Session\nSession\n" + EMPTY_TUPLE + NEWOBJ
HEAD = PROTO + b"\x04"


def as_user(value: bytes, head: bytes = HEAD) -> bytes:
    """A session whose user is what some opcodes make."""
    return head + SESSION + EMPTY_DICT + text("user") + value + SETITEM + BUILD + STOP


def touching(canary: str) -> dict[str, bytes]:
    """Pickles that make a file, each in another way, if they are unpickled."""
    system = GLOBAL + b"posix\nsystem\n"
    command = text(f"touch {canary}")
    run = call(system, command)
    code = text(f"open({canary!r}, 'w')")
    reached = call(named("builtins", "getattr"), named("os", "path"), text("os"))
    return {
        "reduce": as_user(run),
        "before the session": HEAD + run + POP + SESSION + STOP,
        "in place of the session": HEAD + run + STOP,
        "dropped with a mark": HEAD + MARK + run + pickle.POP_MARK + SESSION + STOP,
        "as a state": HEAD + SESSION + run + BUILD + STOP,
        "as a key": as_user(EMPTY_DICT + run + NONE + SETITEM),
        "as an element": as_user(pickle.EMPTY_SET + MARK + run + pickle.ADDITEMS),
        "eval": as_user(call(named("builtins", "eval"), code)),
        "exec": as_user(call(named("builtins", "exec"), code)),
        "python 2's module": as_user(call(GLOBAL + b"__builtin__\neval\n", code), PROTO + b"\x02"),
        "dotted name": as_user(call(named("os", "path.os.system"), command)),
        "dotted name of a known module": as_user(
            call(named("datetime", "sys.modules.get"), text("os"))
        ),
        "getattr": as_user(
            call(call(named("builtins", "getattr"), reached, text("system")), command)
        ),
        "getattr of a known class": as_user(
            call(call(named("builtins", "getattr"), SESSION, text("__class__")))
        ),
        "inst": HEAD + MARK + command + pickle.INST + b"os\nsystem\n" + STOP,
        "obj": HEAD + MARK + system + command + pickle.OBJ + STOP,
        "newobj": as_user(named("subprocess", "Popen") + command + TUPLE1 + NEWOBJ),
        "newobj_ex": as_user(
            named("subprocess", "Popen")
            + EMPTY_TUPLE
            + EMPTY_DICT
            + text("args")
            + command
            + SETITEM
            + pickle.NEWOBJ_EX
        ),
        "build with slots": as_user(
            named("session3.Session", "Session")
            + NONE
            + EMPTY_DICT
            + text("__setstate__")
            + system
            + SETITEM
            + TUPLE2
            + BUILD
        ),
        "setstate": HEAD
        + SESSION
        + EMPTY_DICT
        + text("__setstate__")
        + system
        + SETITEM
        + BUILD
        + command
        + BUILD
        + STOP,
        "reconstructor": as_user(call(named("copyreg", "_reconstructor"), system, system, command)),
        "reconstructor of an int": as_user(
            call(
                named("copyreg", "_reconstructor"),
                named("subprocess", "Popen"),
                named("builtins", "object"),
                NONE,
            )
        ),
        "newobj function": as_user(call(named("copyreg", "__newobj__"), system, command)),
        "getattr thrown away": HEAD
        + call(named("builtins", "getattr"), named("datetime", "datetime"), text("__base__"))
        + POP
        + SESSION
        + STOP,
        "partial": as_user(call(call(named("functools", "partial"), system, command))),
        "codec": as_user(call(named("_codecs", "encode"), run, text("latin1"))),
        "codec of another name": as_user(
            call(named("_codecs", "encode"), text("x"), text("rot13"))
        ),
        "datetime of a call": as_user(call(named("datetime", "datetime"), run)),
        "default factory": as_user(call(named("collections", "defaultdict"), system)),
        "time zone": as_user(
            call(
                named("datetime", "datetime"),
                pickle.SHORT_BINBYTES + b"\x0a\x07\xe8\x05\x06\x07\x08\x09\x00\x00\x00",
                run,
            )
        ),
        "import of a module": as_user(named("antigravity", "webbrowser")),
        "append of an instance": as_user(system + MARK + command + APPENDS),
    }


NAMES = list(touching("canary"))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_it_runs_and_it_is_named(
    old: Path, new: Path, tmp_path: Path, migrate: Callable[..., Run], name: str
) -> None:
    canary = tmp_path / "canary"
    (old / ID).write_bytes(touching(str(canary))[name])
    done = migrate("--from", "session3", "--convert")
    assert not canary.exists()
    assert done.status == 1
    assert done.count("refused") + done.count("unreadable") == 1
    (left,) = done.report["left"]
    assert left["inode"] == os.stat(old / ID).st_ino
    assert left["session"]
    assert os.listdir(new) == [".session3"]


RUNNING = [
    *("reduce", "before the session", "dropped with a mark", "as a state", "as a key"),
    *("eval", "exec", "python 2's module", "dotted name", "getattr", "inst", "obj"),
    *("setstate", "partial", "codec", "datetime of a call", "time zone"),
]


@pytest.mark.parametrize("name", RUNNING)
def test_these_do_run_where_they_are_unpickled(tmp_path: Path, name: str) -> None:
    canary = tmp_path / "canary"
    script = "import pickle, os, subprocess, sys\npickle.loads(sys.stdin.buffer.read())"
    subprocess.run(
        [sys.executable, "-c", script],
        input=touching(str(canary))[name],
        env=environment(),
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert canary.exists()


def test_the_function_is_named_with_its_place(old: Path, migrate: Callable[..., Run]) -> None:
    (old / ID).write_bytes(touching("canary")["reduce"])
    assert migrate().cause == ("posix.system is not allowed", "user")


def test_the_function_is_named_where_the_session_does_not_hold_its_result(
    old: Path, migrate: Callable[..., Run]
) -> None:
    (old / ID).write_bytes(touching("canary")["before the session"])
    assert migrate().cause == ("posix.system is not allowed", "")


def test_the_name_of_a_function_shows_no_control_characters(
    old: Path, migrate: Callable[..., Run]
) -> None:
    (old / ID).write_bytes(as_user(named("\x1b[2J\n", "evil")))
    done = migrate()
    assert done.cause == (r"\x1b[2J\n.evil is not allowed", "user")
    assert "\x1b" not in done.told


@pytest.mark.parametrize(
    ("opcodes", "cause"),
    [
        (pickle.PERSID + b"an id\n", "a pickle that uses PERSID"),
        (text("an id") + pickle.BINPERSID, "a pickle that uses BINPERSID"),
        (pickle.EXT1 + b"\x01", "a pickle that uses EXT1"),
        (pickle.EXT2 + b"\x01\x00", "a pickle that uses EXT2"),
        (pickle.EXT4 + b"\x01\x00\x00\x00", "a pickle that uses EXT4"),
        (pickle.NEXT_BUFFER, "a pickle that uses NEXT_BUFFER"),
        (
            long_text("m" * 500) + long_text("n" * 501) + pickle.STACK_GLOBAL,
            "a pickle with a name of more than 1000 characters",
        ),
        (text("x") + EMPTY_TUPLE + REDUCE, "a pickle that calls what has no name"),
        (EMPTY_DICT + EMPTY_DICT + BUILD, "a pickle that sets the state of what is no instance"),
    ],
)
def test_opcodes_that_no_session_needs_are_refused(
    old: Path, migrate: Callable[..., Run], opcodes: bytes, cause: str
) -> None:
    (old / ID).write_bytes(as_user(opcodes))
    assert migrate().cause == (cause, "")


def test_an_allowed_class_is_not_imported(
    old: Path, tmp_path: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    (tmp_path / "own_program.py").write_text(f"open({str(canary)!r}, 'w')\nclass Session: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (old / ID).write_bytes(session_pickle({"id": ID, "user": "ann"}, "own_program Session"))
    assert migrate("--allow-class", "own_program.Session").status == 0
    assert not canary.exists()


def test_an_allowed_class_is_not_one_that_may_be_called(
    old: Path, migrate: Callable[..., Run]
) -> None:
    (old / ID).write_bytes(as_user(call(named("shop", "Customer"), text("x"))))
    done = migrate("--allow-class", "shop.Customer")
    assert done.cause == ("an instance of shop.Customer that is more than attributes", "user")


def laughing(depth: int) -> bytes:
    """A list that holds one list twice, which holds one twice, and so on."""
    level = text("lol") + pickle.BINPUT + b"\x00" + POP
    for number in range(depth):
        get = pickle.BINGET + bytes([number])
        level += pickle.EMPTY_LIST + MARK + get * 2 + APPENDS
        level += pickle.BINPUT + bytes([number + 1]) + POP
    return level + pickle.BINGET + bytes([depth])


def tupled(depth: int) -> bytes:
    """The same of tuples, whose hash would take as long."""
    return EMPTY_TUPLE + (pickle.DUP + TUPLE2) * depth


LONG = long_text("x" * 300_000 + "\N{GRINNING FACE}")
"""Of four bytes a character where it is copied."""


def behind_a_long_key(*last: bytes) -> bytes:
    """A long list whose elements' paths are long."""
    items = NONE * (700_000 - len(b"".join(last))) + b"".join(last)
    return EMPTY_DICT + LONG + list_of(items) + SETITEM


def shared_instance(states: int, uses: int) -> bytes:
    """A list that holds an instance often, whose state was often set."""
    state = EMPTY_DICT + text("int") + pickle.BININT1 + b"\x05" + SETITEM + BUILD
    made = named("uuid", "UUID") + EMPTY_TUPLE + NEWOBJ + state + (NONE + BUILD) * states
    return made + put(0) + list_of(get(0) * uses)


def encoded_often(times: int) -> bytes:
    """A list of bytes, as protocols of old have them, all of one text."""
    arguments = long_text("x" * 500_000) + text("latin1") + TUPLE2
    head = named("_codecs", "encode") + put(0) + arguments + put(1)
    return head + list_of((get(0) + get(1) + REDUCE) * times)


def called_often(arguments: int, times: int, then: bytes = b"") -> bytes:
    """A class that is called often, always with the same many arguments."""
    shared = MARK + named("uuid", "UUID") + NONE * arguments + pickle.TUPLE + put(1)
    head = named("copyreg", "__newobj__") + put(0) + shared
    return head + list_of((get(0) + get(1) + REDUCE + then) * times)


def ordered_in_itself(pairs: int) -> bytes:
    """An OrderedDict that is made of a long list in which it is again."""
    pair = text("a") + NONE + TUPLE2 + put(1)
    inner = text("b") + call(named("collections", "OrderedDict"), get(0)) + TUPLE2
    made = pickle.EMPTY_LIST + put(0) + get(0) + MARK + inner + get(1) * pairs + APPENDS
    return pair + call(named("collections", "OrderedDict"), made)


BOMBS: dict[str, bytes] = {
    "billion laughs": laughing(28),
    "shared text": pickle.BINUNICODE + struct.pack("<I", 60_000) + b"x" * 60_000
    + pickle.BINPUT + b"\x00" + POP + pickle.EMPTY_LIST + MARK
    + (pickle.BINGET + b"\x00") * 120_000 + APPENDS,
    "shared text that is encoded": encoded_often(80_000),
    "shared name": LONG + put(0) + (get(0) * 2 + pickle.STACK_GLOBAL + POP) * 110_000 + NONE,
    "shared instance": shared_instance(100_000, 300_000),
    "shared arguments": called_often(40_000, 8_000),
    "shared arguments, one by one": called_often(300_000, 110_000, POP),
    "ordered in itself": ordered_in_itself(480_000),
    "shared call": call(named("builtins", "bytearray"), b"C\x01x", NONE * 300_000) + put(0)
    + list_of(get(0) * 300_000),
    "long key": behind_a_long_key(),
    "long key before an int beyond 64 bits": behind_a_long_key(b"\x8a\x09" + b"\x7f" * 9),
    "long key before a lone surrogate": behind_a_long_key(b"\x8c\x03\xed\xa0\x80"),
    "long key before a key of one": behind_a_long_key(
        EMPTY_DICT + b"\x8c\x03\xed\xa0\x80" + NONE + SETITEM
    ),
    "long key before a time beyond those of UTC": behind_a_long_key(
        call(
            named("datetime", "datetime"),
            pickle.SHORT_BINBYTES + b"\x0a\x00\x01\x01\x01" + bytes(6),
            call(
                named("datetime", "timezone"),
                call(named("datetime", "timedelta"), b"K\x00" + b"K\x3c" + b"K\x00"),
            ),
        )
    ),
    "shared state": SESSION + pickle.BINPUT + b"\x01" + POP + EMPTY_DICT + MARK
    + b"".join(pickle.SHORT_BINUNICODE + b"\x04%04x" % i + NONE for i in range(20_000))
    + pickle.SETITEMS + pickle.BINPUT + b"\x00" + POP + pickle.BINGET + b"\x01"
    + (pickle.BINGET + b"\x00" + BUILD) * 60_000,
    "nested lists": pickle.EMPTY_LIST * 120_000 + pickle.APPEND * 119_999,
    "nested tuples": EMPTY_TUPLE + TUPLE1 * 250_000,
    "nested dicts": (EMPTY_DICT + text("a")) * 50_000 + NONE + SETITEM * 50_000,
    "nested instances": (SESSION[:-2] + EMPTY_TUPLE + NEWOBJ) * 20_000
    + BUILD * 19_999,
    "hash of a nested tuple": EMPTY_DICT + EMPTY_TUPLE + TUPLE1 * 250_000 + NONE + SETITEM,
    "hash of a shared tuple": EMPTY_DICT + tupled(60) + NONE + SETITEM,
    "set of a shared tuple": pickle.EMPTY_SET + MARK + tupled(60) + pickle.ADDITEMS,
    "marks": MARK * 250_000,
    "memo at the end": NONE + pickle.LONG_BINPUT + b"\xff\xff\xff\x7f",
    "huge text": pickle.BINUNICODE8 + struct.pack("<Q", 1 << 62),
    "huge bytes": pickle.BINBYTES8 + struct.pack("<Q", 1 << 40),
    "huge bytearray": pickle.BYTEARRAY8 + struct.pack("<Q", 1 << 40),
    "huge frame": pickle.FRAME + struct.pack("<Q", 1 << 62) + NONE,
    "huge int": pickle.LONG4 + struct.pack("<i", 1_000_000) + b"\x7f" * 1_000_000,
    "negative int": pickle.LONG4 + struct.pack("<i", -1),
    "decimal int": pickle.LONG + b"9" * 1_000_000 + b"L\n",
    "decimal memo": NONE + pickle.PUT + b"9" * 1_000_000 + b"\n",
    "decimal": call(named("decimal", "Decimal"), pickle.BINUNICODE + struct.pack("<I", 900_000)
                    + b"9" * 900_000),
    "large exponent": call(named("decimal", "Decimal"), text("1E+999999999999999999")),
    "duplicates": NONE + pickle.DUP * 250_000,
    "only stop": b"",
}  # fmt: skip


HARMLESS = {"memo at the end", "huge frame", "decimal", "large exponent", "long key"}
"""Those that hold a session, which is taken."""


@pytest.mark.parametrize("name", BOMBS)
def test_no_bomb_takes_time_or_memory(old: Path, new: Path, tmp_path: Path, name: str) -> None:
    (old / ID).write_bytes(as_user(BOMBS[name]))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
        # In seconds of a processor, of which the slowest takes one.
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    done = subprocess.run(
        [*COMMAND, str(old), str(new), "--from", "session3", "--convert"],
        env=environment(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    if name in HARMLESS:
        assert done.returncode == 0, done.stdout
    else:
        assert done.returncode == 1, done.stdout
        assert "1  refused" in done.stdout or "1  unreadable" in done.stdout
        assert "more memory than there is" not in done.stdout


def test_a_file_that_takes_all_memory_does_not_keep_the_others(
    old: Path, new: Path, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        state = {"id": f"{name}-0123456789", "user": "ann"}
        (old / f"{name}-0123456789").write_bytes(session_pickle(state))
    with (old / ID).open("wb") as file:
        file.truncate(1 << 30)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))

    report = tmp_path / "report"
    done = subprocess.run(
        [*COMMAND, str(old), str(new), "--maximum-size", str(1 << 30), "--report", str(report)],
        env=environment(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    counts = json.loads(report.read_text())["counts"]
    assert (counts["migrated"], counts["refused"]) == (2, 1)
    assert "1  more memory than there is" in done.stdout


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (RecursionError(), "nested too deep"),
        (OutOfMemoryError("out of memory"), "more memory than there is"),
    ],
)
def test_nor_does_one_that_takes_all_of_the_stack_or_of_the_store_s_memory(
    old: Path,
    migrate: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    cause: str,
) -> None:
    def fail(*_: object) -> None:
        raise error

    (old / ID).write_bytes(session_pickle({"id": ID}))
    monkeypatch.setattr(NewStore, "add", fail)
    done = migrate()
    assert (done.status, done.cause) == (1, (cause, ""))


def test_a_file_is_not_read_beyond_the_maximum(old: Path, migrate: Callable[..., Run]) -> None:
    with (old / ID).open("wb") as file:
        file.truncate(1 << 40)
    assert migrate("--from", "session3").cause == ("larger than 1048576 bytes", "")
    (old / ID).write_bytes(session_pickle({"id": ID, "text": "x" * 100}))
    assert migrate("--from", "session3", "--maximum-size", "100").cause == (
        "larger than 100 bytes",
        "",
    )
    assert migrate("--maximum-size", "1000").status == 0
