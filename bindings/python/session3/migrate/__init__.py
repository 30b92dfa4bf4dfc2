# SPDX-License-Identifier: MIT
"""Takes over the sessions of other stores: ``python -m session3.migrate OLD NEW``.

OLD is a directory of Session3, session2 or Quixote pickles, of Django's file sessions, or of
Flask-Session's files by cachelib. Nothing of it is changed, and nothing in it is ever executed.
docs/guides/migration.md tells what is kept and what is refused.
"""
