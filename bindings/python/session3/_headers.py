# SPDX-License-Identifier: MIT
"""What a session adds to the headers of a response."""

from __future__ import annotations

from session3.manager import Request

Headers = list[tuple[str, str]]


def is_failure(status: int) -> bool:
    """Whether a response says that its request failed, so that nothing is stored: Django's rule."""
    return status >= 500


def with_session(headers: Headers, request: Request) -> Headers:
    """The headers of a finished request's response: with the cookie, and with what caches are to
    know (RFC 9110, section 12.5.5)."""
    if request.set_cookie is not None:
        headers = [*headers, ("Set-Cookie", request.set_cookie)]
    if not request.varies_by_cookie:
        return headers
    listed = [value for name, value in headers if name.lower() == "vary"]
    fields = {field.strip().lower() for value in listed for field in value.split(",")}
    return headers if fields & {"cookie", "*"} else [*headers, ("Vary", "Cookie")]
