# SPDX-License-Identifier: MIT
"""The asynchronous half of Django's SessionBase, which came with Django 5.1."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import django  # type: ignore[import-untyped]
import pytest
from django.contrib.sessions.backends.base import (  # type: ignore[import-untyped]
    CreateError,
    UpdateError,
)
from django.test import AsyncClient  # type: ignore[import-untyped]
from django_project import PASSWORD, Browser, make_user, other_host
from django_sessions import HOUR, Clock, again, content, files, locked, stored
from session3.django import SessionStore

pytestmark = [
    pytest.mark.usefixtures("django_directory"),
    pytest.mark.skipif(django.VERSION < (5, 1), reason="Django's sessions have no async methods"),
]


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_what_was_saved_comes_back() -> None:
    async def work() -> None:
        session = SessionStore()
        await session.aset("a", 1)
        await session.aupdate({"b": 2, "c": 3})
        assert await session.apop("c") == 3
        assert await session.asetdefault("d", 4) == 4
        await session.asave()
        other = again(session)
        assert await other.aload() == {"a": 1, "b": 2, "d": 4}
        assert await other.aget("a") == 1
        assert await other.ahas_key("b")
        assert set(await other.akeys()) == {"a", "b", "d"}
        assert sorted(await other.avalues()) == [1, 2, 4]
        assert dict(await other.aitems()) == await other.aload()
        assert await other.aexists(other.session_key)

    run(work())


def test_an_unknown_key_is_not_adopted() -> None:
    async def work() -> None:
        session = SessionStore("planted-by-somebody-x")
        assert await session.aload() == {}
        assert session.session_key is None
        assert not await session.aexists("planted-by-somebody-x")
        assert not await session.aexists(None)

    run(work())


def test_creating_and_not_creating_twice() -> None:
    async def work() -> None:
        session = SessionStore()
        await session.aset("a", 1)
        await session.acreate()
        assert content(session) == {"a": 1}
        with pytest.raises(CreateError):
            await again(session).asave(must_create=True)

    run(work())


def test_a_session_that_was_deleted_elsewhere_stays_deleted(directory: Path) -> None:
    async def work() -> None:
        session = stored(a=1)
        await again(session).adelete()
        await session.aset("a", 2)
        with pytest.raises(UpdateError):
            await session.asave()
        assert files(directory) == set()

    run(work())


def test_changes_of_different_keys_are_merged_also_at_a_new_key(directory: Path) -> None:
    async def work() -> None:
        session = stored(a=1)
        first, second = again(session), again(session)
        await first.aset("b", 2)
        await second.aset("c", 3)
        await asyncio.gather(first.asave(), second.asave())
        third, fourth = again(session), again(session)
        await third.aset("d", 4)
        await fourth.aset("e", 5)
        await fourth.asave()
        await third.acycle_key()
        assert content(third) == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
        assert third.modified
        assert files(directory) == {third.session_key}

    run(work())


def test_flush_deletes_the_session(directory: Path) -> None:
    async def work() -> None:
        session = stored(a=1)
        await session.aflush()
        assert session.session_key is None
        assert files(directory) == set()

    run(work())


def test_an_expiry_is_kept_and_another_host_may_say_whether_the_browser_is(directory: Path) -> None:
    async def work() -> None:
        session = SessionStore()
        await session.aset_expiry(timedelta(hours=1))
        assert HOUR - 60 < await session.aget_expiry_age() <= HOUR
        await session.aset_expiry(HOUR)
        assert not await session.aget_expire_at_browser_close()
        await session.asave()
        closing = SessionStore()
        await closing.aset_expiry(0)
        await closing.asave()
        assert await again(closing).aget_expire_at_browser_close()
        with other_host(directory) as other:
            theirs = other.load_session(session.session_key)
            assert theirs.get_persistent() is True
            del theirs["_session_expiry"]
            theirs.set_persistent(False)
            other.save_session(theirs)
        assert await again(session).aget_expire_at_browser_close()

    run(work())


def test_aclear_expired_deletes_what_is_expired(clock: Clock, directory: Path) -> None:
    async def work() -> None:
        session, kept = SessionStore(), stored(a=1)
        await session.aset_expiry(HOUR)
        await session.asave()
        clock.now += HOUR + 1
        assert await again(session).aload() == {}
        await SessionStore.aclear_expired()
        assert files(directory) == {kept.session_key}

    run(work())


def test_who_waits_for_a_lock_holds_up_nobody(directory: Path) -> None:
    async def work() -> None:
        session, other = stored(a=1), stored(b=1)
        await session.aset("a", 2)
        with locked(directory / str(session.session_key)):
            waiting = asyncio.create_task(session.asave())
            for _ in range(10):
                await asyncio.sleep(0.01)
                assert await again(session).aload() == {"a": 1}
                assert await again(other).aload() == {"b": 1}
            assert not waiting.done()
        await waiting
        assert await again(session).aload() == {"a": 2}

    run(work())


def test_the_test_cookie_works() -> None:
    async def work() -> None:
        session = SessionStore()
        await session.aset_test_cookie()
        await session.asave()
        other = again(session)
        assert await other.atest_cookie_worked()
        await other.adelete_test_cookie()

    run(work())


def test_asynchronous_and_other_pages_share_a_session(directory: Path) -> None:
    make_user()
    client = AsyncClient()

    async def work() -> None:
        await client.post("/set", {"key": "a", "value": "1"})
        await client.post("/async/set", {"key": "b", "value": "2"})
        before = client.cookies["session3"].value
        answer = await client.post("/async/login", {"name": "ada", "password": PASSWORD})
        assert answer.status_code == 200
        key = client.cookies["session3"].value
        assert key != before
        assert files(directory) == {key}
        page = (await client.get("/async/show")).json()
        assert page["user"] == "ada"
        assert {name: page["session"][name] for name in "ab"} == {"a": "1", "b": "2"}

    run(work())
    browser = Browser()
    browser.client.cookies["session3"] = client.cookies["session3"].value
    assert browser.get().json()["user"] == "ada"
