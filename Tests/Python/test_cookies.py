# SPDX-License-Identifier: MIT
"""Cookies under Quixote: as its configuration has them, and whatever a client sends as one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from quixote import get_request, get_session  # type: ignore[import-untyped]
from quixote_site import Browser, Reply, Site, site
from session3.cookies import tame
from session3.policy import CookiePolicy, ManagerPolicy
from session3.Session import Session
from session3.SessionManager import SessionManager


def login() -> str:
    get_session().set_user("alice")
    return "in"


def who() -> str:
    return str(get_session().user)


@pytest.fixture
def open_shop(directory_store: Any) -> Iterator[Callable[..., Site]]:
    """Opens the site with a policy of cookies, and Quixote's configuration."""
    contexts = []

    def open_it(policy: CookiePolicy | None = None, **config: Any) -> Site:
        manager = SessionManager(
            directory_store, policy=ManagerPolicy(cookie=policy or CookiePolicy())
        )
        context = site(manager, **config)
        contexts.append(context)
        shop = context.__enter__()
        shop.page(login)
        shop.page(who)

        @shop.page
        def logout() -> str:
            shop.manager.expire_session()
            return "out"

        return shop

    yield open_it
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture
def shop(open_shop: Callable[..., Site]) -> Site:
    return open_shop()


def test_the_cookie_is_session3_s_and_lax(shop: Site) -> None:
    reply = Browser(shop).get("login")
    assert reply.set_cookie.startswith('QX_session="')
    assert reply.attributes() == {"path": "/", "samesite": "Lax"}


def test_quixote_s_configuration_is_followed(open_shop: Callable[..., Site]) -> None:
    shop = open_shop(
        session_cookie_name="sid",
        session_cookie_path="/shop",
        session_cookie_domain=".example.com",
        session_cookie_secure=True,
        session_cookie_httponly=True,
    )
    browser = Browser(shop)
    given = browser.get("login")
    assert given.set_cookie.startswith('sid="')
    expected = {"path": "/shop", "domain": ".example.com", "samesite": "Lax"}
    assert given.attributes() == {**expected, "secure": "", "httponly": ""}
    revoked = browser.get("logout").attributes()
    assert revoked.pop("max-age") == "0"
    assert revoked.pop("expires") == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert revoked == given.attributes()


@pytest.mark.parametrize("script", ["/app", "/app/"])
def test_the_path_is_the_application_s(shop: Site, script: str) -> None:
    assert Browser(shop).get("login", SCRIPT_NAME=script).attributes()["path"] == "/app/"


def test_the_policy_goes_before_quixote_s_configuration(open_shop: Callable[..., Site]) -> None:
    policy = CookiePolicy(
        name="__Host-sid",
        path="/",
        secure=True,
        http_only=True,
        same_site="strict",
        partitioned=True,
    )
    shop = open_shop(policy, session_cookie_name="sid", session_cookie_path="/shop")
    browser = Browser(shop)
    given = browser.get("login")
    assert given.set_cookie.startswith('__Host-sid="')
    attributes = given.attributes()
    assert {"secure", "httponly", "partitioned"} <= attributes.keys()
    assert (attributes["path"], attributes["samesite"]) == ("/", "Strict")
    assert browser.get("who").body == "alice"
    assert {"secure", "httponly", "partitioned"} <= browser.get("logout").attributes().keys()


def test_same_site_can_be_left_out(open_shop: Callable[..., Site]) -> None:
    reply = Browser(open_shop(CookiePolicy(same_site=None))).get("login")
    assert "samesite" not in reply.attributes()


@pytest.mark.parametrize(
    ("policy", "config"),
    [
        (CookiePolicy(same_site="none"), {}),
        (CookiePolicy(partitioned=True), {}),
        (None, {"session_cookie_name": "__Host-sid", "session_cookie_path": "/"}),
        (None, {"session_cookie_name": "__Host-sid", "session_cookie_secure": True, "path": "/x"}),
    ],
)
def test_what_browsers_drop_by_quixote_s_configuration_fails_at_the_login(
    open_shop: Callable[..., Site], policy: Any, config: dict[str, Any]
) -> None:
    path = config.pop("path", "")
    shop = open_shop(policy, **config)
    reply = Browser(shop).get("login", SCRIPT_NAME=path)
    assert (reply.status, reply.set_cookies) == (500, [])
    assert "InvalidArgumentError" in shop.errors.getvalue()
    assert list(shop.manager.store) == []


def test_a_path_without_a_slash_is_as_harmless_as_in_session3(
    open_shop: Callable[..., Site],
) -> None:
    shop = open_shop(session_cookie_path="shop")
    assert Browser(shop).get("login").attributes()["path"] == "shop"


def test_a_quoted_value_is_read(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    assert browser.get("who", HTTP_COOKIE=f'QX_session="{browser.id}"').body == "alice"


@pytest.mark.parametrize(
    "header",
    [
        "QX_session=stale; QX_session={id}",
        "QX_session={id}; QX_session=stale",
        'QX_session=; QX_session="../../etc/passwd"; QX_session={id}',
        "QX_session=a; QX_session=b; QX_session=c; QX_session={id}",
        "other=1;;; = ;QX_session ;QX_session={id};x",
        "other=1, QX_session={id}",  # as Quixote's own server joins two headers
    ],
)
def test_the_first_live_session_wins(shop: Site, header: str) -> None:
    browser = Browser(shop)
    browser.get("login")
    assert browser.get("who", HTTP_COOKIE=header.format(id=browser.id)).body == "alice"


@pytest.mark.parametrize("header", ["sid=stale; sid={id}", "sid={id}; sid=stale"])
def test_the_first_live_session_wins_also_by_a_name_of_the_policy_s(
    open_shop: Callable[..., Site], header: str
) -> None:
    browser = Browser(open_shop(CookiePolicy(name="sid")))
    browser.get("login")
    cookie = header.format(id=browser.cookies["sid"])
    assert browser.get("who", HTTP_COOKIE=cookie).body == "alice"


def test_no_more_than_four_ids_are_looked_up(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    asked: list[str] = []
    load = shop.manager.store.load_session

    def count(id: str, default: Any = None) -> Any:
        asked.append(id)
        return load(id, default)

    shop.manager.store.load_session = count
    pairs = [f"QX_session=stale{number}" for number in range(1000)]
    header = "; ".join([*pairs, f"QX_session={browser.id}"])[-8000:]
    assert browser.get("who", HTTP_COOKIE=header).body == "None"
    assert len(asked) == 4


HOSTILE = [
    "x" * 100_000,
    "QX_session=" + "A" * 100_000,
    'QX_session="' + "A" * 100_000,
    "; " * 50_000,
    "=" * 100_000,
    "; ".join(f"cookie{number}=value" for number in range(1000)),
    "; ".join(["QX_session=planted"] * 1000),
    bytes(range(256)).decode("latin-1"),
    "QX_session=" + bytes(range(128, 256)).decode("latin-1"),
    "QX_session=\x00; QX_session=a\x00b",
    "QX_session=\ud800\udfff\u20ac",
    "\u20ac=1; QX_session=*del*",
]
# Quixote's own parser takes minutes for the one, and for ever for the others.
STOPPING_QUIXOTE = [" " * 100_000, 'x="' + "\\" * 100_000, 'x="' + "\\" * 60]


def check_hostile(shop: Site, header: str) -> None:
    began = time.monotonic()
    reply = Browser(shop).get("who", HTTP_COOKIE=header)
    assert (reply.status, reply.body) == (200, "None")
    assert time.monotonic() - began < 2
    assert Browser(shop).get("login", HTTP_COOKIE=header).status == 200
    assert len(list(shop.manager.store)) == 1


@pytest.mark.parametrize("header", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_client_sends_is_a_visitor(shop: Site, header: str) -> None:
    check_hostile(shop, header)


@pytest.mark.parametrize("header", [*HOSTILE, *STOPPING_QUIXOTE], ids=range(len(HOSTILE) + 3))
def test_a_tamed_header_does_not_stop_quixote(shop: Site, header: str) -> None:
    check_hostile(shop, tame(header))


@pytest.mark.parametrize(
    ("header", "tamed"),
    [
        ("", ""),
        ("a=1; b=2", "a=1; b=2"),
        ("a=1;b=2 ;\tc=3", "a=1; b=2; c=3"),
        ('a="quoted value"; b=""', 'a="quoted value"; b=""'),
        ("a = 1; b=x=y==", "a = 1; b=x=y=="),
        ('a; =1; c="open; d=a\\b; e=\x00; f=1 2; g=1  2; h=\xe9', "f=1 2; h=\xe9"),
        ("a=" + "x" * 8190, "a=" + "x" * 8190),
        ("$Path=/; a=1", "$Path=/; a=1"),
        ("a=" + "x" * 8190 + "; b=1", "a=" + "x" * 8190),
        ("a=" + "x" * 8188 + "; b=1", "a=" + "x" * 8188),
        ("a=1; b=" + "x" * 9000 + "; c=1", "a=1"),
        ("a=" + "x" * 9000, ""),
    ],
)
def test_only_well_formed_cookies_remain(header: str, tamed: str) -> None:
    assert tame(header) == tamed


def test_beyond_8_kb_of_cookies_nothing_is_seen(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    pair = f"QX_session={browser.id}"
    padding = "x=" + "y" * (8192 - len(pair) - 4)
    assert browser.get("who", HTTP_COOKIE=f"{padding}; {pair}").body == "alice"
    assert browser.get("who", HTTP_COOKIE=f"{padding}y; {pair}").body == "None"


PATHS = [
    "../secret",
    "/etc/passwd",
    "..",
    ".",
    ".session3",
    "a/b",
    "id\x00",
    "",
    "*del*",
    "é",
    "a b",
]


@pytest.mark.parametrize("id", PATHS)
def test_an_id_that_looks_like_a_path_is_unknown(shop: Site, directory: Any, id: str) -> None:
    (directory.parent / "secret").write_bytes(b"SESSION3")
    reply = Browser(shop).get("who", HTTP_COOKIE=f"QX_session={id}")
    assert (reply.status, reply.body) == (200, "None")
    assert shop.manager.has_session(id) is False
    assert sorted(path.name for path in directory.iterdir()) == [".session3"]


def test_a_cookie_that_a_page_revoked_is_not_seen_again(shop: Site) -> None:
    seen: list[Any] = []

    @shop.page
    def revoke() -> str:
        seen.append(shop.manager.has_session_cookie())
        shop.manager.revoke_session_cookie()
        seen.append(shop.manager.has_session_cookie())
        seen.append(shop.manager.get_session().user)
        return "revoked"

    browser = Browser(shop)
    browser.get("login")
    browser.get("revoke")
    assert seen == [True, False, None]


def test_whether_a_cookie_came_and_stands_for_a_session(shop: Site) -> None:
    @shop.page
    def ask() -> str:
        manager = shop.manager
        return f"{manager.has_session_cookie()} {manager.has_session_cookie(must_exist=True)}"

    browser = Browser(shop)
    assert browser.get("ask").body == "False False"
    assert browser.get("ask", HTTP_COOKIE="QX_session=stale").body == "True False"
    browser.get("login")
    assert browser.get("ask").body == "True True"


def test_a_program_may_put_a_cookie_into_the_request(shop: Site) -> None:
    session = Session("known")
    session.set_user("bob")
    shop.manager.store.save_session(session)

    @shop.page
    def put() -> str:
        get_request().cookies["QX_session"] = "known"
        return str(shop.manager.get_session().user)

    assert Browser(shop).get("put").body == "bob"


def test_a_subclass_may_find_the_id_elsewhere(directory_store: Any) -> None:
    class HeaderManager(SessionManager):
        def _get_session_id(self, config: Any) -> str | None:
            found: str | None = get_request().get_header("X-Session")
            return found

    session = Session("known")
    session.set_user("bob")
    directory_store.save_session(session)
    with site(HeaderManager(directory_store)) as shop:
        shop.page(who)
        assert Browser(shop).get("who", HTTP_X_SESSION="known").body == "bob"
        assert Browser(shop).get("who", HTTP_COOKIE="QX_session=known").body == "None"


def test_two_sites_beside_each_other_mind_their_paths(shop: Site) -> None:
    """The cookie of the longer path comes first, and wins if it is alive."""
    first, second = Browser(shop), Browser(shop)
    first.get("login")
    second.get("login")
    header = f"QX_session={second.id}; QX_session={first.id}"

    @shop.page
    def which() -> str:
        return str(get_session().id)

    reply: Reply = first.get("which", HTTP_COOKIE=header)
    assert reply.body == second.id
