# SPDX-License-Identifier: MIT
"""The programs that the guides show count one visitor's visits together with the C program."""

from __future__ import annotations

import os
import runpy
import subprocess
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT
from starlette.testclient import TestClient
from werkzeug.test import Client

Page = tuple[str, str]


def by_werkzeug(app: Any, cookie: str) -> tuple[list[str], str]:
    response = Client(app, use_cookies=False).get("/", headers={"Cookie": cookie})
    return response.headers.getlist("Set-Cookie"), response.text


def by_starlette(app: Any, cookie: str) -> tuple[list[str], str]:
    response = TestClient(app).get("/", headers={"Cookie": cookie})
    return response.headers.get_list("Set-Cookie"), response.text


def by_c(cookie: str) -> tuple[list[str], str]:
    done = subprocess.run(
        [ROOT / "build" / "bindings" / "c" / "visits"],
        env=os.environ | {"HTTP_COOKIE": cookie, "REMOTE_ADDR": "127.0.0.1"},
        check=True,
        capture_output=True,
        text=True,
    )
    headers, _, page = done.stdout.partition("\n\n")
    prefix = "Set-Cookie: "
    return [line[len(prefix) :] for line in headers.splitlines() if line.startswith(prefix)], page


@pytest.mark.parametrize(
    ("program", "ask"),
    [("flask", by_werkzeug), ("wsgi", by_werkzeug), ("starlette", by_starlette)],
)
def test_a_program_and_the_c_program_count_one_visitors_visits(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    ask: Callable[[Any, str], tuple[list[str], str]],
) -> None:
    monkeypatch.chdir(tmp_path)
    app = runpy.run_path(str(ROOT / "examples" / "readme" / f"{program}_visits.py"))["app"]
    cookie = "session3=planted-by-somebody"
    askers: list[Callable[[str], tuple[list[str], str]]] = [lambda c: ask(app, c), by_c]
    for visits in range(1, 7):
        set_cookies, page = askers[visits % 2](cookie)
        assert page == f"visit {visits}\n"
        assert len(set_cookies) == (visits == 1)
        for morsel in SimpleCookie(";".join(set_cookies)).values():
            cookie = f"session3={morsel.value}"
