# SPDX-License-Identifier: MIT
"""What wrote a directory is told by its files, where that is plain."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Run
from old_stores import FLASK_SESSION, save_by_django, save_by_flask, save_by_session3
from session3_pickles import session_pickle


@pytest.mark.parametrize("protocol", ["0", "1", "2", "4"])
def test_session3(old: Path, migrate: Callable[..., Run], protocol: str) -> None:
    save_by_session3(old, "plain", PROTOCOL=protocol)
    assert migrate("--dry-run").report["kind"] == "session3"


def test_session3_with_ids_that_look_like_hashes(old: Path, migrate: Callable[..., Run]) -> None:
    for number in range(300):
        session_id = uuid.uuid4().hex
        state = {"id": session_id, "text": "x" * number * 200}
        (old / session_id).write_bytes(session_pickle(state))
    done = migrate("--dry-run")
    assert (done.report["kind"], done.counts) == ("session3", {"migrated": 300})


def test_django(old: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    save_by_django(old, "login", "large")
    monkeypatch.setenv("SESSION3_SECRET_KEY", "any")
    assert migrate("--dry-run").report["kind"] == "django"


@pytest.mark.parametrize("version", FLASK_SESSION)
def test_flask(old: Path, migrate: Callable[..., Run], version: str) -> None:
    save_by_flask(old, version, "login", "passing")
    assert migrate("--dry-run").report["kind"] == "flask"


def test_what_is_not_plain_must_be_told(old: Path, new: Path, migrate: Callable[..., Run]) -> None:
    told = "what wrote OLD is not plain from its files: say --from"
    done = migrate()
    assert (done.status, "OLD has no files" in done.told) == (2, True)
    save_by_session3(old, "plain")
    save_by_flask(old, "0.8.0", "login")
    done = migrate()
    assert (done.status, told in done.told) == (2, True)
    assert not new.exists()
    assert migrate("--from", "session3").count("migrated") == 1
    assert migrate("--from", "flask").count("unknown_id") == 1


def test_an_empty_directory_has_nothing_to_migrate(old: Path, migrate: Callable[..., Run]) -> None:
    done = migrate("--from", "session3")
    assert (done.status, done.counts) == (0, {})
