# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers $batch requests item by item."""

from __future__ import annotations

from typing import Any

from tests.unit.plugins.module_utils.graph.server import Reply, Request, Server, Step

Item = dict[str, Any]


def item(status: int = 200, body: Any = None, **headers: str) -> Item:
    return {
        "status": status,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "body": body,
    }


def failed(status: int, code: str = "Code", **headers: str) -> Item:
    return item(status, {"error": {"code": code, "message": f"failed with {status}"}}, **headers)


class Batches:
    """Answers each item by its URL from a list of items, the last of which stays. In reverse order, as Graph may."""

    def __init__(self, server: Server, **answers: list[Item]) -> None:
        self.answers = answers
        self.sent: list[list[Item]] = []
        server.handler = self.handle

    def handle(self, request: Request) -> Step:
        items = request.json["requests"]
        self.sent.append(items)
        responses = []
        for sent in reversed(items):
            answers = self.answers.get(sent["url"].split("?")[0].strip("/"), [item(200, {"id": sent["url"]})])
            responses.append({"id": sent["id"], **(answers.pop(0) if len(answers) > 1 else answers[0])})
        return Reply(200, {"responses": responses})

    def urls(self) -> list[list[str]]:
        return [[sent["url"] for sent in items] for items in self.sent]
