# SPDX-License-Identifier: MIT
"""Server-side web sessions, shared live with C and Swift hosts through libsession3.

The modules bear the names of Session3: ``session3.Session``, ``session3.DictSession``,
``session3.SessionManager``, ``session3.store.DirectorySessionStore``,
``session3.store.VolatileSessionStore``, ``session3.store.SessionStore``. A manager's policy is in
``session3.policy``, what all of them raise in ``session3.errors``.
"""

__version__ = "0.1.0"
