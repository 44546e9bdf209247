# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing many objects of several resources to their declared states in one task, each as a task of its own would.

All of them are looked at first, in few requests. Then each is changed as soon as what it refers to exists, several at
once. Objects that are to be absent come last, in the reverse order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .._graph import odata
from .._graph.errors import IntuneError, Unexpected
from .._graph.session import GraphSession
from . import read_ahead
from .checks import check_new
from .completing import complete
from .engine import Task, finish
from .entries import Entry, Index, Item, declared_twice, one_and_the_same
from .errors import FOR_ALL, InvalidOptions, InvalidValues, SomeFailed
from .finding import WHOLE
from .read_ahead import ReadAhead
from .references import Reference, ResolvedNames, placeholder
from .resolving import among, found_ahead

# So many objects of one collection are found in a list of all that it has.
_MANY = 5
# How many objects are changed at the same time: Intune throttles an application that sends many writes at once.
_AT_ONCE = 5
# Method and path of a request that is going to be sent.
Write = tuple[str, str]


class Skipped(IntuneError):
    """An object was not touched because another one, on which it depends, failed."""


def reconcile_document(
    session: GraphSession,
    items: Sequence[Item],
    check_mode: bool = False,
    diff_mode: bool = False,
    check_permissions: Callable[[Iterable[Write]], None] = lambda writes: None,
) -> dict[str, Any]:
    """Bring the objects to their states and return a module's result, which lists the objects in the order of items.

    check_permissions is called before the first write and raises IntuneError when the login does not suffice. Raises
    InvalidOptions before anything is written when options are not valid or contradict those of another item, and
    SomeFailed at the end.
    """
    return _Document(session, items, check_mode, diff_mode).run(check_permissions)


class _Document:
    def __init__(self, session: GraphSession, items: Sequence[Item], check_mode: bool, diff_mode: bool) -> None:
        self.session = session
        self.check_mode = check_mode
        self.diff_mode = diff_mode
        self.names = ResolvedNames()
        # Collections that were read as a whole.
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.entries = self._entries(items)

    def run(self, check_permissions: Callable[[Iterable[Write]], None]) -> dict[str, Any]:
        self._read()
        wrong = [*one_and_the_same(self.entries), *self.index.going()]
        if wrong:
            raise InvalidOptions("\n".join([*wrong, "This task wrote nothing."]))
        levels = self._levels()
        self._predict(levels)
        wrong = [
            f"{each.item.place}: {each.outcome}" for each in self.entries if isinstance(each.outcome, InvalidValues)
        ]
        if wrong:
            raise InvalidOptions("\n".join(wrong))
        if not self.check_mode:
            check_permissions([write for entry in self.entries for write in entry.writes()])
            self._apply(levels)
        return self._result()

    # -- looking ------------------------------------------------------------------------------------------------------

    def _entries(self, items: Sequence[Item]) -> list[Entry]:
        """Check every item before anything is asked or written."""
        for resource in dict.fromkeys(item.resource for item in items):
            resource().expect(self.session)
        entries: list[Entry] = []
        wrong: list[str] = []
        for item in items:
            try:
                task = Task(item.resource(), self.session, item.params, True, self.diff_mode, self.names)
                task.advises_always = False
                entries.append(Entry(item, task))
            except InvalidOptions as error:
                wrong.append(f"{item.place}: {error}")
        wrong += declared_twice(items)
        if wrong:
            raise InvalidOptions("\n".join(wrong))
        return entries

    def _read(self) -> None:
        """Find all objects and what they refer to, 20 reads to a request."""
        read_ahead.send(self.session, self._reads())
        for entry in self.entries:
            entry.current = _attempt(partial(entry.task.find_current, not self.check_mode))
        self.index = Index(self.entries)
        declared = [
            entry for entry in self.entries if not entry.task.is_absent and not isinstance(entry.current, IntuneError)
        ]
        for entry in declared:
            entry.task.objects_ahead.update(self._names_inside(entry))
        read_ahead.send(self.session, [each for entry in declared for each in entry.task.reads_for(entry.existing)])
        read_ahead.send(self.session, [each for entry in declared for each in entry.task.reads_of_new_members()])
        for resource in dict.fromkeys(entry.item.resource for entry in declared):
            self._complete([entry for entry in declared if entry.item.resource is resource and entry.existing])

    def _reads(self) -> list[ReadAhead]:
        """Return what finds the objects: one list where many are declared of a collection, else a read for each."""
        named = [
            entry for entry in self.entries if not entry.task.params.get("id") and entry.item.resource.is_listed_whole
        ]
        counts = Counter(entry.collection for entry in named)
        found: list[ReadAhead] = []
        for entry in self.entries:
            resource, collection = entry.task.resource, entry.collection
            if entry in named and counts[collection] > _MANY:
                url = odata.url(collection, resource.query_of(collection))
                found += resource.reads(url, partial(self._take_list, entry))
            else:
                found += entry.task.reads_of_itself()
        return found

    def _take_list(self, entry: Entry, body: dict[str, Any]) -> None:
        entry.task.first_answer.update({**body, WHOLE: True})
        if "value" in body:
            self.lists[entry.collection] = body["value"]

    def _names_inside(self, entry: Entry) -> dict[Reference, list[dict[str, Any]]]:
        """Return what other items and the lists that were read say about the references of an item."""
        found = {}
        for reference in entry.references:
            target = next(iter(self.index.targets(entry, reference)), None)
            listed = () if reference.type.is_id(reference.text) else self.lists.get(reference.type.path, ())
            if target and target.existing and (self.check_mode or not target.is_created):
                # An object may keep another name than its item declares: others refer to it by either.
                found[reference] = among(reference, [target.existing]) or [
                    {**target.existing, reference.type.name_property: reference.text}
                ]
            elif target and self.check_mode:
                found[reference] = [placeholder(reference)]
            elif not target and among(reference, listed):
                found[reference] = among(reference, listed)
        return found

    def _complete(self, entries: Sequence[Entry]) -> None:
        """Read what lists leave out of the objects of one resource."""
        if not entries:
            return
        incomplete = [entry.task.incomplete(entry.current) for entry in entries]
        _linked, failures = complete(entries[0].task.resource, self.session, incomplete)
        for entry in entries:
            entry.is_complete = entry.task.is_complete = not any(raw is entry.current for raw, _error in failures)

    def _levels(self) -> list[list[Entry]]:
        """Return the entries in the order in which they are changed, those that do not wait for each other together."""
        absent = [entry for entry in self.entries if entry.task.is_absent]
        present = [entry for entry in self.entries if not entry.task.is_absent]
        order = list(dict.fromkeys(entry.item.resource for entry in self.entries))
        last_first = _levels(absent, self.index.needed_by, lambda entry: order.index(entry.item.resource))
        return [*_levels(present, self.index.needed), *last_first]

    # -- doing --------------------------------------------------------------------------------------------------------

    def _predict(self, levels: Sequence[Sequence[Entry]]) -> None:
        """Compare every object as check mode does."""
        for entry in (entry for level in levels for entry in level):
            entry.outcome = _skipped(entry) or _attempt(partial(self._predicted, entry))

    def _predicted(self, entry: Entry) -> Any:
        if isinstance(entry.current, IntuneError):
            raise entry.current
        if entry.current is None and not self.check_mode and not entry.task.is_absent:
            check_new(entry.task.resource, entry.task.params)
            return {"changed": True, "warnings": []}  # only creating it shows more
        return finish(entry.task, lambda: entry.task.run_on(entry.current))

    def _apply(self, levels: Sequence[Sequence[Entry]]) -> None:
        """Write what differs, objects of one level side by side."""
        for level in levels:
            waiting = [entry for entry in level if self._is_written(entry)]
            tasks = {entry: self._task(entry) for entry in waiting}
            read_ahead.send(
                self.session, [each for entry, task in tasks.items() for each in task.reads_for(entry.existing)]
            )
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                try:
                    for entry, outcome in zip(waiting, pool.map(self._written, waiting, tasks.values())):
                        entry.outcome = outcome
                        if isinstance(outcome, FOR_ALL):
                            raise self._stopped(outcome)
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise

    @staticmethod
    def _is_written(entry: Entry) -> bool:
        return isinstance(entry.outcome, dict) and bool(entry.outcome["changed"] or entry.outcome["warnings"])

    def _task(self, entry: Entry) -> Task:
        """Return the task that brings an object to its state, with the names that were looked up before."""
        item, names = entry.item, ResolvedNames(dict(self.names.objects))
        task = Task(item.resource(), self.session, item.params, False, self.diff_mode, names)
        task.objects_ahead = {
            reference: [found]
            for reference, found in found_ahead(entry.task.objects_ahead).items()
            if not any(target.is_created for target in self.index.targets(entry, reference))
        }
        task.objects_ahead.update(self._created_inside(entry))
        task.is_complete, task.surplus = entry.is_complete, entry.task.surplus
        return task

    def _created_inside(self, entry: Entry) -> dict[Reference, list[dict[str, Any]]]:
        """Return what this run has created of what an item refers to: another part of Graph may not show it yet."""
        return {
            reference: reference.type.keyed([{**target.created, reference.type.name_property: reference.text}])
            for reference in entry.inside
            for target in self.index.targets(entry, reference)
            if target.created
        }

    def _written(self, entry: Entry, task: Task) -> Any:
        # What did not exist is looked for once more, since another run may have created it meanwhile.
        work = task.run if entry.existing is None else partial(task.run_on, entry.existing)
        outcome = _skipped(entry) or _attempt(lambda: finish(task, work))
        entry.created = task.created
        return outcome

    def _stopped(self, error: IntuneError) -> IntuneError:
        """Let an error that concerns all objects end the task."""
        error.changed = any(entry.changed for entry in self.entries if entry.outcome is not None)
        error.append("Objects that had not been reached were not changed; run again to go on.")
        return error

    # -- result -------------------------------------------------------------------------------------------------------

    def _result(self) -> dict[str, Any]:
        done = [entry for entry in self.entries if not entry.failed]
        result: dict[str, Any] = {
            "changed": any(entry.changed for entry in self.entries),
            "objects": [entry.shown() for entry in self.entries],
            "graph_requests": self.session.requests_sent,
            "warnings": [text for entry in done for text in entry.outcome["warnings"]],
        }
        if self.diff_mode:
            result["diff"] = [entry.outcome["diff"] for entry in done if entry.outcome["changed"]]
        if len(done) < len(self.entries):
            raise SomeFailed(self._failures(), result)
        return result

    def _failures(self) -> str:
        failed = [entry for entry in self.entries if entry.failed]
        skipped = sum(isinstance(entry.outcome, Skipped) for entry in failed)
        counts = f"{len(failed) - skipped} of {len(self.entries)} objects failed"
        more = f", {skipped} skipped" if skipped else ""
        return "\n".join([f"{counts}{more}.", *(f"{entry.title}: {entry.outcome}" for entry in failed)])


def _attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        return error if isinstance(error, IntuneError) else Unexpected(error)


def _skipped(entry: Entry) -> Skipped | None:
    failed = next((other for other in entry.waits_for if other.failed), None)
    return Skipped(f"Skipped, because it depends on {failed.title}, which failed.") if failed else None


def _levels(
    entries: Sequence[Entry], needed: Callable[[Entry], list[Entry]], rank: Callable[[Entry], int] = lambda entry: 0
) -> list[list[Entry]]:
    """Return the entries in groups: each waits only for entries of groups before its own, and those of the highest rank
    come first. Raises InvalidOptions.
    """
    places = {entry.item.place: entry for entry in entries}
    for entry in entries:
        entry.waits_for = [other for other in needed(entry) if other.item.place in places]
    sorter = TopologicalSorter({entry.item.place: [other.item.place for other in entry.waits_for] for entry in entries})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = ", ".join(dict.fromkeys(error.args[1]))
        raise InvalidOptions(
            f"{circle}: these refer to each other, and none of them exists. Create one of them without the reference "
            "first. This task wrote nothing."
        ) from None
    levels = []
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        highest = max(rank(places[place]) for place in ready)
        level = [entry for place, entry in places.items() if place in ready and rank(entry) == highest]
        levels.append(level)
        taken = [entry.item.place for entry in level]
        ready.difference_update(taken)
        sorter.done(*taken)
    return levels
