# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what follows from the list of modules: the links to the action plugin, and the action group."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "../plugin_utils/_action.py"
RUNTIME = ROOT / "meta/runtime.yml"


def link_modules(modules: list[str]) -> None:
    folder = ROOT / "plugins/action"
    for path in folder.glob("intune_*.py"):
        if path.stem not in modules:
            path.unlink()
    for module in modules:
        link = folder / f"{module}.py"
        if not link.is_symlink():
            link.symlink_to(PLUGIN)


def group_modules(modules: list[str]) -> None:
    listed = "".join(f"    - {module}\n" for module in modules)
    text = RUNTIME.read_text(encoding="utf-8")
    RUNTIME.write_text(re.sub(r"(?m)(^  intune:\n)(?:    - .*\n)*", rf"\g<1>{listed}", text), encoding="utf-8")


def main() -> None:
    modules = sorted(path.stem for path in (ROOT / "plugins/modules").glob("intune_*.py"))
    link_modules(modules)
    group_modules(modules)


if __name__ == "__main__":
    main()
