# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find, compare, create or update or delete, assign: the one place where it is done, for every resource.

Check mode and diff mode are kept here, so no resource and no module can forget them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from .._graph.errors import BadRequest, IntuneError
from .._graph.session import GraphSession
from . import apply, checks, doubles, plan, read_ahead, relations, removal, show, wait, write
from . import assignments as assigned
from .change import Change
from .completing import Incomplete, complete, raise_first
from .context import Context
from .errors import AmbiguousName, CreateOnlyChange, DeletedMeanwhile, InvalidOptions, ObjectNotFound, Unfinished
from .fields import Field
from .ownership import tag_of
from .read_ahead import ReadAhead, put_items
from .references import Reference, ResolvedNames, assumption, is_placeholder, placeholder_name
from .resolving import reads_ahead
from .resource import ObjectType, Resource

# How often an object is deleted by another run that had created it, before the task gives up.
_DELETED_TRIES = 3


def reconcile(
    resource: Resource,
    session: GraphSession,
    params: Mapping[str, Any],
    check_mode: bool = False,
    diff_mode: bool = False,
) -> dict[str, Any]:
    """Bring one object to the declared state and return a module's result.

    The result holds changed, id, the object under the resource's singular, graph_requests, warnings, and diff in diff
    mode. Raises IntuneError; the attribute changed of an exception shows whether something was written before.
    """
    resource.expect(session)
    task = Task(resource, session, params, check_mode, diff_mode)
    return finish(task, task.run)


def finish(task: Task, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the result of a task's work, or let the error show whether something was written before."""
    try:
        result = work()
    except IntuneError as error:
        error.changed = error.changed or task.written
        if isinstance(error, AmbiguousName) and task.written:
            error.message = error.message.replace(
                "This task wrote nothing.", "This run created one of them, and another run or a lost answer the other."
            )
        raise
    except Exception as error:
        error.changed = task.written  # type: ignore[attr-defined]
        raise
    return {**result, "graph_requests": task.session.requests_sent, "warnings": task.warnings}


class Task(Context):
    """One object and what is declared of it."""

    def __init__(
        self,
        resource: Resource,
        session: GraphSession,
        params: Mapping[str, Any],
        check_mode: bool,
        diff_mode: bool,
        names: ResolvedNames | None = None,
    ) -> None:
        super().__init__(resource, session, checks.check_options(resource, params), check_mode, diff_mode, names)
        self.change: Change | None = None
        # Equal objects that killed runs left.
        self.surplus: list[dict[str, Any]] = []

    @property
    def is_absent(self) -> bool:
        return self.params.get("state") == "absent"

    def run(self) -> dict[str, Any]:
        itself = self.reads_of_itself()
        names = self.reads_of_names(self.resource.declared_type(self.params)) if itself and not self.is_absent else []
        read_ahead.send(self.session, [*itself, *names])
        return self.run_on(self.find_current())

    def find_current(self, waits: bool = True) -> dict[str, Any] | None:
        """Return the object as it exists."""
        current, self.surplus = doubles.find(self, waits and not self.check_mode)
        return current

    @property
    def is_assumed(self) -> bool:
        """Whether the object is one that check mode assumes an earlier task to create."""
        return self.check_mode and is_placeholder(str(self.params.get("id") or ""))

    def find(self) -> dict[str, Any] | None:
        if not self.is_assumed:
            return super().find()
        object_id, resource = str(self.params["id"]), self.resource
        name, declared = placeholder_name(object_id), resource.declared_type(self.params)
        self.warnings.append(assumption(resource.title, name))
        self.is_complete = True
        related = {relation.option: list[dict[str, Any]]() for relation in resource.relations}
        self.members_ahead.update(related)
        odata_type = {"@odata.type": declared.odata_type} if declared and resource.polymorphic else {}
        return {"id": object_id, resource.name_property: name, "assignments": [], **odata_type}

    def reads_of_itself(self) -> list[ReadAhead]:
        url = None if self.is_assumed else self.resource.first_url(self.params)
        return self.resource.reads(url, self.first_answer.update) if url else []

    def reads_of_names(self, object_type: ObjectType | None) -> list[ReadAhead]:
        """Return the reads of names in the options, without those that depend on the type if it is open."""
        assumed = object_type or ObjectType("", self.resource.title)
        declared = self.resource.declared(assumed, self.params)
        try:
            references = plan.references(self, declared, assumed)
        except InvalidOptions:
            return []  # settings that the type does not take; comparing reports them
        return reads_ahead(references, self.version, self.objects_ahead)

    def reads_for(self, current: dict[str, Any] | None) -> list[ReadAhead]:
        """Return the reads for an object that was looked for: names in the options, its members, its assignments."""
        if current is None:
            return self.reads_of_names(self.resource.declared_type(self.params))
        parts = [] if self.is_assumed else self._reads_of_parts(current)
        return [*self.reads_of_names(self.resource.type_of(current)), *parts]

    def _reads_of_parts(self, current: dict[str, Any]) -> list[ReadAhead]:
        path = self.address(current)
        found = [
            ReadAhead(
                relations.url(path, relation, self.version),
                self.version,
                partial(put_items, self.members_ahead, relation.option),
            )
            for relation in self.resource.relations
            if relation.is_declared(self.params)
        ]
        if plan.lacks_assignments(self, current):
            found.append(ReadAhead(f"/{path}/assignments", self.version, partial(put_items, current, "assignments")))
        return found

    def reads_of_new_members(self) -> list[ReadAhead]:
        """Return the reads of declared members that the object does not have."""
        declared_type: list[Reference] = []
        for relation in self.resource.relations:
            declared = [*(self.params.get(relation.option) or ()), *relation.absent(self.params)]
            unknown = relation.unknown(declared, self.members_ahead.get(relation.option, ()))
            declared_type += [reference for text in unknown for reference in relation.candidates(text)]
        return reads_ahead(declared_type, self.version, self.objects_ahead, include_ids=True)

    def run_on(self, current: dict[str, Any] | None) -> dict[str, Any]:
        """Bring the object, as it was found, to the declared state."""
        for _again in range(_DELETED_TRIES):
            try:
                return self._run_on(current)
            except DeletedMeanwhile:
                if self.params.get("id"):
                    raise
                # One of several that runs at once created, and its run kept another one.
                self.members_ahead.clear()
                current = self.find_current()
        return self._run_on(current)

    def _run_on(self, current: dict[str, Any] | None) -> dict[str, Any]:
        if self.is_absent:
            return self.absent(current)
        if current and self.surplus:
            doubles.delete_surplus(self, current, self.surplus)
        if current and self.params.get("id") and not self.is_assumed:
            self._warn_of_namesakes(current)
        result = self.present(current)
        return {**result, "changed": result["changed"] or bool(self.surplus)}

    def _warn_of_namesakes(self, current: dict[str, Any]) -> None:
        """Warn when the object is renamed to a name that another object of its type has, which Graph allows."""
        resource, name = self.resource, self.params.get("name")
        if name in (None, current.get(resource.name_property)):
            return
        own_type = resource.type_of(current).graph_type
        others = [
            str(raw["id"])
            for raw in resource.with_name(self.session, str(name), {**self.params, "id": None})
            if raw["id"] != current["id"] and resource.type_of(raw).graph_type == own_type
        ]
        if others:
            self.warnings.append(
                f"{self.title}: {', '.join(sorted(others))} has this name too. Tasks that use the name fail as "
                "long as two objects have it: rename one of them."
            )

    # -- absent ----------------------------------------------------------------------------------------------

    def absent(self, current: dict[str, Any] | None) -> dict[str, Any]:
        if current is None:
            self.warnings += self.resource.passed_over.values()
            return show.result(self, False, None)
        ours, uses = self._ours_and_others(current)
        if uses:
            return self._taken_back(current, ours, uses)
        before = show.report(self, current, show.names_for_diff(self, current))
        if not self.check_mode:
            try:
                self._delete(current)
            except BadRequest as error:
                # Graph refuses to delete an assignment filter that anything uses.
                if not self.params.get("created_by") or not self.resource.locked_within:
                    raise
                return self._taken_back(current, ours, [removal.Use("refused", (str(error),))])
        # Somebody else may have deleted it just before.
        changed = self.check_mode or self.written
        identity: dict[str, Any] = {
            name: before[name] for name in ("id", "type", "name", "assignments") if name in before
        }
        return show.result(self, changed, str(current["id"]), before, before=identity if changed else None)

    def _ours_and_others(self, current: dict[str, Any]) -> tuple[list[dict[str, Any]], list[removal.Use]]:
        """Return the declared assignments, and what keeps the object from being deleted."""
        resource, tag, ours = self.resource, self.params.get("created_by"), list[dict[str, Any]]()
        if not tag:
            return ours, []
        is_tagged = not resource.ownership_property or tag_of(current.get(resource.ownership_property)) == tag
        uses = [] if is_tagged else [removal.Use("not_tagged", (tag,))]
        if self.params.get("force") and is_tagged:
            return ours, uses
        others = resource.other_uses(self.session, current, self.params, self.warnings) if is_tagged else []
        if resource.assignable:
            if assigned.are_missing(current) or not self.check_mode:
                # Others may have assigned it since it was read.
                self.is_found = True
                current["assignments"] = plan.read_assignments(self, current)
            ours = removal.declared_assignments(self.session, self.params.get("assignments") or [], resource.assignable)
            graph_type = resource.type_of(current).graph_type
            uses += removal.others_assignments(
                self.session, current["assignments"], ours, resource.assignable, graph_type
            )
        return ours, uses + others

    def _taken_back(
        self, current: dict[str, Any], ours: list[dict[str, Any]], uses: Sequence[removal.Use]
    ) -> dict[str, Any]:
        """Leave the object to others, without what the task declares."""
        resource, object_id = self.resource, str(current["id"])
        params = {"id": object_id, **({"assignments": ours} if ours else {}), **resource.given_back(self.params, uses)}
        if len(params) > 1:
            task = Task(type(resource)(), self.session, params, self.check_mode, self.diff_mode, self.names)
            try:
                result = task.present(current)
            finally:
                self.written = self.written or task.written
            self.warnings += task.warnings
        else:
            result = show.result(self, False, object_id, show.report(self, current, ResolvedNames()))
        result["kept_because"] = [use.to_result() for use in uses]
        result["msg"] = removal.sentence(self.title, uses, result["changed"])
        return result

    def _delete(self, current: Mapping[str, Any]) -> None:
        def gone() -> bool | None:
            if not self.written:
                write.delete(self, current)
            # Looked for as the next task will do: an index of names lags behind the objects [graph facts: consistency].
            return self.find() is None or None

        if not wait.until(gone, wait.VISIBLE_WITHIN):
            self.warnings.append(f"{self.title} was deleted, but Graph still shows it.")

    def _delete_replaced(self, current: Mapping[str, Any]) -> None:
        write.delete(self, current)
        self.params = {**self.params, "replaced_id": None}

        def is_alone() -> bool | None:
            with contextlib.suppress(AmbiguousName):
                return self.find() is not None or None
            return None

        if not wait.until(is_alone, wait.VISIBLE_WITHIN):
            self.warnings.append(
                f"{self.title} was recreated and the old one, {current['id']}, deleted, but Graph still shows it."
            )

    # -- present ---------------------------------------------------------------------------------------------

    def present(self, current: dict[str, Any] | None) -> dict[str, Any]:
        if current is None:
            checks.check_new(self.resource, self.params)
        deleted = self.resource.deleted(self.session, self.params) if current is None else None
        if deleted is None:
            return self._present(current)
        if self.params.get("restore"):
            return self._restored(deleted)
        when = deleted.get("deletedDateTime")
        remark = f"{self.title} was deleted on {when} (id {deleted['id']}) and can be restored: set restore=true"
        if self.params.get("id"):
            raise ObjectNotFound(f"{remark}. This task wrote nothing.")
        self.warnings.append(f"{remark} to get it back instead of a new one.")
        return self._present(None)

    def _restored(self, deleted: Mapping[str, Any]) -> dict[str, Any]:
        """Bring a deleted object back, then to the declared state; to whoever compares, it was not there before."""
        current: dict[str, Any] | None = dict(deleted)
        if not self.check_mode:
            self.resource.restore(self.session, deleted)
            self.written = True
            current = wait.until(self.find, wait.VISIBLE_WITHIN)
        if current is None:
            raise Unfinished(f"{self.title} was restored, but cannot be read yet. Run again to go on.")
        # Graph does not show the members of a deleted group, so check mode has the declared ones only.
        result = self._present(current, has_relations=not self.check_mode)
        result["changed"] = True
        if self.diff_mode:
            result["diff"]["before"] = {}
        return result

    def _present(self, current: dict[str, Any] | None, has_relations: bool = True) -> dict[str, Any]:
        object_type = self._object_type(current)
        if current is not None and self.resource.type_of(current).graph_type != object_type.graph_type:
            return self._replaced(current, object_type)
        self.is_found = current is not None
        change = self.change = plan.plan(self, current, object_type, has_relations)
        if current is None:
            return {**apply.create(self, change), "created": True}
        fixed = [field.path for field, _value in change.differing if field.create_only]
        if fixed and self.params.get("recreate"):
            return self._recreated(current, change, self.resource.fields(object_type))
        if fixed:
            raise CreateOnlyChange(self.title, fixed, "recreate" in self.params)
        return apply.update(self, change, current)

    def _object_type(self, current: Mapping[str, Any] | None) -> ObjectType:
        resource, params = self.resource, self.params
        declared_type = resource.declared_type(params)
        if current is None:
            if params.get("id") and not resource.id_is_given:
                raise ObjectNotFound(f"No {resource.title} has the id {params['id']}. This task wrote nothing.")
            self.warnings += resource.passed_over.values()
            for other in resource.namesakes:
                existing = f"{other['id']} ({resource.type_of(other).title})"
                self.warnings.append(
                    f"{self.title} is created beside {existing} of the same name: the type of an object cannot be "
                    "changed."
                )
            return resource.check_creatable(declared_type, params)
        object_type = resource.type_of(current)
        if declared_type and declared_type.graph_type != object_type.graph_type:
            if params.get("recreate"):
                return declared_type
            raise CreateOnlyChange(
                f"{self.title} ({object_type.title})",
                [declared_type.section or resource.type_option],
                "recreate" in params,
            )
        return object_type

    # -- recreate --------------------------------------------------------------------------------------------

    def _replaced(self, current: dict[str, Any], object_type: ObjectType) -> dict[str, Any]:
        """Recreate the object as one of another type, which has only what all types have in common with the old one."""
        resource = self.resource
        self.params = {**self.params, "name": self.params.get("name") or current.get(resource.name_property)}
        checks.check_new(resource, self.params)
        resource.check_creatable(object_type, self.params)
        resource.check_fit(object_type, self.params)
        declared = resource.declared(object_type, self.params)
        names = plan.resolve_names(self, declared, object_type, current)
        common = [field for field in resource.fields(object_type) if field not in object_type.fields]
        desired = {
            field.graph: field.type.encode(value, current.get(field.graph) if field in common else None, names)
            for field, value in declared
            if value is not None
        }
        change = Change(resource, self.params, object_type, declared, names, current, desired)
        result = self._recreated(current, change, common)
        if self.diff_mode:
            result["diff"]["before"] = show.report(self, current, names)
        return result

    def _recreated(self, current: dict[str, Any], change: Change, fields: Sequence[Field]) -> dict[str, Any]:
        """Replace the object by a new one that also has what the user did not declare of fields, and the assignments of
        others.

        Where two objects may have the same name, the old one stays until the new one is complete.
        """
        resource, delete_first = self.resource, self.resource.names_are_unique
        _linked, failures = complete(resource, self.session, [Incomplete(current, fields, bool(self.params.get("id")))])
        raise_first(failures)
        kept = {field.graph: field.type.resent(current.get(field.graph)) for field in fields}
        change.relations = ()
        before = change.before()
        assigned_by_others = (
            (self.check_mode and current.get("assignments")) or plan.read_assignments(self, current)
            if resource.assignable
            else []
        )
        if delete_first and not self.check_mode:
            self._delete(current)
        # The tag comes along with the text that it ends.
        self.params = {
            **self.params,
            "id": None,
            "name": self.params.get("name") or current.get(resource.name_property),
            "created_by": None,
            "assignments": self.params.get("assignments") or [],
        }
        if not delete_first:
            self.params["replaced_id"] = current["id"]
        desired = {**{name: value for name, value in kept.items() if value is not None}, **change.desired}
        new = Change(resource, self.params, change.object_type, change.declared, change.names, None, desired)
        result = apply.create(self, new, assigned_by_others)
        if not delete_first and not self.check_mode:
            self._delete_replaced(current)
        if self.diff_mode:
            result["diff"]["before"] = before
        return result
