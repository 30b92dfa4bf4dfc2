# SPDX-License-Identifier: MIT
"""django_site in this process: importing this sets Django up, once for all tests."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import django  # type: ignore[import-untyped]
from django.contrib.auth import get_user_model  # type: ignore[import-untyped]
from django.core.management import call_command  # type: ignore[import-untyped]
from django.test import Client, override_settings  # type: ignore[import-untyped]
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

PLACE = Path(tempfile.mkdtemp(prefix="django-site-"))
atexit.register(shutil.rmtree, PLACE, ignore_errors=True)
os.environ["DJANGO_SITE_PLACE"] = str(PLACE)
os.environ["DJANGO_SETTINGS_MODULE"] = "django_site.settings"
django.setup()
call_command("migrate", verbosity=0)

PASSWORD = "correct horse"


def clean_database() -> None:
    """Leaves no users, and has the first one get the primary key 1 again."""
    call_command("flush", verbosity=0, interactive=False)


def make_user(name: str = "ada") -> Any:
    """A user of Django's."""
    return get_user_model().objects.create_user(name, password=PASSWORD)


def use_directory(directory: Path, **options: Any) -> Any:
    """A context in which Django keeps its sessions there."""
    options.setdefault("create", True)
    return override_settings(SESSION3_DIRECTORY=directory, SESSION3_OPTIONS=options)


def other_host(directory: Path) -> DirectorySessionStore:
    """The directory as a host has it that knows nothing of Django."""
    return DirectorySessionStore(directory, create=True, session_class=DictSession)


class Browser:
    """Django's test client, with forms that carry the csrf token."""

    def __init__(self, **options: Any) -> None:
        self.client = Client(enforce_csrf_checks=True, **options)

    @property
    def key(self) -> str | None:
        """What the session's cookie says."""
        cookie = self.client.cookies.get("session3")
        return cookie.value if cookie is not None and cookie.value else None

    def get(self, path: str = "/") -> Any:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> Any:
        """Sends a form that the site gave out."""
        token = self.client.get("/token").content.decode()
        return self.client.post(path, {"csrfmiddlewaretoken": token, **fields})

    def log_in(self, name: str = "ada", password: str = PASSWORD) -> Any:
        return self.post("/login", name=name, password=password)
