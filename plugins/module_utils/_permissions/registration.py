# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface function of intune_application: an app registration, its service principal, and a client secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from typing import Any

from .._engine import files, wait
from .._engine.engine import reconcile
from .._engine.errors import InvalidOptions, Unfinished
from .._graph import odata
from .._graph.errors import IntuneError, LostAnswer
from .._graph.session import GraphSession
from .app_registration import Application, is_valid_until
from .service_principal import ServicePrincipal

# How often a client secret is created, when answers are lost.
_SECRET_TRIES = 2


def manage(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Bring an app registration to the declared state and return a module's result."""
    secret = params.get("password_credential") or {}
    _check_secret(secret)
    result = reconcile(Application(), session, params, check_mode, diff_mode)
    if params.get("state") == "absent":
        return result
    try:
        _with_principal(session, result, check_mode)
        if secret:
            _with_secret(session, result, secret, check_mode)
    except IntuneError as error:
        error.changed = error.changed or (bool(result["changed"]) and not check_mode)
        raise
    return {**result, "graph_requests": session.requests_sent}


def _with_principal(session: GraphSession, result: dict[str, Any], check_mode: bool) -> None:
    """Create the service principal, without which an application cannot log in."""
    application = result["application"]
    app_id = application.get("app_id")
    principal: Mapping[str, Any] = {"changed": True, "id": None}
    if app_id:  # check mode has none for an application that it would create
        principal = reconcile(ServicePrincipal(app_id, (), False, True), session, {"name": app_id}, check_mode)
    application["service_principal_id"] = None if check_mode and principal["changed"] else principal["id"]
    if "diff" in result:
        result["diff"]["before"]["service_principal"] = not principal["changed"]
        result["diff"]["after"]["service_principal"] = True
    result["changed"] = result["changed"] or principal["changed"]


# -- the client secret -------------------------------------------------------------------------------------------------


def _check_secret(declared: Mapping[str, Any]) -> None:
    if not declared:
        return
    if declared["days"] < 1:
        raise InvalidOptions(f"password_credential.days: {declared['days']} is not a number of days from 1 on.")
    if not declared.get("dest") and not declared.get("return_value"):
        raise InvalidOptions(
            "password_credential: Graph shows a secret once. Declare dest, a file for it, or return_value=true with "
            "no_log: true. This task wrote nothing."
        )
    if declared.get("dest"):
        path = files.place(declared["dest"])
        files.refuse_link(path)
        if not os.path.isdir(os.path.dirname(path)):
            raise InvalidOptions(f"password_credential.dest: the directory of '{path}' does not exist.")
        files.refuse_shared(os.path.dirname(path), bool(declared.get("shared_directory")))


def _with_secret(session: GraphSession, result: dict[str, Any], declared: Mapping[str, Any], check_mode: bool) -> None:
    """Create a secret unless the application has one of the name that is still valid."""
    named = [each for each in result["application"].get("client_secrets") or [] if each["name"] == declared["name"]]
    valid = [each for each in named if is_valid_until(each["end_date_time"])]
    path = files.place(declared["dest"]) if declared.get("dest") else None
    if valid:
        if path and not os.path.exists(path):
            result["warnings"].append(
                f"The application has a client secret '{declared['name']}', and Graph does not show it again: '{path}' "
                "was not written. Declare another name to get another secret."
            )
        return
    result["changed"] = True
    if "diff" in result:
        result["diff"]["before"]["password_credential"] = None
        result["diff"]["after"]["password_credential"] = declared["name"]
    result["client_secret"] = {"name": declared["name"], "path": path}
    if check_mode:
        return
    end = (datetime.now(timezone.utc) + timedelta(days=declared["days"])).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"passwordCredential": {"displayName": declared["name"], "endDateTime": end}}
    try:
        # The file exists before the secret does, so that a wrong path loses none.
        with files.replaced(path) if path else nullcontext() as file:
            answer = _created_secret(session, result, body)
            if file:
                file.write(answer["secretText"])
    except OSError as error:
        raise InvalidOptions(
            f"password_credential.dest: '{path}' cannot be written: {error.strerror or error}."
        ) from None
    shown = {"value": answer["secretText"]} if declared.get("return_value") else {}
    result["client_secret"].update({"id": answer.get("keyId"), "end_date_time": end, **shown})


def _created_secret(session: GraphSession, result: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Create a client secret, and return what Graph shows of it this once. Raises Unfinished, LostAnswer."""
    path, name = f"applications/{odata.segment(result['id'])}", str(body["passwordCredential"]["displayName"])
    before = {str(each["id"]) for each in result["application"].get("client_secrets") or []}
    for attempt in range(1, _SECRET_TRIES + 1):
        try:
            answer = session.post(f"{path}/addPassword", body, version="v1.0") or {}
        except LostAnswer:
            # What nobody knows is of no use, and a later run would take it for the declared one.
            _remove_new(session, path, name, before)
            if attempt == _SECRET_TRIES:
                raise
            continue
        text = answer.get("secretText")
        if not isinstance(text, str) or not text:
            break
        return answer
    _remove_new(session, path, name, before)
    raise Unfinished(
        f"Graph created the client secret '{name}' and did not show it. It was removed as far as it shows. Run again."
    )


def _remove_new(session: GraphSession, path: str, name: str, before: set[str]) -> None:
    """Remove the one secret of the name that is new; of several, another run has created one."""

    def new() -> list[str] | None:
        raw = session.get(path, version="v1.0", params={"$select": "id,passwordCredentials"})
        named = [each for each in raw.get("passwordCredentials") or [] if each.get("displayName") == name]
        return [str(each["keyId"]) for each in named if str(each.get("keyId")) not in before] or None

    found = wait.until(new, wait.VISIBLE_WITHIN) or []
    if len(found) == 1:
        session.post(f"{path}/removePassword", {"keyId": found[0]}, version="v1.0", repeatable=True)
