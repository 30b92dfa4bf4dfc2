# SPDX-License-Identifier: MIT
"""Sessions that Flask-Session saved by cachelib go on living, if their ids are known."""

from __future__ import annotations

import hashlib
import os
import pickle
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cachelib.file import FileSystemCache
from command import Run, visit_with_c
from format1 import read_file
from old_stores import FLASK_SESSION, save_by_flask
from pickle_code import call, named, text


@pytest.fixture
def ids(tmp_path: Path) -> Callable[..., list[str]]:
    """The option that tells which ids are known."""

    def option(*known: str) -> list[str]:
        (tmp_path / "ids").write_text("".join(f"{session_id}\n" for session_id in known))
        return ["--ids", str(tmp_path / "ids")]

    return option


@pytest.mark.parametrize("version", FLASK_SESSION)
def test_a_login_whose_id_is_known_is_kept_under_it(
    old: Path,
    new: Path,
    migrate: Callable[..., Run],
    load: Callable[..., Any],
    ids: Callable[..., list[str]],
    version: str,
) -> None:
    known = save_by_flask(old, version, "login", "passing")
    done = migrate(*ids(*known.values(), "of-a-session-that-is-gone"))
    # The other is cachelib's count of its files.
    assert (done.status, done.counts) == (0, {"migrated": 2, "own": 1})
    session = load(known["login"])
    assert (session.user, session.get_persistent()) == ("17", True)
    assert session._flashes == [["message", "hello"]]
    assert session.cart[0]["seen"].timestamp() == pytest.approx(time.time(), abs=60)
    assert session.get_access_time() == pytest.approx(time.time(), abs=60)
    assert load(known["passing"]).get_persistent() is False
    stored = read_file((new / known["login"]).read_bytes(), known["login"]).payload
    assert isinstance(stored["attributes"], dict)
    assert set(stored["attributes"]) == {"_fresh", "_flashes", "csrf_token", "cart"}
    assert set(stored) == {"attributes", "persistent", "user"}
    assert visit_with_c(new, known["login"]) == [known["login"], "17", "1"]


@pytest.mark.parametrize("version", FLASK_SESSION)
def test_a_session_whose_id_is_not_known_is_counted_and_never_given_one(
    old: Path, new: Path, migrate: Callable[..., Run], ids: Callable[..., list[str]], version: str
) -> None:
    known = save_by_flask(old, version, "login", "passing")
    cause = ("its id is in no file, only a hash of it (see --ids)", "")
    done = migrate()
    assert (done.status, done.counts, done.cause) == (1, {"unknown_id": 2, "own": 1}, cause)
    done = migrate(*ids(known["login"]))
    assert done.counts == {"migrated": 1, "unknown_id": 1, "own": 1}
    assert sorted(os.listdir(new)) == [".session3", known["login"]]
    for session_id in known.values():
        assert session_id not in done.told


@pytest.mark.parametrize("version", FLASK_SESSION)
def test_what_is_expired_is_left_out(
    old: Path, migrate: Callable[..., Run], ids: Callable[..., list[str]], version: str
) -> None:
    # Whatever they hold.
    known = save_by_flask(old, version, "login", "sets", LIFE="1")
    time.sleep(2.1)
    done = migrate(*ids(*known.values()))
    assert (done.status, done.counts) == (0, {"expired": 2, "own": 1})


def test_a_cache_whose_sessions_all_ended_is_migrated_well(
    old: Path, migrate: Callable[..., Run]
) -> None:
    cache = FileSystemCache(str(old))
    cache.set("session:ended-0123456789", {"a": 1})
    cache.delete("session:ended-0123456789")
    done = migrate("--from", "flask")
    assert (done.status, done.counts) == (0, {"own": 1})


def test_another_prefix_and_other_hashes_are_found(
    old: Path, migrate: Callable[..., Run], ids: Callable[..., list[str]]
) -> None:
    for name in ("md5", "sha1", "sha256", "sha512"):
        cache = FileSystemCache(str(old), hash_method=getattr(hashlib, name), threshold=0)
        cache.set(f"shop:by-{name}-0123456789", {"a": 1})
    known = [f"by-{name}-0123456789" for name in ("md5", "sha1", "sha256", "sha512")]
    assert migrate(*ids(*known), "--key-prefix", "shop:").counts == {"migrated": 4}
    assert migrate(*ids(*known), "--from", "flask").counts == {"unknown_id": 4}


def test_a_session_that_never_expires_is_kept(
    old: Path, migrate: Callable[..., Run], ids: Callable[..., list[str]]
) -> None:
    FileSystemCache(str(old), threshold=0).set("session:for-ever-0123456789", {"a": 1}, timeout=0)
    assert migrate(*ids("for-ever-0123456789")).counts == {"migrated": 1}


def test_values_are_judged_as_those_of_any_pickle(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any], ids: Callable[..., list[str]]
) -> None:
    known = save_by_flask(old, "0.8.0", "sets")
    option = ids(*known.values())
    cause = ("a set can't be stored (--convert makes it a sorted list)", "tags")
    assert migrate(*option).cause == cause
    assert migrate(*option, "--convert").status == 0
    assert load(known["sets"]).tags == ["a", "b"]


def test_an_id_that_browsers_send_and_we_do_not_take_is_refused(
    old: Path, migrate: Callable[..., Run], ids: Callable[..., list[str]]
) -> None:
    FileSystemCache(str(old), threshold=0).set("session:an.id.with.dots", {"a": 1})
    done = migrate(*ids("an.id.with.dots"))
    assert done.cause[0].startswith("an id with other characters")
    assert "an.id.with.dots" not in done.told


SESSION_ID = "flask-0123456789"


@pytest.mark.parametrize(
    ("data", "outcome", "cause"),
    [
        (b"", "empty", None),
        (b"\x00\x00\x00", "unreadable", "no time of expiry"),
        (bytes(4) + b"\x80\x04", "unreadable", "a damaged pickle"),
        (bytes(4) + pickle.dumps(["no dict"]), "refused", "a pickle of something else than a"),
        (pickle.dumps("soon") + pickle.dumps({}), "unreadable", "a damaged pickle"),
        (pickle.dumps(10**400) + pickle.dumps({}), "unreadable", "a damaged pickle"),
        (pickle.dumps(0), "unreadable", "a damaged pickle"),
        (bytes(4) + pickle.dumps({1: 2}), "refused", "a key that is no str can't be stored"),
        (struct.pack("I", 2**32 - 1) + pickle.dumps({"a": 1j}), "refused", "builtins.complex is"),
    ],
)
def test_what_is_no_session_is_named(
    old: Path,
    migrate: Callable[..., Run],
    ids: Callable[..., list[str]],
    data: bytes,
    outcome: str,
    cause: str | None,
) -> None:
    name = hashlib.md5(f"session:{SESSION_ID}".encode()).hexdigest()
    (old / name).write_bytes(data)
    done = migrate(*ids(SESSION_ID), "--from", "flask")
    assert done.counts == {outcome: 1}
    if cause is not None:
        assert done.cause[0].startswith(cause)


@pytest.mark.parametrize("head", [bytes(4), pickle.dumps(0)])
def test_a_hostile_pickle_runs_nothing_and_is_named(
    old: Path,
    tmp_path: Path,
    migrate: Callable[..., Run],
    ids: Callable[..., list[str]],
    head: bytes,
) -> None:
    canary = tmp_path / "canary"
    run = call(named("posix", "system"), text(f"touch {canary}"))
    body = pickle.EMPTY_DICT + text("a") + run + pickle.SETITEM + pickle.STOP
    name = hashlib.sha256(f"session:{SESSION_ID}".encode()).hexdigest()
    (old / name).write_bytes(head + b"\x80\x04" + body)
    done = migrate(*ids(SESSION_ID))
    assert (done.status, done.cause) == (1, ("posix.system is not allowed", "a"))
    assert not canary.exists()
