# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play cannot show of a module that runs in Ansible's own process."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.redact import libraries_unlogged
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.plugin_utils import _action as action


@pytest.mark.parametrize("may_open", [True, False])
def test_a_directory_that_cannot_be_opened_is_left_permanently(
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
    with action._in_directory(str(there)):
        assert Path.cwd() == there
    assert Path.cwd() == (tmp_path if may_open else there)


def test_deprecations_of_arguments_and_warnings_of_the_module_reach_the_user(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """ansible-core 2.19 and later show the first themselves; those before return them in the result."""
    # ansible-test switches them off.
    monkeypatch.setenv("ANSIBLE_DEPRECATION_WARNINGS", "true")
    old = {"type": "str", "removed_in_version": "99.0.0", "removed_from_collection": "mobilesec.intune"}
    task = SimpleNamespace(
        action="mobilesec.intune.intune_old",
        args={"old": "x", "access_token": "a-token"},
        check_mode=False,
        diff=False,
        async_val=0,
    )
    plugin = action.InProcess(
        task, connection=None, play_context=None, loader=None, templar=None, shared_loader_obj=None
    )
    plugin.module = Module(lambda *_given: {"warnings": ["own warning"]}, {"old": old})
    result = plugin._in_process()
    assert "own warning" in result["warnings"]
    assert "'old' is deprecated" in str(result.get("deprecations", "")) + " ".join(capsys.readouterr().err.split())


def test_libraries_log_nothing_while_their_log_is_off_and_do_so_again_afterwards(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with libraries_unlogged():
        for name in ("msal.application", "urllib3.connectionpool", "requests", "any.other"):
            logging.getLogger(name).critical("a secret")
    assert not caplog.records
    logging.getLogger("any.other").warning("no secret")
    assert caplog.messages == ["no secret"]
