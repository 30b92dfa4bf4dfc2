# SPDX-License-Identifier: MIT
"""The request cycle of a Quixote application: cookie in, session out; session in, cookie out."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from session3 import _cookies, _ffi, _request
from session3._cycle import Cycle
from session3._extras import extra
from session3.policy import ManagerPolicy
from session3.Session import Session
from session3.store.SessionStore import SessionStore, log

with extra("quixote", __name__):
    from quixote import (  # type: ignore[import-untyped]
        get_cookie,
        get_publisher,
        get_request,
        get_response,
    )
    from quixote.http_response import HTTPResponse  # type: ignore[import-untyped]


class SessionManager(Cycle):
    """Finds the session of each request, and keeps it: Publisher's ``session_manager``.

    * An id that is unknown, malformed or expired is never taken over: the request has a new
      session, without an id until there is something to keep.
    * A login, and any change of the user, gives the session a new id, and the old one dies.
    * A request that fails stores nothing, deletes nothing, expires nothing, sets no cookie.
    * A session that was deleted meanwhile, a logout in another tab, stays deleted, and the response
      sets no cookie.

    The cookie is as Quixote's configuration has it, but for what the policy says. May be used from
    any number of threads, if the store may, and goes on working in a child after fork.
    """

    def __init__(
        self,
        store_obj: SessionStore,
        session_class: type[Session] | None = None,
        policy: ManagerPolicy | None = None,
    ) -> None:
        """Manages the sessions of a store.

        Each is an instance of ``session_class``, by default the store's, whatever class the store
        itself would load, and has the attributes that ``__init__`` of it sets, also where another
        host made it.
        """
        self.store = store_obj
        self.session_class: type[Session] = (
            session_class or getattr(store_obj, "session_class", None) or Session
        )
        self.policy = policy or ManagerPolicy()
        self.expired_sessions: MutableMapping[Any, Session] = WeakKeyDictionary()
        self._checked_cookie: Any = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {id(self):x}>"

    @property
    def session_manager(self) -> SessionManager:
        """This manager: the manual of Session3 gives Publisher a manager's ``session_manager``."""
        return self

    # -- The sessions of the store

    def has_session(self, session_id: Any) -> bool:
        """Whether there is a session of that id which a request could have."""
        return self.get(session_id) is not None

    def __contains__(self, session_id: Any) -> bool:
        return self.has_session(session_id)

    def __iter__(self) -> Iterator[Session]:
        """All sessions that a request could have."""
        for session_id in self.store:
            session = self.get(session_id)
            if session is not None:
                yield session

    def __getitem__(self, session_id: str) -> Session:
        session: Session | None = self.get(session_id)
        if session is None:
            raise KeyError("there is no such session")
        return session

    def __setitem__(self, session_id: str, session: Session) -> None:
        if session.id != session_id:
            raise ValueError("the session has another id")
        self.store.save_session(session)

    def __delitem__(self, session_id: str) -> None:
        session = self.store.load_session(session_id)
        if session is None:
            raise KeyError("there is no such session")
        self.store.delete_session(session)

    # -- The session of a request

    def get_session(self) -> Session:
        """The session that the request's cookie stands for, or a new one, which is not stored."""
        session = self._find_session()
        if session is None:
            session = self._create_session()
        session._set_access_time(self.ACCESS_TIME_RESOLUTION)
        return session

    def new_session(self, id: str | None) -> Session:
        """A new session. ``get_request().session = manager.new_session(None)`` gives the request
        another one, and leaves the one that it had as it is stored."""
        return self.session_class(id)

    def _create_session(self) -> Session:
        return self.new_session(None)

    def _find_session(self) -> Session | None:
        return self._find(self._cookie_ids())

    def has_expired_cookie(self) -> bool:
        """Whether the request has a new session because that of its cookie is beyond a time limit:
        "please log in again"."""
        session = get_request().session
        if session is not None and session.id is not None:
            return False
        loaded = (self.store.load_session(session_id) for session_id in self._cookie_ids())
        return any(found is not None and self.is_expired(found) for found in loaded)

    def _cookie_ids(self) -> list[str]:
        """What the request brings as ids, the likeliest first."""
        config = get_publisher().config
        session_id = self._get_session_id(config)
        if session_id is None:
            return []
        name = self._cookie_name(config)
        if session_id != get_cookie(name):
            return [session_id]  # a subclass finds it elsewhere
        header = get_request().get_environ("HTTP_COOKIE") or ""
        found = _cookies.ids(header, name)
        if found or len(header) > _ffi.COOKIE_HEADER_MAXIMUM:
            return found
        return [session_id]  # the program, or a server that joins headers by commas

    def _get_session_id(self, config: Any) -> str | None:
        """The id that the request's cookie brings; None without one."""
        session_id: str | None = get_cookie(self._cookie_name(config))
        return None if session_id in ("", "*del*") else session_id

    # -- The cookie

    def _send_cookie(self, _request: Any, session_id: str) -> None:
        self.set_session_cookie(session_id)

    def _revoke_cookie(self, _request: Any) -> None:
        self.revoke_session_cookie()

    def _unset_cookie(self, _request: Any) -> None:
        get_response().cookies.pop(self._cookie_name(get_publisher().config), None)

    def set_session_cookie(self, session_id: str, **attrs: Any) -> None:
        """Lets the response give the browser an id."""
        session = get_request().session
        seconds, now = None, self.store.now()
        if session is not None and session.id == session_id:
            seconds = self.policy.cookie_lifetime(session, now)
        # None takes away what a cookie that was revoked before has.
        attrs.setdefault("max_age", None if seconds is None else int(seconds))
        attrs.setdefault("expires", None if seconds is None else _http_date(now + seconds))
        self._set_cookie(session_id, **attrs)

    def revoke_session_cookie(self) -> None:
        """Lets the response take the id from the browser; the rest of the request sees no cookie
        any more."""
        name = self._set_cookie("", max_age=0, expires=_http_date(0))
        if get_cookie(name) is not None:
            del get_request().cookies[name]

    def has_session_cookie(self, must_exist: bool = False) -> bool:
        """Whether the request came with a session's cookie; with ``must_exist``, whether that
        stands for a session which is there now."""
        if get_cookie(self._cookie_name(get_publisher().config)) is None:
            return False
        return not must_exist or self._find_session() is not None

    def _cookie_name(self, config: Any) -> str:
        name: str = self.policy.cookie.name or config.session_cookie_name
        return name

    def _set_cookie(self, value: str, **attrs: Any) -> str:
        config, policy = get_publisher().config, self.policy.cookie
        name = self._cookie_name(config)
        path = policy.path or config.session_cookie_path
        if not path:
            path = get_request().get_environ("SCRIPT_NAME") or ""
            path = path if path.endswith("/") else path + "/"
        domain = policy.domain or config.session_cookie_domain
        secure = config.session_cookie_secure if policy.secure is None else policy.secure
        http_only = config.session_cookie_httponly if policy.http_only is None else policy.http_only
        self._check_cookie(name, path, domain, bool(secure), bool(http_only))
        if secure:
            attrs.setdefault("secure", 1)
        if http_only:
            attrs.setdefault("httponly", 1)
        attrs = {**self._later_attributes(), **attrs}
        if not _writes_any_attribute():
            path = "; ".join([path, *(f"{key}={attrs.pop(key)}" for key in _LATER & attrs.keys())])
        get_response().set_cookie(name, value, domain=domain, path=path, **attrs)
        return name

    def _later_attributes(self) -> dict[str, Any]:
        policy = self.policy.cookie
        attrs: dict[str, Any] = {}
        if policy.same_site is not None:
            attrs["samesite"] = policy.same_site.capitalize()
        if policy.partitioned:
            attrs["partitioned"] = 1
        return attrs

    def _check_cookie(self, *cookie: Any) -> None:
        if cookie == self._checked_cookie:
            return
        name, path, domain, secure, http_only = cookie
        _cookies.check(
            name=name,
            # A browser takes another path for none, which is no reason to refuse it.
            path=path if path[:1] == "/" else f"/{path}",
            domain=domain or None,
            secure=secure,
            http_only=http_only,
            same_site=self.policy.cookie.same_site,
            partitioned=self.policy.cookie.partitioned,
        )
        self._checked_cookie = cookie

    # -- What a page asks for; done when the request finishes

    def expire_session(self) -> None:
        """Ends the request's session, a logout: the cookie is revoked, and the session deleted
        when the request finishes. The request has none any more."""
        request = get_request()
        session = request.session
        super()._expire(request)
        if session is not None:
            self.expired_sessions[request] = session

    def expire_user_sessions(self, others_only: bool = False) -> bool:
        """Ends all sessions of the user who is logged in now, "log out everywhere", or all but
        this one, as after a change of the password; False if nobody is logged in.

        Reads every session of the store when the request finishes.
        """
        return self._expire_user(get_request(), others_only)

    def renew_id(self) -> bool:
        """Gives the session a new id when the request finishes, as a change of the user does by
        itself; False if the request has none."""
        return self._ask_for_new_id(get_request())

    def _expire(self, _request: Any) -> None:
        # Also where the manager itself ends a session: a subclass may do more then.
        self.expire_session()

    # -- Quixote's hooks

    def start_request(self) -> None:
        """Gives the request its session. What the store can't tell is raised: Quixote answers
        500, a publisher of the program's own may answer 503."""
        self.store.transaction_start()
        session = self.get_session()
        self._begin(get_request(), session)
        session.start_request()

    def maintain_session(self, session: Session) -> bool:
        """Whether a session is to be stored, which ``finish_successful_request`` then does.

        A new one with information gets its id and cookie here. One that lost its information in
        this request is deleted, and the cookie revoked, unless somebody else put something into it
        meanwhile. One that never had any, by ``has_info`` of its class, is another host's, and is
        kept.
        """
        return self._maintain(get_request(), session)

    def finish_successful_request(self) -> None:
        """Stores the session, or deletes it, and sets or revokes the cookie."""
        request = get_request()
        # First, since a login in this request is not meant.
        self._delete_user_sessions(request)
        session = request.session
        if session is not None and self.maintain_session(session):
            self._keep(request, session)
        self._delete_expired(request)
        self.store.transaction_commit(request.session)
        self.clear_session(request)

    def finish_failed_request(self) -> None:
        """Leaves everything as it was before the request."""
        request = get_request()
        self._unset_cookie(request)
        self.store.transaction_abort(request.session)
        _request.forget(request)
        self.clear_session(request)

    def _discard(self, request: Any, session: Session) -> bool:
        kept = super()._discard(request, session)
        if self.expired_sessions.get(request) is session:
            del self.expired_sessions[request]
        return kept

    def _delete_expired(self, request: Any) -> None:
        notes = _request.notes_of(request)
        listed = self.expired_sessions.get(request)
        if listed is not None and not any(listed is session for session in notes.expired):
            notes.expired.append(listed)
        super()._delete_expired(request)
        name = self._cookie_name(get_publisher().config)
        if notes.revokes and name not in get_response().cookies:
            # Quixote took another response, because the page raised a PublishError.
            self.revoke_session_cookie()

    def clear_session(self, request: Any) -> None:
        """Forgets what a request asked for."""
        self.expired_sessions.pop(request, None)
        notes = _request.notes_of(request)
        if notes.renews or notes.user_to_expire is not None:
            # By a subclass with a body of its own, such as that of Session3's manager.
            log.warning("what a request asked for was not done: super() was not called")
        _request.forget(request)


# What browsers learned after Quixote 3.0, which leaves out what it doesn't know: there it must ride
# on the path.
_LATER = {"samesite", "partitioned"}


@lru_cache
def _writes_any_attribute() -> bool:
    response = HTTPResponse()
    response.set_cookie("name", "value", samesite="Lax")
    return any("samesite" in value for _, value in response.generate_headers())


def _http_date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)
