# SPDX-License-Identifier: MIT
"""What visitors often do first."""

from __future__ import annotations

from browser import Browser
from servers import Server


def log_in(browser: Browser, server: Server, user: str = "ada", *, remember: bool = False) -> str:
    """Opens a server's home page and logs in; returns the session's id."""
    browser.open(server.address)
    browser.submit("login", user=user, remember=remember)
    assert browser.text("user") == user
    return browser.id()
