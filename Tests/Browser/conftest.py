# SPDX-License-Identifier: MIT
"""Both servers, two browsers, and what is watched during the whole run: that no id gets out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings" / "python"))
# Selenium talks to the driver over loopback; a proxy has no part in that.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"

from browser import Browser, start_chromium
from servers import BUILD, Server, Site, running_site
from watch import Watch


@pytest.fixture(scope="session")
def running() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture(scope="session")
def watch(running: Site) -> Iterator[Watch]:
    watch = Watch(running)
    yield watch
    for server in running.servers:
        said = server.log.read_text(errors="replace")
        watch.check(said)
        # Quixote logs what made a page fail; nothing but the pages that are made to may.
        failures = said.count("Traceback")
        assert failures == said.count("FailingPageError: "), said
    print(f"{len(watch.ids)} ids, none of them in {watch.texts} pages and logs")


@pytest.fixture
def site(running: Site, watch: Watch) -> Site:
    """Both servers, without sessions."""
    watch.learn()
    running.forget_sessions()
    return running


@pytest.fixture(params=["c", "python"])
def server(request: pytest.FixtureRequest, site: Site) -> Server:
    """The one server, and in another run of the test the other."""
    server: Server = getattr(site, request.param)
    return server


@pytest.fixture
def other(server: Server, site: Site) -> Server:
    """The server that `server` is not."""
    return site.c if server is site.python else site.python


def _browser(watch: Watch) -> Iterator[Browser]:
    driver = start_chromium()
    try:
        yield Browser(driver, watch.check)
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def first_browser(watch: Watch) -> Iterator[Browser]:
    yield from _browser(watch)


@pytest.fixture(scope="session")
def second_browser(watch: Watch) -> Iterator[Browser]:
    yield from _browser(watch)


@pytest.fixture
def browser(site: Site, first_browser: Browser) -> Browser:
    """A browser without cookies."""
    first_browser.begin_anew()
    return first_browser


@pytest.fixture
def another_browser(site: Site, second_browser: Browser) -> Browser:
    """Another browser, with a profile of its own."""
    second_browser.begin_anew()
    return second_browser


@pytest.fixture
def save_screenshot(request: pytest.FixtureRequest) -> Callable[[Browser, str], None]:
    """Puts a picture of the page into build/screenshots."""

    def save(browser: Browser, name: str) -> None:
        browser.screenshot(BUILD / "screenshots" / f"{name}.png")

    return save
