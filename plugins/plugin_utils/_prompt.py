# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the person who runs Ansible to log in."""

from __future__ import annotations

import sys

from ansible import constants
from ansible.utils.display import Display

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.prompt import Prompt, at_terminal

display = Display()
# A worker has no terminal. Its parent imports this before it starts one.
_HAS_TERMINAL = any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def prompt() -> Prompt:
    return at_terminal(_show, _HAS_TERMINAL)


def _show(text: str) -> None:
    """Show a text apart from the output of callback plugins, and in no log."""
    display.display(text, color=constants.COLOR_HIGHLIGHT, stderr=True, screen_only=True)
