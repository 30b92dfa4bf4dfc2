# SPDX-License-Identifier: MIT
"""Runs what a page tells to type, from its first line to its last, on a machine that is made up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pages import LIBRARY, ROOT, blocks_of, environment

# On which `python` is the one that runs this.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

# Takes the extra that it is asked for from the package's description, and installs nothing.
PIP = r"""
pip() {
  python - "$root/bindings/python/pyproject.toml" "$@" <<'END'
import re, sys, tomllib
description, *asked = sys.argv[1:]
extra = re.fullmatch(r"libsession3\[(\w+)\]", asked[-1])
known = tomllib.load(open(description, "rb"))["project"]["optional-dependencies"]
sys.exit(not (asked == ["uninstall", "session3"] or asked[0] == "install" and extra and
              extra[1] in known))
END
}
"""

# Servers run beside what follows, until the page ends. What asks for the network, or for a service
# of the machine, is looked at and not done.
PRELUDE = (
    PIP
    + r"""
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
serve() {
  local port=$1
  shift
  "$@" >>served 2>&1 &
  for _ in {1..300}; do
    curl --silent --output /dev/null "http://127.0.0.1:$port/" && return
    kill -0 $! || break
    sleep 0.1
  done
  cat served
  exit 1
}
flask() { serve "${*: -1}" python -m flask "$@"; }
python3() {
  case $* in
    # It makes itself nobody, who can't reach a test's folder; where nobody is unknown, it goes on.
    *http.server*) serve "${*: -1}" "${unshared[@]}" "$(type -P python3)" "$@" ;;
    *) command python3 "$@" ;;
  esac
}
((EUID == 0)) && unshared=(unshare --user --map-root-user) || unshared=(env)
systemctl() { [[ $* == daemon-reload || -e $root/examples/operations/${*: -1} ]]; }
"""
)

# Before the first command of a page: what its text takes for granted.
GIVEN = {
    "operations.md": """
mkdir -p /srv/shop/venv/bin
printf '#!/bin/sh\\nexec python "$@"\\n' >/srv/shop/venv/bin/python
chmod +x /srv/shop/venv/bin/python
python -c '
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
with DirectorySessionStore("/var/lib/shop/sessions", create=True) as store:
    store.create_session(Session())
'
""",
}


def here(text: str, folder: Path) -> str:
    """A program or command, with the places that pages write about in a folder of the test's."""
    for place in ("/var/lib/shop", "/srv/shop"):
        text = text.replace(place, str(folder / place[1:]))
    return text


def with_free_ports(text: str) -> str:
    """Commands on ports that nobody has."""
    for port in ("8000", "8080"):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            text = text.replace(port, str(listening.getsockname()[1]))
    return text


def check_pip(commands: str) -> None:
    """Whether there is what a page has pip install."""
    done = subprocess.run(
        ["bash", "-euxc", PIP + commands],
        env={**os.environ, "PATH": PATH, "root": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "+ pip install " in done.stderr


def installed(folder: Path) -> dict[str, str]:
    """The environment of a machine on which the library is installed, also for who compiles."""
    description = (ROOT / "cmake/session3.pc.in").read_text()
    for name, value in {
        "prefix": str(ROOT),
        "session3_up": str(ROOT),
        "session3_pc_includedir": f"{ROOT}/include -I{ROOT}/bindings/c",
        "session3_pc_libdir": str(LIBRARY.parent),
        "PROJECT_DESCRIPTION": "sessions",
        "PROJECT_VERSION": "0.1.0",
    }.items():
        description = description.replace(f"@{name}@", value)
    (folder / "session3.pc").write_text(description)
    return environment(
        PKG_CONFIG_PATH=str(folder),
        LD_LIBRARY_PATH=str(LIBRARY.parent),
        PATH=PATH,
        HOME=str(folder),
        root=str(ROOT),
    )


def run_commands(page: Path, folder: Path) -> None:
    """Runs all commands of a page, as if they were typed one after another."""
    given = GIVEN.get(page.name, "")
    commands = "".join(block.text for block in blocks_of(page) if block.info == "sh")
    # The repository stands in the folder under the library's name, as a copy of its own.
    for part in ("examples", "bindings/c/examples"):
        (folder / "libsession3" / part).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", ROOT / part, folder / "libsession3" / part], check=True)
    running = subprocess.Popen(
        # Traced, for who looks why one fails.
        ["bash", "-xc", PRELUDE + with_free_ports(here(given + commands, folder))],
        cwd=folder,
        env=installed(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        told, _ = running.communicate(timeout=120)
        assert running.returncode == 0, told
    finally:
        # Whatever a page that does not end has started.
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
