# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find, compare, create or update or delete, assign: the one place where it is done, for every resource.

Check mode and diff mode are kept here, so no resource and no module can forget them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, GraphError, IntuneError, LostAnswer, NotFound
from .._graph.session import GraphSession
from . import assignments as assigned
from . import relations, wait
from .errors import AmbiguousName, CreateOnlyChange, InvalidOptions, ObjectNotFound, Unfinished
from .fields import MASK, Field, NamedReference, Secret
from .names import snake_case, snake_keys
from .ownership import tag_of, with_tag
from .partial import Partial, complete
from .references import Reference, ResolvedNames, placeholder_id, requests_by_name, resolve
from .resource import ObjectType, Resource, options_given

# Seconds in which a fresh group is expected to be known to Intune [graph facts: consistency].
_FRESH_GROUP_WITHIN = 90.0
# How often in a row, with growing pauses, a group is missing that is deleted and not just new.
_DELETED_TRIES = 4
# How often a list of assignments that other runs replace is sent again, and the longest pause before that in seconds.
_REPLACED_TRIES = 3
_REPLACED_PAUSE = 5.0
# Seconds in which an object whose creation got no answer must show before it counts as not created.
_LOST_CREATE_WITHIN = 15.0


def reconcile(
    resource: Resource,
    session: GraphSession,
    params: Mapping[str, Any],
    check_mode: bool = False,
    diff_mode: bool = False,
    names: ResolvedNames | None = None,
) -> dict[str, Any]:
    """Bring one object to the declared state and return a module's result.

    names holds, for tasks that follow each other, what the diff calls objects that the options do not name.

    The result holds changed, id, the object under the resource's noun, graph_requests, warnings, and diff in diff
    mode. Raises IntuneError; the attribute changed of an exception tells whether something was written before.
    """
    task = Task(resource, session, params, check_mode, diff_mode, names)
    try:
        result = task.run()
    except IntuneError as error:
        error.changed = error.changed or task.written
        if isinstance(error, AmbiguousName) and task.written:
            error.message = error.message.replace(
                "Nothing was written.", "One was made now, the other by another run or a try whose answer was lost."
            )
        raise
    except Exception as error:
        error.changed = task.written  # type: ignore[attr-defined]
        raise
    result["graph_requests"] = session.requests_sent
    result["warnings"] = task.warnings
    return result


class Task:
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
        self.resource = resource
        self.session = session
        self.check_mode = check_mode
        self.diff_mode = diff_mode
        self.names = names or ResolvedNames()
        self.warnings: list[str] = []
        self.written = False
        resource.validate(params)
        if params.get("name") is not None and not params["name"].strip() and not params.get("id"):
            raise InvalidOptions(f"name of the {resource.title} is empty. Nothing was written.")
        tag = params.get("created_by")
        if tag and tag_of(with_tag("", tag)) != tag:
            raise InvalidOptions(
                f"created_by '{tag}' cannot be an ownership tag: it must not contain ']'. Nothing was written."
            )
        self.params = resource.prepare(params)
        wanted = resource.wanted_type(self.params)
        if resource.assignable and params.get("assignments") is not None:
            assigned.check(params["assignments"], resource.assignable, wanted.graph_type if wanted else None)
        if wanted and params.get("state") != "absent":
            self._check_values(wanted)

    def _check_values(self, wanted: ObjectType) -> None:
        for field, value in options_given(self.params, self.resource.settable_fields(wanted), wanted):
            try:
                field.type.check(value)
            except ValueError as error:
                raise InvalidOptions(f"{wanted.option_path(field)} {error}. Nothing was written.") from None

    @property
    def is_absent(self) -> bool:
        return self.params.get("state") == "absent"

    def run(self) -> dict[str, Any]:
        self.session.read_ahead(self.requests_ahead(), self.resource.version)
        return self.run_on(self.find())

    def requests_ahead(self) -> list[BatchRequest]:
        """Return the requests for the object and for all names in its options, as far as they are known before."""
        object_type, first = self.resource.wanted_type(self.params), self.resource.first_request(self.params)
        if first is None or self.is_absent:
            return [first] if first else []
        return [first, *self._requests_by_name(object_type)]

    def requests_for(self, current: Mapping[str, Any]) -> list[BatchRequest]:
        """Return the requests for what is still to be known when the object is: names, sets of other objects, its
        assignments.
        """
        declared = [relation for relation in self.resource.relations if self.params.get(relation.option) is not None]
        sets = [
            relations.request(self.resource.address(current), relation, self.resource.version) for relation in declared
        ]
        lists = [BatchRequest("GET", self._assignments_path(current))] if self._lacks_assignments(current) else []
        return [*self._requests_by_name(self.resource.type_of(current)), *sets, *lists]

    def _requests_by_name(self, object_type: ObjectType | None) -> list[BatchRequest]:
        """Return the look-ups of names in the options, without those that depend on the type if it is not known."""
        assumed = object_type or ObjectType("", self.resource.title)
        try:
            return requests_by_name(
                self._references(options_given(self.params, self.resource.settable_fields(assumed), assumed), assumed)
            )
        except InvalidOptions:
            return []  # settings that the type does not take; comparing says so

    def find(self) -> dict[str, Any] | None:
        current = self.resource.find(self.session, self.params)
        if current is None and self.resource.must_exist:
            sought = self.resource.sought(self.params)
            raise ObjectNotFound(
                f"No {self.resource.title} is found by {sought}. Nothing was written. Names are compared exactly."
            )
        return current

    def run_on(self, current: dict[str, Any] | None) -> dict[str, Any]:
        """Bring the object, as it was found, to the declared state."""
        return self.absent(current) if self.is_absent else self.present(current)

    # -- absent ----------------------------------------------------------------------------------------------

    def absent(self, current: dict[str, Any] | None) -> dict[str, Any]:
        resource = self.resource
        if current is None:
            return self._result(False, None, {}, {}, {})
        tag = self.params.get("created_by")
        if tag and tag_of(current.get(resource.ownership_property or "")) != tag:
            result = self._result(False, str(current["id"]), self._report(current, ResolvedNames()), {}, {})
            result["msg"] = f"{resource.describe(self.params)} was left alone: it is not tagged 'created by {tag}'."
            return result
        ids = self._names_for_diff(current)
        before = self._report(current, ids)
        if not self.check_mode:
            self._delete(current)
        # Somebody else may have deleted it just before.
        changed = self.check_mode or self.written
        return self._result(changed, str(current["id"]), before, before if changed else {}, {})

    def _delete(self, current: Mapping[str, Any]) -> None:
        def gone() -> bool | None:
            if not self.written:
                self._send_delete(current)
            # Looked for as the next task will do: an index of names lags behind the objects [graph facts: consistency].
            return self.find() is None or None

        if not wait.until(gone, wait.VISIBLE_WITHIN):
            self.warnings.append(f"{self.resource.describe(self.params)} was deleted, but Graph still shows it.")

    def _delete_replaced(self, current: Mapping[str, Any]) -> None:
        self._send_delete(current)
        self.params = {**self.params, "replaced_id": None}

        def is_alone() -> bool | None:
            with contextlib.suppress(AmbiguousName):
                return self.find() is not None or None
            return None

        if not wait.until(is_alone, wait.VISIBLE_WITHIN):
            self.warnings.append(
                f"{self.resource.describe(self.params)} was recreated and the old one, {current['id']}, "
                "deleted, but Graph still shows it."
            )

    def _send_delete(self, current: Mapping[str, Any]) -> None:
        refused: list[BadRequest] = []

        def send() -> bool | None:
            try:
                # It is gone already, or a part of Graph does not know it yet [graph facts: consistency].
                with contextlib.suppress(NotFound):
                    self.session.delete(self.resource.address(current), version=self.resource.version)
                    self.written = True
            except BadRequest as error:
                refused.append(error)
                return None
            return True

        if not wait.until(send, self.resource.locked_within):
            raise refused[-1]

    # -- present ---------------------------------------------------------------------------------------------

    def present(self, current: dict[str, Any] | None) -> dict[str, Any]:
        deleted = self.resource.deleted(self.session, self.params) if current is None else None
        if deleted is None:
            return self._present(current)
        if self.params.get("restore"):
            return self._restored(deleted)
        there_is = (
            f"{self.resource.describe(self.params)} was deleted on {deleted.get('deletedDateTime')} "
            f"(id {deleted['id']}) and can be restored"
        )
        if self.params.get("id"):
            raise ObjectNotFound(f"{there_is}: set restore=true. Nothing was written.")
        self.warnings.append(f"{there_is}: set restore=true to get it back in place of a new one.")
        return self._present(None)

    def _restored(self, deleted: Mapping[str, Any]) -> dict[str, Any]:
        """Bring a deleted object back, then to the declared state; to whoever compares, it was not there before."""
        current: dict[str, Any] | None = dict(deleted)
        if not self.check_mode:
            self.resource.restore(self.session, deleted)
            self.written = True
            current = wait.until(self.find, wait.VISIBLE_WITHIN)
        if current is None:
            raise Unfinished(
                f"{self.resource.describe(self.params)} was restored, but cannot be read yet. Run again to go on."
            )
        # Graph does not tell the members of a deleted group, so check mode knows the declared ones only.
        result = self._present(current, has_relations=not self.check_mode)
        result["changed"] = True
        if self.diff_mode:
            result["diff"]["before"] = {}
        return result

    def _present(self, current: dict[str, Any] | None, has_relations: bool = True) -> dict[str, Any]:
        resource, params = self.resource, self.params
        object_type = self._object_type(current)
        if current is not None and resource.type_of(current).graph_type != object_type.graph_type:
            return self._replaced(current, object_type)
        resource.check_fit(object_type, params)
        given = options_given(params, resource.settable_fields(object_type), object_type)
        if current is not None:
            wait.while_unknown(partial(self._complete, current, given))
        ids = self._resolve(given, object_type, current)
        related = self._plan_relations(current if has_relations else None, ids)
        desired = {
            field.graph: field.type.encode(value, (current or {}).get(field.graph), ids) for field, value in given
        }
        if current is None:
            return self._created(object_type, given, desired, related, ids)
        return self._updated(current, object_type, given, resource.completed(desired, current), related, ids)

    def _object_type(self, current: Mapping[str, Any] | None) -> ObjectType:
        resource, params = self.resource, self.params
        wanted = resource.wanted_type(params)
        if current is None:
            if params.get("id") and not resource.id_is_given:
                raise ObjectNotFound(f"No {resource.title} has the id {params['id']}. Nothing was written.")
            for other in resource.namesakes:
                there = f"{other['id']} ({resource.type_of(other).title})"
                self.warnings.append(
                    f"{resource.describe(params)} is created beside {there} of the same name: the type of an "
                    "object cannot be changed."
                )
            return resource.check_creatable(wanted, params)
        object_type = resource.type_of(current)
        if wanted and wanted.graph_type != object_type.graph_type:
            if params.get("recreate"):
                return wanted
            raise CreateOnlyChange(
                f"{resource.describe(params)} ({object_type.title})",
                [wanted.section or resource.type_option],
                "recreate" in params,
            )
        return object_type

    def _complete(self, current: dict[str, Any], given: Sequence[tuple[Field, Any]]) -> None:
        """Add what a list leaves out: properties that come with one object only, and long lists of assignments."""
        complete(
            self.resource,
            self.session,
            [Partial(current, [field for field, _value in given], bool(self.params.get("id")))],
        )
        self._complete_assignments(current)

    def _complete_assignments(self, current: dict[str, Any]) -> None:
        """$expand may cut a long list, or be ignored: then the assignments are read by themselves."""
        if self._lacks_assignments(current):
            current["assignments"] = self._read_assignments(current)

    def _lacks_assignments(self, current: Mapping[str, Any]) -> bool:
        if not self.resource.assignable or self.params.get("assignments") is None:
            return False
        return assigned.are_missing(current)

    def _assignments_path(self, current: Mapping[str, Any]) -> str:
        return f"{self.resource.address(current)}/assignments"

    def _read_assignments(self, current: Mapping[str, Any]) -> list[dict[str, Any]]:
        return wait.while_unknown(
            lambda: list(self.session.list(self._assignments_path(current), version=self.resource.version))
        )

    def _resolve(
        self, given: Sequence[tuple[Field, Any]], object_type: ObjectType, current: Mapping[str, Any] | None
    ) -> ResolvedNames:
        known_ids = json.dumps(current).lower() if current else ""
        ids = resolve(
            self.session, self._references(given, object_type), known_ids, self.check_mode, self.resource.version
        )
        self.warnings += ids.warnings
        return ids

    def _references(self, given: Sequence[tuple[Field, Any]], object_type: ObjectType) -> list[Reference]:
        found = [ref for field, value in given for ref in field.type.references(value)]
        if self.resource.assignable and self.params.get("assignments"):
            found += assigned.references(self.params["assignments"], self.resource.assignable, object_type.graph_type)
        return found

    def _plan_relations(self, current: Mapping[str, Any] | None, ids: ResolvedNames) -> list[relations.RelationPlan]:
        planned = []
        resolved = ResolvedNames(ids.objects)
        for relation in self.resource.relations:
            declared = self.params.get(relation.option)
            if declared is not None:
                address = self.resource.address(current) if current else ""
                present = (
                    wait.while_unknown(partial(relations.read, self.session, address, relation, self.resource.version))
                    if current
                    else []
                )
                purge = relation.purge_option is None or bool(self.params.get(relation.purge_option))
                planned.append(
                    relations.plan(self.session, relation, declared, present, purge, resolved, self.check_mode)
                )
        self.warnings += resolved.warnings
        return planned

    # -- create ----------------------------------------------------------------------------------------------

    def _created(
        self,
        object_type: ObjectType,
        given: Sequence[tuple[Field, Any]],
        desired: dict[str, Any],
        related: list[relations.RelationPlan],
        ids: ResolvedNames,
        assignments: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Any]:
        """Create the object; assignments are those of the object that it replaces."""
        resource, params = self.resource, self.params
        body = resource.create_body(object_type, params, desired, ids)
        if params.get("created_by") and resource.ownership_property:
            body[resource.ownership_property] = with_tag(body.get(resource.ownership_property), params["created_by"])
        planned = self._plan_assignments(assignments, object_type, ids)
        self.warnings += resource.advice(
            self.session, {**body, "assignments": planned.entries if planned else []}, params
        )
        resource.before_create(self.session, params)
        after = self._shown(given, desired, object_type, ids, planned, related)
        if self.check_mode:
            named = params.get("id") or placeholder_id(resource.label(params))
            predicted = {**body, "id": named, "assignments": planned.entries if planned else []}
            return self._result(True, named, self._report(predicted, ids, object_type, related), {}, after)
        created, is_as_sent = self._create_once(self._sent(object_type, body, creating=True))
        if not is_as_sent:
            differing = {
                field.graph: desired[field.graph]
                for field, _value in given
                if not field.create_only and not field.type.equal(desired[field.graph], created.get(field.graph))
            }
            if (
                params.get("created_by")
                and resource.ownership_property
                and not tag_of(created.get(resource.ownership_property))
            ):
                differing[resource.ownership_property] = body[resource.ownership_property]
            self._patch(created, object_type, differing)
            if planned:  # another run may have made it, and assigned it since
                self._complete_assignments(created)
                planned = self._plan_assignments(created["assignments"] or assignments, object_type, ids)
        else:
            self._check_name(created, body)
            fields = resource.fields(object_type)
            self._run_actions(
                created,
                object_type,
                {field.graph: body[field.graph] for field in fields if not field.in_create and field.graph in body},
            )
        self._apply_relations(created, related)
        if planned and planned.entries:
            planned = self._assign(created, planned)
        final = self._settled(
            str(created["id"]), object_type, given, desired, planned, ids, created, by_name=not params.get("id")
        )
        final = resource.await_state(self.session, final, params)
        return self._result(True, str(created["id"]), self._report(final, ids, object_type, related), {}, after)

    def _check_name(self, created: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """An object whose name a service writes without some of its spaces would not be found again, and each run would
        make one more.
        """
        given, name = (str(raw.get(self.resource.name_property) or "") for raw in (body, created))
        if name != given and name.split() == given.split():
            raise Unfinished(
                f"Graph made the {self.resource.title} '{given}' as '{name}' (id {created['id']}). Declare it "
                "by that name."
            )

    def _create_once(self, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Create; after a lost answer look before trying again: a POST has no idempotency key [graph facts: errors].

        Returns the object, and whether it certainly is what body says.
        """
        resource, params = self.resource, self.params
        for _attempt in range(3):
            try:
                created = resource.create(self.session, body, params)
                self.written = True
                if not created.get("id"):
                    created = self._without_answer()
                ready = resource.await_ready(self.session, created, params)
                return ready, resource.created_as_sent(ready)
            except LostAnswer as lost:
                self.written = True
                found = wait.until(lambda: resource.find(self.session, params), _LOST_CREATE_WITHIN)
                if found is not None:
                    return resource.await_ready(self.session, found, params), False
                last = lost
        raise last

    def _without_answer(self) -> dict[str, Any]:
        """Return the object that was just created, for a service that answers a create with nothing to know it by."""
        found = wait.until(self.find, wait.VISIBLE_WITHIN)
        if found is None:
            raise Unfinished(
                f"{self.resource.describe(self.params)} was created, but cannot be read yet. Run again to go on."
            )
        return found

    # -- update ----------------------------------------------------------------------------------------------

    def _updated(
        self,
        current: dict[str, Any],
        object_type: ObjectType,
        given: Sequence[tuple[Field, Any]],
        desired: dict[str, Any],
        related: list[relations.RelationPlan],
        ids: ResolvedNames,
    ) -> dict[str, Any]:
        resource = self.resource
        differing = [
            (field, value)
            for field, value in given
            if self._differs(field, desired[field.graph], current.get(field.graph))
        ]
        fixed = [object_type.option_path(field) for field, _value in differing if field.create_only]
        if fixed and self.params.get("recreate"):
            return self._recreated(current, object_type, given, desired, ids, resource.fields(object_type))
        if fixed:
            raise CreateOnlyChange(resource.describe(self.params), fixed, "recreate" in self.params)
        planned = self._plan_assignments(current.get("assignments") or [], object_type, ids)
        changes = {field.graph: desired[field.graph] for field, _value in differing}
        changed = bool(changes) or any(plan.changed for plan in related) or bool(planned and planned.changed)
        self.warnings += resource.advice(
            self.session, {**current, **changes, **({"assignments": planned.entries} if planned else {})}, self.params
        )
        object_id = str(current["id"])
        if changed and self.diff_mode:
            ids = self._names_for_diff(current, ids)
        final: Mapping[str, Any] = current
        if changed and self.check_mode:
            final = {**current, **changes, **({"assignments": planned.entries} if planned else {})}
        elif changed:
            self._patch(current, object_type, changes)
            self._apply_relations(current, related)
            if planned and planned.changed:
                resource.await_ready(self.session, current, self.params)
                # Read again right before /assign replaces the list: there is no ETag to detect another writer by.
                current = {**current, "assignments": self._read_assignments(current)}
                planned = self._plan_assignments(current["assignments"], object_type, ids)
                if planned and planned.changed:
                    planned = self._assign(current, planned)
            changed = self.written
            final = self._settled(object_id, object_type, given, desired, planned, ids, current)
        if not self.check_mode:
            final = resource.await_state(self.session, final, self.params)
        before = self._shown(given, current, object_type, ids, None, related, current)
        after = self._shown(given, {**current, **changes}, object_type, ids, planned, related, current)
        _point_out_changed_secrets(before, after, differing, object_type)
        return self._result(changed, object_id, self._report(final, ids, object_type, related), before, after)

    def _replaced(self, current: dict[str, Any], object_type: ObjectType) -> dict[str, Any]:
        """Recreate the object as one of another type, which has only what all types have in common with the old one."""
        resource = self.resource
        self.params = {**self.params, "name": self.params.get("name") or current.get(resource.name_property)}
        resource.check_creatable(object_type, self.params)
        resource.check_fit(object_type, self.params)
        given = options_given(self.params, resource.settable_fields(object_type), object_type)
        ids = self._resolve(given, object_type, current)
        common = [field for field in resource.fields(object_type) if field not in object_type.fields]
        desired = {
            field.graph: field.type.encode(value, current.get(field.graph) if field in common else None, ids)
            for field, value in given
        }
        result = self._recreated(current, object_type, given, desired, ids, common)
        if self.diff_mode:
            result["diff"]["before"] = self._report(current, ids)
        return result

    def _recreated(
        self,
        current: dict[str, Any],
        object_type: ObjectType,
        given: Sequence[tuple[Field, Any]],
        desired: dict[str, Any],
        ids: ResolvedNames,
        fields: Sequence[Field],
    ) -> dict[str, Any]:
        """Replace the object by a new one that also has what the user did not declare of fields, and the assignments of
        others.

        Where a name may be borne twice the old object stays until the new one is complete: Graph may refuse that.
        """
        resource, delete_first = self.resource, self.resource.names_are_unique
        complete(resource, self.session, [Partial(current, fields, bool(self.params.get("id")))])
        kept = {field.graph: field.type.resent(current.get(field.graph)) for field in fields}
        before = self._shown(given, current, object_type, ids, None, [], current)
        assigned_by_others = (
            current.get("assignments") or self._read_assignments(current) if resource.assignable else []
        )
        if delete_first and not self.check_mode:
            self._delete(current)
        name = self.params.get("name") or current.get(resource.name_property)
        # A mark comes along with the text that it ends.
        self.params = {
            **self.params,
            "id": None,
            "name": name,
            "created_by": None,
            "assignments": self.params.get("assignments") or [],
        }
        if not delete_first:
            self.params["replaced_id"] = current["id"]
        whole = {**{name: value for name, value in kept.items() if value is not None}, **desired}
        result = self._created(object_type, given, whole, [], ids, assigned_by_others)
        if not delete_first and not self.check_mode:
            self._delete_replaced(current)
        if self.diff_mode:
            result["diff"]["before"] = before
        return result

    def _differs(self, field: Field, desired: Any, current: Any) -> bool:
        is_resent = isinstance(field.type, Secret) and self.params.get("update_secrets") == "always"
        return is_resent or not field.type.equal(desired, current)

    def _patch(self, current: Mapping[str, Any], object_type: ObjectType, changes: dict[str, Any]) -> None:
        body = self._sent(object_type, changes)
        if body:
            if self.resource.polymorphic:
                body = {"@odata.type": object_type.odata_type, **body}
            wait.while_unknown(
                partial(self.session.patch, self.resource.address(current), body, version=self.resource.version)
            )
            self.written = True
        for field in self.resource.fields(object_type):
            if field.is_link and field.graph in changes and changes[field.graph] is None:
                self._unlink(self.resource.address(current), field.graph, object_type)
                self.written = True
        self._run_actions(current, object_type, changes)

    def _unlink(self, path: str, link: str, object_type: ObjectType) -> None:
        """Remove a reference by its address, with a cast if refused without [graph facts: removing a reference]."""
        try:
            self.session.delete(f"{path}/{link}/$ref", version=self.resource.version)
        except BadRequest:
            self.session.delete(f"{path}/{object_type.odata_type[1:]}/{link}/$ref", version=self.resource.version)

    def _sent(self, object_type: ObjectType, values: Mapping[str, Any], creating: bool = False) -> dict[str, Any]:
        """Return properties as POST and PATCH take them: links as @odata.bind, without what an action writes."""
        sent = dict(values)
        for field in self.resource.fields(object_type):
            if field.graph not in sent:
                continue
            if field.action and not (creating and field.in_create):
                del sent[field.graph]
            elif field.is_link and isinstance(field.type, NamedReference):
                linked = sent.pop(field.graph)
                if linked is not None:
                    target = f"{self.resource.version}/{field.type.reference_type.path}('{odata.segment(str(linked))}')"
                    sent[f"{field.graph}@odata.bind"] = f"{self.session.cloud.graph_url}/{target}"
        return sent

    def _run_actions(self, current: Mapping[str, Any], object_type: ObjectType, changes: Mapping[str, Any]) -> None:
        """Replace, by actions of their own, the parts that PATCH does not take; an action takes all of its
        parameters.
        """
        fields = self.resource.fields(object_type)
        for action in dict.fromkeys(field.action for field in fields if field.action and field.graph in changes):
            body = {
                field.parameter or field.graph: changes[field.graph]
                if field.graph in changes
                else field.type.resent(current.get(field.graph))
                for field in fields
                if field.action == action
            }
            path = f"{self.resource.address(current)}/{action}"
            wait.while_unknown(partial(self.session.post, path, body, version=self.resource.version, repeatable=True))
            self.written = True

    def _apply_relations(self, current: Mapping[str, Any], related: list[relations.RelationPlan]) -> None:
        for planned in related:
            if planned.changed:
                self._apply_relation(self.resource.address(current), planned)
                self.written = True

    def _apply_relation(self, path: str, planned: relations.RelationPlan) -> None:
        wait.while_unknown(
            partial(relations.apply, self.session, path, planned, self.session.cloud.graph_url, self.resource.version)
        )
        added, removed = ({object_id.lower() for object_id in ids} for ids in (planned.add, planned.remove))

        def shows() -> bool | None:
            with contextlib.suppress(NotFound):
                present = {
                    str(raw["id"]).lower()
                    for raw in relations.read(self.session, path, planned.relation, self.resource.version)
                }
                return True if present.issuperset(added) and present.isdisjoint(removed) else None
            return None

        if not wait.until(shows, wait.VISIBLE_WITHIN):
            self.warnings.append(
                f"{self.resource.describe(self.params)}: Graph took the change of {planned.relation.option} "
                "but does not show it yet."
            )

    # -- assignments -----------------------------------------------------------------------------------------

    def _plan_assignments(
        self, current: Sequence[Mapping[str, Any]], object_type: ObjectType, ids: ResolvedNames
    ) -> assigned.Plan | None:
        if not self.resource.assignable or self.params.get("assignments") is None:
            return None
        return assigned.plan(
            current,
            self.params["assignments"],
            bool(self.params.get("purge_assignments")),
            self.resource.assignable,
            object_type.graph_type,
            ids,
        )

    def _assign(self, current: Mapping[str, Any], planned: assigned.Plan) -> assigned.Plan:
        """Replace the list of assignments, and return what was sent."""
        path = f"{self.resource.address(current)}/assign"
        sent = planned
        refused: list[GraphError] = []
        missing: list[set[str]] = []

        def send() -> bool | None:
            nonlocal sent
            try:
                self.session.post(path, {sent.body_key: sent.entries}, version=self.resource.version, repeatable=True)
                return True
            except (NotFound, BadRequest) as error:
                if not _says_not_found(error):
                    raise
                refused.append(error)
                missing.append(self._missing_groups(sent))
                # Intune may not know a group yet that Entra has just created, nor all of it the object
                # [graph facts: consistency].
                if not any(missing) and not sent.added_groups and error.status != 404:
                    raise
                if len(missing) >= _DELETED_TRIES:
                    sent = self._without_groups(sent, set.intersection(*missing))
                return None

        if not wait.until(send, _FRESH_GROUP_WITHIN):
            raise refused[-1]
        self.written = True
        return sent

    def _missing_groups(self, planned: assigned.Plan) -> set[str]:
        """Return the groups, of those that others assigned, that are not found."""
        groups = sorted(
            group for group in assigned.referred_ids(planned.entries)[0] if group.lower() not in planned.added_groups
        )
        requests = [BatchRequest("GET", f"/groups/{odata.segment(group)}?$select=id") for group in groups]
        answers = self.session.batch(requests, version="v1.0") if requests else []
        return {group for group, response in zip(groups, answers) if isinstance(response.error, NotFound)}

    def _without_groups(self, planned: assigned.Plan, deleted: set[str]) -> assigned.Plan:
        """Leave out what others assigned to groups that exist no more: it reaches nobody, and may have the list
        refused.
        """
        if deleted:
            self.warnings.append(
                f"{self.resource.describe(self.params)}: left out assignments to groups that exist no more: "
                f"{', '.join(sorted(deleted))}."
            )
        return planned.without_groups(deleted)

    # -- reading back ----------------------------------------------------------------------------------------

    def _settled(
        self,
        object_id: str,
        object_type: ObjectType,
        given: Sequence[tuple[Field, Any]],
        desired: Mapping[str, Any],
        planned: assigned.Plan | None,
        ids: ResolvedNames,
        known_state: Mapping[str, Any],
        by_name: bool = False,
    ) -> Mapping[str, Any]:
        """Read the object until it shows what was written; Graph is eventually consistent [graph facts: consistency].

        A new object is looked for by name, as the next task will do.
        """
        last: list[Mapping[str, Any]] = [known_state]
        before = known_state.get("assignments") or []

        def differences(raw: Mapping[str, Any]) -> list[str]:
            found = [
                field.option
                for field, _value in given
                if not field.type.equal(desired[field.graph], raw.get(field.graph))
            ]
            assignable = self.resource.assignable
            if (
                planned
                and assignable
                and not assigned.shown_by(
                    planned.entries, raw.get("assignments") or [], before, assignable, object_type.graph_type
                )
            ):
                found.append("assignments")
            return found

        def shows() -> Mapping[str, Any] | None:
            with contextlib.suppress(NotFound):
                raw = self.find() if by_name else self.resource.read(self.session, object_id)
                if raw is not None:
                    self._complete(raw, given)
                    last.append(raw)
                    return None if differences(raw) else raw
            return None

        final = wait.until(shows, wait.VISIBLE_WITHIN)
        for _again in range(_REPLACED_TRIES):
            if final is not None or not planned or "assignments" not in differences(last[-1]):
                break
            # Another run, which had read the list before, has replaced it since; it is not to meet that run again.
            wait.at_random(_REPLACED_PAUSE)
            planned = self._plan_assignments(self._read_assignments(last[-1]), object_type, ids)
            if planned and planned.changed:
                planned = self._assign(last[-1], planned)
            final = wait.until(shows, wait.VISIBLE_WITHIN)
        if final is None:
            final = last[-1]
            listed = ", ".join(differences(final)) or "the object itself"
            self.warnings.append(
                f"{self.resource.describe(self.params)}: Graph took the change but does not show it yet: {listed}."
            )
        return final

    # -- showing ---------------------------------------------------------------------------------------------

    def _shown(
        self,
        given: Sequence[tuple[Field, Any]],
        raw: Mapping[str, Any],
        object_type: ObjectType,
        ids: ResolvedNames,
        planned: assigned.Plan | None,
        related: list[relations.RelationPlan],
        current: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One side of the diff: the declared options only. With planned (or without current) it is the after side."""
        is_before = raw is current
        own = {id(field) for field in object_type.fields}
        shown: dict[str, Any] = {}
        for field, value in given:
            target = shown.setdefault(object_type.section, {}) if object_type.section and id(field) in own else shown
            value_shown = field.type.show(raw.get(field.graph), ids, value)
            if value not in ("", []) or value_shown:
                target[field.option] = value_shown
        if self.resource.assignable and self.params.get("assignments") is not None:
            entries = (raw.get("assignments") or []) if is_before or planned is None else planned.entries
            shown["assignments"] = assigned.show(entries, self.resource.assignable, object_type.graph_type, ids)
        for plan in related:
            shown[plan.relation.option] = plan.before() if is_before else plan.after()
        return shown

    def _report(
        self,
        raw: Mapping[str, Any],
        ids: ResolvedNames,
        object_type: ObjectType | None = None,
        related: Sequence[relations.RelationPlan] = (),
    ) -> dict[str, Any]:
        """The object as the module returns it: in the form of its options, with what Graph adds."""
        resource = self.resource
        object_type = object_type or resource.type_of(raw)
        own = {id(field) for field in object_type.fields}
        declared = object_type.options(self.params)
        shown: dict[str, Any] = {"id": raw.get("id")}
        if resource.polymorphic:
            shown["type"] = snake_case(object_type.graph_type)
        for field in resource.fields(object_type):
            if field.graph in raw:
                target = (
                    shown.setdefault(object_type.section, {}) if object_type.section and id(field) in own else shown
                )
                source = declared if id(field) in own else self.params
                target[field.option] = field.type.show(raw[field.graph], ids, source.get(field.option))
        for name in resource.reported:
            if name in raw:
                shown[snake_case(name)] = snake_keys(raw[name])
        shown.update(resource.derived(raw, self.params))
        if resource.ownership_property and tag_of(raw.get(resource.ownership_property)):
            shown["created_by"] = tag_of(raw.get(resource.ownership_property))
        if resource.assignable and "assignments" in raw:
            shown["assignments"] = assigned.show(
                raw["assignments"] or [], resource.assignable, object_type.graph_type, ids
            )
        for plan in related:
            shown[plan.relation.option] = plan.after()
        return shown

    def _names_for_diff(self, current: Mapping[str, Any], ids: ResolvedNames | None = None) -> ResolvedNames:
        """Add the names of groups and filters that others assigned, so that the diff can be read. Best effort."""
        named = ResolvedNames({**self.names.objects, **(ids.objects if ids else {})})
        assignable = self.resource.assignable
        if not assignable or not self.diff_mode:
            return named
        groups, filters = assigned.referred_ids(current.get("assignments") or [])
        for reference_type, object_ids in ((assignable.group_type, groups), (assignable.filter_type, filters)):
            unknown = sorted(
                object_id for object_id in object_ids if named.name_of(reference_type, object_id) == object_id
            )
            requests = [
                BatchRequest(
                    "GET",
                    f"/{reference_type.path}/{odata.segment(object_id)}?$select=id,{reference_type.name_property}",
                )
                for object_id in unknown
            ]
            for object_id, response in zip(
                unknown, self.session.batch(requests, version=reference_type.version) if requests else []
            ):
                if not response.error and isinstance(response.body, dict):
                    named.objects[Reference(reference_type, object_id)] = self.names.objects[
                        Reference(reference_type, object_id)
                    ] = {
                        **response.body,
                        "id": object_id,
                    }
        return named

    def _result(
        self,
        changed: bool,
        object_id: str | None,
        reported: Mapping[str, Any],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> dict[str, Any]:
        result: dict[str, Any] = {"changed": changed, "id": object_id, self.resource.noun: dict(reported)}
        if self.diff_mode:
            title = self.resource.describe(self.params)
            result["diff"] = {
                "before": dict(before),
                "after": dict(after),
                "before_header": title,
                "after_header": title,
            }
        return result


def _point_out_changed_secrets(
    before: dict[str, Any], after: dict[str, Any], differing: Sequence[tuple[Field, Any]], object_type: ObjectType
) -> None:
    """A secret that changes is masked on both sides; the diff must still show that something changes."""
    own = {id(field) for field in object_type.fields}
    for field, _value in differing:
        section = object_type.section if id(field) in own else None
        old, new = (before.get(section, {}), after.get(section, {})) if section else (before, after)
        if old.get(field.option) == new.get(field.option):
            new[field.option] = _with_changed_masks(new.get(field.option))


def _with_changed_masks(shown: Any) -> Any:
    if isinstance(shown, dict):
        return {key: _with_changed_masks(item) for key, item in shown.items()}
    if isinstance(shown, list):
        return [_with_changed_masks(item) for item in shown]
    return f"{MASK} (changed)" if shown == MASK else shown


def _says_not_found(error: GraphError) -> bool:
    text = f"{error.code} {error.graph_message}".lower().replace(" ", "")
    return error.status == 404 or any(
        phrase in text for phrase in ("notfound", "doesnotexist", "notexist", "invalidgroup", "couldnotfind")
    )
