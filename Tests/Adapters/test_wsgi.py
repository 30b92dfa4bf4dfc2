# SPDX-License-Identifier: MIT
"""What PEP 3333 lets an application do, with the middleware around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any
from unittest import mock
from unittest.mock import Mock
from wsgiref.util import FileWrapper, setup_testing_defaults

import pytest
from session3.errors import BusyError, Session3Error
from session3.wsgi import SESSION, SessionMiddleware

Call = Callable[..., tuple[list[Any], Any]]


@pytest.fixture
def call(store: Any) -> Call:
    """Calls an application as a server does; answers what start_response and write were told, and
    the body, still unread."""

    def call(application: Any, cookie: str | None = None) -> tuple[list[Any], Any]:
        told: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            if exc_info and told:
                raise exc_info[1]
            told.append((status, headers))
            return told.append

        environ: dict[str, Any] = {"REMOTE_ADDR": "192.0.2.7"}
        setup_testing_defaults(environ)
        if cookie is not None:
            environ["HTTP_COOKIE"] = f"session3={cookie}"
        return told, SessionMiddleware(application, store)(environ, start_response)

    return call


def only_id(store: Any) -> str:
    [id] = store
    return str(id)


def test_start_response_after_the_headers_left_needs_an_error(call: Call) -> None:
    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"one"
        start_response("200 OK", [])

    told, body = call(application)
    assert next(body) == b"one"
    with pytest.raises(AssertionError, match="called before"):
        next(body)
    assert len(told) == 1


def test_what_is_set_after_start_response_is_stored(call: Call, store: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        environ[SESSION]["late"] = True
        return [b"body"]

    told, body = call(application)
    assert body == [b"body"]
    [(_, headers)] = told
    assert dict(headers)["Set-Cookie"].startswith(f"session3={only_id(store)};")


def test_headers_leave_before_what_write_sends(call: Call, store: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        environ[SESSION]["early"] = True
        write(b"one")
        return [b"two"]

    told, body = call(application)
    assert [part if isinstance(part, bytes) else part[0] for part in told] == ["200 OK", b"one"]
    assert body == [b"two"]
    assert only_id(store) in dict(told[0][1])["Set-Cookie"]


def test_headers_wait_for_the_first_bytes_of_a_generator(call: Call, store: Any) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b""
        environ[SESSION]["early"] = True
        yield b"one"
        environ[SESSION]["late"] = True

    told, body = call(application)
    assert next(body) == b"one"
    assert len(told) == 1
    assert dict(store.load_session(only_id(store))) == {"early": True}
    assert list(body) == []
    assert dict(store.load_session(only_id(store))) == {"early": True, "late": True}


def test_a_body_of_no_bytes_has_its_headers(call: Call, store: Any) -> None:
    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        environ[SESSION]["x"] = 1
        start_response("204 No Content", [])
        return iter(())

    told, body = call(application)
    assert list(body) == []
    assert [status for status, _ in told] == ["204 No Content"]
    assert only_id(store)


def test_an_application_that_starts_no_response_stores_nothing(call: Call, store: Any) -> None:
    def application(environ: Any, _start_response: Any) -> Iterator[bytes]:
        environ[SESSION]["x"] = 1
        yield b""

    assert list(call(application)[1]) == []
    assert list(store) == []


class Body:
    """A body that notes whether it was closed, and fails when it is read."""

    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"one"
        raise RuntimeError("the body is broken")

    def close(self) -> None:
        self.closed = True


def test_a_body_is_closed_also_if_nobody_read_it(call: Call) -> None:
    made = Body()

    def application(_environ: Any, start_response: Any) -> Body:
        start_response("200 OK", [])
        return made

    _, body = call(application)
    body.close()
    assert made.closed


def test_a_body_that_fails_stores_no_late_changes(
    call: Call, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        environ[SESSION]["early"] = True
        yield b"one"
        environ[SESSION]["late"] = True
        raise RuntimeError("the page is broken")

    _, body = call(application)
    next(body)
    with pytest.raises(RuntimeError):
        next(body)
    body.close()
    assert "late changes of a session are not stored" in caplog.text
    assert dict(store.load_session(only_id(store))) == {"early": True}


def test_an_error_page_takes_the_place_of_a_page_that_was_not_sent(call: Call, store: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("X-Page", "good")])
        environ[SESSION]["lost"] = True
        try:
            raise RuntimeError("the page is broken")
        except RuntimeError as error:
            start_response("500 Sorry", [], (RuntimeError, error, None))
        return [b"sorry"]

    told, _ = call(application)
    assert [status for status, _ in told] == ["500 Sorry"]
    assert list(store) == []


def test_an_error_after_the_headers_reaches_the_server(call: Call) -> None:
    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"one"
        start_response("500 Sorry", [], (RuntimeError, RuntimeError("too late"), None))

    _, body = call(application)
    next(body)
    with pytest.raises(RuntimeError, match="too late"):
        next(body)


def test_start_response_is_refused_twice(call: Call) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        start_response("200 OK", [])
        return []

    with pytest.raises(AssertionError):
        call(application)


@pytest.mark.parametrize(
    ("headers", "vary"),
    [
        ([], ["Cookie"]),
        ([("Vary", "Accept")], ["Accept", "Cookie"]),
        ([("vary", "Accept, COOKIE")], ["Accept, COOKIE"]),
        ([("Vary", "*")], ["*"]),
    ],
)
def test_the_response_varies_by_the_cookie_once(
    call: Call, headers: list[tuple[str, str]], vary: list[str]
) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        environ[SESSION].get("x")
        start_response("200 OK", headers)
        return []

    [(_, sent)] = call(application)[0]
    assert [value for name, value in sent if name.lower() == "vary"] == vary


def test_a_late_login_is_refused_and_a_late_session_is_told(
    call: Call, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"one"
        environ[SESSION]["late"] = True

    list(call(application)[1])
    assert "the response's headers were sent before" in caplog.text
    assert list(store) == []

    def late_login(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        environ[SESSION]["x"] = 1
        yield b"one"
        environ[SESSION].user = "mallory"

    with pytest.raises(ValueError, match="the user changed after"):
        list(call(late_login)[1])
    assert store.load_session(only_id(store)).user is None


def test_a_new_session_notes_the_address(call: Call, store: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        environ[SESSION]["x"] = 1
        start_response("200 OK", [])
        return []

    call(application)
    assert store.load_session(only_id(store)).get_remote_address() == "192.0.2.7"


def test_changes_of_a_body_that_nobody_reads_to_its_end_are_told(
    call: Call, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        environ[SESSION]["early"] = True
        yield b"one"
        environ[SESSION]["late"] = True
        yield b"two"

    _, body = call(application)
    assert [next(body), next(body)] == [b"one", b"two"]
    body.close()
    assert "late changes of a session are not stored" in caplog.text
    assert dict(store.load_session(only_id(store))) == {"early": True}


@pytest.mark.parametrize("has_session", [True, False])
def test_a_whole_body_has_nothing_to_tell(
    call: Call, has_session: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        if has_session:
            environ[SESSION]["early"] = True
        yield b"one"
        if has_session:
            environ[SESSION]["late"] = True

    _, body = call(application)
    list(body)
    body.close()
    assert caplog.text == ""


def test_what_can_not_be_iterated_is_closed(call: Call, store: Any) -> None:
    class Broken(Body):
        def __iter__(self) -> Iterator[bytes]:
            raise RuntimeError("the body is broken")

    made = Broken()

    def application(environ: Any, start_response: Any) -> Body:
        environ[SESSION]["x"] = 1
        start_response("200 OK", [])
        return made

    with pytest.raises(RuntimeError, match="the body is broken"):
        call(application)
    assert made.closed
    assert list(store) == []


def test_a_file_reaches_the_server_as_it_is(store: Any) -> None:
    """PEP 3333, "Optional Platform-Specific File Handling": a server may send it by itself."""

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        environ[SESSION]["x"] = 1
        start_response("200 OK", [])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](BytesIO(b"file"))
        return wrapped

    for wrapper in (FileWrapper, lambda file: FileWrapper(file)):
        environ = {"wsgi.file_wrapper": wrapper}
        start_response = Mock()
        body = SessionMiddleware(application, store)(environ, start_response)
        # Only a class says of a body that it is one.
        assert (type(body) is FileWrapper) == (wrapper is FileWrapper)
        assert list(body) == [b"file"]
        assert "Set-Cookie" in dict(start_response.call_args.args[1])


@pytest.mark.parametrize("rest", [[], [b"two"], (b"two",)])
def test_what_changes_after_write_is_stored(call: Call, store: Any, rest: Any) -> None:
    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        write = start_response("200 OK", [])
        environ[SESSION]["early"] = True
        write(b"one")
        environ[SESSION]["late"] = True
        body: Iterable[bytes] = rest
        return body

    assert call(application)[1] == rest
    assert dict(store.load_session(only_id(store))) == {"early": True, "late": True}


def test_a_page_that_fails_after_write_stores_no_late_changes(
    call: Call, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        environ[SESSION]["early"] = True
        start_response("200 OK", [])(b"one")
        environ[SESSION]["late"] = True
        raise RuntimeError("the page is broken")

    with pytest.raises(RuntimeError, match="the page is broken"):
        call(application)
    assert "late changes of a session are not stored" in caplog.text
    assert dict(store.load_session(only_id(store))) == {"early": True}


def test_what_a_body_changes_when_it_is_closed_is_stored(call: Call, store: Any) -> None:
    class Closing(Body):
        def __init__(self, session: Any) -> None:
            self.session = session

        def __iter__(self) -> Iterator[bytes]:
            yield b"one"

        def close(self) -> None:
            self.session["closed"] = True

    def application(environ: Any, start_response: Any) -> Body:
        environ[SESSION]["early"] = True
        start_response("200 OK", [])
        return Closing(environ[SESSION])

    _, body = call(application)
    assert list(body) == [b"one"]
    body.close()
    assert dict(store.load_session(only_id(store))) == {"early": True, "closed": True}


@pytest.mark.parametrize("reads_all", [True, False])
def test_a_logout_in_a_body_is_done_whoever_reads_it(
    call: Call, store: Any, reads_all: bool
) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        environ[SESSION].user = "ada"
        yield b"one"
        environ[SESSION].expire()
        yield b"two"

    _, body = call(application)
    assert [next(body), next(body)] == [b"one", b"two"]
    if reads_all:
        assert list(body) == []
    body.close()
    assert list(store) == []


def test_a_server_never_takes_a_stores_error_for_a_browser_that_left(
    call: Call, store: Any
) -> None:
    """gunicorn closes the connection without a word at an OSError, as a socket's."""

    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        environ[SESSION]["x"] = environ[SESSION].get("x", 0) + 1
        start_response("200 OK", [])
        yield b"one"
        environ[SESSION]["x"] += 1

    list(call(application)[1])
    for method, calls in (("load_session", call), ("update_session", lambda *a: next(call(*a)[1]))):
        id = only_id(store)
        with (
            mock.patch.object(store, method, side_effect=BusyError("held")),
            pytest.raises(Session3Error, match="BusyError: held") as caught,
        ):
            calls(application, id)
        assert not isinstance(caught.value, OSError)
    _, body = call(application, only_id(store))
    next(body)
    with (
        mock.patch.object(store, "update_session", side_effect=BusyError("held")),
        pytest.raises(Session3Error, match="BusyError: held") as caught,
    ):
        next(body)
    assert not isinstance(caught.value, OSError)


@pytest.mark.parametrize("place", ["page", "body", "close"])
def test_a_stores_error_in_a_page_is_no_error_of_a_socket(
    call: Call, store: Any, place: str
) -> None:
    class Counting(Body):
        def __init__(self, session: Any) -> None:
            self.session = session

        def __iter__(self) -> Iterator[bytes]:
            yield b"one"
            if place == "body":
                self.session.increment("hits")

        def close(self) -> None:
            if place == "close":
                self.session.increment("hits")

    def application(environ: Any, start_response: Any) -> Body:
        environ[SESSION]["x"] = 1
        start_response("200 OK", [])
        if place == "page" and not environ[SESSION].is_new:
            environ[SESSION].increment("hits")
        return Counting(environ[SESSION])

    def visit(cookie: str | None = None) -> None:
        _, body = call(application, cookie)
        list(body)
        body.close()

    if place == "page":
        visit()
    id = next(iter(store), None)
    with (
        mock.patch.object(store, "increment", side_effect=BusyError("held")),
        pytest.raises(Session3Error, match="BusyError: held") as caught,
    ):
        visit(id)
    assert not isinstance(caught.value, OSError)


def test_an_applications_own_error_passes_as_it_is(call: Call) -> None:
    def application(_environ: Any, _start_response: Any) -> Iterable[bytes]:
        raise BrokenPipeError("of the application's own")

    with pytest.raises(BrokenPipeError):
        call(application)
