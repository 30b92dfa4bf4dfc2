# SPDX-License-Identifier: MIT
"""The stores of the table, and what each needs to run."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from build_lock import build_lock
from places import BUILD, LIBRARY, ROOT, environment, program

from Peers.child import Child

SUITE = Path(__file__).resolve().parents[1]
PHP_WORKER = Path(__file__).with_name("worker.php")
REQUIREMENTS = ROOT / "scripts" / "requirements-peers.txt"
VENV = BUILD / "venv-peers"
PYTHON = VENV / "bin" / "python"


class Missing(Exception):
    """What a peer needs is not there."""


@dataclass(frozen=True)
class Peer:
    """A store, and how its worker is started."""

    key: str
    title: str
    adapter: str
    # The ways to count: load and save, and the store's own.
    ways: tuple[str, ...] = ("save",)
    # A host's own ids and cookies are no part of this store.
    has_cookies: bool = True
    options: dict[str, str] = field(default_factory=dict)
    # What a reader of the table should know.
    note: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether this is libsession3."""
        return self.key.startswith("libsession3")

    def command(self, directory: Path) -> list[str]:
        """The worker's command line for a directory."""
        if self.adapter == "php":
            options = {"save_handler": "files", "save_path": str(directory), **self.options}
            # No php.ini: PHP's own defaults; sessions are swept when the worker is told to.
            settings = {"gc_probability": "0", **options}
            pairs = (f"-dsession.{name}={value}" for name, value in settings.items())
            return ["php8.2", "-n", "-dextension=posix", *pairs, str(PHP_WORKER)]
        if self.adapter == "c":
            return [program("peer_worker"), str(directory)]
        python = sys.executable if self.is_ours else str(PYTHON)
        return [python, "-m", "Peers.worker", self.adapter, str(directory)]

    def environment(self) -> dict[str, str]:
        """The worker's environment: only libsession3 sees this repository's packages."""
        paths = [str(SUITE)]
        if self.is_ours:
            return environment(PYTHONPATH=os.pathsep.join([environment()["PYTHONPATH"], *paths]))
        return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}

    def start(self, directory: Path) -> Child:
        """A worker on a directory, which is made if it is missing."""
        directory.mkdir(mode=0o700, exist_ok=True)
        return Child(self.command(directory), self.environment())

    def why_not(self) -> str | None:
        """Why it can't run here, if it can't."""
        if self.adapter == "php":
            return None if shutil.which("php8.2") else "php8.2 is missing (Debian: php8.2-cli)"
        if self.adapter == "c" and not Path(program("peer_worker")).exists():
            return "build/Tests/Faults/peer_worker is missing (scripts/build makes it)"
        if self.is_ours and not Path(LIBRARY).exists():
            return "libsession3.so is missing (scripts/build makes it)"
        if self.is_ours:
            return None
        return None if PYTHON.exists() else "build/venv-peers is missing (scripts/peers makes it)"


OWN_WAYS = ("increment", "retry", "save")
PEERS = {
    peer.key: peer
    for peer in (
        Peer("libsession3-c", "libsession3, C", "c", ways=OWN_WAYS, note="by the C interface"),
        Peer(
            "libsession3",
            "libsession3, Python",
            "quixote",
            ways=OWN_WAYS,
            note="DirectorySessionStore and SessionManager under Quixote, by Session3's own calls",
        ),
        Peer(
            "session3",
            "Session3",
            "quixote",
            note="the same program; its DirectorySessionStore says is_multiprocess_safe = False",
        ),
        Peer(
            "django",
            "Django, file backend",
            "django",
            note="SessionStore behind SessionMiddleware; the sweep is that of clearsessions",
        ),
        Peer(
            "cachelib",
            "cachelib, FileSystemCache",
            "cachelib",
            has_cookies=False,
            note="a cache: ids and cookies are the host's; without a threshold, the sweep is "
            "the step of set() that removes what has expired",
        ),
        Peer(
            "php",
            "PHP, files handler",
            "php",
            note="a request holds the session's lock from session_start to session_write_close; "
            "the sweep is session_gc; a warning counts as a failure",
        ),
    )
}
STRICT_PHP = Peer(
    "php", "PHP with session.use_strict_mode 1", "php", options={"use_strict_mode": "1"}
)


def make_virtual_environment() -> None:
    """build/venv-peers by scripts/requirements-peers.txt; Missing if the packages can't be had."""
    installed = VENV / "installed-requirements.txt"
    with build_lock(VENV):
        if not installed.exists() or not filecmp.cmp(REQUIREMENTS, installed, shallow=False):
            _make_virtual_environment()
            shutil.copy(REQUIREMENTS, installed)


def _make_virtual_environment() -> None:
    install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    commands = [
        [sys.executable, "-m", "venv", str(VENV)],
        [*install, "--requirement", str(REQUIREMENTS)],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"{' '.join(command[1:4])} failed: {done.stderr.strip()[-200:]}")


def versions() -> dict[str, str]:
    """What was compared."""
    told = {"Python": sys.version.split()[0]}
    script = (
        "import json, importlib.metadata as m; print(json.dumps({n: m.version(n) for n in %r}))"
    )
    if PYTHON.exists():
        names = ["session3", "Quixote", "Django", "cachelib"]
        told |= json.loads(subprocess.check_output([str(PYTHON), "-c", script % names]))
    if shutil.which("php8.2"):
        told["PHP"] = subprocess.check_output(["php8.2", "-nr", "echo PHP_VERSION;"], text=True)
    return told | {"libsession3": library_version()}


def library_version() -> str:
    """The version of the library under test."""
    script = "import session3; print(session3.__version__)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
