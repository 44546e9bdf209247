# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing a list of objects to their declared states in one task, each as a task of its own would.

All of them are looked at first, in few $batches. Only those that have something to do are then taken one after the
other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._graph import odata
from .._graph.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    IntuneError,
    Unauthorized,
    Unexpected,
)
from .._graph.session import GraphSession
from .engine import Task, reconcile
from .errors import AmbiguousName, InvalidOptions, ObjectNotFound
from .references import ResolvedNames, assumption
from .resource import Resource

# What does not get better with the next object.
_FOR_ALL = (AuthenticationError, ConfigurationError, ConnectionFailed, Unauthorized)
Outcome = Any  # a result of reconcile, or an IntuneError


class SomeFailed(IntuneError):
    """Some of the objects could not be brought to their state; the others were."""

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        super().__init__(message)
        self.changed = result.pop("changed")
        self.result = result

    def to_result(self) -> dict[str, Any]:
        return self.result


def reconcile_many(
    resource: type[Resource],
    option: str,
    session: GraphSession,
    items: Sequence[Mapping[str, Any]],
    check_mode: bool = False,
    diff_mode: bool = False,
) -> dict[str, Any]:
    """Bring the objects of the option to their states and return a module's result.

    The result holds, under the option's name and in its order, what reconcile returns for each object. Raises
    InvalidOptions before anything is written when an object's options cannot be or do not go with those of another,
    and SomeFailed at the end.
    """
    names = ResolvedNames()
    tasks = _tasks(resource, option, session, items, diff_mode, names)
    outcomes = _looked_at(tasks, option, session, check_mode)
    if not check_mode:
        for place, item in enumerate(items):
            # What is told to the user may rest on what only check mode assumes.
            if not isinstance(outcomes[place], dict) or outcomes[place]["changed"] or tasks[place].warnings:
                outcomes[place] = _attempt(
                    lambda item=item: reconcile(resource(), session, item, False, diff_mode, names)  # type: ignore[misc]
                )
                if isinstance(outcomes[place], _FOR_ALL):
                    raise _stopped(outcomes[place], outcomes[:place], f"{option}[{place}]")
    return _result(option, tasks, outcomes, session)


def _tasks(
    resource: type[Resource],
    option: str,
    session: GraphSession,
    items: Sequence[Mapping[str, Any]],
    diff_mode: bool,
    names: ResolvedNames,
) -> list[Task]:
    tasks: list[Task] = []
    wrong: list[str] = []
    places: dict[tuple[tuple[str, str], ...], int] = {}
    by_name = {_key(resource, item): place for place, item in enumerate(items) if not item.get("id")}
    for place, item in enumerate(items):
        try:
            # To look at an object is to check it; what then has to be done is done by a task of its own.
            tasks.append(Task(resource(), session, item, True, diff_mode, names))
        except InvalidOptions as error:
            wrong.append(f"{option}[{place}]: {error}")
        own = _key(resource, item)
        key = (("id", str(item["id"]).lower()),) if item.get("id") else own
        first = places.setdefault(key, place)
        if first == place and item.get("id"):
            key, first = own, by_name.get(own, place)
        if first != place:
            named = " with ".join(f"{name} '{value}'" for name, value in key)
            wrong.append(
                f"{option}[{place}]: the {named} is that of {option}[{first}] as well. Declare each object "
                "once. Nothing was written."
            )
    if wrong:
        raise InvalidOptions("\n".join(wrong))
    return tasks


def _key(resource: type[Resource], item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the options by which an object is found without its id, with their values."""
    return tuple((name, str(item[name])) for name in resource.found_by if item.get(name) is not None)


def _check_there(tasks: Sequence[Task], found: Sequence[Outcome], option: str) -> None:
    """Refuse a list in which it is not clear of each object that has to be there which one it is. Raises
    ObjectNotFound.
    """
    unclear = [
        f"{option}[{place}]: {current}"
        for place, (task, current) in enumerate(zip(tasks, found))
        if task.resource.must_exist and isinstance(current, (AmbiguousName, ObjectNotFound))
    ]
    if unclear:
        raise ObjectNotFound("\n".join(unclear))


def _check_apart(tasks: Sequence[Task], found: Sequence[Outcome], option: str) -> None:
    """Refuse objects that are one and the same, and names of what the list renames or deletes: the next run would find
    others.

    Raises InvalidOptions.
    """
    places: dict[str, int] = {}
    going: dict[str, tuple[int, str]] = {}
    wrong: list[str] = []
    for place, (task, current) in enumerate(zip(tasks, found)):
        if not isinstance(current, dict):
            continue
        object_id, name = str(current["id"]), str(current.get(task.resource.name_property))
        first = places.setdefault(object_id.lower(), place)
        if first != place:
            wrong.append(
                f"{option}[{place}] and {option}[{first}] are one {task.resource.title}, {object_id}. Declare "
                "each object once."
            )
        if task.is_absent:
            going.update({name: (place, "deletes"), object_id.lower(): (place, "deletes")})
        elif task.params.get("name") not in (None, name):
            going[name] = (place, "renames")
    for place, task in enumerate(tasks):
        relations = () if task.is_absent else task.resource.relations
        for text in [text for relation in relations for text in task.params.get(relation.option) or ()]:
            key = text.lower() if odata.is_guid(text) else text
            if key in going:
                wrong.append(
                    f"{option}[{place}] names '{text}', which {option}[{going[key][0]}] {going[key][1]}. Do "
                    "that in a task of its own."
                )
    if wrong:
        raise InvalidOptions("\n".join([*wrong, "Nothing was written."]))


def _looked_at(tasks: Sequence[Task], option: str, session: GraphSession, check_mode: bool) -> list[Outcome]:
    """Return what check mode says of each object; None where it is certain that the object has to be made."""
    version = tasks[0].resource.version if tasks else ""
    session.read_ahead([request for task in tasks for request in task.requests_ahead()], version)
    found = [_attempt(task.find) for task in tasks]
    _check_there(tasks, found, option)
    _check_apart(tasks, found, option)
    there = [(task, current) for task, current in zip(tasks, found) if isinstance(current, dict) and not task.is_absent]
    session.read_ahead([request for task, current in there for request in task.requests_for(current)], version)
    outcomes: list[Outcome] = []
    names: set[str] = set()
    for task, current in zip(tasks, found):
        if isinstance(current, IntuneError):
            outcomes.append(current)
        elif current is None and not check_mode and not task.is_absent:
            outcomes.append(None)
        else:
            outcomes.append(_attempt(lambda task=task, current=current: task.run_on(current)))  # type: ignore[misc]
        # An earlier object of the list is there when a later one refers to it.
        task.warnings = [text for text in task.warnings if text not in names]
        if not task.is_absent and task.params.get("name"):
            names.add(assumption(task.resource.title, str(task.params["name"])))
    return outcomes


def _attempt(work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except Exception as error:
        return error if isinstance(error, IntuneError) else Unexpected(error)


def _stopped(error: IntuneError, outcomes: Sequence[Outcome], place: str) -> IntuneError:
    """Let an error that concerns all objects end the task."""
    error.changed = any(_is_changed(outcome) for outcome in (*outcomes, error))
    error.append(f"What had to change from {place} on was not changed; run again to go on.")
    return error


def _is_changed(outcome: Outcome) -> bool:
    return bool(outcome["changed"] if isinstance(outcome, dict) else outcome.changed)


def _result(option: str, tasks: Sequence[Task], outcomes: Sequence[Outcome], session: GraphSession) -> dict[str, Any]:
    shown, failures, diffs, warnings = [], [], [], []
    for place, (task, outcome) in enumerate(zip(tasks, outcomes)):
        if isinstance(outcome, IntuneError):
            failures.append(f"{option}[{place}], {task.resource.describe(task.params)}: {outcome}")
            shown.append({"changed": _is_changed(outcome), "failed": True, "msg": str(outcome), **outcome.to_result()})
            continue
        warnings += outcome.get("warnings", task.warnings)
        if outcome["changed"] and "diff" in outcome:
            diffs.append(outcome["diff"])
        shown.append(
            {name: value for name, value in outcome.items() if name not in ("diff", "warnings", "graph_requests")}
        )
    result: dict[str, Any] = {
        "changed": any(map(_is_changed, outcomes)),
        option: shown,
        "graph_requests": session.requests_sent,
        "warnings": warnings,
    }
    if tasks and tasks[0].diff_mode:
        result["diff"] = diffs
    if failures:
        raise SomeFailed(f"{len(failures)} of {len(tasks)} {option} failed.\n" + "\n".join(failures), result)
    return result
