# SPDX-License-Identifier: MIT
"""One adapter for each store that is written in Python, or has a Python binding.

Each uses its store as that store's documentation says. They are imported in child processes only,
each in the interpreter that has the package.
"""
