# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the permissions of the catalogue into the modules' notes and the guide, and list the modules in the README.

make permissions          writes them
make permissions ARGS=--check   lists the stale ones
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import catalogue
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions import requirements as permissions
from ansible_collections.mobilesec.intune.plugins.module_utils._permissions.catalogue import MODULES, STEPS, Use

ROOT = Path(__file__).resolve().parents[2]
GUIDE = Path("docs/docsite/rst/guide_permissions.rst")
README = Path("README.md")
# What the role does without variables, as its preflight calls it.
WITHOUT_VARIABLES = ("groups", "apps", "apps_android", "app_config", "connector", "device_facts", "assignments")
_NOTE = re.compile(r'  - "Application permissions: [^"]*"\n')
_TABLE = re.compile(r"(<!-- written by make permissions -->\n).*?(<!-- end -->)", re.DOTALL)
_SUMMARY = re.compile(r"^short_description: (.*)$", re.MULTILINE)
_MARKUP = re.compile(r"[CO]\(([^)]*)\)")


def needs(uses: Iterable[Use]) -> dict[str, list[str]]:
    """Permission -> when it is needed, empty for always; the least permission of each use."""
    found: dict[str, list[str]] = {}
    for use in uses:
        found.setdefault(use.access.least, []).append(use.when)
    return {name: [] if "" in whens else list(dict.fromkeys(whens)) for name, whens in found.items()}


def listed(items: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def sentence(uses: Iterable[Use], quote: Callable[[str], str]) -> str:
    parts = [f"{quote(name)} {listed(whens)}".rstrip() for name, whens in needs(uses).items()]
    return "; ".join(parts)


def least(uses: Iterable[Use]) -> list[str]:
    """The fewest permissions that suffice for all uses."""
    return sorted(item.name for item in permissions.least(permissions.requirements(uses)))


def least_of_role() -> list[str]:
    return least(use for step in WITHOUT_VARIABLES for use in STEPS[step])


def in_code(text: str, mark: str) -> str:
    """Ansible's markup as plain literals."""
    return _MARKUP.sub(rf"{mark}\1{mark}", text)


# -- the modules' notes --------------------------------------------------------------------------------------


def note(module: str) -> str:
    text = f"Application permissions: {sentence(MODULES[module], lambda name: f'C({name})')}."
    lines = textwrap.wrap(text, 114, break_long_words=False, break_on_hyphens=False)
    return '  - "' + "\n    ".join(lines) + '"\n'


def with_note(path: Path, text: str) -> str:
    if not _NOTE.search(text):
        sys.exit(f'{path} has no note that starts with "Application permissions:"')
    return _NOTE.sub(lambda _match: note(path.stem), text, count=1)


# -- the README ----------------------------------------------------------------------------------------------


def with_modules(root: Path, text: str) -> str:
    """Return the README with a table of all modules, each beside the one that only reads."""
    modules = {
        path.stem: _SUMMARY.findall(path.read_text("utf-8"))[0] for path in (root / "plugins/modules").glob("*_*.py")
    }
    rows = ["| module | what it does |", "|---|---|"]
    for name in sorted(modules):
        reads = f"{name}_info"
        if not name.endswith("_info") or name.removesuffix("_info") not in modules:
            names = f"`{name}`, `{reads}`" if reads in modules else f"`{name}`"
            rows.append(f"| {names} | {modules[name]} |")
    table = "\n".join(rows)
    return _TABLE.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)


# -- the guide -----------------------------------------------------------------------------------------------


def rst_table(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in [header, *rows]:
        for number, cell in enumerate(row):
            lines.append(f"   {'*' if number == 0 else ' '} - {cell}".rstrip())
    return "\n".join(lines) + "\n"


def code(name: str) -> str:
    return f"``{name}``"


def _reading(uses: Iterable[Use]) -> list[Use]:
    return [use for use in uses if not use.access.writes]


def guide() -> str:
    uses = [[code(name), in_code(sentence(found, lambda name: f"C({name})"), "``")] for name, found in MODULES.items()]
    steps = [
        [code(name), *("; ".join(map(code, least(part))) for part in (_reading(found), found))]
        for name, found in STEPS.items()
    ]
    accesses = [
        [access.purpose, code(access.least), ", ".join(map(code, access.any_of[1:])), access.besides]
        for access in catalogue.ACCESSES
    ]
    rows = [
        [
            str(row.number),
            row.permission.api,
            code(row.permission.name),
            row.permission.type,
            code(row.permission.id),
            row.usage,
            "one-click" if row.one_click else "steady state",
        ]
        for row in catalogue.APPENDIX
    ]
    sets = [[code(name), in_code(catalogue.SET_TEXTS[name], "``")] for name in catalogue.SETS]
    ids = [
        [item.api, code(item.name), item.type, code(item.id)]
        for item in sorted(catalogue.PERMISSIONS, key=lambda item: (item.api, item.name, item.type))
    ]
    return _GUIDE.format(
        modules=rst_table(["Module", "Permissions"], uses),
        steps=rst_table(["Step", "In check mode", "To write"], steps),
        role=", ".join(map(code, least_of_role())),
        accesses=rst_table(["To", "Least", "Or one of", "Besides"], accesses),
        rows=rst_table(["", "API", "Permission", "Type", "ID", "Use", "Needed for"], rows),
        sets=rst_table(["Set", "Permissions"], sets),
        ids=rst_table(["API", "Permission", "Type", "ID"], ids),
    )


_GUIDE = """\
..
  Copyright (c) 2026, the mobilesec.intune authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

..
  Written by "make permissions" from plugins/module_utils/_permissions/catalogue.py.

.. _ansible_collections.mobilesec.intune.docsite.guide_permissions:

Least privilege
===============

Modules log in as an application. What they may do in Microsoft Graph is what an administrator granted to it. The
tables below name the least permission for each purpose. A new grant, or a revocation, takes effect with the next
login: a cached token keeps the permissions of the time when it was issued.

``mobilesec.intune.intune_permission_info`` compares the permissions of an application with those that it needs.
``mobilesec.intune.intune_permission`` grants and revokes them; with ``steps`` and ``purge_permissions: true`` an
application has exactly what these steps need. A user who logs in needs delegated permissions of the same names. An
application that may grant permissions can grant itself all others, so use another one for the onboarding.

Before the onboarding, compare the permissions of your login with those that your variables need:

.. code-block:: console

   $ ansible-playbook mobilesec.intune.preflight -e @harmony.yml
   ...
       - ok     permissions  Enough for the steps ...

After it, look at what Check Point's application, or the one that onboarded, does not need any more. Run the playbook
without ``--check`` to revoke it. The login needs the permissions to grant and revoke:

.. code-block:: console

   $ ansible-playbook mobilesec.intune.reduce_permissions --check --diff \\
       -e reduce_permissions_app_id=c3d0d7a9-9b0e-4b57-8a55-0a3c1d5e7f21
   ...
       - '  would be revoked: Microsoft Graph: DeviceManagementApps.ReadWrite.All (delegated)'
   ...
   $ ansible-playbook mobilesec.intune.health

.. contents::
   :local:
   :depth: 1

One application for each purpose
--------------------------------

An application that onboards can change all groups and all apps. Nothing that runs each day needs that:

.. list-table::
   :header-rows: 1

   * - Purpose
     - Permissions
   * - Onboard, offboard, apply a configuration
     - Those of the steps or modules that you use, in the column *To write*. Give the application a credential that
       ends soon, or reduce its permissions after the onboarding.
   * - Find drift: ``onboard`` or ``intune_configuration`` in check mode
     - The column *In check mode*
   * - Read devices: ``sync_devices``, the inventory plugin, ``unprotected_devices``
     - ``DeviceManagementManagedDevices.Read.All``, and ``GroupMember.Read.All`` with groups
   * - Watch: ``health``, and ``report``, which also compares as ``onboard`` does in check mode
     - ``DeviceManagementApps.Read.All``, ``DeviceManagementConfiguration.Read.All``,
       ``DeviceManagementManagedDevices.Read.All``, ``DeviceManagementServiceConfig.Read.All``,
       ``GroupMember.Read.All``, and ``Policy.Read.All`` for Conditional Access
   * - React: ``quarantine``, the event source
     - ``DeviceManagementManagedDevices.Read.All`` and ``DeviceManagementServiceConfig.Read.All`` to see changes;
       ``Device.ReadWrite.All``, ``Directory.Read.All`` and ``GroupMember.ReadWrite.All`` to put devices into a group
   * - Warn before a certificate or token expires: ``intune_enrollment_info``
     - ``DeviceManagementServiceConfig.Read.All`` and ``DeviceManagementConfiguration.Read.All``. What one of them would
       show is a finding with the severity ``unknown`` without it.
   * - Grant and revoke: ``bootstrap``, ``reduce_permissions``, ``intune_permission``
     - ``AppRoleAssignment.ReadWrite.All`` and more. Let a person run it with their own login, not a schedule.

Modules
-------

A permission without a condition is always needed, also in check mode. Using names instead of IDs requires
permission to read those objects.

{modules}
Steps of the role
-----------------

The role ``harmony_onboarding`` compares these permissions with its login before it writes anything. The playbook
``preflight`` does only that, and its exit code shows the outcome. Some of the names are not steps of the role. They
show what a variable adds: members and owners of groups, the Android app, a per-app VPN profile, assignments,
filters, scope tags, and devices by group.

Without variables, the role needs {role}.

{steps}
What a request takes
--------------------

{accesses}
The vendor's one-click integration
----------------------------------

Check Point's integration guide for Microsoft Intune lists the permissions of its own application. Those for the
one-click integration can be removed afterwards; the playbook ``reduce_permissions`` does that. The guide lists rows
11, 12 and 14 as application permissions with the description of delegated ones. Here they are delegated
permissions.

{rows}
Sets
----

Sets are names for parts of this table. The option ``sets`` of both modules takes them.

{sets}
IDs
---

Permission IDs are the same in all tenants.

{ids}"""


# -- all of it -----------------------------------------------------------------------------------------------


def documents(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file with the text that it should have."""
    yield GUIDE, guide()
    yield README, with_modules(root, (root / README).read_text(encoding="utf-8"))
    plugins = [*(root / "plugins/modules").glob("intune_*.py"), root / "plugins/inventory/managed_devices.py"]
    for path in sorted(plugins):
        if path.stem not in MODULES:
            sys.exit(f"{path.stem} is not in MODULES of plugins/module_utils/_permissions/catalogue.py")
        yield path.relative_to(root), with_note(path, path.read_text(encoding="utf-8"))


def stale(root: Path) -> list[str]:
    return [
        str(path)
        for path, text in documents(root)
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the documentation of permissions from their catalogue.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is stale")
    parser.add_argument("root", nargs="?", type=Path, default=ROOT, help="the checkout to write to")
    options = parser.parse_args()
    changed = stale(options.root)
    if not options.check:
        for path, text in documents(options.root):
            (options.root / path).write_text(text, encoding="utf-8")
    print("\n".join(f"{'stale' if options.check else 'written'}: {name}" for name in changed) or "up to date")
    return int(options.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
