# SPDX-License-Identifier: MIT
"""A real browser on the two servers: headless Chromium by Selenium."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = "/usr/bin/chromium"
CHROMEDRIVER = "/usr/bin/chromedriver"
COOKIE = "session3"
# A busy store answers after the time for which it waits for a lock.
SECONDS_TO_ANSWER = 20
# By this name the browser meets the servers under a domain; addresses have none.
SITE_NAME = "site.test"
OTHER_SITE_NAME = "other-site.test"

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--hide-scrollbars",
    "--no-proxy-server",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=900,1000",
    f"--host-resolver-rules=MAP *.{SITE_NAME} 127.0.0.1, MAP {SITE_NAME} 127.0.0.1, "
    f"MAP {OTHER_SITE_NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def start_chromium(profile: Path | None = None) -> webdriver.Chrome:
    """A browser of its own, with a fresh profile unless one is given."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS:
        options.add_argument(argument)
    if profile is not None:
        options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))


class Browser:
    """A browser, whose every page is looked at: no id in its source, no error on its console."""

    def __init__(self, driver: webdriver.Chrome, check_text: Callable[[str], None]) -> None:
        self.driver = driver
        self.check_text = check_text
        self.first_window = driver.current_window_handle

    # Going to pages

    def open(self, address: str) -> None:
        self.driver.get(address)
        self.look()

    def submit(self, form: str | WebElement, **fields: str | bool) -> None:
        """Fills in a form, given by its id or itself, and clicks its button."""
        element = self.find(form) if isinstance(form, str) else form
        for name, value in fields.items():
            field = element.find_element(By.NAME, name)
            if isinstance(value, bool):
                if field.is_selected() != value:
                    field.click()
            else:
                field.clear()
                field.send_keys(value)
        with self.next_page():
            element.find_element(By.CSS_SELECTOR, "button[type=submit]").click()

    def follow(self, link: str) -> None:
        with self.next_page():
            self.find(link).click()

    @contextmanager
    def next_page(self) -> Iterator[None]:
        """Waits until the page has given way to another one, and looks at that."""
        self.mark()
        yield
        self.wait_for_next_page()

    def mark(self) -> None:
        self.driver.execute_script("document.documentElement.dataset.left = 'yes'")

    def wait_for_next_page(self) -> None:
        is_there = (
            "return document.readyState == 'complete' && !document.documentElement.dataset.left"
        )
        WebDriverWait(self.driver, SECONDS_TO_ANSWER, poll_frequency=0.02).until(
            lambda driver: driver.execute_script(is_there)
        )
        self.look()

    def look(self) -> None:
        """Checks what holds for every page of the servers."""
        self.check_text(self.driver.page_source)
        self.check_text(self.driver.current_url)
        for entry in self._console():
            assert self._tells_status(entry), entry

    def _console(self) -> list[dict[str, Any]]:
        """What the browser has complained of since the last call."""
        untyped: Any = self.driver
        return list(untyped.get_log("browser"))

    def _tells_status(self, entry: dict[str, Any]) -> bool:
        """Whether an entry only says that the page itself came with a status of failure."""
        status = self.status()
        return (
            status >= 400
            and entry["source"] == "network"
            and f"status of {status} " in entry["message"]
            and str(entry["message"]).startswith(self.driver.current_url)
        )

    # What a page shows

    def find(self, id: str) -> WebElement:
        return self.driver.find_element(By.ID, id)

    def has(self, id: str) -> bool:
        return bool(self.driver.find_elements(By.ID, id))

    def text(self, id: str) -> str:
        return self.find(id).text

    def status(self) -> int:
        """The status of the response that made the page."""
        script = "return performance.getEntriesByType('navigation')[0].responseStatus"
        return int(self.driver.execute_script(script))

    def counter(self) -> int:
        return int(self.text("counter"))

    def cart(self, item: str) -> int:
        selector = f"#cart li[data-item={item}]"
        shown = self.driver.find_element(By.CSS_SELECTOR, selector)
        return int(str(shown.get_property("textContent")))

    def rows(self) -> dict[str, dict[str, str]]:
        """The admin page's sessions by short hash."""
        found = {}
        for row in self.driver.find_elements(By.CSS_SELECTOR, "table#sessions tr[data-hash]"):
            cells = {
                name: row.find_element(By.CSS_SELECTOR, f".{name}").text
                for name in ("created", "accessed", "address", "user")
            }
            cells["own"] = "yes" if "own" in str(row.get_attribute("class")).split() else "no"
            found[str(row.get_attribute("data-hash"))] = cells
        return found

    def row_form(self, hash: str) -> WebElement:
        selector = f'tr[data-hash="{hash}"] form.revoke'
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    # The cookie

    def cookie(self) -> dict[str, Any] | None:
        """The session's cookie as the browser keeps it for the page it is on; the quotes that
        Quixote puts around the value are left out."""
        cookie: dict[str, Any] | None = self.driver.get_cookie(COOKIE)
        return cookie and {**cookie, "value": cookie["value"].strip('"')}

    def id(self) -> str:
        cookie = self.cookie()
        assert cookie is not None, "the browser has no session"
        return str(cookie["value"])

    def plant(self, id: str) -> None:
        """Makes the browser hold an id, as an attacker would."""
        kept = {"name": COOKIE, "value": id, "path": "/", "httpOnly": True, "sameSite": "Lax"}
        self.driver.add_cookie(kept)

    # Windows

    def another_window(self) -> str:
        """Opens a window and goes on in it; returns its name."""
        self.driver.switch_to.new_window("window")
        return self.driver.current_window_handle

    def use_window(self, window: str) -> None:
        self.driver.switch_to.window(window)

    def begin_anew(self) -> None:
        """One empty window, and no cookies."""
        for window in self.driver.window_handles:
            if window != self.first_window:
                self.driver.switch_to.window(window)
                self.driver.close()
        self.driver.switch_to.window(self.first_window)
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self._console()

    # Pictures

    def screenshot(self, file: Path) -> None:
        """The whole page, beyond the window."""
        picture = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True}
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(picture["data"]))

    @contextmanager
    def looks(self, width: int, height: int = 1000, scheme: str = "light") -> Iterator[None]:
        """Another width of the page, and light or dark."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def submit_at_once(browser: Browser, forms: dict[str, str]) -> bool:
    """Submits a form in each of several windows at the same moment.

    forms: the form's id by the window's name. Returns whether the requests were under way together.
    """
    moment = (time.time() + 0.1 + 0.05 * len(forms)) * 1000
    script = (
        "const [id, moment] = arguments; document.documentElement.dataset.left = 'yes';"
        "setTimeout(() => document.getElementById(id).requestSubmit(), moment - Date.now())"
    )
    for window, form in forms.items():
        browser.use_window(window)
        browser.driver.execute_script(script, form, moment)
    spans = []
    for window in forms:
        browser.use_window(window)
        browser.wait_for_next_page()
        span = (
            "const page = performance.getEntriesByType('navigation')[0];"
            "return [page.redirectStart, page.redirectEnd].map(t => performance.timeOrigin + t)"
        )
        spans.append(browser.driver.execute_script(span))
    return bool(max(begin for begin, _ in spans) < min(end for _, end in spans))
