# SPDX-License-Identifier: MIT
"""The README's programs are files that are built and run here; its tables are of the last runs."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


def examples() -> dict[str, str]:
    """The programs of the README by the file that each is said to be."""
    return dict(EXAMPLE.findall((REPOSITORY / "README.md").read_text()))


def test_the_readme_shows_c_python_and_swift() -> None:
    assert {Path(name).suffix for name in examples()} == {".c", ".py", ".swift"}


def test_each_program_stands_in_its_file_as_it_stands_in_the_readme() -> None:
    for name, program in examples().items():
        source = (REPOSITORY / name).read_text()
        indented = textwrap.indent(program, "    ")
        assert program in source or indented in source, name


def visit(command: list[str], directory: Path, session: str) -> list[str]:
    """Plays one request, and answers id, user and number of visits."""
    environment = os.environ | {
        "SESSION": session,
        "PYTHONPATH": str(REPOSITORY / "bindings/python"),
        "SESSION3_LIBRARY": str(REPOSITORY / "build/libsession3.so"),
    }
    done = subprocess.run(
        command, cwd=directory, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.split()


def test_the_c_and_the_python_program_count_one_visitors_visits(tmp_path: Path) -> None:
    c = [str(REPOSITORY / "build/examples/readme/readme_visits")]
    python = [sys.executable, str(REPOSITORY / "examples/readme/visits.py")]
    session = "planted-by-somebody"
    for expected, command in enumerate([c, python, python, c, c, python], start=1):
        known = session
        session, user, visits = visit(command, tmp_path, session)
        assert (user, int(visits)) == ("nobody", expected)
        assert session == known if expected > 1 else session != known


PLAYER = """
import io, os, sys
sys.path.insert(0, sys.argv[1])
from quixote.http_request import HTTPRequest
import quixote_visits
environment = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": "", "SERVER_NAME": "x",
               "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1",
               "HTTP_COOKIE": os.environ.get("HTTP_COOKIE", "")}
out = sys.stdout  # which Quixote takes for its log
publisher = quixote_visits.create_publisher()
response = publisher.process_request(HTTPRequest(io.BytesIO(), environment))
for name, value in response.generate_headers():
    print(f"{name}: {value}", file=out)
print(file=out)
print(b"".join(response.generate_body_chunks()).decode(), end="", file=out)
"""
"""Plays one request to the Quixote program, and prints the response as a CGI program does."""


def request_page(command: list[str], directory: Path, cookie: str) -> tuple[str, str]:
    """Plays one request; answers the cookie that the browser then has, and the page."""
    environment = os.environ | {
        "HTTP_COOKIE": cookie,
        "REMOTE_ADDR": "127.0.0.1",
        "PYTHONPATH": str(REPOSITORY / "bindings/python"),
        "SESSION3_LIBRARY": str(REPOSITORY / "build/libsession3.so"),
    }
    done = subprocess.run(
        command, cwd=directory, env=environment, check=True, capture_output=True, text=True
    )
    headers, _, page = done.stdout.partition("\n\n")
    given = re.search(r"^Set-Cookie: (\S+?);", headers, re.MULTILINE)
    return (given[1] if given else cookie), page


def test_the_c_server_and_the_quixote_server_count_one_visitors_visits(tmp_path: Path) -> None:
    c = [str(REPOSITORY / "build/bindings/c/visits")]
    python = [sys.executable, "-c", PLAYER, str(REPOSITORY / "examples/readme")]
    cookie = "session3=planted-by-somebody"
    for expected, command in enumerate([python, c, c, python, python, c], start=1):
        known = cookie
        cookie, page = request_page(command, tmp_path, known)
        assert page == f"visit {expected}\n"
        assert cookie == known if expected > 1 else cookie != known


def test_its_tables_of_reliability_are_those_of_the_last_runs() -> None:
    script = REPOSITORY / "scripts" / "lib" / "reliability_table.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("not_run", "is_cut", "told"),
    [
        ([], False, "2 passed, 0 failed"),
        (
            [
                {"reason": "no strace", "tests": 17, "names": ["test_a", "test_b", "test_c"]},
                {"reason": "not root", "tests": 1, "names": ["test_d"]},
            ],
            True,
            "2 passed, 0 failed; 18 not run; only a part asked for",
        ),
    ],
)
def test_its_tables_count_each_test_that_did_not_run(
    not_run: list[Any], is_cut: bool, told: str
) -> None:
    method = {"passed": 2, "failed": 0, "not_run": not_run, "is_cut": is_cut}
    script = REPOSITORY / "scripts" / "lib" / "reliability_table.py"
    assert runpy.run_path(str(script))["outcome_of"](method) == told


@pytest.mark.parametrize(
    ("left_out", "told"),
    [({}, "."), ({"php": "php8.2 is missing"}, "; no php: php8.2 is missing.")],
)
def test_its_table_of_peers_tells_the_run_and_the_versions(
    left_out: dict[str, str], told: str
) -> None:
    peers = {
        "run": {"scale": "long", "date": "2026-11-21", "commit": "abc1234"},
        "versions": {"Django": "5.2.19", "PHP": "8.2.35"},
        "peers": {"php": "PHP"},
        "left out": left_out,
        "faults": [{"title": "Full", "rows": {"php": {"text": "torn"}}}],
    }
    script = REPOSITORY / "scripts" / "lib" / "reliability_table.py"
    *_, row, empty, line = runpy.run_path(str(script))["peers_table"](peers).splitlines()
    assert (row, empty) == ("| Full | torn |", "")
    assert line == f"Measured on 2026-11-21 at abc1234, long: Django 5.2.19, PHP 8.2.35{told}"
