# SPDX-License-Identifier: MIT
"""Sessions of web frameworks, in which all is an item of a dict."""

from __future__ import annotations

from typing import Any

from session3.web import WebSession


def framework_session(
    session_id: str, items: dict[str, Any], user_key: str, modified: float
) -> WebSession:
    """A session of a framework's items, of which one is the user.

    When it was made is stored nowhere: it counts from its file's last change, as does its last use.
    """
    session = WebSession(session_id)
    session.user = items.pop(user_key, None)
    session._creation_time = session._access_time = modified
    session.data = items
    return session
