# SPDX-License-Identifier: MIT
"""Serves a publisher from several processes, by gunicorn: one listening socket, bound before the
processes fork. A process that dies is replaced; SIGINT and SIGTERM end all."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from quixote.publish import Publisher  # type: ignore[import-untyped]
from quixote.wsgi import QWIP  # type: ignore[import-untyped]
from session3.cookies import tame

THREADS = 4
"""In each process: a browser that opens a connection and says nothing holds up nobody."""


class Adapter(QWIP):  # type: ignore[misc]
    """Quixote's application for WSGI, behind nobody who would look at the cookies first."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        # A few backslashes would keep Quixote's own parser busy for years.
        environ["HTTP_COOKIE"] = tame(environ.get("HTTP_COOKIE", ""))
        return super().__call__(environ, start_response)


class Server(BaseApplication):
    """Serves what ``make_publisher`` makes, once, before the processes fork."""

    def __init__(
        self, make_publisher: Callable[[], Publisher], host: str, port: int, processes: int
    ) -> None:
        self._make_publisher = make_publisher
        self._settings = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": processes,
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,
            "graceful_timeout": 10,
            "control_socket_disable": True,
            # Nobody is in front of this server whose word on the client's address would count.
            "forwarded_allow_ips": "",
            # Cookies that others planted must not lock a browser out; the session manager looks at
            # the first 8 KB of them.
            "limit_request_field_size": 128 * 1024,
            "loglevel": "warning",
            "when_ready": announce,
        }
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Adapter:
        """Called by gunicorn."""
        return Adapter(self._make_publisher())


def announce(arbiter: Any) -> None:
    """Says where the server listens, and so that it does."""
    host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    # Quixote has made sys.stdout its error log.
    print(f"listening on http://{shown}:{port}/", file=sys.__stdout__, flush=True)
