# SPDX-License-Identifier: MIT
"""Flask's own words for a session, and Flask-Login's, are those of the stored form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock
from unittest.mock import Mock

import pytest
from flask import (
    Flask,
    Response,
    flash,
    get_flashed_messages,
    request,
    request_started,
    session,
    stream_with_context,
)
from flask_login import (  # type: ignore[import-untyped]
    LoginManager,
    UserMixin,
    current_user,
    login_user,
    logout_user,
)
from session3.errors import BusyError, InvalidArgumentError
from session3.flask import FlaskSession, Session3SessionInterface


class Member(UserMixin):  # type: ignore[misc]
    """A user who is no more than a name."""

    def __init__(self, name: str) -> None:
        self.id = name


@pytest.fixture
def app(store: Any) -> Flask:
    app = Flask(__name__)
    app.secret_key = "for what Flask-Login signs"
    app.session_interface = Session3SessionInterface(store)
    login = LoginManager(app)
    login.user_loader(Member)

    @app.route("/login/<name>")
    def log_in(name: str) -> str:
        login_user(Member(name))
        return "in"

    @app.route("/logout")
    def log_out() -> str:
        logout_user()
        return "out"

    @app.route("/who")
    def who() -> str:
        return current_user.id if current_user.is_authenticated else "nobody"

    return app


def stored(store: Any) -> Any:
    [id] = store
    return store.load_session(id)


def test_a_login_by_flask_login_is_the_stored_user(app: Flask, store: Any) -> None:
    client = app.test_client()
    client.get("/login/ada")
    session = stored(store)
    assert session.user == "ada"
    assert set(session) == {"_fresh", "_id"}
    assert session.get_login_time() is not None
    assert client.get("/who").text == "ada"
    client.get("/logout")
    assert client.get("/who").text == "nobody"
    # Nothing but the login was in it.
    assert list(store) == []


def test_a_login_of_another_host_is_one_for_flask_login(app: Flask, store: Any) -> None:
    client = app.test_client()
    client.get("/login/ada")
    session = stored(store)
    session.set_user("grace")
    store.save_session(session)
    assert client.get("/who").text == "grace"


@pytest.mark.parametrize(("remember", "after"), [(True, "ada"), (False, "nobody")])
def test_only_flask_logins_own_cookie_outlives_a_logout_everywhere(
    app: Flask, remember: bool, after: str
) -> None:
    @app.route("/remember")
    def be_remembered() -> str:
        session.permanent = not remember
        login_user(Member("ada"), remember=remember)
        return "in"

    @app.route("/everywhere")
    def everywhere() -> str:
        return str(session.expire_user_sessions())  # type: ignore[attr-defined]

    here, there = app.test_client(), app.test_client()
    here.get("/remember")
    there.get("/login/ada")
    assert there.get("/everywhere").text == "True"
    assert here.get("/who").text == after


def test_a_login_renews_the_id(app: Flask) -> None:
    client = app.test_client()
    ids = []
    for name in ("ada", "ada", "grace"):
        client.get(f"/login/{name}")
        cookie = client.get_cookie("session")
        assert cookie is not None
        ids.append(cookie.value)
    assert ids[0] == ids[1] != ids[2]


def test_an_attribute_of_flask_logins_name_logs_nobody_in(app: Flask, store: Any) -> None:
    client = app.test_client()
    with client.session_transaction() as planted:
        planted["x"] = 1
    session = stored(store)
    session["_user_id"] = "eve"
    store.save_session(session)
    assert client.get("/who").text == "nobody"
    with client.session_transaction() as opened:
        assert "_user_id" not in dict(opened)
        assert opened["x"] == 1
    assert stored(store)["_user_id"] == "eve"


def test_permanent_is_persistent(app: Flask, store: Any) -> None:
    app.permanent_session_lifetime = timedelta(days=3)

    @app.route("/remember/<int:is_permanent>")
    def remember(is_permanent: int) -> str:
        session["x"] = 1
        session.permanent = bool(is_permanent)
        return str(session.permanent)

    client = app.test_client()
    assert f"; Max-Age={3 * 24 * 3600}; " in client.get("/remember/1").headers["Set-Cookie"]
    assert stored(store).get_persistent() is True
    assert "Max-Age" not in client.get("/remember/0").headers["Set-Cookie"]
    assert stored(store).get_persistent() is False


def test_new_and_modified_tell_of_the_session(app: Flask) -> None:
    @app.route("/tell")
    def tell() -> str:
        before = f"{session.new} {session.modified}"
        session.setdefault("list", []).append(1)
        session.modified = True
        return f"{before} {session.modified} {session.accessed}"

    client = app.test_client()
    assert client.get("/tell").text == "True True True True"
    assert client.get("/tell").text == "False False True True"


def test_flashes_and_transactions_of_the_test_client(app: Flask, store: Any) -> None:
    @app.route("/flash")
    def tell() -> str:
        flash("saved", "info")
        return "flashed"

    @app.route("/shown")
    def shown() -> str:
        return str(get_flashed_messages())

    client = app.test_client()
    client.get("/flash")
    assert stored(store)["_flashes"] == [["info", "saved"]]
    assert client.get("/shown").text == "['saved']"
    with client.session_transaction() as planted:
        assert isinstance(planted, FlaskSession)
        planted["n"] = 5
    assert dict(stored(store)) == {"n": 5}


def test_the_cookie_is_as_the_settings_say(app: Flask) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="shop",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PATH="/shop",
        SESSION_COOKIE_DOMAIN="shop.example",
        SESSION_COOKIE_PARTITIONED=True,
    )
    cookie = app.test_client().get("/login/ada").headers["Set-Cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("shop=")
    assert sorted(attributes) == [
        *("Domain=shop.example", "HttpOnly", "Partitioned", "Path=/shop", "SameSite=Strict"),
        "Secure",
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"SESSION_COOKIE_SAMESITE": "None"},
        {"SESSION_COOKIE_SAMESITE": True},
        {"SESSION_COOKIE_DOMAIN": "localhost:5000"},
        {"SESSION_COOKIE_NAME": "__Host-session"},
        {"PERMANENT_SESSION_LIFETIME": 0},
    ],
)
def test_a_setting_that_can_not_be_is_an_error_that_names_the_settings(
    app: Flask, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    app.config.update(settings, PROPAGATE_EXCEPTIONS=False)
    app.register_error_handler(500, lambda _error: (f"sorry, {session.get('name')}", 500))
    answer = app.test_client().get("/login/ada")
    assert (answer.status_code, answer.text) == (500, "sorry, None")
    assert "PERMANENT_SESSION_LIFETIME or a SESSION_COOKIE_ setting: " in caplog.text
    assert "Request finalizing failed" not in caplog.text


def test_time_limits_are_checked_where_they_are_given(store: Any) -> None:
    for wrong in ("30m", 0, timedelta(0)):
        with pytest.raises(InvalidArgumentError, match="idle_timeout must be a positive number"):
            Session3SessionInterface(store, idle_timeout=wrong)  # type: ignore[arg-type]
        with pytest.raises(InvalidArgumentError, match="lifetime must be a positive number"):
            Session3SessionInterface(store, lifetime=wrong)  # type: ignore[arg-type]


def test_time_limits_may_be_timedeltas(app: Flask, store: Any) -> None:
    interface = Session3SessionInterface(
        store, idle_timeout=timedelta(minutes=30), lifetime=timedelta(hours=12)
    )
    policy = interface.manager(app).policy
    assert (policy.idle_timeout, policy.lifetime) == (1800, 43200)


def test_two_applications_on_one_interface_have_their_own_cookies(app: Flask) -> None:
    other = Flask("other")
    other.session_interface = app.session_interface
    other.config.update(SESSION_COOKIE_NAME="other", SESSION_COOKIE_SECURE=True)
    other.route("/")(lambda: str(session.setdefault("n", 1)))
    for _ in range(2):
        cookie = app.test_client().get("/login/ada").headers["Set-Cookie"]
        assert cookie.startswith("session=")
        assert "Secure" not in cookie
        cookie = other.test_client().get("/").headers["Set-Cookie"]
        assert cookie.startswith("other=")
        assert "Secure" in cookie


def test_an_item_that_flask_login_reads_is_the_user(app: Flask, store: Any) -> None:
    interface = app.session_interface
    with app.test_request_context("/"):
        assert isinstance(interface, Session3SessionInterface)
        opened = interface.manager(app).start_request(None).session
        assert isinstance(opened, FlaskSession)
        assert "_user_id" not in opened
        with pytest.raises(KeyError):
            opened["_user_id"]
        with pytest.raises(KeyError):
            del opened["_user_id"]
        opened["_user_id"] = "ada"
        opened["x"] = 1
        assert (opened.user, len(opened), list(opened)) == ("ada", 2, ["x", "_user_id"])
        assert opened.pop("_user_id") == "ada"
        assert opened.user is None
        opened.update(_user_id="grace", y=2)
        assert dict(opened) == {"x": 1, "y": 2, "_user_id": "grace"}
        opened.clear()
        assert dict(opened) == {}
        assert opened.user is None
    assert list(store) == []


def test_a_login_by_an_update_is_the_user(app: Flask, store: Any) -> None:
    @app.route("/update")
    def update() -> str:
        opened: Any = session._get_current_object()  # type: ignore[attr-defined]
        opened |= {"theme": "dark", "_user_id": "ada"}
        assert {"theme": "light", "x": 1} | opened == {"x": 1, **opened}
        assert opened | {"theme": "light"} == {**opened, "theme": "light"}
        return type(opened | {}).__name__

    assert app.test_client().get("/update").text == "dict"
    assert stored(store).user == "ada"
    assert dict(stored(store)) == {"theme": "dark"}


def test_the_sites_own_error_page_may_look_into_the_session(app: Flask, store: Any) -> None:
    app.register_error_handler(BusyError, lambda error: (f"busy: {error}", 503))

    @app.errorhandler(500)
    def sorry(_error: Any) -> tuple[str, int]:
        session["seen"] = True
        known = current_user.is_authenticated
        return f"sorry, {'you' if known else 'stranger'}: {session.get('theme', 'no theme')}", 500

    @app.before_request
    def is_known() -> str | None:
        return None if current_user.is_authenticated or request.path != "/never" else "log in first"

    @app.route("/never")
    def never() -> str:
        raise AssertionError("a page without the session of its browser")

    client = app.test_client()
    client.get("/login/ada")
    load, store.load_session = store.load_session, Mock(side_effect=OSError("no disk"))
    answer = client.get("/never")
    assert (answer.status_code, answer.text) == (500, "sorry, stranger: no theme")
    assert "Set-Cookie" not in answer.headers
    store.load_session.side_effect = BusyError("held")
    assert client.get("/never").text == "busy: held"
    store.load_session = load
    assert client.get("/who").text == "ada"
    assert "seen" not in stored(store)


def test_a_logout_in_a_streamed_body_is_done(app: Flask, store: Any) -> None:
    @app.route("/stream/<method>")
    def stream(method: str) -> Response:
        def body() -> Iterator[str]:
            yield "one"
            getattr(opened, method)()

        opened = session._get_current_object()  # type: ignore[attr-defined]
        return Response(body())

    client = app.test_client()
    for method in ("expire", "expire_user_sessions"):
        client.get("/login/ada")
        assert client.get(f"/stream/{method}").text == "one"
        assert list(store) == []
        assert client.get("/who").text == "nobody"


def test_an_application_of_another_store_goes_on(app: Flask, store: Any) -> None:
    other = Flask("other")
    other.secret_key = "for its cookies"
    other.route("/")(lambda: str(session.get("x")))
    with mock.patch.object(store, "load_session", side_effect=OSError("no disk")):
        client = app.test_client()
        client.set_cookie("session", "a" * 22)
        assert client.get("/who").status_code == 500
        assert other.test_client().get("/").text == "None"


def test_a_failing_store_is_told_also_where_no_page_is_asked(app: Flask, store: Any) -> None:
    client = app.test_client()
    client.get("/login/ada")
    cookie = f"session={stored(store).id}"
    with mock.patch.object(store, "load_session", side_effect=BusyError("held")):
        with pytest.raises(BusyError), client.session_transaction() as opened:
            opened["x"] = 1
        with (
            app.test_request_context(headers={"Cookie": cookie}),
            pytest.raises(BusyError),
        ):
            session.get("x")
    app.config.update(SESSION_COOKIE_SAMESITE="None", SESSION_COOKIE_SECURE=False)
    with pytest.raises(ValueError, match=r"(?i)same.?site"), client.session_transaction() as opened:
        opened["x"] = 1


def test_a_logout_that_the_store_can_not_do_is_not_pretended(
    app: Flask, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    @app.after_request
    def log_out(response: Response) -> Response:
        if request.path == "/log-out":
            session.expire()  # type: ignore[attr-defined]
        return response

    app.register_error_handler(BusyError, lambda _error: ("busy", 503))
    client = app.test_client()
    client.get("/login/ada")
    with mock.patch.object(store, "load_session", side_effect=BusyError("held")):
        assert client.get("/who").status_code == 503
        assert client.get("/log-out").status_code == 500
        assert "belongs to no request" not in caplog.text
    assert client.get("/who").text == "ada"


def test_changes_of_a_streamed_body_are_told(
    app: Flask, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    @app.route("/stream/<theme>")
    def stream(theme: str) -> Response:
        def body() -> Iterator[str]:
            yield "one"
            session["theme"] = theme

        session["theme"] = "dark"
        return Response(stream_with_context(body()))

    client = app.test_client()
    with client.get("/stream/dark") as answer:
        assert answer.get_data(as_text=True) == "one"
    assert caplog.text == ""
    with client.get("/stream/light") as answer:
        assert answer.get_data(as_text=True) == "one"
    assert "late changes of a session are not stored" in caplog.text
    assert dict(stored(store)) == {"theme": "dark"}


def test_the_error_page_looks_into_the_session_whoever_met_the_failure_first(
    app: Flask, store: Any
) -> None:
    def look(_app: Flask, **_: Any) -> None:
        session.get("theme")

    app.register_error_handler(
        BusyError, lambda _error: (f"busy, {session.get('theme', 'no theme')}", 503)
    )
    app.route("/")(lambda: "never")
    with (
        request_started.connected_to(look, app),
        mock.patch.object(store, "load_session", side_effect=BusyError("held")),
    ):
        client = app.test_client()
        client.set_cookie("session", "a" * 22)
        answer = client.get("/")
    assert (answer.status_code, answer.text) == (503, "busy, no theme")
