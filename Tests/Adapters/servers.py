# SPDX-License-Identifier: MIT
"""The sites behind real servers, in processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PATIENCE = 60
PROCESSES = 2

_GUNICORN = "gunicorn --workers {processes} --threads 2 --bind 127.0.0.1:{port}"
_UVICORN = "uvicorn --workers {processes} --host 127.0.0.1 --port {port}"
COMMANDS = {"wsgi": _GUNICORN, "flask": _GUNICORN, "starlette": _UVICORN}


def free_port() -> int:
    """A port of the loopback interface that nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(
    framework: str, directory: Path, log: Path | None = None, **options: Any
) -> Iterator[int]:
    """Serves a framework's site, of sessions in a directory that exists, by several processes, as
    long as the with statement does; its port. Options are those of the store."""
    port = free_port()
    command = COMMANDS[framework].format(port=port, processes=PROCESSES).split()
    environment = os.environ | {
        "SITE": framework,
        "SITE_DIRECTORY": str(directory),
        "SITE_OPTIONS": json.dumps(options),
    }
    log = log or directory.parent / f"{framework}.log"
    with log.open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, "sites:application"],
            env=environment,
            cwd=HERE,
            stdout=errors,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(server, port, log)
        yield port
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        else:
            return
