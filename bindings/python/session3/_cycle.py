# SPDX-License-Identifier: MIT
"""What becomes of a request's session when the request went well."""

from __future__ import annotations

import contextlib
from collections.abc import MutableMapping
from typing import Any

from quixote import (  # type: ignore[import-untyped]
    get_publisher,
    get_request,
    get_response,
)

from session3 import _payload, _request
from session3.errors import BusyError, ConflictError, CorruptError, ExistsError, GoneError
from session3.policy import ManagerPolicy
from session3.Session import Session
from session3.store._ids import new_key
from session3.store.SessionStore import SessionStore, log

_LOOKS = 100
"""How often a session without information is looked at again because others changed it."""


class Cycle:
    """The part of a session manager that keeps, renews and ends sessions."""

    store: SessionStore
    policy: ManagerPolicy
    expired_sessions: MutableMapping[Any, Session]

    def set_session_cookie(self, session_id: str) -> None:
        """As of SessionManager."""
        raise NotImplementedError

    def revoke_session_cookie(self) -> None:
        """As of SessionManager."""
        raise NotImplementedError

    def _cookie_name(self, config: Any) -> str:
        raise NotImplementedError

    def _make_session_id(self) -> str:
        """An id for a new session. A subclass that makes its own ones gives up that renewing an id
        is one step."""
        return new_key().decode("ascii")

    # -- What a program asks for; done when the request finishes

    def expire_session(self) -> None:
        """Ends the request's session, a logout: the cookie is revoked, and the session deleted
        when the request finishes. The request has none any more."""
        self.revoke_session_cookie()
        request = get_request()
        if request.session is not None:
            notes = _request.notes_of(request)
            notes.expired.append(request.session)
            notes.revokes = True
            self.expired_sessions[request] = request.session
            request.session = None

    def expire_user_sessions(self, others_only: bool = False) -> bool:
        """Ends all sessions of the user who is logged in now, "log out everywhere", or all but
        this one, as after a change of the password; False if nobody is logged in.

        Reads every session of the store when the request finishes.
        """
        request = get_request()
        session = request.session
        if session is None or session.user is None:
            return False
        _request.notes_of(request).user_to_expire = (session.user, others_only)
        if not others_only:
            self.expire_session()
        return True

    def renew_id(self) -> bool:
        """Gives the session a new id when the request finishes, as a change of the user does by
        itself; False if the request has none."""
        request = get_request()
        if request.session is None:
            return False
        _request.notes_of(request).renews = True
        return True

    # -- The end of a request

    def maintain_session(self, session: Session) -> bool:
        """Whether a session is to be stored, which ``finish_successful_request`` then does.

        A new one with information gets its id and cookie here. One that lost its information in
        this request is deleted, and the cookie revoked, unless somebody else put something into it
        meanwhile. One that never had any, by ``has_info`` of its class, is another host's, and is
        kept.
        """
        if session.has_info():
            if session.id is None:
                self._give_id(session)
            return True
        if session.id is None:
            return False
        beginning = self._beginning(_request.notes_of(get_request()), session)
        if not beginning.is_stored:
            return False
        return self._discard(session) if beginning.had_info else True

    def _give_id(self, session: Session) -> None:
        # By the store's clock, which the limits go by.
        session._creation_time = session._access_time = self.store.now()
        session.id = _request.notes_of(get_request()).new_id = self._make_session_id()
        self.set_session_cookie(session.id)

    def _discard(self, session: Session) -> bool:
        """Deletes a session that lost its information; whether it is to be kept after all."""
        for _ in range(_LOOKS):
            try:
                deleted = self.store.delete_unchanged(session)
            except ConflictError:
                if not self._save_unless_gone(session):
                    return False
                if session.has_info():
                    return True
                continue
            if deleted:
                request = get_request()
                self.expire_session()
                notes = _request.notes_of(request)
                notes.expired = [other for other in notes.expired if other is not session]
                self.expired_sessions.pop(request, None)
            else:
                # Deleted, or given another id, under which the change still reaches it.
                self._save_unless_gone(session)
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
            _note_login(session, beginning, now)
        if not beginning.is_stored and _payload.stored_of(session) is None:
            if session.id is None or session.id == notes.new_id:
                self._create(notes, session)
            else:
                # Under an id of the program's own it replaces what is there.
                self.store.save_session(session)
        elif is_another_user or notes.renews:
            was_visitor = beginning.user is None
            self._renew(notes, session, is_another_user, was_visitor, now)
        else:
            self._save(session, beginning, now)
        notes.renews = False
        notes.beginning = _request.beginning_of(session, self.policy.is_persistent)

    def _beginning(self, notes: _request.Notes, session: Session) -> _request.Beginning:
        if notes.beginning.session is session:
            return notes.beginning
        if session.id is None or session.id == notes.new_id:
            return _request.Beginning()
        before = _request.as_stored(session) or session
        return _request.beginning_of(before, self.policy.is_persistent)

    def _create(self, notes: _request.Notes, session: Session) -> None:
        while True:
            if session.id is None:
                self._give_id(session)
            try:
                self.store.create_session(session)
            except ExistsError:
                session.id = None
            except BaseException:
                session.id = None
                self._drop_cookie()
                raise
            else:
                notes.new_id = None
                return

    def _renew(
        self,
        notes: _request.Notes,
        session: Session,
        is_another_user: bool,
        was_visitor: bool,
        now: float,
    ) -> None:
        if self.policy.is_persistent(session):
            _payload.reserve_time(session, _payload.RENEWED, now)
        try:
            self.store.renew_session(session, self._own_id())
        except GoneError:
            if not is_another_user or session.user is None:
                self._save_unless_gone(session)
            elif was_visitor:
                # Who logs in gets a session all the same; who was somebody before may have been
                # logged out by force.
                _payload.forget_store(session)
                session._creation_time = session._access_time = now
                self._create(notes, session)
            return
        assert session.id is not None
        self.set_session_cookie(session.id)

    def _own_id(self) -> str | None:
        """An id for a renewal, if a subclass makes its own ones."""
        if type(self)._make_session_id is Cycle._make_session_id:
            return None
        return self._make_session_id()

    def _save(self, session: Session, beginning: _request.Beginning, now: float) -> None:
        is_persistent = self.policy.is_persistent(session)
        is_due = is_persistent != beginning.is_persistent or self.policy.is_cookie_old(session, now)
        if is_due and is_persistent:
            _payload.reserve_time(session, _payload.RENEWED, now)
        saved = self._save_unless_gone(session)
        # Renewed by another request, the session has an id that this one doesn't know.
        if saved and is_due and session.id is not None and self.store.has_session(session.id):
            self.set_session_cookie(session.id)

    def _save_unless_gone(self, session: Session) -> bool:
        """Saves a session; False if it was deleted meanwhile: that stays, and no cookie is sent,
        since to revoke it could undo a login that came after the logout."""
        try:
            self.store.update_session(session)
        except GoneError:
            return False
        return True

    def _delete_expired(self, request: Any) -> None:
        notes = _request.notes_of(request)
        listed = self.expired_sessions.get(request)
        if listed is not None and not any(listed is session for session in notes.expired):
            notes.expired.append(listed)
        for session in notes.expired:
            if session.id is not None:
                # Somebody else may have logged out meanwhile.
                with contextlib.suppress(KeyError):
                    self.store.delete_session(session)
        name = self._cookie_name(get_publisher().config)
        if notes.revokes and name not in get_response().cookies:
            # Quixote took another response, because the page raised a PublishError.
            self.revoke_session_cookie()

    def _delete_user_sessions(self, request: Any) -> None:
        notes = _request.notes_of(request)
        if notes.user_to_expire is None:
            return
        user, others_only = notes.user_to_expire
        own = request.session.id if others_only and request.session is not None else None
        try:
            self.store.delete_user_sessions(user, own)
        except CorruptError as error:
            # Nobody is logged in by what can't be read; the others were deleted.
            log.warning("a session is passed over: %s", error)
        notes.user_to_expire = None

    def _drop_cookie(self) -> None:
        get_response().cookies.pop(self._cookie_name(get_publisher().config), None)


def _note_login(session: Session, beginning: _request.Beginning, now: float) -> None:
    """The absolute lifetime begins anew; who knew the tokens before must not pass with them."""
    if session.user is None:
        _payload.reserve(session, _payload.AUTHENTICATED, None)
    else:
        _payload.reserve_time(session, _payload.AUTHENTICATED, now)
    tokens = [token for token in session._form_tokens if token not in beginning.form_tokens]
    if len(tokens) != len(session._form_tokens):
        session._form_tokens = tokens
    if session._csrf_token is not None and session._csrf_token == beginning.csrf_token:
        session._csrf_token = None
