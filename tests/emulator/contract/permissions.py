# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write permissions.json: which permissions suffice for the routes the collection uses, for an application and for a
user's login, and the ids of all of them.

The sources are permissions/new/permissions.json and permissions/permissions-descriptions.json of the public repository
microsoftgraph/microsoft-graph-devx-content; routes.json names the routes and the delegated permissions, and what the
source lacks or gets wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from tests.emulator.contract.generate import compact, load, sha256

HERE = Path(__file__).resolve().parent
ROUTES = HERE / "routes.json"
TARGET = HERE / "permissions.json"
COMMIT = "6cbd6bbd665a877560fdefbad74f3bdb5b57af88"
SOURCE_SHA256 = "43dfa0184b83f88f36a42ffcf7e1a5012629952f17affe75eb08040260d8c469"
DESCRIPTIONS_SHA256 = "0afc5904f4c9e4fc278645532f452ea03032f25b2831a84c1d1cb4da437f366b"
SCHEMES = {"routes": "Application", "user_routes": "DelegatedWork"}

Routes = dict[str, dict[str, list[str]]]


def listed(source: dict[str, Any], wanted: set[str], scheme: str) -> Routes:
    """Route -> method -> permissions, each of them sufficient; least and higher privileged ones together."""
    routes: Routes = {}
    for permission, entry in source["permissions"].items():
        for path_set in entry["pathSets"]:
            if scheme in path_set["schemeKeys"]:
                for route in wanted.intersection(path_set["paths"]):
                    for method in path_set["methods"]:
                        routes.setdefault(route, {}).setdefault(method, []).append(permission)
    return routes


def complete(routes: Routes, choice: dict[str, Any]) -> None:
    """Apply "filled" and "corrected" of routes.json; one the source has caught up with is an error."""
    for entry in choice["filled"]:
        methods = routes.setdefault(entry["route"], {})
        if entry["method"] in methods:
            raise ValueError(f"{entry['method']} {entry['route']} is listed now: remove it from filled")
        permissions = entry.get("permissions") or routes[entry["same_as"]][entry["method"]]
        methods[entry["method"]] = list(permissions)
    for entry in choice["corrected"]:
        methods = routes[entry["route"]]
        if sorted(methods[entry["method"]]) != sorted(entry["listed"]):
            raise ValueError(f"{entry['method']} {entry['route']} is listed otherwise now: review corrected")
        methods[entry["method"]] = list(entry["permissions"])


def complete_for_users(routes: Routes, choice: dict[str, Any], scopes: set[str]) -> None:
    """Apply them to a user's login too, as far as their permissions can be delegated."""
    for entry in choice["filled"]:
        permissions = entry.get("permissions") or routes[entry["same_as"]][entry["method"]]
        routes.setdefault(entry["route"], {}).setdefault(entry["method"], [*scopes.intersection(permissions)])
    for entry in choice["corrected"]:
        routes[entry["route"]][entry["method"]] = [*scopes.intersection(entry["permissions"])]


def ids(scopes: list[dict[str, Any]], wanted: set[str]) -> dict[str, str]:
    """Permission -> id; permissions in preview have none in the source."""
    return {scope["value"]: scope["id"] for scope in scopes if scope["value"] in wanted}


def read(path: Path, digest: str, name: str) -> dict[str, Any]:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{path} is not {name} of commit {COMMIT}")
    loaded: dict[str, Any] = json.loads(content)
    return loaded


def document(source: Path, descriptions: Path) -> str:
    choice = load(ROUTES)
    permissions = read(source, SOURCE_SHA256, "permissions/new/permissions.json")
    known = read(descriptions, DESCRIPTIONS_SHA256, "permissions/permissions-descriptions.json")
    tables = {name: listed(permissions, set(choice["routes"]), scheme) for name, scheme in SCHEMES.items()}
    if missing := set(choice["routes"]) - set(tables["routes"]):
        raise ValueError("the source does not list " + ", ".join(sorted(missing)))
    complete(tables["routes"], choice)
    complete_for_users(tables["user_routes"], choice, {scope["value"] for scope in known["delegatedScopesList"]})
    used, used_by_users = (
        {permission for methods in table.values() for names in methods.values() for permission in names}
        for table in tables.values()
    )
    result = {
        "provenance": {
            "repository": "microsoftgraph/microsoft-graph-devx-content",
            "files": ["permissions/new/permissions.json", "permissions/permissions-descriptions.json"],
            "commit": COMMIT,
            "schemes": SCHEMES,
            "generator_sha256": sha256(Path(__file__)),
            "routes_sha256": sha256(ROUTES),
            "filled": choice["filled"],
            "corrected": choice["corrected"],
        },
        "app_roles": ids(known["applicationScopesList"], used | set(choice["application"])),
        "scopes": ids(known["delegatedScopesList"], used_by_users | set(choice["delegated"])),
        **{
            name: {route: {m: sorted(p) for m, p in methods.items()} for route, methods in table.items()}
            for name, table in tables.items()
        },
    }
    return compact(json.dumps(result, indent=1, sort_keys=True)) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate the route permissions of the emulated tenant.")
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="FILE", help="the source's permissions.json"
    )
    parser.add_argument(
        "--descriptions", type=Path, required=True, metavar="FILE", help="the source's permissions-descriptions.json"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the committed file differs")
    arguments = parser.parse_args()
    try:
        text = document(arguments.source, arguments.descriptions)
    except (OSError, ValueError) as problem:
        sys.exit(f"permissions.py: {problem}")
    same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
    if not arguments.check:
        TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {'up to date' if same else 'STALE' if arguments.check else 'written'}")
    return int(arguments.check and not same)


if __name__ == "__main__":
    sys.exit(main())
