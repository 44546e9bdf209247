# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is going to be needed is read together, 20 reads in a $batch, and each answer goes where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .._graph.batch import BatchRequest, BatchResponse
from .._graph.errors import IntuneError
from .._graph.session import GraphSession
from .errors import FOR_ALL


@dataclass(frozen=True)
class ReadAhead:
    """Something to read, and where the answer goes: the object, or {"value": [...]} with all items of a list."""

    # Relative to the version, with its query.
    url: str
    version: str
    take: Callable[[dict[str, Any]], object]


def put_items(target: dict[str, Any], key: str, body: dict[str, Any]) -> None:
    """Put the items of a list, which is an answer, under a key of a dictionary."""
    if "value" in body:
        target[key] = body["value"]
        target.pop(f"{key}@odata.nextLink", None)


def send(session: GraphSession, reads: Iterable[ReadAhead]) -> None:
    """Send the reads, and once what several ask for.

    What fails or is the only one of a version is not answered: it is read when it is needed.
    """
    by_version: dict[str, dict[str, list[ReadAhead]]] = {}
    for read in reads:
        by_version.setdefault(read.version, {}).setdefault(read.url, []).append(read)
    for version, by_url in sorted(by_version.items()):
        if sum(map(len, by_url.values())) < 2:
            continue
        answers = session.batch([BatchRequest("GET", url) for url in by_url], version)
        for same, answer in zip(by_url.values(), answers):
            body = _whole(session, answer)
            for read in same if body is not None else ():
                read.take(body)


def _whole(session: GraphSession, answer: BatchResponse) -> Any:
    """Return an answer, with all items if it is a list; None for one that cannot be read."""
    if answer.error or not isinstance(answer.body, dict):
        return None
    try:
        return {"value": list(session.items(answer.body))} if "value" in answer.body else answer.body
    except FOR_ALL:
        raise
    except IntuneError:
        return None
