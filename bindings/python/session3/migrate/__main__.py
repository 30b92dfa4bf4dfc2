# SPDX-License-Identifier: MIT
"""python -m session3.migrate OLD NEW."""

import sys

try:
    from session3.migrate._command import main
except ImportError as error:
    sys.exit(f"session3.migrate: {error}".rstrip())

sys.exit(main())
