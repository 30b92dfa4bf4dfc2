# SPDX-License-Identifier: MIT
"""The session that pages of WSGI, ASGI and Flask applications have."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from session3._layout import layout_of
from session3.DictSession import DictSession
from session3.errors import InvalidArgumentError, ValueTypeError

if TYPE_CHECKING:
    from session3.manager import Request


class WebSession(DictSession):
    """A session as a dict: ``session["cart"]`` is the stored attribute ``cart``, also for C.

    Beside its items it has ``user``, whoever is logged in, and the methods of Session: tokens,
    times, ``set_persistent``. Changes are found by comparing, also those deep inside a value; the
    request stores them when it went well. Attributes that a page sets on the object itself are not
    stored.

    Not for two threads at a time.
    """

    __slots__ = ("_session3_accessed", "_session3_request")

    _session3_accessed: bool
    _session3_request: Request | None

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        # Not its request, which is no part of it: a store in Python may copy or pickle it.
        names = (*layout_of(type(self)).slots, "_session3_reserved", "_session3_stored")
        return vars(self), {name: getattr(self, name) for name in names if hasattr(self, name)}

    def has_info(self) -> bool:
        """Whether the session is worth storing: it has a user, an item or a token."""
        return bool(
            self.user is not None or self.data or self._form_tokens or self._csrf_token is not None
        )

    @property
    def is_new(self) -> bool:
        """Whether the session is not stored yet."""
        return self.id is None

    @property
    def accessed(self) -> bool:
        """Whether the page looked into the session: the response then varies by the cookie."""
        return getattr(self, "_session3_accessed", False)

    @accessed.setter
    def accessed(self, value: bool) -> None:
        self._session3_accessed = value

    @property
    def request(self) -> Request:
        """The request that the session belongs to; an InvalidArgumentError without one."""
        request: Request | None = getattr(self, "_session3_request", None)
        if request is None:
            raise InvalidArgumentError("the session belongs to no request")
        return request

    def mark_accessed(self) -> None:
        """Says that the page looks into the session: Starlette calls it."""
        self._session3_accessed = True

    def get_csrf_token(self) -> str:
        """As of Session: what the page shows then varies by the cookie."""
        self.mark_accessed()
        return super().get_csrf_token()

    def create_form_token(self) -> str:
        """As of Session: what the page shows then varies by the cookie."""
        self.mark_accessed()
        return super().create_form_token()

    def clear(self) -> None:
        """Forgets all items, the user and the tokens: a logout, where others' changes of this
        moment stay. What is put in afterwards is under a new id. ``expire`` leaves nothing."""
        request: Request | None = getattr(self, "_session3_request", None)
        if request is not None and not request.is_finished:
            request.renew_id()
        self.set_user(None)
        self._form_tokens = []
        self._csrf_token = None
        self.data.clear()

    def expire(self) -> None:
        """Ends the session, a logout: it is deleted when the request finishes, whoever changed it
        meanwhile. What the page puts in from now on is a new session."""
        self.request.expire_session()

    def expire_user_sessions(self, others_only: bool = False) -> bool:
        """As ``Request.expire_user_sessions``."""
        return self.request.expire_user_sessions(others_only)

    def renew_id(self) -> None:
        """Gives the session a new id when the request finishes, as a change of the user does by
        itself."""
        self.request.renew_id()

    def increment(self, key: str, delta: int = 1) -> int:
        """Adds to an item, 0 if missing, and returns its new value; of requests at the same moment
        none is lost.

        It is stored at once, also if the page fails later; this session's copy stays as it was
        loaded. GoneError if the session was deleted meanwhile, ValueTypeError if the item is no
        int.
        """
        if self.id is not None:
            return self.request.store.increment(self.id, key, delta)
        count = self.get(key, 0)
        if type(count) is not int or type(delta) is not int:
            raise ValueTypeError(f"{key!r} is no int that could be added to")
        self[key] = count + delta
        return count + delta

    def consume_form_token(self, token: str) -> bool:
        """Whether the session remembers a form token, which then is forgotten in the store, at
        once: of all who ask with one token, one is told True."""
        return self.id is not None and self.request.store.consume_form_token(self.id, token)

    # What every look into the session goes through; their values stay where Session has them.

    @property
    def data(self) -> dict[str, Any]:
        """The items."""
        self.mark_accessed()
        items: dict[str, Any] = vars(self)["data"]
        return items

    @data.setter
    def data(self, items: dict[str, Any]) -> None:
        vars(self)["data"] = items

    @property
    def user(self) -> Any:
        """Who is logged in: any value that can be stored, best the text that C reads, or None."""
        self.mark_accessed()
        return vars(self)["user"]

    @user.setter
    def user(self, value: Any) -> None:
        self.mark_accessed()
        vars(self)["user"] = value

    def _session3_pack(self, own: dict[str, Any]) -> dict[str, Any]:
        return dict(own.get("data", ()))

    def _session3_unpack(self, attributes: dict[str, Any]) -> dict[str, Any]:
        return {"data": attributes}

    @classmethod
    def _session3_hidden(cls, _names: Set[str]) -> frozenset[str]:
        return frozenset()
