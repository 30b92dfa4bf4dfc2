# SPDX-License-Identifier: MIT
"""The words of each host for what is stored do what docs/guides/frameworks.md says.

The table is read from the page: a row, a column or a word that nothing here knows fails.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from repository import ROOT
from session3.store.DirectorySessionStore import DirectorySessionStore
from visits import FRAMEWORKS, Browsing, Visit
from word_tables import WORDS, words_of

SYMBOLS = (ROOT / "abi" / "symbols.txt").read_text().split()
PHP = (ROOT / "bindings" / "php" / "SessionHandler.php").read_text()

# -- What each row says, for the words of one framework


def user(browsing: Browsing, cell: str) -> None:
    for number, word in enumerate(words_of(cell), 42):
        browsing.do(f"{word} = '{number}'")
        assert browsing.stored["user"] == browsing.tell(word) == str(number)


def attribute(browsing: Browsing, cell: str) -> None:
    [word] = words_of(cell)
    browsing.do(f"{word} = ['tea']")
    assert browsing.stored["attributes"] == {"x": 1, "k": ["tea"]}
    assert browsing.tell(word) == ["tea"]


SETTERS = {
    "get_persistent()": "session.set_persistent({})",
    "session.permanent": "session.permanent = {}",
    "get_expire_at_browser_close()": "session.set_expiry(600 if {} else 0)",
}


def persistent(browsing: Browsing, cell: str) -> None:
    [word] = words_of(cell)
    is_negated = cell == f"`{word}`, negated"
    assert is_negated or cell == f"`{word}`"
    assert "persistent" not in browsing.stored
    for value in (True, False):
        browsing.do(SETTERS[word].format(value))
        assert browsing.stored["persistent"] is value
        assert browsing.tell(word) is (value is not is_negated)


def authenticated(browsing: Browsing, cell: str) -> None:
    assert "authenticated" not in browsing.stored
    browsing.log_in("42")
    noted = browsing.stored["authenticated"].timestamp()
    assert noted == pytest.approx(browsing.store.now(), abs=60)
    if cell != "noted at login":
        [word] = words_of(cell)
        assert browsing.tell(word) == noted


def token(key: str) -> Callable[[Browsing, str], None]:
    """A row of tokens, which one word makes."""

    def check(browsing: Browsing, cell: str) -> None:
        if cell == "kept":
            theirs = browsing.store.load_session(browsing.id)
            made = [theirs.get_csrf_token(), theirs.create_form_token()]
            browsing.store.save_session(theirs)
            browsing.do("session['y'] = 2")
            assert browsing.stored["attributes"]["y"] == 2
        else:
            [word] = words_of(cell)
            assert key not in browsing.stored
            made = [browsing.tell(word)] * 2
        assert browsing.stored[key] == {"csrf_token": made[0], "form_tokens": [made[1]]}[key]

    return check


def created(browsing: Browsing, cell: str) -> None:
    begun = browsing.loaded.get_creation_time()
    for word in words_of(cell):
        assert browsing.tell(word) == begun
    if not cell:
        # A framework without a word for it keeps it.
        browsing.do("session['y'] = 2")
    assert browsing.loaded.get_creation_time() == begun < browsing.loaded.get_access_time()


def accessed(browsing: Browsing, cell: str) -> None:
    if cell == "the modification that `get_expiry_age()` counts from":
        browsing.do("session.set_expiry(60)")
        for seconds, item in [(50, 1), (70, None)]:
            browsing.store.set_access_time(browsing.id, time.time() - seconds)
            assert browsing.tell("session.get('x')") == item
    else:
        [word] = words_of(cell)
        # Still to come, so that the request does not renew it.
        browsing.store.set_access_time(browsing.id, time.time() + 60)
        used = browsing.loaded.get_access_time()
        assert browsing.tell(word) == used > time.time()


ROWS: dict[str, Callable[[Browsing, str], None]] = {
    "`user`": user,
    "attribute `k`": attribute,
    "`persistent`": persistent,
    "`authenticated`": authenticated,
    "`csrf_token`": token("csrf_token"),
    "`form_tokens`": token("form_tokens"),
    "time of creation": created,
    "time of last use": accessed,
}


def test_no_row_or_column_of_words_is_unknown() -> None:
    assert list(WORDS) == list(ROWS)
    for row in WORDS.values():
        assert list(row) == ["C", *FRAMEWORKS, "PHP"]


@pytest.mark.parametrize("row", WORDS)
@pytest.mark.parametrize(
    ("column", "visit"), [(c, v) for c, (_, visits) in FRAMEWORKS.items() for v in visits]
)
def test_what_a_word_of_a_framework_sets_is_stored_under_the_name_of_its_row(
    row: str, column: str, visit: Visit, shared: DirectorySessionStore
) -> None:
    ROWS[row](Browsing(shared, visit), WORDS[row][column])


def test_each_function_of_c_is_one_of_the_library() -> None:
    for row in WORDS.values():
        [function] = words_of(row["C"])
        assert row["C"] == f"`{function}`"
        assert function in SYMBOLS


@pytest.mark.parametrize("column", FRAMEWORKS)
def test_each_word_of_python_is_one_of_its_class(column: str) -> None:
    kind, _ = FRAMEWORKS[column]
    for row in WORDS.values():
        for word in words_of(row[column]):
            found = re.fullmatch(r'session(?:\.(\w+)|\["\w+"\])|(\w+)\(\)', word)
            assert found is not None, word
            attribute, method = found.groups()
            if method is not None:
                assert callable(getattr(kind, method))
            elif attribute is None:
                assert hasattr(kind, "__getitem__")
            elif attribute != "k":
                assert hasattr(kind(), attribute), word


def test_each_word_of_php_is_one_of_its_handler() -> None:
    cells = {row["PHP"] for row in WORDS.values()}
    assert cells == {"`$handler->user()`", '`$_SESSION["k"]`', "kept", "noted at login", ""}
    assert "public function user(): mixed" in PHP
    assert '$_SESSION["k"] is the attribute k.' in PHP
    # Where a login is noted; no word of PHP's sets what is kept.
    assert "public function setUser(mixed $user): void" in PHP
    for name in ("csrf_token", "form_token", "persistence"):
        assert name not in PHP
