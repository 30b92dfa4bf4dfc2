# SPDX-License-Identifier: MIT
"""How long a session of Django's lives, and whether the browser keeps its cookie."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings  # type: ignore[import-untyped]
from django_project import other_host
from django_sessions import HOUR, WEEKS, Clock, again, expiring, lives, stored


@pytest.mark.parametrize("value", [HOUR, HOUR + 0.5, timedelta(hours=1)])
def test_a_session_lives_as_long_as_it_says(value: Any, clock: Clock) -> None:
    session = expiring(value)
    clock.now += HOUR - 60
    assert lives(session)
    clock.now += 120
    assert not lives(session)
    assert session.exists(session.session_key)


@pytest.mark.parametrize("use_tz", [False, True])
def test_a_time_of_expiry_is_kept_with_and_without_time_zones(use_tz: bool, clock: Clock) -> None:
    with override_settings(USE_TZ=use_tz):
        now = datetime.now(timezone.utc if use_tz else None)
        session = expiring(now + timedelta(hours=1))
        assert abs(again(session).get_expiry_age() - HOUR) <= 60
        clock.now += HOUR - 60
        assert lives(session)
        clock.now += 120
        assert not lives(session)


@pytest.mark.parametrize("value", [None, 0])
def test_a_session_that_says_nothing_lives_as_the_settings_say(value: Any, clock: Clock) -> None:
    session = expiring(value)
    clock.now += WEEKS - 1
    assert lives(session)
    clock.now += 1
    assert not lives(session)
    with override_settings(SESSION_COOKIE_AGE=WEEKS + 5):
        assert lives(session)


def test_a_save_counts_as_use_and_a_look_does_not(clock: Clock) -> None:
    session = expiring(HOUR)
    clock.now += HOUR - 1
    assert lives(session)
    again(session).save()
    clock.now += HOUR - 1
    assert lives(session)
    clock.now += 1
    assert not lives(session)


def test_what_another_host_does_counts_as_use(clock: Clock, directory: Path) -> None:
    session = expiring(HOUR)
    clock.now += HOUR - 1
    with other_host(directory) as other:
        other.set_access_time(session.session_key, clock.now)
    clock.now += HOUR - 1
    assert lives(session)


def test_the_browsers_cookie_lives_from_now_on(clock: Clock) -> None:
    session = stored(a=1)
    clock.now += WEEKS - HOUR
    # The response that sets it saves the session, too.
    assert again(session).get_expiry_age() == WEEKS


@pytest.mark.parametrize("value", ["no time", "2030-01-01T00:00:00", [1]])
def test_an_expiry_that_is_no_time_ends_the_session_and_is_told(
    value: Any, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    session = stored(_session_expiry=value)
    with caplog.at_level(logging.ERROR, "session3"):
        assert not lives(session)
    [record] = caplog.records
    assert record.name == "session3"
    assert "_session_expiry" in record.getMessage()
    assert str(session.session_key) not in record.getMessage()


# -- Whether the browser keeps the cookie


@pytest.mark.parametrize(("value", "persistent"), [(HOUR, True), (0, False), (None, None)])
def test_others_see_whether_a_session_outlives_the_browser(
    value: Any, persistent: bool | None, clock: Clock, directory: Path
) -> None:
    session = expiring(value)
    assert again(session).get_expire_at_browser_close() is (persistent is False)
    with other_host(directory) as other:
        assert other.load_session(session.session_key).get_persistent() is persistent


@pytest.mark.parametrize("persistent", [True, False, None])
@pytest.mark.parametrize("default", [True, False])
def test_what_others_say_of_it_holds_where_django_says_nothing(
    default: bool, persistent: bool | None, clock: Clock, directory: Path
) -> None:
    session = stored(a=1)
    with other_host(directory) as other:
        theirs = other.load_session(session.session_key)
        theirs.set_persistent(persistent)
        other.save_session(theirs)
        with override_settings(SESSION_EXPIRE_AT_BROWSER_CLOSE=default):
            ours = again(session)
            expected = default if persistent is None else not persistent
            assert ours.get_expire_at_browser_close() is expected
            ours["b"] = 2
            ours.save()
        assert other.load_session(theirs.id).get_persistent() is persistent
        ours.set_expiry(0)
        assert ours.get_expire_at_browser_close()


def test_an_expiry_that_is_taken_back_leaves_it_to_the_settings(
    clock: Clock, directory: Path
) -> None:
    session = expiring(0)
    ours = again(session)
    assert ours.get_expire_at_browser_close()
    ours.set_expiry(None)
    with other_host(directory) as other:
        for _ in range(2):
            assert not ours.get_expire_at_browser_close()
            ours.save()
            assert other.load_session(session.session_key).get_persistent() is None


def test_a_flushed_session_leaves_the_next_one_nothing_of_it(clock: Clock, directory: Path) -> None:
    for session in (expiring(0), stored(a=1)):
        with other_host(directory) as other:
            theirs = other.load_session(session.session_key)
            theirs.set_persistent(False)
            other.save_session(theirs)
            ours = again(session)
            assert ours.get_expire_at_browser_close()
            ours.flush()
            assert not ours.get_expire_at_browser_close()
            ours["a"] = 1
            ours.save()
            assert other.load_session(ours.session_key).get_persistent() is None
