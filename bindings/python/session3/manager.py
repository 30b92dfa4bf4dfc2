# SPDX-License-Identifier: MIT
"""The request cycle of any web application: Cookie header in, session out; session in, Set-Cookie
header out. The adapters stand on it; one for another framework is a dozen lines."""

from __future__ import annotations

from copy import copy

from session3 import _cookies, _login, _payload, _request
from session3._cycle import Cycle
from session3.errors import InvalidArgumentError
from session3.policy import ManagerPolicy
from session3.store.SessionStore import SessionStore, log
from session3.web import WebSession


class Manager(Cycle):
    """Finds the session of each request, and keeps it.

    It does what ``session3_manager`` does for C hosts: an id that is unknown, malformed or expired
    is never taken over; any change of the user gives the session a new id; a request that fails
    stores nothing; a session that was deleted meanwhile stays deleted. May be used from any number
    of threads, if the store may, and in a child after fork.
    """

    def __init__(
        self,
        store: SessionStore,
        policy: ManagerPolicy | None = None,
        session_class: type[WebSession] = WebSession,
    ) -> None:
        self.store = store
        self.policy = policy or ManagerPolicy()
        self.session_class: type[WebSession] = session_class
        self.cookie = _cookies.Cookie(self.policy.cookie)

    def start_request(self, cookies: str | None, remote_address: str | None = None) -> Request:
        """Begins a request by its Cookie header; several headers are joined by ``"; "``.

        A new session notes the address. Raises what the store raises where it can't tell whose
        session it is: the request is best answered with 503.
        """
        return Request(self, cookies or "", remote_address)

    def _send_cookie(self, request: Request, session_id: str) -> None:
        now, session = self.store.now(), request.session
        seconds = None if session is None else self.policy.cookie_lifetime(session, now)
        request._set_cookie = self.cookie.giving(session_id, seconds, now)

    def _revoke_cookie(self, request: Request) -> None:
        request._set_cookie = self.cookie.revoking()

    def _unset_cookie(self, request: Request) -> None:
        request._set_cookie = None


class Request:
    """One request, from its Cookie header to its Set-Cookie header. Not for two threads at a
    time."""

    session: WebSession | None
    """The request's session; None once the request has failed."""

    def __init__(self, manager: Manager, cookies: str, remote_address: str | None) -> None:
        self._manager = manager
        self._cookies = cookies
        self._remote_address = remote_address
        self._set_cookie: str | None = None
        self._is_finished = False
        self._is_accessed = False
        found = manager._find(_cookies.ids(cookies, manager.cookie.name))
        if found is None:
            session = manager.session_class(None)
            session._remote_address = remote_address
        else:
            assert isinstance(found, WebSession)
            session = found
        session._set_access_time(manager.ACCESS_TIME_RESOLUTION)
        manager._begin(self, session)
        session._session3_request = self
        session.accessed = False

    @property
    def store(self) -> SessionStore:
        """Where the session is kept."""
        return self._manager.store

    @property
    def is_finished(self) -> bool:
        """Whether what the response's headers need is known."""
        return self._is_finished

    @property
    def set_cookie(self) -> str | None:
        """The value of the Set-Cookie header that the response is to have, once the request is
        finished, also where that failed; None: no header."""
        return self._set_cookie

    @property
    def varies_by_cookie(self) -> bool:
        """Whether caches must be told so, by ``Vary: Cookie``, once the request is finished: the
        page looked into the session, or the response sets the cookie."""
        return self._is_accessed or self._set_cookie is not None

    def has_expired_cookie(self) -> bool:
        """Whether the request has a new session because that of its cookie is beyond a time limit:
        "please log in again"."""
        manager = self._manager
        if self.session is not None and not self.session.is_new:
            return False
        ids = _cookies.ids(self._cookies, manager.cookie.name)
        loaded = (manager.store.load_session(session_id) for session_id in ids)
        return any(found is not None and manager.is_expired(found) for found in loaded)

    def expire_session(self) -> None:
        """Ends the session, a logout: it is deleted when the request finishes. What the page puts
        into it from now on is a new session.

        After ``finish_successful`` it is deleted at once, and the browser keeps a cookie that
        stands for nothing.
        """
        session = self._open_session()
        notes = _request.notes_of(self)
        if not session.is_new:
            # By what it remembers of the store it is found whoever changed it, or gave it a new id.
            notes.expired.append(copy(session))
        if self._is_finished:
            self._manager._delete_expired(self)
        else:
            self._manager._revoke_cookie(self)
        session.clear()
        notes.renews = notes.is_gone = False
        session._session3_reserved = {}
        session._remote_address = self._remote_address
        _payload.forget_store(session)
        notes.beginning = _request.Beginning()

    def expire_user_sessions(self, others_only: bool = False) -> bool:
        """Ends all sessions of the user who is logged in now, "log out everywhere", or all but
        this one, as after a change of the password; False if nobody is logged in.

        Reads every session of the store when the request finishes; after ``finish_successful``, at
        once, and then InvalidArgumentError is raised for a user who was set since.
        """
        session = self._open_session()
        if session.user is None:
            return False
        if self._is_finished:
            self._check_late_user(session)
        _request.notes_of(self).user_to_expire = (session.user, others_only)
        if self._is_finished:
            self._manager._delete_user_sessions(self)
        if not others_only:
            self.expire_session()
        return True

    def renew_id(self) -> None:
        """Gives the session a new id when the request finishes, as a change of the user does by
        itself; not after ``finish_successful``."""
        self._open_session()
        if self._is_finished:
            raise InvalidArgumentError("the response's headers were sent: the id can't change")
        _request.notes_of(self).renews = True

    def finish_successful(self) -> None:
        """Stores the session, or deletes it; ``set_cookie`` then is what the response needs.

        To be called before the headers leave. Called again, it stores what the page changed since,
        in a body that is made while it is sent: items, tokens and a logout, no login. What the
        store refuses is raised; until then nothing was lost but this request's changes.
        """
        if self._is_finished:
            self._keep_late_changes()
            return
        self._note_access()
        manager, session = self._manager, self.session
        # First, since a login in this request is not meant.
        manager._delete_user_sessions(self)
        if session is not None and manager._maintain(self, session):
            manager._keep(self, session)
        manager._delete_expired(self)
        self._is_finished = True
        self._go_on_with(session)

    def finish_without_response(self) -> None:
        """Stores the session, or deletes it, where no header can tell the browser of an id: items,
        tokens and a logout, no login. So ends a websocket that is refused."""
        if self.session is not None:
            self._check_late_user(self.session)
        self._manager._delete_user_sessions(self)
        self._manager._delete_expired(self)
        self._is_finished = True
        self._keep_late_changes()

    def finish_failed(self) -> None:
        """Leaves everything as it was before the request; after ``finish_successful``, as that left
        it, and the log tells of changes that the page made since."""
        if not self._is_finished:
            self._note_access()
            self._set_cookie = None
        elif self.session is not None and self._has_late_changes(self.session):
            log.warning("late changes of a session are not stored: its response ended early")
        self._is_finished = True
        self.session = None

    def _note_access(self) -> None:
        # Now, since to store the session is to look into it.
        self._is_accessed = self.session is not None and self.session.accessed

    def _keep_late_changes(self) -> None:
        manager, session = self._manager, self.session
        if session is None or not self._has_late_changes(session):
            return
        if session.is_new:
            log.error("a session is not stored: the response's headers were sent before")
            return
        # Until all went well: what was raised need not be told once more.
        self.session = None
        self._note_late_logout(session)
        if manager._maintain(self, session):
            manager._save_unless_gone(self, session)
            manager._begin_anew(_request.notes_of(self), session)
            self.session = session
        self._go_on_with(session)

    def _note_late_logout(self, session: WebSession) -> None:
        beginning = self._check_late_user(session)
        if session.user is None and beginning.user is not None:
            now = self._manager.store.now()
            _login.note(session, beginning.form_tokens, beginning.csrf_token, now)

    def _check_late_user(self, session: WebSession) -> _request.Beginning:
        beginning = self._manager._beginning(_request.notes_of(self), session)
        if session.user is not None and _request.mark_of(session.user) != beginning.user:
            raise InvalidArgumentError("the user changed after the response's headers were sent")
        return beginning

    def _go_on_with(self, session: WebSession | None) -> None:
        if session is not None and self.session is None:
            # It was empty, and is deleted: what a body still puts in would be a new one.
            _payload.forget_store(session)
            _request.notes_of(self).beginning = _request.Beginning()
            self.session = session

    def _has_late_changes(self, session: WebSession) -> bool:
        if _request.notes_of(self).is_gone:
            return False
        try:
            return session.has_info() if session.is_new else session.is_dirty()
        except Exception:
            # What can't be stored is a change, too: to store it tells why.
            return True

    def _open_session(self) -> WebSession:
        if self.session is None:
            raise InvalidArgumentError("the request is finished")
        return self.session
