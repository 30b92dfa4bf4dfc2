# SPDX-License-Identifier: MIT
"""What can't be stored is refused by its path, and nothing is lost."""

from __future__ import annotations

import pytest
from php import Php
from session3.store.DirectorySessionStore import DirectorySessionStore

DECLARED = """
class Cart { public $items = []; public function __wakeup() { tell('woken'); } }
class Later extends DateTimeImmutable {}
enum Suit: string { case Hearts = 'h'; }
$nested = fn(int $depth) => $depth ? [$GLOBALS['nested']($depth - 1)] : 1;
$cycle = ['a' => 1]; $cycle['a'] = &$cycle;
"""
OBJECT = "an object can't be stored, but for DateTimeImmutable"
DEEP = "nested too deep, or in a cycle"

REFUSED = [
    ("new Cart", "", OBJECT),
    ("['a' => [1, ['b' => new Cart]]]", '["a"][1]["b"]', OBJECT),
    ("new ArrayObject([1])", "", OBJECT),
    ("new DateTime", "", OBJECT),
    ("[new Later]", "[0]", OBJECT),
    ("Suit::Hearts", "", OBJECT),
    ("[1 => 'a', 2 => 'b']", "[1]", "a key must be text"),
    ("['a' => [0 => 'a', 2 => 'b']]", '["a"][0]', "a key must be text"),
    ("['a' => 1, 5 => 2]", "[5]", "a key must be text"),
    ('["a\\xff" => 1]', "[]", "a key must be text"),
    ("$nested(33)", "[0]" * 33, DEEP),
    ("$cycle", '["a"]' * 33, DEEP),
]


@pytest.mark.parametrize(("value", "path", "cause"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_value_is_refused_by_its_path_and_the_session_stays_as_it_was(
    php: Php, store: DirectorySessionStore, value: str, path: str, cause: str
) -> None:
    session = php.create("$_SESSION = ['k' => 'old', 'other' => 1];")
    told = php.run(
        f"{DECLARED} visit($argv[1]); $_SESSION['other'] = 2; $_SESSION['k'] = {value};"
        "tell(failure(session_write_close(...)));",
        session,
    )
    assert told == [["TypeError", f'$_SESSION["k"]{path}: {cause}', 0]]
    assert store.load_session(session).data == {"k": "old", "other": 1}


def test_32_levels_can_be_stored(php: Php, store: DirectorySessionStore) -> None:
    session = php.create(f"{DECLARED} $_SESSION['k'] = $nested(32);")
    value = store.load_session(session)["k"]
    for _ in range(32):
        [value] = value
    assert value == 1


def test_a_name_that_is_no_text_is_refused(php: Php, store: DirectorySessionStore) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    kind, status = php.ask(
        'visit($argv[1]); $_SESSION["\\xff"] = 1;'
        "[$kind, $_, $status] = failure(session_write_close(...)); tell([$kind, $status]);",
        session,
    )
    assert (kind, status) == ("RuntimeException", -12)
    assert store.load_session(session).data == {"k": 1}


def test_what_php_itself_refuses_to_serialize_loses_nothing(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    kind, message, _ = php.ask(
        "visit($argv[1]); $_SESSION['k'] = 2; $_SESSION['f'] = fn() => 1;"
        "tell(failure(session_write_close(...)));",
        session,
    )
    assert (kind, message) == ("Exception", "Serialization of 'Closure' is not allowed")
    assert store.load_session(session).data == {"k": 1}


@pytest.mark.parametrize("data", ["", "k|i:2;", "i:2;", 'O:8:"stdClass":0:{}'])
def test_data_that_is_no_serialized_array_is_refused(
    php: Php, store: DirectorySessionStore, data: str
) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    kind, message, _ = php.ask(
        "visit($argv[1]); restore_error_handler(); error_reporting(0);"
        "tell(failure(fn() => $handler->write($argv[1], $argv[2]))); session_abort();",
        session,
        data,
    )
    assert kind == "TypeError"
    assert message == "$_SESSION is not what php_serialize makes of an array"
    assert store.load_session(session).data == {"k": 1}


def test_serialized_objects_are_not_made(php: Php, store: DirectorySessionStore) -> None:
    session = php.create("$_SESSION['k'] = 1;")
    told = php.run(
        f"{DECLARED} visit($argv[1]);"
        "tell(failure(fn() => $handler->write($argv[1], $argv[2]))); session_abort();",
        session,
        'a:1:{s:1:"k";a:1:{i:0;O:4:"Cart":0:{}}}',
    )
    assert told == [["TypeError", f'$_SESSION["k"][0]: {OBJECT}', 0]]
    assert store.load_session(session).data == {"k": 1}


def test_a_user_that_can_not_be_stored_is_refused(php: Php, store: DirectorySessionStore) -> None:
    told = php.run(
        f"{DECLARED} visit(); $handler->setUser('ada'); $id = session_id();"
        "tell(failure(fn() => $handler->setUser(['name' => new Cart])));"
        "tell(failure(fn() => $handler->setUser(new Later)));"
        "tell($handler->user()); tell(session_id() === $id); session_write_close(); tell($id);"
    )
    assert told[:2] == [["TypeError", f"user{path}: {OBJECT}", 0] for path in ('["name"]', "")]
    assert told[2:4] == ["ada", True]
    assert store.load_session(told[4]).user == "ada"
