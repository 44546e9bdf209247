# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine refuses to do; every message names a way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._graph.errors import (
    AuthenticationError,
    BadRequest,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    GraphError,
    IntuneError,
    NotFound,
    OutOfTime,
    TooManyPages,
    Unauthorized,
)

# What does not get better with the next object.
FOR_ALL = (AuthenticationError, ConfigurationError, ConnectionFailed, OutOfTime, TooManyPages, Unauthorized)


class SomeFailed(IntuneError):
    """The task failed for some of the objects; the others were done. result is what a module returns beside."""

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        super().__init__(message)
        self.changed = result.pop("changed")
        self.result = result

    def to_result(self) -> dict[str, Any]:
        return self.result


class InvalidOptions(IntuneError):
    """The options contradict each other or lack something; found before anything is written."""


class InvalidValues(InvalidOptions):
    """Values or combinations of options that Graph refuses."""


class ObjectNotFound(IntuneError):
    """The object to work on does not exist and cannot be created."""


class DeletedMeanwhile(ObjectNotFound):
    """Somebody deleted the object after the task had found it."""


class AmbiguousName(IntuneError):
    """More than one object has the name: names are not unique in Graph."""

    def __init__(self, title: str, name: str, ids: Iterable[str]) -> None:
        listed = ", ".join(sorted(ids))
        super().__init__(
            f"More than one {title} is called '{name}': {listed}. This task wrote nothing. Use the id of one of "
            "them, or rename the others."
        )


class Unfinished(IntuneError):
    """Something was written, and what follows it cannot be done yet."""

    changed = True


class UnresolvedNames(IntuneError):
    """Some of the objects that the options refer to do not exist."""

    def __init__(self, missing: Iterable[tuple[str, str]]) -> None:
        listed = ", ".join(f"{title} '{name}'" for title, name in missing)
        blanks = sorted({f"U+{ord(sign):04X}" for sign in listed if sign.isspace() and sign != " "})
        super().__init__(
            f"Not found: {listed}. This task wrote nothing. Check the spelling (names are compared exactly), or "
            "create it first."
            + (f" A name has a blank other than the usual one ({', '.join(blanks)}): type it anew." if blanks else "")
        )


class CreateOnlyChange(IntuneError):
    """An option differs that Graph only takes when the object is created."""

    def __init__(self, title: str, options: Iterable[str], can_recreate: bool = False) -> None:
        listed = ", ".join(sorted(options))
        way_out = (
            "set recreate=true to have it deleted and created again"
            if can_recreate
            else "remove the object with state=absent and create it again"
        )
        super().__init__(
            f"{title} exists, and Graph does not let these be changed afterwards: {listed}. This task wrote "
            f"nothing. Leave the value as it is, or {way_out}."
        )


def says_it_exists(error: IntuneError) -> bool:
    """Whether a create is refused because another run, or an earlier try of this one, was first."""
    text = f"{error.graph_message} {error.message}" if isinstance(error, GraphError) else ""
    return isinstance(error, Conflict) or "already exist" in text.lower()


def is_unknown_collection(error: IntuneError) -> bool:
    """Whether the service has no such collection, as in a national cloud that lacks a feature."""
    return isinstance(error, NotFound) or says_it_is_unknown(error)


def says_it_is_unknown(error: IntuneError) -> bool:
    """Whether Graph says that it has no such collection; a mere 404 can also come from something in front of it."""
    text = str(error).lower()
    is_refusal = isinstance(error, (BadRequest, NotFound))
    return is_refusal and ("not found for the segment" in text or "no odata route exists" in text)
