# SPDX-License-Identifier: MIT
"""A small real project. DJANGO_SITE_PLACE is the directory of its database and its sessions."""

from __future__ import annotations

import os
from pathlib import Path

PLACE = Path(os.environ["DJANGO_SITE_PLACE"])

SECRET_KEY = "of tests only"
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
ROOT_URLCONF = "django_site.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": PLACE / "site.sqlite3",
        "OPTIONS": {"timeout": 30},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, for tests
USE_TZ = True
CSRF_USE_SESSIONS = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SESSION_ENGINE = "session3.django"
SESSION3_DIRECTORY = PLACE / "sessions"
SESSION3_OPTIONS = {"create": True, "sync": "none", "lock_timeout": 2.0}
SESSION_COOKIE_NAME = "session3"  # as the other hosts call it
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds without use, where a session says nothing else

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django.request": {"handlers": ["console"], "level": "ERROR"},
        "session3": {"handlers": ["console"], "level": "WARNING"},
    },
}
