# SPDX-License-Identifier: MIT
"""What is compared, and how each is started."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from asking import Died, Worker

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("SESSION3_BUILD", ROOT / "build")).resolve()
LIBRARY = Path(os.environ.get("SESSION3_LIBRARY", BUILD / "libsession3.so"))
PROGRAMS = BUILD / "Benchmarks"
VENV = BUILD / "venv-bench"
WORKERS = Path(__file__).resolve().parent / "Workers"
BARE, OURS, OURS_IN_PYTHON = "bare calls", "libsession3, C", "libsession3, Python"
REPLACED = "temporary file, fdatasync, rename"
REPLACED_WITH_NAMES = "temporary file, fdatasync, rename, fsync of the directory"


@dataclass(frozen=True)
class Contender:
    """A store."""

    name: str
    language: str
    program: str
    """A file of build/Benchmarks, or an adapter of the Python worker."""
    syncs: tuple[str, ...] = ("none",)
    has_server: bool = False
    killed: str = "old or new"
    """What a session is when its writer was killed amid a save: as Tests/Faults/Peers found it, or
    by the store's documentation."""

    def command(self, directory: Path, sync: str, padding: int) -> list[str]:
        """The worker's command line."""
        words = [str(directory), sync, str(padding)]
        if self.language == "PHP":
            # As any web host has it.
            cache = ["-dzend_extension=opcache", "-dopcache.enable_cli=1"]
            return ["php8.2", "-n", *cache, str(WORKERS / "php" / "worker.php"), *words]
        if self.language == "C":
            return [str(PROGRAMS / self.program), *words]
        python = sys.executable if self.name == OURS_IN_PYTHON else str(VENV / "bin" / "python")
        return [python, str(WORKERS / "python" / "worker.py"), self.program, *words]

    def environment(self) -> dict[str, str]:
        """Only libsession3 sees this repository's packages."""
        variables = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARY.parent)}
        if self.name == OURS_IN_PYTHON:
            variables |= {
                "PYTHONPATH": str(ROOT / "bindings" / "python"),
                "SESSION3_LIBRARY": str(LIBRARY),
            }
        return variables

    def why_not(self) -> str | None:
        """Why it can't run here, if it can't."""
        if self.language == "PHP":
            return None if shutil.which("php8.2") else "php8.2 is missing"
        if self.language == "C":
            if self.has_server and not shutil.which("redis-server"):
                return "redis-server is missing"
            there = (PROGRAMS / self.program).exists()
            return None if there else f"{self.program} was not built: its library is missing"
        if self.name != OURS_IN_PYTHON and not VENV.exists():
            return "build/venv-bench is missing"
        return None

    @contextmanager
    def started(
        self, directory: Path, sync: str, padding: int, count: int = 1
    ) -> Iterator[list[Worker]]:
        """So many workers on a directory, which is made."""
        directory.mkdir(parents=True, mode=0o700)
        with ExitStack() as stack:
            if self.has_server:
                stack.enter_context(redis_server(directory, sync))
            workers: list[Worker] = []
            for _ in range(count):
                worker = Worker(self.command(directory, sync, padding), self.environment())
                workers.append(stack.enter_context(worker))
                # The first sets up what it stores into before the others come.
                if len(workers) == 1:
                    worker.ask("info")
            yield workers


@contextmanager
def redis_server(directory: Path, sync: str) -> Iterator[None]:
    """A Redis of its own, which keeps nothing on disk, or all before it answers."""
    durable = sync == "data"
    kept = ["--appendonly", "yes" if durable else "no", "--appendfsync", "always", "--save", ""]
    socket = directory / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--dir", str(directory)]
    process = subprocess.Popen([*command, *kept], stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > end:
                raise Died("redis-server does not start")
            time.sleep(0.01)
        yield
    finally:
        process.terminate()
        process.wait()


BOTH = ("none", "data")
LEAVING = "old or new; a temporary file stays"
SERVED = "old or new; without sync all is gone with the server"
CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(BARE, "C", "bench_bare", BOTH, killed=""),
        Contender(REPLACED, "C", "bench_replace", ("data",)),
        Contender(REPLACED_WITH_NAMES, "C", "bench_replace_names", ("data",)),
        Contender(OURS, "C", "bench_session3", BOTH),
        Contender(OURS_IN_PYTHON, "Python", "libsession3", BOTH),
        Contender("Session3", "Python", "session3", killed="may be empty, or torn"),
        Contender("Django, files", "Python", "django", killed=LEAVING),
        Contender("cachelib, files", "Python", "cachelib", killed=LEAVING),
        Contender("Beaker, files", "Python", "beaker"),
        Contender("PHP, files", "PHP", "worker.php", killed="may be torn"),
        Contender("SQLite, WAL", "C", "bench_sqlite", BOTH),
        Contender("LMDB", "C", "bench_lmdb", BOTH),
        Contender("Redis", "C", "bench_redis", BOTH, has_server=True, killed=SERVED),
    )
}
