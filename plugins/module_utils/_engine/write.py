# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that change one object: each is sent until all parts of Graph know the object, and only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, GraphError, LostAnswer, NotFound
from . import assignments as assigned
from . import children, relations, wait
from .complex_fields import Children
from .context import Context
from .errors import Unfinished
from .reference_fields import NamedReference
from .resource import ObjectType, Raw

# Seconds in which a fresh group is expected to be known to Intune [graph facts: consistency].
_FRESH_GROUP_WITHIN = 90.0
# How often in a row, with growing pauses, a group is missing that is deleted and not just new.
_DELETED_TRIES = 4
# How often a change of related objects is sent: another run may replace what it has read before.
_RELATION_TRIES = 3


def create(context: Context, object_type: ObjectType, body: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Create; after a lost answer look before trying again: a POST has no idempotency key [graph facts: errors].

    Returns the object, and whether it certainly is what body says.
    """
    resource, session, params = context.resource, context.session, context.params
    sent = _as_sent(context, object_type, body, creating=True)
    for patience in (wait.CREATED_WITHIN, wait.VISIBLE_WITHIN):
        try:
            created, is_as_sent = resource.create(session, sent, params)
            context.written = True
            new = created if created.get("id") else _unanswered(context)
            if is_as_sent and created.get("id") and resource.may_be_doubled:
                context.created_id = str(created["id"])
            return resource.await_ready(session, new, params), is_as_sent
        except LostAnswer as lost:
            context.written = True
            found = wait.until(context.find, patience)
            if found is not None:
                return resource.await_ready(session, found, params), False
            last = lost
    raise last


def _unanswered(context: Context) -> dict[str, Any]:
    """Return the object that was just created, for a service that answers a create with nothing to know it by."""
    found = wait.until(context.find, wait.CREATED_WITHIN)
    if found is None:
        raise Unfinished(f"{context.title} was created, but cannot be read yet. Run again to go on.")
    return found


def delete(context: Context, current: Raw) -> None:
    for _attempt in wait.attempts(context.resource.locked_within):
        try:
            context.session.delete(context.address(current), version=context.resource.version_of(current))
            context.written = True
            return
        except NotFound:
            # It is gone already, or a part of Graph does not know it yet [graph facts: consistency].
            return
        except BadRequest as error:
            refusal = error
    raise refusal


def patch(context: Context, current: Raw, object_type: ObjectType, changes: Mapping[str, Any]) -> None:
    path, resource = context.address(current), context.resource
    body = _as_sent(context, object_type, changes)
    if body:
        if resource.polymorphic:
            body = {"@odata.type": object_type.odata_type, **body}
        send = partial(context.session.patch, path, body, version=resource.version_of({**current, **body}))
        wait.while_unknown(send, partial(context.check_exists, current))
        context.written = True
    for field in resource.fields(object_type):
        if field.is_link and field.graph in changes and changes[field.graph] is None:
            _unlink(context, path, field.graph, object_type)
    run_actions(context, current, object_type, changes)


def _unlink(context: Context, path: str, link: str, object_type: ObjectType) -> None:
    """Remove a reference by its address [graph facts: removing a reference]."""
    context.session.delete(f"{path}/{object_type.cast}/{link}/$ref", version=context.version)
    context.written = True


def _as_sent(
    context: Context, object_type: ObjectType, values: Mapping[str, Any], creating: bool = False
) -> dict[str, Any]:
    """Return properties as POST and PATCH take them: links as @odata.bind, without what an action writes."""
    sent = dict(values)
    for field in context.resource.fields(object_type):
        if field.graph not in sent:
            continue
        if (field.action and not (creating and field.in_create)) or isinstance(field.type, Children):
            del sent[field.graph]
        elif field.is_link and isinstance(field.type, NamedReference):
            linked = sent.pop(field.graph)
            if linked is not None:
                target = f"{context.version}/{field.type.reference_type.path}('{odata.segment(str(linked))}')"
                sent[f"{field.graph}@odata.bind"] = f"{context.session.cloud.graph_url}/{target}"
    return sent


def run_actions(context: Context, current: Raw, object_type: ObjectType, changes: Mapping[str, Any]) -> None:
    """Write what PATCH does not take: items one by one, and parts by actions that take all of their parameters."""
    fields = context.resource.fields(object_type)
    for field in fields:
        if isinstance(field.type, Children) and field.graph in changes:
            children.write(context, current, field, field.type, changes[field.graph])
    for action in dict.fromkeys(field.action for field in fields if field.action and field.graph in changes):
        values = {
            field.parameter or field.graph: changes[field.graph]
            if field.graph in changes
            else field.type.resent(current.get(field.graph))
            for field in fields
            if field.action == action
        }
        body = {name: value for name, value in values.items() if value is not None}
        path = f"{context.address(current)}/{action}"
        send = partial(context.session.post, path, body, version=context.version, repeatable=True)
        wait.while_unknown(send, partial(context.check_exists, current))
        context.written = True


def apply_relations(context: Context, current: Raw, related: Sequence[relations.RelationPlan]) -> None:
    for planned in related:
        if planned.changed:
            _apply_relation(context, current, planned)
            context.written = True


def _apply_relation(context: Context, current: Raw, planned: relations.RelationPlan) -> None:
    session, version, path = context.session, context.version, context.address(current)
    added, removed = ({object_id.lower() for object_id in ids} for ids in (planned.add, planned.remove))

    def shows() -> bool | None:
        with suppress(NotFound):
            members = {str(raw["id"]).lower() for raw in planned.relation.read(session, path, version)}
            return True if members.issuperset(added) and members.isdisjoint(removed) else None
        return None

    send = partial(planned.relation.apply, session, path, planned, session.cloud.graph_url, version)
    for attempt in range(1, _RELATION_TRIES + 1):
        try:
            wait.while_unknown(send, partial(context.check_exists, current))
        except LostAnswer:
            # What the lost request has done shows before it is sent again.
            context.written = True
            if attempt == _RELATION_TRIES:
                raise
        if wait.until(shows, wait.VISIBLE_WITHIN):
            return
    context.warnings.append(
        f"{context.title}: Graph took the change of {planned.relation.option} but does not show it yet."
    )


def assign(context: Context, current: Raw, planned: assigned.AssignmentPlan) -> assigned.AssignmentPlan:
    """Replace the list of assignments, and return what was sent."""
    path = f"{context.address(current)}/assign"
    sent = planned
    missing: list[set[str]] = []
    for attempt in wait.attempts(_FRESH_GROUP_WITHIN):
        try:
            context.session.post(path, {sent.body_key: sent.entries}, version=context.version, repeatable=True)
            context.written = True
            return sent
        except (NotFound, BadRequest) as error:
            if not _says_not_found(error):
                raise
            refusal = error
        if refusal.status == 404 and attempt >= wait.DELETED_TRIES:
            context.check_exists(current)
        missing.append(_missing_groups(context, sent))
        # Intune may not know a group yet that Entra has just created, nor all of it the object
        # [graph facts: consistency].
        if not any(missing) and not sent.added_groups and refusal.status != 404:
            break
        if len(missing) >= _DELETED_TRIES:
            sent = _without_groups(context, sent, set.intersection(*missing))
    raise refusal


def _missing_groups(context: Context, planned: assigned.AssignmentPlan) -> set[str]:
    """Return the groups, of those that others assigned, that are not found."""
    referred, _filters = assigned.referred_ids(planned.entries)
    groups = sorted(group for group in referred if group.lower() not in planned.added_groups)
    requests = [BatchRequest("GET", f"/groups/{odata.segment(group)}?$select=id") for group in groups]
    answers = context.session.batch(requests, version="v1.0") if requests else []
    return {group for group, answer in zip(groups, answers) if isinstance(answer.error, NotFound)}


def _without_groups(context: Context, planned: assigned.AssignmentPlan, deleted: set[str]) -> assigned.AssignmentPlan:
    """Leave out what others assigned to groups that exist no more: it reaches nobody, and may have the list refused."""
    if deleted:
        listed = ", ".join(sorted(deleted))
        context.warnings.append(f"{context.title}: left out assignments to groups that exist no more: {listed}.")
    return planned.without_groups(deleted)


def _says_not_found(error: GraphError) -> bool:
    text = f"{error.code} {error.graph_message}".lower().replace(" ", "")
    return error.status == 404 or any(
        phrase in text for phrase in ("notfound", "doesnotexist", "notexist", "invalidgroup", "couldnotfind")
    )
