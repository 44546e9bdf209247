# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of directory objects that belong to an object: a group's members and owners.

Added to by default, exact with the purge option, and without those of the absent option. What Graph reports about a
member is enough to recognise it by object id, user principal name or device id, so an unchanged set costs no look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import BadRequest, IntuneError, NotFound
from .._graph.session import GraphSession
from . import wait
from .errors import InvalidOptions, says_it_exists
from .references import Reference, ResolvedNames, graph_type, is_placeholder, placeholder_name
from .resolving import look_up, settle_missing

# Graph takes at most 20 relationships in one body [graph facts: group members].
_CHUNK = 20


@dataclass(eq=False)
class Relation:
    option: str
    # The option that makes the set exact; None: it always is.
    purge_option: str | None
    navigation: str
    # The resources that a text may name, in the order in which they are tried.
    candidates: Callable[[str], Sequence[Reference]]
    # Properties (besides id) of a member that a user may write.
    keys: tuple[str, ...]
    # Whether PATCH with <navigation>@odata.bind adds to the set; owners take one reference at a time.
    takes_many: bool = False
    # Where the members are, as a reference in a body names them.
    target: str = "v1.0/directoryObjects"
    # Whether it can be set for an object.
    applies_to: Callable[[Mapping[str, Any]], bool] = lambda raw: True
    # The option with those that are not to be in the set.
    absent_option: str | None = None

    def arguments(self) -> dict[str, Any]:
        """Return the part of an argument spec that takes the set's options."""
        lists = [option for option in (self.option, self.absent_option) if option]
        purge = {self.purge_option: {"type": "bool", "default": False}} if self.purge_option else {}
        return {**{option: {"type": "list", "elements": "str"} for option in lists}, **purge}

    def read(self, session: GraphSession, path: str, version: str) -> list[dict[str, Any]]:
        return list(session.list(f"{path}/{self.navigation}", version=version, params=self.query(version)))

    def query(self, version: str) -> dict[str, str]:
        # Without $select: a directoryObject has no property but its id that every member shares.
        # 999 is the documented maximum of directory lists; Intune documents none.
        return {"$top": "999"} if version == "v1.0" else {}

    def label(self, raw: Mapping[str, Any]) -> str:
        """A member as the user may write it, the most readable way first."""
        return str(next((raw[key] for key in self.keys if raw.get(key)), raw["id"]))

    def shown(self, labels: Iterable[str]) -> list[Any]:
        """Return members, each given by its label, in the form of the option."""
        return sorted(labels)

    def absent(self, params: Mapping[str, Any]) -> list[str]:
        """Return those that a task declares not to be in the set."""
        return [text.strip() for text in (params.get(self.absent_option or "") or ())]

    def is_declared(self, params: Mapping[str, Any]) -> bool:
        return params.get(self.option) is not None or bool(self.absent(params))

    def check(self, params: Mapping[str, Any]) -> None:
        """Raises InvalidOptions for a text that is declared to be in the set and not to be."""
        absent = {_key(text): text for text in self.absent(params)}
        for text in (params.get(self.option) or ()) if absent else ():
            if _key(text.strip()) in absent:
                raise self._contradiction(absent[_key(text.strip())])

    def _contradiction(self, text: str) -> InvalidOptions:
        return InvalidOptions(f"'{text}' is in {self.option} and in {self.absent_option}. This task wrote nothing.")

    def unknown(self, declared: Sequence[str], current: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the declared members that Graph's answer about the current ones does not identify."""
        current_keys = {key for raw in current for key in _keys(self, raw)}
        return [text for text in dict.fromkeys(item.strip() for item in declared) if _key(text) not in current_keys]

    def plan(
        self,
        session: GraphSession,
        declared: Sequence[str],
        current: list[dict[str, Any]],
        purge: bool,
        resolved: ResolvedNames,
        check_mode: bool,
    ) -> RelationPlan:
        """Compare the declared set with the current one. Raises UnresolvedNames before anything is written."""
        result = RelationPlan(self, current)
        by_key = {key: str(raw["id"]) for raw in current for key in _keys(self, raw)}
        texts = {text.strip(): _key(text.strip()) for text in declared}
        if check_mode:
            result.add = {text: placeholder_name(text) for text in texts if is_placeholder(text)}
        kept = {by_key[key] for key in texts.values() if key in by_key}
        others = [text for text in self.unknown(declared, current) if text not in result.add]
        for text, object_id in self._resolved(session, others, resolved, check_mode).items():
            if object_id.lower() in by_key:
                kept.add(by_key[object_id.lower()])
            else:
                result.add.setdefault(object_id, text)
        result.kept = kept
        if purge:
            result.remove = {str(raw["id"]): self.label(raw) for raw in current if str(raw["id"]) not in kept}
        return result

    def plan_absent(
        self, session: GraphSession, texts: Sequence[str], planned: RelationPlan, resolved: ResolvedNames
    ) -> None:
        """Plan to remove those that are declared absent. Raises InvalidOptions for one that is declared as a member
        too, by another of its names.
        """
        labels = {str(raw["id"]): self.label(raw) for raw in planned.current}
        by_key = {key: str(raw["id"]) for raw in planned.current for key in _keys(self, raw)}
        unknown = [text for text in self.unknown(texts, planned.current) if not is_placeholder(text)]
        found = self._found(session, unknown, resolved)
        for text in dict.fromkeys(texts):
            reference = found.get(text)
            object_id = resolved.id_of(reference) if reference else text
            object_id = by_key.get(_key(object_id), object_id)
            if object_id in planned.kept or object_id in planned.add:
                raise self._contradiction(text)
            if object_id in labels:
                planned.remove[object_id] = labels[object_id]
            elif text in unknown and not reference:
                # Entra takes what is deleted out of all groups.
                resolved.warnings.append(f"{self.absent_option}: '{text}' was not found.")

    def _resolved(
        self, session: GraphSession, texts: Sequence[str], resolved: ResolvedNames, check_mode: bool
    ) -> dict[str, str]:
        """Return the id of the object that each text means."""
        for _attempt in wait.attempts(wait.NAMED_WITHIN):
            found = self._found(session, texts, resolved)
            missing = {text: self.candidates(text)[-1] for text, reference in found.items() if reference is None}
            if check_mode or not missing:
                break
        settle_missing([(ref, ref) for ref in missing.values()], resolved, check_mode)
        return {text: resolved.id_of(reference or missing[text]) for text, reference in found.items()}

    def _found(
        self, session: GraphSession, texts: Sequence[str], resolved: ResolvedNames
    ) -> dict[str, Reference | None]:
        """Return what each text means: the first of its candidates that exists.

        Raises Forbidden when that cannot be found out with what the login may read.
        """
        candidates = {text: list(self.candidates(text)) for text in texts}
        refused = look_up(session, [ref for refs in candidates.values() for ref in refs], resolved)
        found = _first_existing(candidates, resolved)
        parts = {
            text: [Reference(part, text) for ref in refs if ref in refused for part in ref.type.parts]
            for text, refs in candidates.items()
            if found[text] is None
        }
        look_up(session, [ref for refs in parts.values() for ref in refs], resolved)
        found.update(_first_existing(parts, resolved))
        for text in parts:
            error = next((refused[ref] for ref in candidates[text] if ref in refused), None)
            if error and found[text] is None:
                raise error
        return found

    def apply(self, session: GraphSession, path: str, planned: RelationPlan, root: str, version: str) -> None:
        """Add, then remove: a set such as owners must never be empty in between."""
        to_add = list(planned.add)
        while to_add:
            chunk, to_add = to_add[:_CHUNK], to_add[_CHUNK:]
            _add(session, path, self, chunk, root, version)
        removals = [
            # Without /$ref Graph would delete the member itself [graph facts: group members].
            BatchRequest("DELETE", f"/{path}/{self.navigation}/{odata.segment(object_id)}/$ref")
            for object_id in planned.remove
        ]
        if removals:
            for response in session.batch(removals, version=version):
                if response.error and not isinstance(response.error, NotFound):
                    raise response.error


@dataclass
class RelationPlan:
    relation: Relation
    current: list[dict[str, Any]]
    # Ids of the declared members that are in the set already.
    kept: set[str] = field(default_factory=set)
    add: dict[str, str] = field(default_factory=dict)
    remove: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return bool(self.add or self.remove)

    def before(self) -> list[Any]:
        return self.relation.shown(map(self.relation.label, self.current))

    def after(self) -> list[Any]:
        kept = [self.relation.label(raw) for raw in self.current if str(raw["id"]) not in self.remove]
        return self.relation.shown([*kept, *self.add.values()])


def url(path: str, relation: Relation, version: str) -> str:
    """Return the address of a set of the object at path."""
    return odata.url(f"{path}/{relation.navigation}", relation.query(version))


def read_all(
    session: GraphSession, sets: Sequence[tuple[str, Relation]], version: str
) -> list[list[dict[str, Any]] | IntuneError]:
    """Return the sets of many objects, or why they cannot be read; sets holds the path of each object."""
    requests = [BatchRequest("GET", url(path, relation, version)) for path, relation in sets]
    found: list[list[dict[str, Any]] | IntuneError] = []
    for response in session.batch(requests, version=version) if requests else []:
        found.append(response.error or list(session.items(response.body)))
    return found


def _add(session: GraphSession, path: str, relation: Relation, object_ids: list[str], root: str, version: str) -> None:
    urls = {object_id: f"{root}/{relation.target}/{object_id}" for object_id in object_ids}
    if relation.takes_many and len(object_ids) > 1:
        try:
            session.patch(path, {f"{relation.navigation}@odata.bind": list(urls.values())}, version=version)
            return
        except BadRequest as error:
            # All or nothing: one that exists already (an earlier try, another run) refuses all of them.
            if not says_it_exists(error):
                raise
    for url in urls.values():
        try:
            session.post(f"{path}/{relation.navigation}/$ref", {"@odata.id": url}, version=version, repeatable=True)
        except BadRequest as error:
            if not says_it_exists(error):
                raise


def _keys(relation: Relation, raw: Mapping[str, Any]) -> Iterable[str]:
    """What a user may call a member. People's display names are no names: many share one."""
    is_person_or_device = graph_type(raw) in ("user", "device", "servicePrincipal")
    keys = ("id", *(key for key in relation.keys if not (key == "displayName" and is_person_or_device)))
    return (_key(str(raw[key])) for key in keys if raw.get(key))


def _first_existing(
    candidates: Mapping[str, Iterable[Reference]], resolved: ResolvedNames
) -> dict[str, Reference | None]:
    return {text: next((ref for ref in refs if ref in resolved.objects), None) for text, refs in candidates.items()}


def _key(text: str) -> str:
    """Letter case counts in names only, not in ids and principal names."""
    return text.lower() if odata.is_guid(text) or "@" in text else text
