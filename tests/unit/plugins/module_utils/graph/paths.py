# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a child process finds the collection that is tested here."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import session


def python_path() -> str:
    """The directory above ansible_collections."""
    return str(Path(session.__file__).parents[6])
