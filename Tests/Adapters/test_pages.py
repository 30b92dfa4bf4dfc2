# SPDX-License-Identifier: MIT
"""What the session of a page is and becomes, the same under each framework."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from session3.store.DirectorySessionStore import DirectorySessionStore

Open = Callable[..., Any]


def test_a_visitor_without_information_gets_no_cookie(browser: Open, store: Any) -> None:
    answer = browser().get("/who")
    assert (answer.body, answer.set_cookie) == ("nobody", None)
    assert list(store) == []


def test_a_visitor_is_counted_in_one_session(browser: Open, store: Any) -> None:
    visitor = browser()
    assert [visitor.text("/count") for _ in range(3)] == ["1", "2", "3"]
    assert list(store) == [visitor.cookie]
    assert dict(store.load_session(visitor.cookie)) == {"visits": 3}


def test_the_cookie_is_for_the_browser_alone(browser: Open) -> None:
    set_cookie = browser().get("/count").set_cookie
    assert "; HttpOnly" in set_cookie
    assert "; SameSite=Lax" in set_cookie
    assert "; Path=/" in set_cookie
    assert "Max-Age" not in set_cookie


def test_the_cookie_is_set_once(browser: Open) -> None:
    visitor = browser()
    assert visitor.get("/count").set_cookie is not None
    assert visitor.get("/count").set_cookie is None


@pytest.mark.parametrize("planted", ["planted-by-somebody", "../../etc/passwd", "%00", "x" * 9000])
def test_a_planted_id_is_never_adopted(browser: Open, store: Any, planted: str) -> None:
    visitor = browser(planted)
    assert visitor.text("/count") == "1"
    assert visitor.cookie != planted
    assert list(store) == [visitor.cookie]


def test_a_login_renews_the_id_and_keeps_the_rest(browser: Open, store: Any) -> None:
    visitor = browser()
    visitor.text("/count")
    before = visitor.cookie
    visitor.text("/login/ada")
    assert visitor.cookie != before
    assert list(store) == [visitor.cookie]
    session = store.load_session(visitor.cookie)
    assert (session.user, session["visits"]) == ("ada", 1)
    assert session.get_login_time() == pytest.approx(store.now(), abs=60)


def test_who_logs_in_again_keeps_the_id(browser: Open) -> None:
    visitor = browser()
    visitor.text("/login/ada")
    assert visitor.get("/login/ada").set_cookie is None


def test_tokens_of_before_a_login_do_not_pass_after_it(browser: Open, store: Any) -> None:
    visitor = browser()
    form, csrf = visitor.text("/call/create_form_token"), visitor.text("/call/get_csrf_token")
    assert store.load_session(visitor.cookie).has_form_token(form)
    visitor.text("/login/ada")
    session = store.load_session(visitor.cookie)
    assert not session.has_form_token(form)
    assert session._csrf_token != csrf


@pytest.mark.parametrize("page", ["/call/clear", "/call/expire", "/call/expire_user_sessions"])
def test_a_logout_deletes_the_session_and_revokes_the_cookie(
    browser: Open, store: Any, page: str
) -> None:
    visitor = browser()
    visitor.text("/login/ada")
    assert "; Max-Age=0; " in visitor.get(page).set_cookie
    assert visitor.cookie is None
    assert list(store) == []
    assert visitor.text("/who") == "nobody"


def test_log_out_everywhere_reaches_other_browsers(browser: Open, store: Any) -> None:
    one, two, other = browser(), browser(), browser()
    for visitor, user in ((one, "ada"), (two, "ada"), (other, "grace")):
        visitor.text(f"/login/{user}")
    assert one.text("/call/expire_user_sessions/true") == "True"
    assert [v.text("/who") for v in (one, two, other)] == ["ada", "nobody", "grace"]
    assert one.text("/call/expire_user_sessions") == "True"
    assert list(store) == [other.cookie]


def test_a_visitor_has_nobody_to_log_out_everywhere(browser: Open) -> None:
    visitor = browser()
    visitor.text("/count")
    assert visitor.text("/call/expire_user_sessions") == "False"
    assert visitor.text("/count") == "2"


def test_a_logout_stays_for_a_request_that_began_before_it(browser: Open, store: Any) -> None:
    visitor = browser()
    visitor.text("/login/ada")
    late = browser(visitor.cookie)
    # Deleted once the late request has loaded its session.
    load = store.load_session
    store.load_session = lambda id, *rest: (load(id, *rest), store.delete_session(id))[0]
    answer = late.get("/count")
    store.load_session = load
    assert (answer.status, answer.body, answer.set_cookie) == (200, "1", None)
    assert list(store) == []


def test_requests_at_once_both_keep_their_changes(browser: Open, store: Any) -> None:
    visitor = browser()
    visitor.text("/count")
    load = store.load_session

    def load_and_let_another_write(id: Any, *rest: Any) -> Any:
        session = load(id, *rest)
        store.load_session = load
        browser(visitor.cookie).text("/put/theirs/1")
        return session

    store.load_session = load_and_let_another_write
    visitor.text("/put/ours/2")
    assert json.loads(visitor.text("/show")) == {"visits": 1, "theirs": 1, "ours": 2}


def test_the_id_is_renewed_when_a_page_asks(browser: Open, store: Any) -> None:
    visitor = browser()
    visitor.text("/count")
    before = visitor.cookie
    visitor.text("/call/renew_id")
    assert visitor.cookie != before
    assert list(store) == [visitor.cookie]
    assert visitor.text("/count") == "2"


def test_a_change_deep_inside_a_value_is_stored(browser: Open, store: Any) -> None:
    visitor = browser()
    visitor.text('/put/cart/[{"tea": 1}]')
    session = store.load_session(visitor.cookie)
    session["cart"][0]["tea"] = 2
    store.save_session(session)
    assert json.loads(visitor.text("/show")) == {"cart": [{"tea": 2}]}


def test_what_is_put_in_after_a_clear_is_under_a_new_id(browser: Open, store: Any) -> None:
    visitor = browser()
    visitor.text("/count")
    before = visitor.cookie
    visitor.text("/clear_and_go_on")
    assert visitor.cookie not in (None, before)
    assert list(store) == [visitor.cookie]


def test_a_page_that_shows_a_token_varies_by_the_cookie(browser: Open) -> None:
    visitor = browser()
    visitor.text("/login/ada")
    for method in ("get_csrf_token", "create_form_token"):
        assert visitor.get(f"/call/{method}").vary == "Cookie"


@pytest.mark.parametrize("page", ["/broken", "/status/500", "/status/503"])
def test_a_request_that_fails_stores_nothing_and_sets_no_cookie(
    browser: Open, store: Any, page: str
) -> None:
    newcomer, visitor = browser(), browser()
    visitor.text("/count")
    for each in (newcomer, visitor):
        answer = each.get(page)
        assert answer.status >= 500
        assert answer.set_cookie is None
    assert list(store) == [visitor.cookie]
    assert dict(store.load_session(visitor.cookie)) == {"visits": 1}


def test_a_page_that_is_not_found_stores_its_session(browser: Open, store: Any) -> None:
    visitor = browser()
    assert visitor.get("/status/404").status == 404
    assert dict(store.load_session(visitor.cookie)) == {"status": "404"}


def test_a_value_that_can_not_travel_is_an_error_that_names_it(
    browser: Open, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = browser()
    visitor.text("/count")
    answer = visitor.get("/unstorable")
    assert answer.status == 500
    assert "cart[1].price: a value of type set can't be stored" in answer.body + caplog.text
    assert dict(store.load_session(visitor.cookie)) == {"visits": 1}


def test_what_a_body_changes_while_it_is_sent(browser: Open, store: Any, framework: str) -> None:
    visitor = browser()
    assert visitor.text("/stream") == "one, two"
    stored = dict(store.load_session(visitor.cookie)) if visitor.cookie else {}
    # Flask saves before it asks for the body; the middlewares when the first bytes of it leave.
    expected = {} if framework == "flask" else {"early": True, "late": True}
    assert stored == expected


def test_a_page_that_looked_into_the_session_varies_by_the_cookie(browser: Open) -> None:
    assert browser().get("/who").vary == "Cookie"
    assert browser().get("/count").vary == "Cookie"
    assert browser().get("/status/500").vary == "Cookie"
    assert browser().get("/nothing").vary == ""
    visitor = browser()
    visitor.text("/count")
    assert visitor.get("/nothing").vary == ""


def test_a_persistent_session_outlives_the_browser(open_site: Open) -> None:
    visitor = open_site(persistent_timeout=3600.0)()
    visitor.text("/count")
    answer = visitor.get("/call/set_persistent/true")
    assert "; Max-Age=3600; " in answer.set_cookie
    assert "; Expires=" in answer.set_cookie
    assert visitor.get("/count").set_cookie is None


@pytest.mark.parametrize("limits", [{"idle_timeout": 60.0}, {"lifetime": 100.0}], ids=str)
def test_a_session_beyond_a_limit_is_unknown(
    open_site: Open, directory: Path, limits: dict[str, float]
) -> None:
    now = 1_800_000_000.0
    store = DirectorySessionStore(directory, create=True, clock=lambda: now)
    visitor = open_site(store=store, **limits)()
    visitor.text("/count")
    now += 59
    assert visitor.text("/count") == "2"
    now += 61
    assert visitor.text("/count") == "1"


def test_a_request_renews_the_access_time(browser: Open, store: Any) -> None:
    visitor = browser()
    visitor.text("/count")
    store.set_access_time(visitor.cookie, store.now() - 100)
    visitor.text("/nothing")
    assert store.load_session(visitor.cookie).get_access_age() < 60


def test_what_a_login_leaves_after_an_expired_session_is_a_new_one(
    browser: Open, store: Any
) -> None:
    visitor = browser()
    visitor.text("/count")
    before = visitor.cookie
    visitor.text("/expire_and_go_on")
    assert visitor.cookie not in (None, before)
    assert list(store) == [visitor.cookie]
    assert json.loads(visitor.text("/show")) == {"message": "bye"}
