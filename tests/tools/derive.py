# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what follows from the modules and the table of resources.

These are the action plugins, the action group, and the lists in the documentation of intune_configuration,
intune_export and the guide about export.
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.mobilesec.intune.plugins.module_utils._resources.table import RESOURCES, file_name, variable

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = """# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.mobilesec.intune.plugins.modules.{module} import MODULE
from ansible_collections.mobilesec.intune.plugins.plugin_utils._action import InProcess


class ActionModule(InProcess):
    module = MODULE
"""
RUNTIME = ROOT / "meta/runtime.yml"


def route_modules(modules: list[str]) -> None:
    """Give each module an action plugin.

    Ansible loads it by the module's name before it starts workers. Documentation tools take links for renamed modules.
    """
    folder = ROOT / "plugins/action"
    for path in folder.glob("*.py"):
        path.unlink()
    for module in modules:
        (folder / f"{module}.py").write_text(PLUGIN.format(module=module), encoding="utf-8")


def group_modules(modules: list[str]) -> None:
    """Put each module into the groups whose options for the login it has; the options are named by their service."""
    for group in ("harmony", "intune"):
        listed = "".join(f"    - {module}\n" for module in modules if group in module)
        text = RUNTIME.read_text(encoding="utf-8")
        RUNTIME.write_text(re.sub(rf"(?m)(^  {group}:\n)(?:    - .*\n)*", rf"\g<1>{listed}", text), encoding="utf-8")


def list_resources() -> None:
    keys = "".join(
        f"      {resource.plural}:\n"
        "        description:\n"
        f"          - Each item has the options of M(mobilesec.intune.intune_{resource.singular}).\n"
        "        type: list\n"
        "        elements: dict\n"
        f"        aliases: [{variable(resource)}]\n"
        for resource in RESOURCES
    )
    replace("plugins/modules/intune_configuration.py", r"(?s)(?<=\n    suboptions:\n).*?(?=  src:\n)", keys)
    choices = "".join(f"      - {resource.plural}\n" for resource in RESOURCES)
    replace("plugins/modules/intune_export.py", r"(?s)(?<=\n    choices:\n).*?(?=  name_pattern:\n)", choices)
    rows = "".join(
        f"   * - ``{file_name(resource)}``\n     - ``{variable(resource)}``\n     - ``intune_{resource.singular}``\n"
        for resource in RESOURCES
    )
    replace("docs/docsite/rst/guide_export.rst", r"(?s)(?<=     - Variable\n     - Module\n).*?(?=\n\S)", rows)


def replace(file: str, pattern: str, text: str) -> None:
    path = ROOT / file
    path.write_text(re.sub(pattern, text, path.read_text(encoding="utf-8"), count=1), encoding="utf-8")


def main() -> None:
    modules = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
    route_modules(modules)
    group_modules(modules)
    list_resources()


if __name__ == "__main__":
    main()
