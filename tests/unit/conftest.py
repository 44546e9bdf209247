# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of all unit tests, also where ansible-test runs them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import settings

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait

# Tests import each other as `tests...`. `make` says where that is, ansible-test does not.
ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

# No unit test waits for a name that does not exist.
wait.NAMED_WITHIN = 0.0

# How long an example takes tells how busy the machine is.
settings.register_profile("default", deadline=None)
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    # ansible-test does not read pyproject.toml.
    config.addinivalue_line("markers", "provokes_bad_requests: Graph is made to refuse a request as malformed")
