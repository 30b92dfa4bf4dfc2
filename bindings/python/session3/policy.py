# SPDX-License-Identifier: MIT
"""How a session manager goes about its sessions. All times are in seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from session3 import _cookies
from session3.errors import InvalidArgumentError

if TYPE_CHECKING:
    from session3.Session import Session

DAY = 86400.0
MAXIMUM_COOKIE_LIFETIME = 400 * DAY
"""Browsers keep no cookie for longer."""
CLOCK_TOLERANCE = 60.0
"""How far ahead of the clock a time may be before it is taken for a clock's mistake."""


@dataclass(frozen=True)
class CookiePolicy:
    """What the cookie is called, and which requests carry it.

    None, where it is the default, stands for Quixote's configuration (``session_cookie_name`` and
    so on). Combinations that browsers drop without a word are an InvalidArgumentError: when the
    policy is made, or, where Quixote's configuration is needed to tell, when a cookie is set.

    * ``same_site``: "lax", "strict", "none" (needs ``secure``), or None: the attribute is left out
    * ``partitioned``: kept apart for each top-level site that embeds this one; needs ``secure``
    """

    name: str | None = None
    path: str | None = None
    domain: str | None = None
    secure: bool | None = None
    http_only: bool | None = None
    same_site: str | None = "lax"
    partitioned: bool = False

    def __post_init__(self) -> None:
        _cookies.check(
            name="session" if self.name is None else self.name,
            path="/" if self.path is None else self.path,
            domain=self.domain,
            secure=self.secure is not False,
            http_only=self.http_only is not False,
            same_site=self.same_site,
            partitioned=self.partitioned,
        )


@dataclass(frozen=True)
class ManagerPolicy:
    """How long sessions live. None is no limit.

    Both limits hold when a session is loaded, whether or not a sweep was there, and by the store's
    clock. A session beyond one of them is unknown to requests, and left to the sweep.

    * ``idle_timeout``: a session ends when it was not used for longer (OWASP advises 15 to 30
      minutes, 2 to 5 where much is at stake)
    * ``lifetime``: a session ends so long after the login, or after it was created if nobody logged
      in, however busy it is; a new id does not prolong it
    * ``persistent_timeout``: takes the place of ``idle_timeout`` for a persistent session, and is
      how long browsers keep its cookie
    * ``persistent``: sessions that say nothing of it themselves (``Session.set_persistent``)
      outlive the browser
    """

    idle_timeout: float | None = None
    lifetime: float | None = None
    persistent_timeout: float = 30 * DAY
    persistent: bool = False
    cookie: CookiePolicy = field(default_factory=CookiePolicy)

    def __post_init__(self) -> None:
        for name in ("idle_timeout", "lifetime", "persistent_timeout"):
            seconds = getattr(self, name)
            if seconds is None and name != "persistent_timeout":
                continue
            if not (isinstance(seconds, (int, float)) and 0 < seconds < math.inf):
                raise InvalidArgumentError(f"{name} must be a positive number of seconds")

    def is_persistent(self, session: Session) -> bool:
        """Whether the browser is to keep a session's cookie when it is closed."""
        own = session.get_persistent()
        return self.persistent if own is None else own

    def is_expired(self, session: Session, now: float) -> bool:
        """Whether a session is beyond one of the time limits."""
        idle = self.persistent_timeout if self.is_persistent(session) else self.idle_timeout
        last = max(session._access_time, session._creation_time)
        if idle is not None and now - last > idle:
            return True
        return self.lifetime is not None and now - _beginning(session) > self.lifetime

    def cookie_lifetime(self, session: Session, now: float) -> float | None:
        """How long the browser is to keep a session's cookie; None: until it is closed."""
        if not self.is_persistent(session):
            return None
        seconds = self._cookie_timeout()
        if self.lifetime is not None:
            seconds = min(seconds, self.lifetime - max(0, now - _beginning(session)))
        return max(1, seconds)

    def is_cookie_old(self, session: Session, now: float) -> bool:
        """Whether a new cookie would stay with the browser for long after the one that it has: a
        tenth of the time that it keeps them, since to note that is a save."""
        given = session.get_renewal_time()
        if given - now > CLOCK_TOLERANCE:
            return self.is_persistent(session)
        kept, keeps = self.cookie_lifetime(session, given), self.cookie_lifetime(session, now)
        if kept is None or keeps is None:
            return False
        return now + keeps - (given + kept) > self._cookie_timeout() / 10

    def _cookie_timeout(self) -> float:
        return min(self.persistent_timeout, MAXIMUM_COOKIE_LIFETIME)


def _beginning(session: Session) -> float:
    """When the absolute lifetime of a session began."""
    login = session.get_login_time()
    return session._creation_time if login is None else login
