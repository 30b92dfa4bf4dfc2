# SPDX-License-Identifier: MIT
"""PHP's session functions, from session_start to session_gc."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from format1_golden import GOOD, index
from php import Php
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore


def sessions(directory: Path) -> set[str]:
    """The ids of all that is stored."""
    return {path.name for path in directory.iterdir() if not path.name.startswith(".")}


def place_old(directory: Path, file: str, age: float) -> str:
    """Puts a session there that was made long ago, and used so many seconds ago; its id."""
    [entry] = [entry for entry in index(GOOD) if entry["file"] == file]
    directory.mkdir(exist_ok=True)
    path = shutil.copyfile(GOOD / file, directory / entry["id"])
    os.utime(path, (time.time() - age,) * 2)
    return str(entry["id"])


def test_a_session_is_stored_at_the_end_of_the_script(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.ask("visit(); $_SESSION['k'] = 1; tell(session_id());")
    assert store.load_session(session).data == {"k": 1}


def test_a_session_is_stored_at_the_end_of_a_script_that_fails(
    php: Php, store: DirectorySessionStore
) -> None:
    process = php.start(
        "visit(); $_SESSION['k'] = 1; tell(session_id()); ini_set('memory_limit', '4M');"
        "str_repeat('x', 100_000_000);"
    )
    output, errors = process.communicate()
    assert "Allowed memory size" in errors
    assert store.load_session(output.strip().strip('"')).data == {"k": 1}


def test_a_visitor_keeps_the_id_without_anything_stored_in_the_session(php: Php) -> None:
    session = php.create()
    assert sessions(php.directory) == {session}
    assert php.ask("tell([visit($argv[1]), $_SESSION]);", session) == [True, []]


def test_session_destroy_deletes_the_session(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    assert php.ask("visit($argv[1]); tell(session_destroy());", session) is True
    assert sessions(php.directory) == set()
    found, again = php.ask("$known = visit($argv[1]); tell([$known, session_id()]);", session)
    assert not found
    assert again != session


def test_session_destroy_in_a_handler_of_errors_of_regenerate_is_a_logout(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    told = php.ask(
        "visit($argv[1]); fwrite(fopen('php://output', 'w'), ' '); flush();"
        "set_error_handler(fn() => session_destroy()); session_regenerate_id(true);"
        "tell(session_status());",
        session,
    )
    assert told == 1
    assert sessions(php.directory) == set()


def test_a_method_called_as_php_calls_its_function_deletes_what_it_is_told_to(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    php.ask(
        "class Mine { function session_regenerate_id($h, $id) { $h->destroy($id); } }"
        "visit($argv[1]); (new Mine)->session_regenerate_id($handler, $argv[1]);"
        "session_abort(); tell(0);",
        session,
    )
    assert sessions(php.directory) == set()


@pytest.mark.parametrize("change", ["$_SESSION['k'] = 2;", "unset($_SESSION['k']);"])
def test_a_session_deleted_meanwhile_stays_so_and_php_warns(
    php: Php, store: DirectorySessionStore, change: str
) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    request = php.start(
        f"visit($argv[1]); tell(0); fgets(STDIN); {change}tell(failure(session_write_close(...)));",
        session,
    )
    assert request.stdout is not None
    request.stdout.readline()
    store.delete_session(session)
    [failure] = php.finish(request)
    assert failure[0] == "ErrorException"
    assert "Failed to write session data" in failure[1]
    assert sessions(php.directory) == set()


@pytest.mark.parametrize("lazy", ["1", "0"])
def test_who_changed_nothing_hears_nothing_of_a_deletion(
    php: Php, store: DirectorySessionStore, lazy: str
) -> None:
    php.settings = {"session.lazy_write": lazy}
    session = php.create("$_SESSION['k'] = 1;")
    request = php.start("visit($argv[1]); tell(0); fgets(STDIN);", session)
    assert request.stdout is not None
    request.stdout.readline()
    store.delete_session(session)
    assert php.finish(request) == []
    assert sessions(php.directory) == set()


def test_a_session_deleted_and_made_again_is_another_one(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    request = php.start(
        "visit($argv[1]); tell(0); fgets(STDIN); $_SESSION['k'] = 2;"
        "tell(failure(session_write_close(...)));",
        session,
    )
    assert request.stdout is not None
    request.stdout.readline()
    store.delete_session(session)
    other = DictSession(session)
    other["k"] = "theirs"
    store.save_session(other)
    [failure] = php.finish(request)
    assert "Failed to write session data" in failure[1]
    assert store.load_session(session).data == {"k": "theirs"}


@pytest.mark.parametrize("lazy", ["1", "0"])
def test_a_request_that_changes_nothing_writes_nothing_but_the_time_of_access(
    php: Php, lazy: str
) -> None:
    php.settings = {"session.lazy_write": lazy}
    session = place_old(php.directory, "small.session", 1000)
    file = php.directory / session
    content = file.read_bytes()
    php.ask("visit($argv[1]); $_SESSION['cart'][0] += 0; tell(0);", session)
    assert file.read_bytes() == content
    assert time.time() - file.stat().st_mtime < 60


def test_session_abort_and_read_and_close_store_nothing(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    content = (php.directory / session).read_bytes()
    php.ask("visit($argv[1]); $_SESSION['k'] = 2; session_abort(); tell(0);", session)
    told = php.ask(
        "session_id($argv[1]); session_start(['read_and_close' => true]);"
        "$_SESSION['k']++; tell($_SESSION['k']);",
        session,
    )
    assert told == 2
    assert (php.directory / session).read_bytes() == content


def test_session_reset_shows_what_is_stored_now(php: Php, store: DirectorySessionStore) -> None:
    session = php.create("$_SESSION = ['k' => 1, 'old' => 1];")
    request = php.start(
        "visit($argv[1]); $_SESSION['k'] = 2; tell(0); fgets(STDIN); session_reset();"
        "tell($_SESSION); $_SESSION['mine'] = 1;",
        session,
    )
    assert request.stdout is not None
    request.stdout.readline()
    loaded = store.load_session(session)
    loaded["k"] = 3
    del loaded["old"]
    store.save_session(loaded)
    assert php.finish(request) == [{"k": 3}]
    assert store.load_session(session).data == {"k": 3, "mine": 1}


def test_one_process_serves_one_visitor_after_another(
    php: Php, store: DirectorySessionStore
) -> None:
    ids = php.ask(
        """
        $ids = [];
        foreach ([1, 2, 3] as $visitor) {
            $_SESSION = ['stale' => $visitor];
            visit();
            $_SESSION['visitor'] = $visitor;
            session_write_close();
            $ids[] = session_id();
        }
        foreach ([0, 1, 2] as $visitor) {
            visit($ids[$visitor]);
            $_SESSION['again'] = true;
            session_write_close();
        }
        tell($ids);
        """
    )
    stored = [store.load_session(id).data for id in ids]
    assert stored == [{"visitor": n, "again": True} for n in (1, 2, 3)]


def test_a_program_may_call_the_handler_itself(php: Php, store: DirectorySessionStore) -> None:
    first, second = php.create("$_SESSION['k'] = 1;"), php.create("$_SESSION['k'] = 2;")
    told = php.ask(
        "$handler->open('', ''); $told = [];"
        "foreach ([$argv[1], $argv[2], $argv[1]] as $id)"
        "  $told[] = unserialize($handler->read($id));"
        "$told[] = $handler->write($argv[1], serialize(['k' => 3]));"
        "$told[] = $handler->write($argv[2], serialize(['k' => 2, 'm' => 4]));"
        "$told[] = unserialize($handler->read('made-by-a-program'));"
        "$told[] = $handler->write('made-by-a-program', serialize(['n' => 5]));"
        "$told[] = $handler->updateTimestamp($argv[1], serialize(['k' => 3]));"
        "$told[] = $handler->destroy($argv[2]); $handler->close(); tell($told);",
        first,
        second,
    )
    assert told == [{"k": 1}, {"k": 2}, {"k": 1}, True, True, [], True, True, True]
    assert sessions(php.directory) == {first, "made-by-a-program"}
    assert store.load_session(first).data == {"k": 3}
    assert store.load_session("made-by-a-program").data == {"n": 5}


def test_what_a_write_stored_the_next_one_does_not_store_again(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION = ['a' => 0, 'b' => 0];")
    writer = php.start(
        "$handler->open('', ''); $handler->read($argv[1]);"
        "foreach ([['b' => 0], ['b' => 1], ['b' => 2]] as $attributes) {"
        "  $handler->write($argv[1], serialize($attributes)); tell(0); fgets(STDIN);"
        "}",
        session,
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    loaded = store.load_session(session)
    loaded["a"] = "theirs"
    store.save_session(loaded)
    php.finish(writer)
    assert store.load_session(session).data == {"a": "theirs", "b": 2}


def test_session_gc_sweeps_what_was_not_used_for_the_maximum_lifetime(php: Php) -> None:
    place_old(php.directory, "small.session", 1500)
    young = place_old(php.directory, "longest_id.session", 1300)
    own = php.create()
    php.settings = {"session.gc_maxlifetime": "1400"}
    assert php.ask("visit($argv[1]); tell(session_gc());", own) == 1
    assert sessions(php.directory) == {young, own}


@pytest.mark.parametrize("maximum", [9223372036854, 9223372036855, 2**63 - 1])
def test_a_long_lifetime_is_not_a_short_one(php: Php, maximum: int) -> None:
    old, own = place_old(php.directory, "small.session", 10**8), php.create()
    php.settings = {"session.gc_maxlifetime": str(maximum)}
    assert php.ask("visit($argv[1]); tell(session_gc());", own) == 0
    assert sessions(php.directory) == {old, own}


def test_sessions_are_swept_by_chance_only_if_the_program_says_so(php: Php) -> None:
    old = place_old(php.directory, "small.session", 10**8)
    own = php.create()
    php.settings = {"session.gc_probability": "1", "session.gc_divisor": "1"}
    php.ask("visit($argv[1]); tell(0);", own)
    assert sessions(php.directory) == {old, own}
    php.ask("ini_set('session.gc_probability', '1'); visit($argv[1]); tell(0);", own)
    assert sessions(php.directory) == {own}
