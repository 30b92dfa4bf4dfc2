# SPDX-License-Identifier: MIT
"""The servers of all frameworks on one directory, with one vocabulary for their pages."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django_server
from django_project import PASSWORD, PLACE, clean_database, make_user
from servers import COMMANDS, serving
from web_visitor import Visitor

USERS = ["ada", "grace", "joan"]
"""Those of Django's database, in the order of their primary keys, which begin with 1."""


class Host:
    """One framework's server, for a browser whose cookies the other servers of its host get, too.

    A user is the text of a primary key, which all hosts can read.
    """

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self.visitor = Visitor(port, cookies)

    def text(self, path: str) -> str:
        answer = self.visitor.get(path)
        assert answer.status == 200, answer
        return str(answer.body, "utf-8")

    def count(self) -> int:
        """One more visit."""
        return int(self.text("/count"))

    def item(self, key: str) -> Any:
        """An attribute; None if there is none."""
        return json.loads(self.text("/show")).get(key)

    def put(self, key: str, text: str) -> None:
        self.text(f"/put/{key}/{json.dumps(text)}")

    def user(self) -> str | None:
        """Who is logged in, as this host says it."""
        who = self.text("/who")
        return None if who == "nobody" else who

    def log_in(self, user: str) -> None:
        self.text(f"/login/{user}")

    def forget_user(self) -> None:
        """Leaves a visitor's session, with all of its items."""
        self.text("/call/set_user/null")

    def set_persistent(self, persistent: bool | None) -> None:
        self.text(f"/call/set_persistent/{json.dumps(persistent)}")

    def expire(self) -> None:
        self.text("/call/expire")


class DjangoHost(Host):
    """Django's server, where a login is Django's own."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        super().__init__(port, cookies)
        self.form = django_server.Visitor(port)
        self.form.cookies = cookies

    def post(self, path: str, **fields: str) -> None:
        assert self.form.post(path, **fields) == 200

    def item(self, key: str) -> Any:
        return self.form.page()["session"].get(key)

    def put(self, key: str, text: str) -> None:
        self.post("/set", key=key, value=text)

    def user(self) -> str | None:
        user: str | None = self.item("_auth_user_id")
        return user

    def trusted_user(self) -> str:
        """The name of whom Django itself has logged in; empty for all others."""
        return str(self.form.page()["user"])

    def log_in(self, user: str) -> None:
        self.post("/login", name=USERS[int(user) - 1], password=PASSWORD)

    def forget_user(self) -> None:
        raise NotImplementedError("Django's logout deletes the session")

    def set_persistent(self, persistent: bool | None) -> None:
        self.post("/expiry", seconds={True: "600", False: "0", None: ""}[persistent])

    def expire(self) -> None:
        self.post("/logout")


HOSTS: dict[str, type[Host]] = {**dict.fromkeys(COMMANDS, Host), "django": DjangoHost}


@contextlib.contextmanager
def serving_all(directory: Path) -> Iterator[dict[str, int]]:
    """Serves the sites of all frameworks, of the sessions in a directory; their ports."""
    # The one of Django keeps its database beside its sessions.
    place = directory.parent
    assert directory == place / django_server.SESSIONS.name
    clean_database()
    for name in USERS:
        make_user(name)
    shutil.copy(PLACE / "site.sqlite3", place)
    with contextlib.ExitStack() as stack:
        ports = {f: stack.enter_context(serving(f, directory)) for f in COMMANDS}
        django = django_server.serving(place / "django.log", DJANGO_SITE_PLACE=str(place))
        yield {**ports, "django": stack.enter_context(django)}
