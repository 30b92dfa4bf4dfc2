# SPDX-License-Identifier: MIT
"""How long sessions live: idle and absolute limits, remembered sessions, clocks that jump."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from quixote import get_request, get_session  # type: ignore[import-untyped]
from quixote_clock import FakeClock
from quixote_site import Browser, Site, site
from session3.errors import InvalidArgumentError
from session3.policy import DAY, CookiePolicy, ManagerPolicy
from session3.Session import Session
from session3.SessionManager import SessionManager

HOUR = 3600.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_shop(open_store: Callable[..., Any], clock: FakeClock) -> Iterator[Callable[..., Site]]:
    """Opens the site, with limits; the store's clock is the test's."""
    managers = []

    def open_it(**limits: Any) -> Site:
        store = open_store(clock=clock)
        context = site(SessionManager(store, policy=ManagerPolicy(**limits)))
        managers.append(context)
        shop = context.__enter__()
        add_pages(shop)
        return shop

    yield open_it
    for context in managers:
        context.__exit__(None, None, None)


def add_pages(shop: Site) -> None:
    @shop.page
    def login() -> str:
        fields = get_request().form
        get_session().set_user(fields.get("user", "alice"))
        if "remember" in fields:
            get_session().set_persistent(fields["remember"] == "yes")
        return "in"

    @shop.page
    def who() -> str:
        return str(get_session().user)

    @shop.page
    def renew() -> str:
        shop.manager.renew_id()
        return "renewed"

    @shop.page
    def leave() -> str:
        get_session().user = None
        return "left"


def logged_in(shop: Site, query: str = "") -> Browser:
    browser = Browser(shop)
    browser.get("login", QUERY_STRING=query)
    return browser


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "5"])
@pytest.mark.parametrize("name", ["idle_timeout", "lifetime", "persistent_timeout"])
def test_a_limit_is_a_positive_number(name: str, seconds: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=name):
        ManagerPolicy(**{name: seconds})


def test_a_persistent_session_has_a_limit() -> None:
    with pytest.raises(InvalidArgumentError, match="persistent_timeout"):
        ManagerPolicy(persistent_timeout=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": "a b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "é"}, "name"),
        ({"path": "shop"}, "path"),
        ({"path": "/;x"}, "path"),
        ({"domain": "a b"}, "domain"),
        ({"same_site": "none", "secure": False}, "Secure|secure"),
        ({"partitioned": True, "secure": False}, "Secure|secure"),
        ({"name": "__Secure-id", "secure": False}, "Secure|secure"),
        ({"name": "__Host-id", "secure": True, "path": "/shop"}, "Host|path"),
        ({"name": "__Host-id", "secure": True, "domain": "example.com"}, "Host|domain"),
        ({"name": "__Http-id", "secure": True, "http_only": False}, "Http"),
        ({"same_site": "sometimes"}, "same_site"),
        ({"name": 5}, "str"),
    ],
)
def test_a_cookie_that_browsers_drop_is_refused(fields: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rule):
        CookiePolicy(**fields)


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ManagerPolicy().lifetime = 5  # type: ignore[misc]


def test_without_limits_a_session_lives_for_ever(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    browser = logged_in(open_shop())
    clock.advance(3650 * DAY)
    assert browser.get("who").body == "alice"


def test_an_idle_session_ends_and_is_left_to_the_sweep(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    shop = open_shop(idle_timeout=HOUR)
    browser = logged_in(shop)
    first = browser.id
    clock.advance(HOUR)
    assert browser.get("who").body == "alice"
    clock.advance(HOUR + 1)
    assert browser.get("who").body == "None"
    assert shop.manager.store.has_session(first)
    assert not shop.manager.has_session(first)
    assert first not in shop.manager
    assert list(shop.manager) == []
    browser.get("login")
    assert browser.id != first


def test_a_session_in_use_is_not_idle(open_shop: Callable[..., Site], clock: FakeClock) -> None:
    browser = logged_in(open_shop(idle_timeout=HOUR))
    for _ in range(5):
        clock.advance(HOUR - 1)
        assert browser.get("who").body == "alice"


def test_the_lifetime_ends_also_a_busy_session(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    browser = logged_in(open_shop(lifetime=HOUR))
    for _ in range(4):
        clock.advance(HOUR / 4)
        assert browser.get("who").body == "alice"
    clock.advance(1)
    assert browser.get("who").body == "None"


def test_a_new_id_does_not_prolong_the_lifetime(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    browser = logged_in(open_shop(lifetime=HOUR))
    clock.advance(HOUR - 1)
    browser.get("renew")
    clock.advance(2)
    assert browser.get("who").body == "None"


def test_another_login_begins_the_lifetime_anew(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    shop = open_shop(lifetime=HOUR)
    browser = logged_in(shop)
    clock.advance(HOUR - 1)
    browser.get("login", QUERY_STRING="user=bob")
    clock.advance(HOUR)
    assert browser.get("who").body == "bob"
    assert shop.manager.get(browser.id).get_login_time() == clock.now - HOUR
    clock.advance(1)
    assert browser.get("who").body == "None"


def test_a_browser_session_has_no_max_age(open_shop: Callable[..., Site]) -> None:
    reply = Browser(open_shop()).get("login")
    assert "max-age" not in reply.attributes()
    assert "expires" not in reply.attributes()


def test_a_remembered_session_outlives_browser_and_idle_limit(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    shop = open_shop(idle_timeout=HOUR, persistent_timeout=10 * DAY)
    browser = Browser(shop)
    reply = browser.get("login", QUERY_STRING="remember=yes")
    assert reply.attributes()["max-age"] == str(int(10 * DAY))
    assert reply.attributes()["expires"] == "Mon, 25 Jan 2027 08:00:00 GMT"
    assert shop.manager.store.load_session(browser.id).get_persistent() is True
    clock.advance(10 * DAY)
    assert browser.get("who").body == "alice"
    clock.advance(10 * DAY + 1)
    assert browser.get("who").body == "None"


def test_a_policy_remembers_whoever_says_nothing(open_shop: Callable[..., Site]) -> None:
    shop = open_shop(persistent=True)
    assert "max-age" in Browser(shop).get("login").attributes()
    assert "max-age" not in Browser(shop).get("login", QUERY_STRING="remember=no").attributes()


def test_a_remembered_cookie_is_sent_again_after_a_tenth_of_its_time(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    browser = logged_in(open_shop(persistent_timeout=10 * DAY), "remember=yes")
    clock.advance(DAY)
    assert browser.get("who").set_cookies == []
    clock.advance(1)
    assert browser.get("who").attributes()["max-age"] == str(int(10 * DAY))
    assert browser.get("who").set_cookies == []
    clock.advance(DAY + 1)
    assert browser.get("who").set_cookies != []


def test_a_refresh_in_the_future_does_not_end_refreshing(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    browser = logged_in(open_shop(persistent=True, persistent_timeout=100 * DAY))
    clock.advance(50 * DAY)
    assert browser.get("who").set_cookies != []
    clock.advance(-50 * DAY)
    assert browser.get("who").set_cookies != []
    assert browser.get("who").set_cookies == []


def test_a_cookie_ends_with_the_lifetime(open_shop: Callable[..., Site], clock: FakeClock) -> None:
    browser = Browser(open_shop(lifetime=5 * DAY, persistent=True))
    assert browser.get("login").attributes()["max-age"] == str(int(5 * DAY))
    clock.advance(4 * DAY)
    # It ends at the same moment as the one that the browser has.
    assert browser.get("who").set_cookies == []
    assert browser.get("renew").attributes()["max-age"] == str(int(DAY))


def test_no_cookie_is_kept_beyond_400_days(open_shop: Callable[..., Site]) -> None:
    reply = Browser(open_shop(persistent=True, persistent_timeout=1000 * DAY)).get("login")
    assert reply.attributes()["max-age"] == str(int(400 * DAY))


def test_whether_a_session_is_remembered_can_change(open_shop: Callable[..., Site]) -> None:
    shop = open_shop()

    @shop.page
    def remember() -> str:
        get_session().set_persistent(True)
        return "remembered"

    @shop.page
    def forget() -> str:
        get_session().set_persistent(False)
        return "forgotten"

    browser = logged_in(shop)
    first = browser.id
    assert "max-age" in browser.get("remember").attributes()
    assert browser.get("remember").set_cookies == []
    assert "max-age" not in browser.get("forget").attributes()
    assert browser.id == first


def test_a_cookie_is_not_refreshed_for_an_id_that_another_request_renewed(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    shop = open_shop(persistent=True)
    browser = logged_in(shop)
    old = browser.id

    @shop.page
    def overtaken() -> str:
        browser.get("renew")
        get_session().colour = "green"
        return "late"

    clock.advance(10 * DAY)
    late = Browser(shop, {"QX_session": old})
    assert late.get("overtaken").set_cookies == []
    session = shop.manager.get(browser.id)
    assert session.user == "alice"
    assert session.colour == "green"


def test_a_leap_of_the_clock_ends_no_session_for_good(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    browser = logged_in(open_shop(idle_timeout=HOUR, lifetime=DAY))
    clock.advance(365 * DAY)
    assert browser.get("who").body == "None"
    clock.advance(-365 * DAY)
    assert browser.get("who").body == "alice"


def test_a_clock_that_goes_back_ends_no_session(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    browser = logged_in(open_shop(idle_timeout=HOUR, lifetime=DAY, persistent=True))
    clock.advance(-30 * DAY)
    assert browser.get("who").body == "alice"
    reply = browser.get("login", QUERY_STRING="user=bob")
    assert int(reply.attributes()["max-age"]) == int(DAY)
    assert browser.get("who").body == "bob"


def test_a_logout_that_keeps_the_session_ends_the_login_s_lifetime(
    open_shop: Callable[..., Site], clock: FakeClock
) -> None:
    class AlwaysKept(Session):
        def has_info(self) -> bool:
            return True

    shop = open_shop(lifetime=HOUR)
    shop.manager.session_class = AlwaysKept
    browser = logged_in(shop)
    clock.advance(60)
    assert shop.manager.get(browser.id).get_login_time() == clock.now - 60
    browser.get("leave")
    session = shop.manager.get(browser.id)
    assert (session.user, session.get_login_time()) == (None, None)


def test_the_reserved_entries_are_no_attributes(open_shop: Callable[..., Site]) -> None:
    shop = open_shop(persistent=True)

    @shop.page
    def own() -> str:
        get_session().persistent = "mine"
        get_session().renewed = 5
        get_session().authenticated = ["also mine"]
        return "set"

    browser = logged_in(shop, "remember=yes")
    browser.get("own")
    session = shop.manager.get(browser.id)
    assert (session.persistent, session.renewed) == ("mine", 5)
    assert session.authenticated == ["also mine"]
    assert session.get_persistent() is True
