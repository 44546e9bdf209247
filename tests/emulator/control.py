# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/_emulator/…``: what tests ask of the emulator itself. Not part of Graph; needs no token.

GET journal (``?clear=1``), GET state, POST reset, POST faults (a list of rules), POST seed (a list of operations),
POST revoke (every token issued so far is refused from now on), POST settings (options that can change while it runs),
POST login (a user's ``answer`` to a ``user_code``: approve or decline), POST user_token (a token of the user for the
Azure CLI, or for another ``client_id`` and ``scopes``), POST clock (``hold``, ``step``, ``per_request``; what it
shows), GET waiting (the number of requests that are held), POST harmony (switches, rows and key of Harmony
Mobile's side), GET harmony (what it noticed, and how its fleet overlaps).
"""

from __future__ import annotations

import json

from .entra import Entra
from .graph import Graph
from .harmony import Harmony
from .journal import Journal
from .messages import Json, Request, Response
from .seeding import SeedError, perform
from .users import AZURE_CLI, AZURE_CLI_SCOPES

PREFIX = "/_emulator/"
_CHANGEABLE = (
    "latency",
    "eventual",
    "replica",
    "mixed_replicas",
    "batches_behind",
    "publishing",
    "play_sync",
    "vpp_sync",
    "page_size",
    "empty_pages",
    "device_counts",
    "overview",
    "rewrite_payloads",
    "repeated_locales",
    "refuse_hidden_names",
    "permissions",
    "token_lifetime_s",
    "public_clients",
    "user_is_administrator",
)


class Control:
    def __init__(self, graph: Graph, entra: Entra, journal: Journal, harmony: Harmony | None = None) -> None:
        self.harmony = harmony
        self.graph = graph
        self.entra = entra
        self.journal = journal

    def respond(self, request: Request) -> Response:
        name = request.path.removeprefix(PREFIX)
        function = {
            ("GET", "journal"): self._journal,
            ("GET", "state"): self._state,
            ("POST", "reset"): self._reset,
            ("POST", "faults"): self._faults,
            ("POST", "seed"): self._seed,
            ("POST", "revoke"): self._revoke,
            ("POST", "settings"): self._settings,
            ("POST", "login"): self._login,
            ("POST", "user_token"): self._user_token,
            ("POST", "clock"): self._clock,
            ("GET", "waiting"): self._waiting,
            ("GET", "harmony"): self._harmony_report,
            ("POST", "harmony"): self._harmony_change,
        }.get((request.method, name))
        if function is None:
            return Response(404, {"error": "unknown control endpoint"})
        try:
            return Response(200, function(request))
        except (SeedError, ValueError, TypeError) as error:
            return Response(400, {"error": str(error)})

    def _journal(self, request: Request) -> Json:
        entries = list(self.journal.entries)
        if "clear=1" in request.query:
            self.journal.clear()
        return entries

    def _state(self, _request: Request) -> Json:
        tenant = self.graph.tenant
        records = {
            path: [
                record.values
                | {
                    "@odata.type": f"#microsoft.graph.{record.type}",
                    "assignments": record.assignments,
                    "links": record.links,
                }
                for record in found.values()
            ]
            for path, found in tenant.records.items()
        }
        groups = [group.values | {"members": group.members, "owners": group.owners} for group in tenant.groups.values()]
        deleted = [group.values for group in tenant.deleted.values()]
        registered = [entry.values for entry in tenant.principals.applications.values() if entry.gone is None]
        return {
            "records": records,
            "groups": groups,
            "deleted_groups": deleted,
            "approved": sorted(tenant.approved),
            "devices": tenant.fleet.devices,
            "applications": tenant.principals.summary(),
            "app_registrations": registered,
        }

    def _reset(self, _request: Request) -> Json:
        self.graph.settings.clock.run()
        self.graph.reset()
        if self.harmony:
            self.harmony.reset()
        self.graph.faults.replace(self.graph.faults.initial)
        self.journal.clear()
        return {}

    def _faults(self, request: Request) -> Json:
        self.graph.faults.replace(json.loads(request.body))
        return {}

    def _seed(self, request: Request) -> Json:
        return {"results": perform(self.graph.tenant, json.loads(request.body))}

    def _clock(self, request: Request) -> Json:
        return self.graph.settings.clock.change(**json.loads(request.body))

    def _waiting(self, _request: Request) -> Json:
        return {"requests": self.graph.faults.waiting}

    def _revoke(self, _request: Request) -> Json:
        self.entra.generation += 1
        return {}

    def _login(self, request: Request) -> Json:
        self.entra.users.answer(**json.loads(request.body))
        return {}

    def _user_token(self, request: Request) -> Json:
        asked = {"client_id": AZURE_CLI, "scopes": AZURE_CLI_SCOPES, **json.loads(request.body)}
        token = self.entra.issue_to_user(request.root, asked["client_id"], asked["scopes"])
        return {"token": token, "expires_on": int(self.graph.settings.clock.timestamp() + 3600)}

    def _settings(self, request: Request) -> Json:
        for name, value in json.loads(request.body).items():
            if name not in _CHANGEABLE:
                raise ValueError(f"{name} cannot be changed; can be: {', '.join(_CHANGEABLE)}")
            setattr(self.graph.settings, name, tuple(value) if isinstance(value, list) else value)
            if name == "permissions":
                self.graph.tenant.principals.hold(value)
        return {}

    def _harmony_report(self, _request: Request) -> Json:
        return self.harmony.report() if self.harmony else {}

    def _harmony_change(self, request: Request) -> Json:
        return self.harmony.change(**json.loads(request.body)) if self.harmony else {}
