# SPDX-License-Identifier: MIT
"""What a value of $_SESSION is to other hosts, and theirs to PHP."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from php import Php
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

WRITTEN: list[tuple[str, Any]] = [
    ("null", None),
    ("true", True),
    ("false", False),
    ("0", 0),
    ("-129", -129),
    ("PHP_INT_MAX", 2**63 - 1),
    ("PHP_INT_MIN", -(2**63)),
    ("2.0", 2.0),
    ("-0.0", -0.0),
    ("1.7976931348623157e308", 1.7976931348623157e308),
    ("INF", float("inf")),
    ('""', ""),
    ('"a\\0\u00fc\U0001f375"', "a\0\u00fc\U0001f375"),
    ('"\\xff\\x00"', b"\xff\x00"),
    ('"\\xed\\xa0\\x80"', b"\xed\xa0\x80"),
    ('str_repeat("\u00e9", 70000)', "\u00e9" * 70000),
    ("[]", []),
    ("[1, [2, []]]", [1, [2, []]]),
    ("range(0, 99999)", list(range(100000))),
    ('["b" => 1, "a" => ["c" => null]]', {"b": 1, "a": {"c": None}}),
    ('["" => 1, "0x" => 2]', {"": 1, "0x": 2}),
    (
        'new DateTimeImmutable("1950-01-02 03:04:05.678901 Europe/Berlin")',
        datetime(1950, 1, 2, 2, 4, 5, 678901, timezone.utc),
    ),
]


@pytest.mark.parametrize(("code", "value"), WRITTEN, ids=[code[:30] for code, _ in WRITTEN])
def test_what_php_writes_comes_back_equal_in_php_and_in_python(
    php: Php, store: DirectorySessionStore, code: str, value: Any
) -> None:
    session = php.create(f"$_SESSION['k'] = {code};")
    stored = store.load_session(session)["k"]
    assert (stored, type(stored), str(stored)) == (value, type(value), str(value))
    # Times are equal, though not identical, objects are.
    same = "is_object($_SESSION['k']) ? $_SESSION['k'] == $v : $_SESSION['k'] === $v"
    assert php.ask(f"visit($argv[1]); $v = {code}; tell({same});", session) is True


def test_a_number_that_is_none_is_stored(php: Php, store: DirectorySessionStore) -> None:
    session = php.create("$_SESSION['k'] = NAN;")
    stored = store.load_session(session)["k"]
    assert stored != stored
    assert php.ask("visit($argv[1]); tell(is_nan($_SESSION['k']));", session) is True


def test_an_attribute_may_have_any_name_that_is_text(
    php: Php, store: DirectorySessionStore
) -> None:
    names = ["", "7", "-7", "07", "a|b", "!a", "\u00fc", "_SESSION", "user", "a\0b"]
    made = DictSession()
    for number, name in enumerate(names):
        made[name] = number
    store.create_session(made)
    told = php.ask(
        "visit($argv[1]); tell(array_map(null, array_keys($_SESSION), array_values($_SESSION)));"
        "foreach ($_SESSION as $name => $number) $_SESSION[$name] = $number + 100;",
        str(made.id),
    )
    assert {str(name): number for name, number in told} == dict(zip(names, range(10)))
    changed = {name: number + 100 for number, name in enumerate(names)}
    assert store.load_session(made.id).data == changed


def test_what_the_program_does_not_change_keeps_a_type_that_php_has_not(
    php: Php, store: DirectorySessionStore
) -> None:
    values = {"map": {}, "binary": b"text", "large": 2**64 - 1, "digits": {"0": "a", "1": "b"}}
    made = DictSession()
    made.data = dict(values)
    store.create_session(made)
    php.ask("visit($argv[1]); $_SESSION['other'] = 1; tell(0);", str(made.id))
    assert store.load_session(made.id).data == {**values, "other": 1}
    seen = php.ask("visit($argv[1]); tell($_SESSION);", str(made.id))
    assert seen == {
        "map": [],
        "binary": "text",
        "large": "18446744073709551615",
        "digits": ["a", "b"],
        "other": 1,
    }


def test_what_the_program_changes_has_a_type_of_php(php: Php, store: DirectorySessionStore) -> None:
    made = DictSession()
    made.data = {"map": {}, "binary": b"text", "large": 2**64 - 1, "digits": {"0": "a", "1": "b"}}
    store.create_session(made)
    php.ask(
        "visit($argv[1]); $_SESSION['map'][] = 1; $_SESSION['binary'] .= '!';"
        "$_SESSION['large'] .= '!'; $_SESSION['digits'][] = 'c'; tell(0);",
        str(made.id),
    )
    assert store.load_session(made.id).data == {
        "map": [1],
        "binary": "text!",
        "large": "18446744073709551615!",
        "digits": ["a", "b", "c"],
    }


def test_references_are_stored_as_the_values_that_they_are(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create(
        "$_SESSION['a'] = [1]; $_SESSION['b'] = &$_SESSION['a']; $_SESSION['b'][] = 2;"
    )
    assert store.load_session(session).data == {"a": [1, 2], "b": [1, 2]}


def test_an_attribute_that_is_unset_is_removed(php: Php, store: DirectorySessionStore) -> None:
    session = php.create("$_SESSION = ['a' => 1, 'b' => null, 7 => 2];")
    php.ask("visit($argv[1]); unset($_SESSION['a'], $_SESSION[7]); tell(0);", session)
    assert store.load_session(session).data == {"b": None}
    php.ask("visit($argv[1]); session_unset(); tell(0);", session)
    assert store.load_session(session).data == {}


def test_text_that_looks_like_an_object_stays_text(php: Php, store: DirectorySessionStore) -> None:
    text = 'O:4:"Evil":0:{}'
    made = DictSession()
    made.data = {"k": text, f's:1:"a";{text}': [text]}
    store.create_session(made)
    told = php.ask(
        "class Evil { public function __wakeup() { tell('woken'); } }"
        "visit($argv[1]); $_SESSION['k'] .= ''; tell($_SESSION);",
        str(made.id),
    )
    assert told == made.data
