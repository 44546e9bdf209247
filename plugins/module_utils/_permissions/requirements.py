# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the catalogue of permissions: what a request takes, what a task needs, what is missing or too much."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from .catalogue import ACCESSES, APPLICATION, DELEGATED, GRAPH, Access, Permission, Use, permission

# What a permission of the directory covers, beyond the rule that ReadWrite covers Read.
_COVERED_BY = {
    "Group.Create": ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
    "Directory.Read.All": ("Directory.ReadWrite.All",),
}


@dataclass(frozen=True)
class Requirement:
    """One of any_of is needed; the first is the one to ask for."""

    any_of: tuple[Permission, ...]
    needed_for: str
    writes: bool = False

    @property
    def least(self) -> Permission:
        return self.any_of[0]


def access_of(method: str, path: str) -> Access | None:
    """Return what a request takes, None when it is not in the catalogue."""
    for access in ACCESSES:
        if method in access.methods and re.match(access.path, path.lstrip("/"), re.IGNORECASE):
            return access
    return None


def hint(method: str, path: str, is_user: bool = False) -> str | None:
    """Return the permissions that a request takes, in words."""
    access = access_of(method, path)
    if access is None:
        return None
    names = list(access.any_of)
    if is_user:
        names = [item.name for name in names for item in _for_user(permission(name))]
    others = f", or instead one of: {', '.join(names[1:])}" if len(names) > 1 else ""
    return f"{names[0]}{others}{f'; {access.besides}' if access.besides else ''}"


def requirements(uses: Iterable[Use]) -> list[Requirement]:
    """Return what is needed for the uses, each once."""
    return list(
        dict.fromkeys(
            Requirement(tuple(map(permission, use.access.any_of)), use.access.purpose, use.access.writes)
            for use in uses
        )
    )


def requirement_of(declared: Permission, needed_for: str) -> Requirement:
    """Return the requirement of one permission; a greater one of the same type fulfils it too."""
    names = [*_COVERED_BY.get(declared.name, ()), declared.name.replace(".Read.All", ".ReadWrite.All")]
    greater = [_in_catalogue(name, declared.type, declared.api) for name in names if name != declared.name]
    writes = "ReadWrite" in declared.name or declared.name == "Group.Create"
    return Requirement((declared, *filter(None, greater)), needed_for, writes)


def _in_catalogue(name: str, type_: str, api: str) -> Permission | None:
    try:
        found = permission(name, type_)
    except KeyError:
        return None
    return found if found.api == api else None


def missing(needed: Iterable[Requirement], held: Collection[Permission]) -> list[Requirement]:
    return [requirement for requirement in needed if not set(requirement.any_of) & set(held)]


def excess(needed: Sequence[Requirement], held: Sequence[Permission]) -> list[Permission]:
    """Return what is held and could go: what no requirement needs, given the rest."""
    first_held = (next((item for item in requirement.any_of if item in held), None) for requirement in needed)
    used = set(filter(None, first_held))
    # One that is used for something may make a lesser one for something else superfluous.
    for candidate in sorted(used, key=lambda item: item.name):
        if not missing([requirement for requirement in needed if candidate in requirement.any_of], used - {candidate}):
            used.discard(candidate)
    return [item for item in held if item not in used]


def least(needed: Sequence[Requirement]) -> list[Permission]:
    """Return the fewest permissions that fulfil all requirements, each as small as it can be."""
    chosen = list(dict.fromkeys(requirement.least for requirement in needed))
    superfluous = excess(needed, chosen)
    return [item for item in chosen if item not in superfluous]


def in_token(needed: Iterable[Requirement], is_user: bool = False) -> list[Requirement]:
    """Return the requirements that a token shows: permissions of Microsoft Graph, application permissions or, in the
    token of a user, delegated ones.
    """
    of_graph = [requirement for requirement in needed if requirement.least.api == GRAPH]
    if not is_user:
        return [requirement for requirement in of_graph if requirement.least.type == APPLICATION]
    return [
        Requirement(
            tuple(found for item in requirement.any_of for found in _for_user(item)),
            requirement.needed_for,
            requirement.writes,
        )
        for requirement in of_graph
    ]


def _for_user(item: Permission) -> list[Permission]:
    """Return the delegated permission of the same name; Group.Create has none, for example."""
    found = item if item.type == DELEGATED else _in_catalogue(item.name, DELEGATED, GRAPH)
    return [found] if found else []
