# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources of v1.0 that leaves out objects with features of the preview: those are read and written in beta."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._graph.errors import BadRequest, GraphError
from .._graph.session import GraphSession
from .errors import is_unknown_collection, says_it_is_unknown
from .finding import Answer
from .read_ahead import ReadAhead
from .resource import Raw, Resource

_BETA = "beta"
# In an object that only beta shows.
_IN_BETA = "@inBeta"
# In an answer: what beta lists.
_LISTED_IN_BETA = "@listedInBeta"


class PreviewedResource(Resource):
    """A resource whose objects have no parts below them."""

    version = "v1.0"

    def needs_beta(self, values: Raw) -> bool:
        """Whether v1.0 does not take an object with these values."""
        return False

    def version_of(self, raw: Raw) -> str:
        return _BETA if raw.get(_IN_BETA) or self.needs_beta(raw) else self.version

    def reads(self, url: str, take: Callable[[dict[str, Any]], object]) -> list[ReadAhead]:
        """A list is read in both versions; one object in v1.0, and by read() in beta if it is not there."""
        if url.partition("?")[0] != f"/{self.path}":
            return super().reads(url, take)

        def take_list(body: dict[str, Any]) -> None:
            if "value" in body:
                take({_LISTED_IN_BETA: body["value"]})

        return [*super().reads(url, take), ReadAhead(url, _BETA, take_list)]

    def _listed(
        self, session: GraphSession, collection: str, query: Mapping[str, str], answer: Answer
    ) -> list[dict[str, Any]]:
        """List the objects of v1.0, and those that only beta has."""
        found = super()._listed(session, collection, query, answer)
        ids = {raw.get("id") for raw in found}
        try:
            in_beta = (answer or {}).get(_LISTED_IN_BETA)
            if in_beta is None:
                in_beta = self._list(session, collection, query, _BETA)
        except GraphError as error:
            if not is_unknown_collection(error):
                raise
            in_beta = []
        return [*found, *({**raw, _IN_BETA: True} for raw in in_beta if raw.get("id") not in ids)]

    def read(self, session: GraphSession, object_id: str, answer: Answer = None) -> dict[str, Any] | None:
        raw, refusal = None, None
        try:
            raw = super().read(session, object_id, answer)
        except BadRequest as error:
            refusal = error
        return raw or self._read_in_beta(session, object_id, refusal)

    def _read_in_beta(self, session: GraphSession, object_id: str, refusal: BadRequest | None) -> dict[str, Any] | None:
        """Read an object that v1.0 does not find, or refuses to show."""
        raw = None
        try:
            raw = self._read_in(session, self.path, object_id, True, _BETA)
        except BadRequest as error:
            if not says_it_is_unknown(error):
                raise
        if raw is None and refusal:
            raise refusal
        return {**raw, _IN_BETA: True} if raw else None
