# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_inventory.py LISTED FILE: what `ansible-inventory --list` wrote, as a file that Ansible reads itself. Prints
the name of a host.

A process of its own, since what a process inherits from a large parent would count as its memory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    listed, file = map(Path, sys.argv[1:])
    content = json.loads(listed.read_text(encoding="utf-8"))
    hosts = content.pop("_meta")["hostvars"]

    def group(name: str) -> dict[str, object]:
        known = content.get(name, {})
        return {
            "hosts": {name: {} for name in known.get("hosts", ())},
            "children": {child: group(child) for child in known.get("children", ())},
        }

    file.write_text(json.dumps({"all": {**group("all"), "hosts": hosts}}), encoding="utf-8")
    print(next(iter(hosts)))


if __name__ == "__main__":
    main()
