# SPDX-License-Identifier: MIT
"""python -m session3.migrate OLD NEW."""

import sys

try:
    from session3.migrate._command import main
except ImportError as error:
    print(f"session3.migrate: {error}".rstrip(), file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main())
