# SPDX-License-Identifier: MIT
"""A request's session: how it is found, and what becomes of it when the request went well."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from session3 import _login, _payload, _request
from session3._defaults import Defaults, adopt
from session3.errors import BusyError, ConflictError, CorruptError, ExistsError, GoneError
from session3.policy import ManagerPolicy
from session3.Session import Session
from session3.store._ids import new_key
from session3.store.SessionStore import SessionStore, log

_LOOKS = 100
"""How often a session without information is looked at again because others changed it."""


class Cycle:
    """The part of a session manager that finds, keeps, renews and ends sessions.

    A request is any object with an attribute ``session``, which may be set, and room for
    ``_request.Notes``.
    """

    ACCESS_TIME_RESOLUTION = 1
    """How old, in seconds, an access time is before a request renews it. A store of the library
    goes by its own ``access_resolution``."""

    store: SessionStore
    policy: ManagerPolicy
    session_class: type[Session]
    _defaults: Defaults | None = None

    def _send_cookie(self, request: Any, session_id: str) -> None:
        """Lets the response give the browser an id."""
        raise NotImplementedError

    def _revoke_cookie(self, request: Any) -> None:
        """Lets the response take the id from the browser."""
        raise NotImplementedError

    def _unset_cookie(self, request: Any) -> None:
        """Lets the response say nothing of the cookie."""
        raise NotImplementedError

    def _make_session_id(self) -> str:
        """An id for a new session. A subclass that makes its own ones gives up that renewing an id
        is one step."""
        return new_key().decode("ascii")

    # -- The beginning of a request

    def get(self, session_id: Any, default: Any = None) -> Any:
        """The session of an id, or ``default`` if there is none that a request could have."""
        session = self.store.load_session(session_id)
        if session is None:
            return default
        if self._defaults is None:
            self._defaults = Defaults(self.session_class)
        session = adopt(session, self._defaults)
        return default if self.is_expired(session) else session

    def is_expired(self, session: Session) -> bool:
        """Whether a session, just loaded, is beyond one of the policy's time limits."""
        return self.policy.is_expired(session, self.store.now())

    def _find(self, session_ids: Iterable[str]) -> Session | None:
        """The session of the first id that stands for one."""
        for session_id in session_ids:
            session: Session | None = self.get(session_id)
            if session is not None:
                return session
        return None

    def _begin(self, request: Any, session: Session) -> None:
        """Gives a request its session, before the page gets it."""
        request.session = session
        notes = _request.notes_of(request)
        notes.beginning = _request.beginning_of(session, self.policy.is_persistent)

    # -- What a page asks for; done when the request finishes

    def _expire(self, request: Any) -> None:
        self._revoke_cookie(request)
        if request.session is not None:
            notes = _request.notes_of(request)
            notes.expired.append(request.session)
            notes.revokes = True
            request.session = None

    def _expire_user(self, request: Any, others_only: bool) -> bool:
        session = request.session
        if session is None or session.user is None:
            return False
        _request.notes_of(request).user_to_expire = (session.user, others_only)
        if not others_only:
            self._expire(request)
        return True

    def _ask_for_new_id(self, request: Any) -> bool:
        if request.session is None:
            return False
        _request.notes_of(request).renews = True
        return True

    # -- The end of a request

    def _maintain(self, request: Any, session: Session) -> bool:
        """Whether a session is to be stored, which ``_keep`` then does."""
        if session.has_info():
            if session.id is None:
                self._give_id(request, session)
            return True
        if session.id is None:
            return False
        beginning = self._beginning(_request.notes_of(request), session)
        if not beginning.is_stored:
            return False
        return self._discard(request, session) if beginning.had_info else True

    def _give_id(self, request: Any, session: Session) -> None:
        # By the store's clock, which the limits go by.
        session._creation_time = session._access_time = self.store.now()
        session.id = _request.notes_of(request).new_id = self._make_session_id()
        self._send_cookie(request, session.id)

    def _discard(self, request: Any, session: Session) -> bool:
        """Deletes a session that lost its information; whether it is to be kept after all."""
        for _ in range(_LOOKS):
            try:
                deleted = self.store.delete_unchanged(session)
            except ConflictError:
                if not self._save_unless_gone(request, session):
                    return False
                if session.has_info():
                    return True
                continue
            if deleted:
                self._expire(request)
                # It need not be deleted once more.
                notes = _request.notes_of(request)
                notes.expired = [other for other in notes.expired if other is not session]
            else:
                # Deleted, or given another id, under which the change still reaches it.
                self._save_unless_gone(request, session)
            return False
        raise BusyError("the session is changed without end by others")

    def _keep(self, request: Any, session: Session) -> None:
        """Stores a session that is worth it, under a new id where it must have one."""
        notes = _request.notes_of(request)
        beginning = self._beginning(notes, session)
        now = self.store.now()
        # Who logged out and in again, in one request, is another user, too.
        is_another_user = (
            _request.mark_of(session.user) != beginning.user
            or session.get_login_time() != beginning.login_time
        )
        if is_another_user:
            _login.note(session, beginning.form_tokens, beginning.csrf_token, now)
        if not beginning.is_stored and _payload.stored_of(session) is None:
            if session.id is None or session.id == notes.new_id:
                self._create(request, session)
            else:
                # Under an id of the program's own it replaces what is there.
                self.store.save_session(session)
        elif is_another_user or notes.renews:
            was_visitor = beginning.user is None
            self._renew(request, session, is_another_user, was_visitor, now)
        else:
            self._save(request, session, beginning, now)
        notes.renews = False
        self._begin_anew(notes, session)

    def _begin_anew(self, notes: _request.Notes, session: Session) -> None:
        """A request that goes on begins anew, with what is stored now."""
        if _payload.stored_of(session) is None:
            notes.beginning = _request.beginning_of(session, self.policy.is_persistent)
        else:
            # It remembers that by itself, and mostly nobody asks.
            notes.beginning = _request.Beginning()

    def _beginning(self, notes: _request.Notes, session: Session) -> _request.Beginning:
        if notes.beginning.session is session:
            return notes.beginning
        if session.id is None or session.id == notes.new_id:
            return _request.Beginning()
        before = _request.as_stored(session)
        if before is None:
            before = session
        return _request.beginning_of(before, self.policy.is_persistent)

    def _create(self, request: Any, session: Session) -> None:
        while True:
            if session.id is None:
                self._give_id(request, session)
            try:
                self.store.create_session(session)
            except ExistsError:
                session.id = None
            except BaseException:
                session.id = None
                self._unset_cookie(request)
                raise
            else:
                _request.notes_of(request).new_id = None
                return

    def _renew(
        self,
        request: Any,
        session: Session,
        is_another_user: bool,
        was_visitor: bool,
        now: float,
    ) -> None:
        notes = _request.notes_of(request)
        if self.policy.is_persistent(session):
            _payload.reserve_time(session, _payload.RENEWED, now)
        try:
            self.store.renew_session(session, self._own_id())
        except GoneError:
            if not is_another_user or session.user is None:
                self._save_unless_gone(request, session)
            elif was_visitor:
                # Who logs in gets a session all the same; who was somebody before may have been
                # logged out by force.
                _payload.forget_store(session)
                session._creation_time = session._access_time = now
                self._create(request, session)
            else:
                notes.is_gone = True
            return
        assert session.id is not None
        self._send_cookie(request, session.id)

    def _own_id(self) -> str | None:
        """An id for a renewal, if a subclass makes its own ones."""
        if type(self)._make_session_id is Cycle._make_session_id:
            return None
        return self._make_session_id()

    def _save(
        self, request: Any, session: Session, beginning: _request.Beginning, now: float
    ) -> None:
        is_persistent = self.policy.is_persistent(session)
        is_due = is_persistent != beginning.is_persistent or self.policy.is_cookie_old(session, now)
        if is_due and is_persistent:
            _payload.reserve_time(session, _payload.RENEWED, now)
        saved = self._save_unless_gone(request, session)
        # Renewed by another request, the session has an id that this one doesn't know.
        if saved and is_due and session.id is not None and self.store.has_session(session.id):
            self._send_cookie(request, session.id)

    def _save_unless_gone(self, request: Any, session: Session) -> bool:
        """Saves a session; False if it was deleted meanwhile: that stays, and no cookie is sent,
        since to revoke it could undo a login that came after the logout."""
        try:
            self.store.update_session(session)
        except GoneError:
            _request.notes_of(request).is_gone = True
            return False
        return True

    def _delete_expired(self, request: Any) -> None:
        expired = _request.notes_of(request).expired
        while expired:
            session = expired[-1]
            if session.id is not None:
                # Somebody else may have logged out meanwhile.
                with contextlib.suppress(KeyError):
                    self.store.delete_session(session)
            expired.pop()

    def _delete_user_sessions(self, request: Any) -> None:
        notes = _request.notes_of(request)
        if notes.user_to_expire is None:
            return
        user, others_only = notes.user_to_expire
        try:
            if others_only and request.session is not None:
                self.store.delete_other_sessions(user, request.session)
            else:
                self.store.delete_user_sessions(user)
        except CorruptError as error:
            # Nobody is logged in by what can't be read; the others were deleted.
            log.warning("a session is passed over: %s", error)
        notes.user_to_expire = None
