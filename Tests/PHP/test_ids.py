# SPDX-License-Identifier: MIT
"""Which id stands for which session: strange ones, new ones, and those that died."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from php import Php
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore


def sessions(directory: Path) -> set[str]:
    """The ids of all that is stored."""
    return {path.name for path in directory.iterdir() if not path.name.startswith(".")}


def test_an_id_is_22_characters_of_the_librarys(php: Php) -> None:
    ids = {php.create() for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", id) for id in ids)
    assert sessions(php.directory) == ids


HOSTILE = [
    "../../etc/passwd",
    "..",
    ".session3",
    "a/b",
    "x" * 129,
    "x" * 100_000,
    "%00",
    "a b",
    "a;b",
    "\u00fc",
    "planted-by-somebody",
    '"quoted"',
]


@pytest.mark.parametrize("id", HOSTILE, ids=[id[:20] for id in HOSTILE])
def test_an_id_that_stands_for_no_session_is_never_taken_over(php: Php, id: str) -> None:
    answer = "tell([visit($argv[1]), session_id()]); $_SESSION['k'] = 1;"
    is_known, new = php.ask(answer, id)
    assert not is_known
    assert sessions(php.directory) == {new}


@pytest.mark.parametrize("byte", [0, 10, 255])
def test_an_id_with_a_strange_byte_is_never_taken_over(php: Php, byte: int) -> None:
    session = php.create()
    told = php.ask(f"tell(visit($argv[1] . chr({byte})));", session)
    assert told is False


def test_an_id_can_not_bring_along_another_as_a_cookie(php: Php) -> None:
    session = php.create("$_SESSION['secret'] = 1;")
    for id in (
        f"x;session3={session}",
        f";session3={session}",
        f"session3={session}",
        f"{session};",
    ):
        assert php.ask("tell([visit($argv[1]), $_SESSION]);", id) == [False, []]


def test_php_must_neither_take_over_ids_nor_write_otherwise(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    for setting in ("'use_strict_mode' => '0'", "'serialize_handler' => 'php'"):
        told = php.run(
            "session_id($argv[1]);"
            f"tell(failure(fn() => session_start([{setting}]))); tell(session_status());",
            session,
        )
        assert told[0][0] == "LogicException"
        assert told[1] == 1
    assert php.ask("visit($argv[1]); tell($_SESSION);", session) == {"k": 1}


def test_a_new_id_has_all_of_the_session_and_the_old_one_dies(
    php: Php, store: DirectorySessionStore
) -> None:
    made = DictSession()
    made.user = "ada"
    made.data = {"k": 1, "map": {}, "binary": b"text"}
    token = made.create_form_token()
    store.create_session(made)
    before = store.load_session(made.id)
    for argument in ("true", "false", ""):
        old = str(made.id)
        new = php.ask(
            f"visit($argv[1]); $_SESSION['before'] = 1; session_regenerate_id({argument});"
            "$_SESSION['after'] = 1; session_write_close(); tell(session_id());",
            old,
        )
        assert new != old
        assert sessions(php.directory) == {new}
        made = store.load_session(new)
        assert made.data == {"k": 1, "map": {}, "binary": b"text", "before": 1, "after": 1}
        assert made.user == "ada"
        assert made.has_form_token(token)
        assert made.get_creation_time() == before.get_creation_time()


def test_a_new_id_without_a_session_is_another_one(php: Php) -> None:
    old, new = php.ask(
        "visit(); $old = session_id(); $_SESSION['k'] = 1; session_regenerate_id(true);"
        "session_write_close(); tell([$old, session_id()]);"
    )
    assert old != new
    assert sessions(php.directory) == {new}
    assert php.ask("visit($argv[1]); tell($_SESSION);", new) == {"k": 1}


def test_a_session_that_was_deleted_gets_no_new_id(php: Php, store: DirectorySessionStore) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    request = php.start(
        "visit($argv[1]); tell(0); fgets(STDIN);"
        "tell(failure(fn() => session_regenerate_id(true))); tell(session_status());",
        session,
    )
    assert request.stdout is not None
    request.stdout.readline()
    store.delete_session(session)
    failure, status = php.finish(request)
    assert failure[0] == "ErrorException"
    assert "Session object destruction failed" in failure[1]
    assert status == 1
    assert sessions(php.directory) == set()


def test_what_somebody_else_stored_meanwhile_is_under_the_new_id(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    request = php.start(
        "visit($argv[1]); tell(0); fgets(STDIN); session_regenerate_id(true);"
        "$_SESSION['mine'] = 1; tell(session_id());",
        session,
    )
    assert request.stdout is not None
    request.stdout.readline()
    loaded = store.load_session(session)
    loaded["theirs"] = 1
    store.save_session(loaded)
    [new] = php.finish(request)
    assert store.load_session(new).data == {"k": 1, "theirs": 1, "mine": 1}


def test_an_id_made_while_a_session_is_open_brings_no_deleted_session_back(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    request = php.start(
        "visit($argv[1]); session_create_id(); tell(0); fgets(STDIN); $_SESSION['k'] = 2;"
        "tell(failure(session_write_close(...))[0]);",
        session,
    )
    assert request.stdout is not None
    request.stdout.readline()
    store.delete_session(session)
    assert php.finish(request) == ["ErrorException"]
    assert sessions(php.directory) == set()


def test_while_a_session_is_open_php_hears_which_ids_are_taken(php: Php) -> None:
    session, other = php.create(), php.create()
    told = php.ask(
        "visit($argv[1]); tell([$handler->validateId($argv[2]), $handler->validateId('free')]);",
        session,
        other,
    )
    assert told == [True, False]


def test_php_can_make_ids_while_a_session_is_open(php: Php, store: DirectorySessionStore) -> None:
    session, made = php.ask(
        "visit(); $_SESSION['k'] = 1; $made = session_create_id('shop-');"
        "session_write_close(); tell([session_id(), $made]);"
    )
    assert re.fullmatch(r"shop-[A-Za-z0-9_-]{22}", made)
    assert sessions(php.directory) == {session}
    assert store.load_session(session).data == {"k": 1}


def test_an_id_whose_session_php_could_not_open_is_nobodys(php: Php) -> None:
    first = php.create("$_SESSION['k'] = 1;")
    php.options = {}
    # The session has its new id when PHP opens the store again.
    failed, found, second = php.ask(
        """
        $directory = getenv('DIRECTORY');
        visit($argv[1]);
        rename($directory, "$directory-away");
        $failed = failure(fn() => session_regenerate_id(true));
        rename("$directory-away", $directory);
        visit();
        tell([$failed[0], $_SESSION, session_id()]);
        """,
        first,
    )
    assert (failed, found) == ("RuntimeException", [])
    [moved] = sessions(php.directory) - {second}
    assert moved != first


@pytest.mark.parametrize("who", ["'ada'", "7", "['name' => 'ada']"])
def test_a_login_gives_the_session_another_id_and_notes_the_time(
    php: Php, store: DirectorySessionStore, who: str
) -> None:
    session = php.create("$_SESSION['cart'] = ['tea'];")
    old = store.load_session(session)
    token = old.create_form_token()
    store.save_session(old)
    new, user = php.ask(
        f"visit($argv[1]); $_SESSION['n'] = 1; $handler->setUser({who});"
        "tell([session_id(), $handler->user()]);",
        session,
    )
    assert sessions(php.directory) == {new} != {session}
    made = store.load_session(new)
    assert made.user == user
    assert made.data == {"cart": ["tea"], "n": 1}
    assert made.get_login_time() > old.get_creation_time()
    assert not made.has_form_token(token)


def test_a_login_at_the_first_request_is_stored(php: Php, store: DirectorySessionStore) -> None:
    session = php.ask(
        "visit(); $_SESSION['n'] = 1; $handler->setUser('ada'); $_SESSION['m'] = 2;"
        "session_write_close(); tell(session_id());"
    )
    made = store.load_session(session)
    assert (made.user, made.data) == ("ada", {"n": 1, "m": 2})
    assert made.get_login_time() is not None
    assert sessions(php.directory) == {session}


def test_a_logout_leaves_the_attributes_under_another_id(
    php: Php, store: DirectorySessionStore
) -> None:
    made = DictSession()
    made.user = "ada"
    made["theme"] = "dark"
    store.create_session(made)
    new = php.ask(
        "visit($argv[1]); $handler->setUser(null); $_SESSION['n'] = 1;"
        "session_write_close(); tell(session_id());",
        str(made.id),
    )
    assert sessions(php.directory) == {new} != {made.id}
    loaded = store.load_session(new)
    assert (loaded.user, loaded.data) == (None, {"theme": "dark", "n": 1})
    assert loaded.get_login_time() is None


def test_a_login_to_a_session_that_was_ended_by_force_is_an_error(
    php: Php, store: DirectorySessionStore
) -> None:
    made = DictSession()
    made.user = "ada"
    store.create_session(made)
    request = php.start(
        "visit($argv[1]); tell(0); fgets(STDIN); restore_error_handler(); error_reporting(0);"
        "tell(failure(fn() => $handler->setUser('bob')));",
        str(made.id),
    )
    assert request.stdout is not None
    request.stdout.readline()
    store.delete_user_sessions("ada")
    [(kind, message, _)] = php.finish(request)
    assert (kind, message) == ("RuntimeException", "the session was deleted meanwhile")
    assert sessions(php.directory) == set()


def test_before_a_session_was_started_it_is_nobodys(php: Php) -> None:
    told = php.ask(
        "tell([failure(fn() => $handler->setUser('ada')), failure($handler->user(...))]);"
    )
    assert [failure[0] for failure in told] == ["LogicException", "LogicException"]
    assert told[1][1] == "no session was started"


READ_AND_CLOSE = "session_id($argv[1]); session_start(['read_and_close' => true]);"


@pytest.mark.parametrize(
    "visit",
    [
        *(READ_AND_CLOSE, "visit($argv[1]); session_abort();"),
        *("visit($argv[1]); session_write_close();", "visit($argv[1]); session_reset();"),
        "visit(); $handler->setUser('ada'); session_write_close();",
    ],
)
def test_the_user_is_known_after_the_session_was_closed(php: Php, visit: str) -> None:
    session = php.create("$handler->setUser('ada');")
    assert php.ask(f"{visit} tell($handler->user());", session) == "ada"


def test_the_user_of_one_visitor_is_not_that_of_the_next(php: Php) -> None:
    """In a process that goes on from one request to another, before the next session begins."""
    session, other = php.create("$handler->setUser('ada');"), php.create()
    told = php.ask(
        "visit($argv[1]); $told = [$handler->user()]; session_write_close();"
        "foreach (['', $argv[2]] as $id) {"
        "    session_id($id); $told[] = failure($handler->user(...))[0];"
        "}"
        "visit($argv[2]); tell([...$told, $handler->user()]);",
        *(session, other),
    )
    assert told == ["ada", "LogicException", "LogicException", None]


def test_after_a_logout_nobody_is_logged_in(php: Php) -> None:
    session, other = php.create("$handler->setUser('ada');"), php.create()
    told = php.ask(
        "visit($argv[1]); $handler->destroy($argv[2]); $told = [$handler->user()];"
        "session_destroy(); tell([...$told, $handler->user()]);",
        *(session, other),
    )
    assert told == ["ada", None]


def test_a_session_that_could_not_be_read_has_not_the_user_of_the_one_before(php: Php) -> None:
    session = php.create("$handler->setUser('ada');")
    php.options = {}
    told = php.ask(
        "visit($argv[1]); session_write_close(); rename(getenv('DIRECTORY'), $argv[2]);"
        "failure(fn() => visit($argv[1])) ?? exit(1); tell(failure($handler->user(...)));",
        *(session, str(php.directory.with_name("away"))),
    )
    assert told[0] == "LogicException"


def test_nobody_logs_in_when_it_is_too_late_for_another_id(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create()
    kind, *_ = php.ask(
        "visit($argv[1]); fwrite(fopen('php://output', 'w'), ' '); flush();"
        "$failure = failure(fn() => $handler->setUser('ada')); session_write_close();"
        "tell($failure);",
        session,
    )
    assert kind == "LogicException"
    assert store.load_session(session).user is None
