# SPDX-License-Identifier: MIT
"""One adapter for each store, in the interpreter that has its package."""
