# SPDX-License-Identifier: MIT
"""The same faults on other session stores and on this one, for a table of figures."""
