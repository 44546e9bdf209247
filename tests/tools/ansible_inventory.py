# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a Sphinx inventory of the places in Ansible's documentation that ours refers to: ansible_inventory.py FILE.

`make doc` uses it instead of the inventory of docs.ansible.com, which a closed network does not reach, so that a
reference to nothing is an error.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

ENTRIES = {
    ("std:label", "action_plugins"): "plugins/action.html#action-plugins",
    ("std:label", "common_return_values"): "reference_appendices/common_return_values.html#common-return-values",
    ("std:label", "ansible_configuration_settings"): "reference_appendices/config.html#ansible-configuration-settings",
    (
        "std:label",
        "ansible_collections.ansible.builtin.jsonfile_cache",
    ): "collections/ansible/builtin/jsonfile_cache.html",
    (
        "std:envvar",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
    ): "reference_appendices/config.html#envvar-ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED",
}


def inventory() -> bytes:
    head = (
        "# Sphinx inventory version 2\n# Project: Ansible\n# Version: devel\n# The remainder of this file "
        "is compressed using zlib.\n"
    )
    lines = "".join(
        f"{name} {kind} -1 {address} {name.replace('_', ' ')}\n" for (kind, name), address in ENTRIES.items()
    )
    return head.encode() + zlib.compress(lines.encode())


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(inventory())
