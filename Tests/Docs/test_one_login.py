# SPDX-License-Identifier: MIT
"""The shop in Flask and the page of live sessions in C, behind nginx as the guide sets it up."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT, environment

CONFIGURATION = ROOT / "examples/operations/nginx.conf"
UNIT = ROOT / "examples/operations/live.service"
C_SERVER = Path(os.environ.get("SESSION3_C_SERVER", str(ROOT / "build/examples/c-server/c-server")))

# What stands around the http block's content; a test's nginx is no service.
AROUND = """
daemon off;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {place}/body;
  proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi;
  scgi_temp_path {place}/scgi;
  {content}
}}
"""


def program(name: str) -> str:
    # Debian's nginx is where a plain user's PATH does not lead.
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is missing")
    return found


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture
def ports() -> dict[str, int]:
    return {name: free_port() for name in ("443", "80", "8000", "8080")}


@pytest.fixture
def nginx(tmp_path: Path, ports: dict[str, int]) -> list[str]:
    """A command: nginx with the guide's configuration, on ports that nobody has."""
    content = CONFIGURATION.read_text()
    for name in ("443", "80"):
        content = content.replace(f"listen {name}", f"listen 127.0.0.1:{ports[name]}")
    for name in ("8000", "8080"):
        content = content.replace(f"127.0.0.1:{name}", f"127.0.0.1:{ports[name]}")
    content = content.replace("/etc/ssl/shop", str(tmp_path))
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=shop.example", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    place = tmp_path / "nginx.conf"
    place.write_text(AROUND.format(place=tmp_path, content=content))
    return [program("nginx"), "-p", str(tmp_path), "-c", str(place)]


def test_nginx_takes_the_configuration(nginx: list[str]) -> None:
    done = subprocess.run([*nginx, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "test is successful" in done.stderr
    assert "[warn]" not in done.stderr


def answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def site(tmp_path: Path, nginx: list[str], ports: dict[str, int]) -> Iterator[int]:
    """The whole site; the port of its TLS."""
    pytest.importorskip("session3.flask", reason="session3.flask is missing")
    if not C_SERVER.exists():
        pytest.skip("the C server is not built")
    unit = re.search(r"^ExecStart=\S+ (.*)$", UNIT.read_text(), re.M)
    assert unit is not None
    c_options = unit[1].replace("8080", str(ports["8080"]))
    for ours, theirs in {
        "/var/lib/shop": tmp_path,
        "/srv/shop/pages": ROOT / "examples/pages",
    }.items():
        c_options = c_options.replace(ours, str(theirs))
    flask = [sys.executable, "-m", "flask", "--app", "app", "run", "--port", str(ports["8000"])]
    settings = {"FLASK_SESSION_COOKIE_SECURE": "true", "SESSIONS": str(tmp_path / "sessions")}
    running = [
        subprocess.Popen(
            command,
            cwd=ROOT / "examples/flask-app",
            env=environment(**settings),
            stdout=subprocess.DEVNULL,
            stderr=(tmp_path / "errors").open("ab"),
        )
        for command in ([str(C_SERVER), *c_options.split()], flask, nginx)
    ]
    try:
        end = time.monotonic() + 30
        while not all(answers(ports[name]) for name in ("8000", "8080", "443")):
            assert time.monotonic() < end, (tmp_path / "errors").read_text()
            time.sleep(0.1)
        yield ports["443"]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=30)


class Browser:
    """curl with a file of cookies, which takes the site's name and certificate for granted."""

    def __init__(self, port: int, jar: Path) -> None:
        self._address = f"https://shop.example:{port}"
        self._command: list[str | Path] = [
            *(program("curl"), "--silent", "--insecure", "--cookie", jar, "--cookie-jar", jar),
            *("--resolve", f"shop.example:{port}:127.0.0.1", "--include"),
        ]

    def request(self, path: str, **form: str) -> str:
        fields = [word for pair in form.items() for word in ("--data-urlencode", "=".join(pair))]
        # Browsers tell with each form whose page it is of.
        origin = ["--header", f"Origin: {self._address}"] if form else []
        command = [*self._command, *origin, *fields, self._address + path]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def token(self, path: str, name: str) -> str:
        found = re.search(rf'name="{name}"\s+value="([^"]*)"', self.request(path))
        assert found is not None
        return found[1]


def test_who_logs_in_at_the_one_is_logged_in_at_the_other(site: int, tmp_path: Path) -> None:
    browser = Browser(site, tmp_path / "jar")
    assert "HTTP/1.1 403" in browser.request("/admin")
    answer = browser.request("/login", user="alice", token="")
    assert "HTTP/1.1 303" in answer
    assert "; Secure" in answer
    browser.request("/cart", item="tea", token=browser.token("/", "token"))
    live = browser.request("/admin")
    assert "HTTP/1.1 200" in live
    assert "alice" in live
    assert "alice has tea" in browser.request("/")


def test_who_is_revoked_at_the_one_is_nobody_at_the_other(site: int, tmp_path: Path) -> None:
    browser = Browser(site, tmp_path / "jar")
    browser.request("/login", user="alice", token="")
    page = browser.request("/admin")
    hash = re.search(r'name="hash"\s+value="([0-9a-f]{12})"', page)
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    assert hash is not None
    assert token is not None
    answer = browser.request("/admin/revoke", hash=hash[1], csrf_token=token[1])
    assert "HTTP/1.1 303" in answer, answer
    # Of the C server: what takes the cookie away is of the same kind.
    assert "Set-Cookie: session3=;" in answer
    assert "; Secure" in answer
    assert "alice" not in browser.request("/")
