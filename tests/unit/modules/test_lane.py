# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play cannot show of the lane in Ansible's own process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.plugin_utils import _in_process as lane


@pytest.mark.parametrize("may_open", [True, False])
def test_a_directory_that_cannot_be_opened_is_left_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_open: bool
) -> None:
    """As with sudo -u in the home directory of root."""
    there = tmp_path / "playbook"
    there.mkdir()
    monkeypatch.chdir(tmp_path)

    def refuse(*_arguments: Any, **_more: Any) -> int:
        raise PermissionError(13, "Permission denied")

    if not may_open:
        monkeypatch.setattr(os, "open", refuse)
    with lane._in_directory(str(there)):
        assert Path.cwd() == there
    assert Path.cwd() == (tmp_path if may_open else there)
