# SPDX-License-Identifier: MIT
"""Sessions for Flask: ``app.session_interface = Session3SessionInterface(store)``."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

from session3 import _headers
from session3._extras import extra
from session3.errors import InvalidArgumentError
from session3.manager import Manager
from session3.policy import CookiePolicy, ManagerPolicy
from session3.store.SessionStore import SessionStore
from session3.web import WebSession

with extra("flask", __name__):
    from flask import Flask, Request, Response, request_started
    from flask import session as flask_session
    from flask.sessions import SessionInterface, SessionMixin

USER = "_user_id"
"""The item under which Flask-Login keeps who is logged in: here it is the session's user."""


class FlaskSession(WebSession, SessionMixin):
    """``flask.session``: a WebSession whose item ``_user_id`` is its user, so that a login by
    Flask-Login is one for C and Django, too, and whose ``permanent`` is what they call persistent.

    ``modified`` need not be set: what changed is found by comparing.
    """

    __slots__ = ()

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser, for PERMANENT_SESSION_LIFETIME."""
        return bool(self.get_persistent())

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self.set_persistent(bool(value))

    @property
    def new(self) -> bool:  # type: ignore[override]
        """Whether the session is not stored yet."""
        return self.is_new

    @property
    def modified(self) -> bool:
        """Whether there is something to store."""
        return self.is_dirty()

    @modified.setter
    def modified(self, value: bool) -> None:
        """Without effect."""

    @classmethod
    def _session3_hidden(cls, _names: Set[str]) -> frozenset[str]:
        # Stands for the user, so that an attribute of that name can't log somebody in.
        return frozenset({USER})

    def __getitem__(self, key: str) -> Any:
        if key != USER:
            return super().__getitem__(key)
        if self.user is None:
            raise KeyError(key)
        return self.user

    def __setitem__(self, key: str, value: Any) -> None:
        if key == USER:
            self.set_user(value)
        else:
            super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        if key != USER:
            super().__delitem__(key)
        elif self.user is None:
            raise KeyError(key)
        else:
            self.set_user(None)

    def __contains__(self, key: object) -> bool:
        return self.user is not None if key == USER else super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        if self.user is not None:
            yield USER

    def __len__(self) -> int:
        return super().__len__() + (self.user is not None)


class UnknownSession(FlaskSession):
    """What a request has whose session the store failed to tell: it is empty, and is not stored.
    The failure is raised before any page is asked; after that, for the application's handlers of
    errors, the session can be looked at."""

    __slots__ = ("_failure", "_is_told")

    _is_told: bool
    _failure: Exception

    @classmethod
    def of(cls, failure: Exception) -> UnknownSession:
        """A session that a failure stands for."""
        made = cls()
        made._failure, made._is_told = failure, False
        return made

    @property
    def request(self) -> NoReturn:
        """Raises the failure: what a request can do with its session is not to be had."""
        raise self._failure

    def mark_accessed(self) -> None:
        """Raises the failure, if nobody was told of it yet."""
        if not getattr(self, "_is_told", True):
            self.tell()

    def tell(self) -> None:
        """Raises the failure."""
        self._is_told = True
        raise self._failure


def _tell_failure(_app: Flask, **_: object) -> None:
    opened = flask_session._get_current_object()  # type: ignore[attr-defined]
    if isinstance(opened, UnknownSession):
        opened.tell()


class Session3SessionInterface(SessionInterface):
    """Keeps an application's sessions in a store.

    The cookie is as Flask's settings have it, ``SESSION_COOKIE_NAME`` and so on; a permanent
    session ends when it was not used for ``PERMANENT_SESSION_LIFETIME``. Another one ends with the
    browser, or when it was not used for ``idle_timeout``; each ends ``lifetime`` after its login.
    Both are seconds, or a timedelta.

    A response with a status from 500 on stores nothing, and none stores what its body changes while
    it is streamed: only ``expire`` and ``expire_user_sessions`` are done then, at once. What the
    store raises is an error 500 of Flask's, in its log; at the beginning of a request the
    application's handler of the error itself is asked, at its end only that of 500.
    """

    null_session_class = UnknownSession  # type: ignore[assignment]

    def __init__(
        self,
        store: SessionStore,
        *,
        idle_timeout: float | timedelta | None = None,
        lifetime: float | timedelta | None = None,
    ) -> None:
        self.store = store
        # Made here, so that what is wrong with them is told where they were given.
        self._limits = ManagerPolicy(
            idle_timeout=_seconds(idle_timeout), lifetime=_seconds(lifetime)
        )
        self._manager: Manager | None = None

    def open_session(self, app: Flask, request: Request) -> FlaskSession:
        """Begins a request: its session, or a new one."""
        cookies = request.environ.get("HTTP_COOKIE")
        try:
            session = self.manager(app).start_request(cookies, request.remote_addr).session
        except Exception as error:
            # The application's handlers of errors, and its page of them, may look into a session.
            request_started.connect(_tell_failure, app)
            return UnknownSession.of(error)
        assert isinstance(session, FlaskSession)
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Ends a request: stores the session, and sets the cookie."""
        assert isinstance(session, FlaskSession)
        request = session.request
        if _headers.is_failure(response.status_code):
            request.finish_failed()
        else:
            request.finish_successful()
        if request.set_cookie is not None:
            response.headers.add("Set-Cookie", request.set_cookie)
        if request.varies_by_cookie:
            response.vary.add("Cookie")
        if response.is_streamed:
            # The log tells of what the body changes.
            response.call_on_close(request.finish_failed)

    def manager(self, app: Flask) -> Manager:
        """What finds and keeps the sessions, by the application's settings of this moment."""
        policy = self._policy(app)
        manager = self._manager
        if manager is None or manager.policy != policy:
            # Answered as made here: another application may share the interface.
            self._manager = manager = Manager(self.store, policy, FlaskSession)
        return manager

    def _policy(self, app: Flask) -> ManagerPolicy:
        try:
            return replace(
                self._limits,
                persistent_timeout=app.permanent_session_lifetime.total_seconds(),
                cookie=self._cookie_policy(app),
            )
        except InvalidArgumentError as error:
            raise InvalidArgumentError(
                f"PERMANENT_SESSION_LIFETIME or a SESSION_COOKIE_ setting: {error}"
            ) from None

    def _cookie_policy(self, app: Flask) -> CookiePolicy:
        same_site = self.get_cookie_samesite(app)
        return CookiePolicy(
            name=self.get_cookie_name(app),
            path=self.get_cookie_path(app),
            domain=self.get_cookie_domain(app),
            secure=self.get_cookie_secure(app),
            http_only=self.get_cookie_httponly(app),
            same_site=str(same_site).lower() if same_site else None,
            partitioned=bool(app.config.get("SESSION_COOKIE_PARTITIONED")),
        )


def _seconds(time: float | timedelta | None) -> float | None:
    return time.total_seconds() if isinstance(time, timedelta) else time
