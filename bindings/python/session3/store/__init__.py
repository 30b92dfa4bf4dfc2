# SPDX-License-Identifier: MIT
"""Where sessions live: a directory, this process' memory, or a store written in Python."""
