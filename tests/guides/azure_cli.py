# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the Azure CLI that the guide App registration uses, for an emulated tenant. Other options are refused.

https://learn.microsoft.com/cli/azure/ad/app, https://learn.microsoft.com/cli/azure/ad/sp
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import ssl
import sys
import urllib.request
from pathlib import Path
from typing import Any

Json = dict[str, Any]
COMMANDS = {
    "login": ("--tenant", "--allow-no-subscriptions!"),
    "account get-access-token": ("--resource", "--tenant"),
    "ad app create": ("--display-name",),
    "ad app permission add": ("--id", "--api", "--api-permissions"),
    "ad app permission admin-consent": ("--id",),
    "ad app credential reset": ("--id", "--append!", "--cert", "--display-name", "--end-date"),
    "ad app federated-credential create": ("--id", "--parameters"),
    "ad sp create": ("--id",),
    "ad sp show": ("--id",),
}


def install(folder: Path, **account: Any) -> None:
    """Put ``az`` into a folder."""
    folder.mkdir(parents=True)
    (folder / "account.json").write_text(json.dumps(account), encoding="utf-8")
    program = folder / "az"
    text = Path(__file__).read_text(encoding="utf-8")
    program.write_text(f"#!{sys.executable}\n{text}\nsys.exit(main())\n", encoding="utf-8")
    program.chmod(0o755)


class Cli:
    def __init__(self, account: Json) -> None:
        self._account = account
        self._context = ssl.create_default_context(cafile=account["ca_path"])

    def graph(self, method: str, path: str, body: Json | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._account['token']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self._account['graph_url']}/v1.0/{path}", data=data, headers=headers, method=method
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )
        with opener.open(request) as answer:
            content = answer.read()
        return json.loads(content) if content else {}

    def app(self, app_id: str) -> Json:
        (found,) = self.graph("GET", f"applications?$filter=appId%20eq%20'{app_id}'")["value"]
        return dict(found)

    def principal(self, app_id: str) -> Json:
        (found,) = self.graph("GET", f"servicePrincipals?$filter=appId%20eq%20'{app_id}'&$select=id,appRoles")["value"]
        return dict(found)

    def login(self, options: Json) -> Json:
        return {"tenantId": self._account["tenant"]}

    def account_get_access_token(self, options: Json) -> Json:
        return {name: self._account[key] for name, key in (("accessToken", "token"), ("expires_on", "expires_on"))}

    def ad_app_create(self, options: Json) -> Json:
        return dict(self.graph("POST", "applications", {"displayName": options["display_name"]}))

    def ad_sp_create(self, options: Json) -> Json:
        return dict(self.graph("POST", "servicePrincipals", {"appId": options["id"]}))

    def ad_sp_show(self, options: Json) -> Json:
        return self.principal(options["id"])

    def ad_app_permission_add(self, options: Json) -> None:
        """What an application asks for has no effect before the consent."""
        role, _equals, kind = options["api_permissions"].partition("=")
        assert kind == "Role", "an application permission"
        self._asked(options["id"]).write_text(json.dumps([options["api"], role]), encoding="utf-8")

    def ad_app_permission_admin_consent(self, options: Json) -> None:
        own = self.principal(options["id"])["id"]
        api, role = json.loads(self._asked(options["id"]).read_text(encoding="utf-8"))
        body = {"principalId": own, "resourceId": self.principal(api)["id"], "appRoleId": role}
        self.graph("POST", f"servicePrincipals/{own}/appRoleAssignments", body)

    @staticmethod
    def _asked(app_id: str) -> Path:
        return Path(__file__).with_name(f"{app_id}.json")

    def ad_app_credential_reset(self, options: Json) -> Json:
        assert options["append"], "without --append the other credentials are gone"
        path = f"applications/{self.app(options['id'])['id']}"
        if not options["cert"]:
            asked = {"displayName": options["display_name"], "endDateTime": f"{options['end_date']}T00:00:00Z"}
            secret = self.graph("POST", f"{path}/addPassword", {"passwordCredential": asked})["secretText"]
            return {"appId": options["id"], "password": secret}
        pem = Path(options["cert"].removeprefix("@")).read_text(encoding="ascii")
        key = "".join(pem.split("-----")[2].split())
        base64.b64decode(key, validate=True)
        self.graph("PATCH", path, {"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": key}]})
        return {"appId": options["id"]}

    def ad_app_federated_credential_create(self, options: Json) -> Json:
        body = json.loads(Path(options["parameters"].removeprefix("@")).read_text(encoding="utf-8"))
        path = f"applications/{self.app(options['id'])['id']}/federatedIdentityCredentials"
        return dict(self.graph("POST", path, body))


def shown(answer: Any, query: str | None) -> str:
    """The two forms of queries that the guide has."""
    by_value = re.fullmatch(r"appRoles\[\?value=='(.+)'\]\.id", query or "")
    if by_value:
        return "\n".join(role["id"] for role in answer["appRoles"] if role["value"] == by_value[1])
    return str(answer[query]) if query else json.dumps(answer, indent=2)


def main() -> int:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    command = next(name for name in COMMANDS if words[: len(name.split())] == name.split())
    parser = argparse.ArgumentParser(prog=f"az {command}", allow_abbrev=False)
    for option in (*COMMANDS[command], "--query", "--output"):
        parser.add_argument(option.rstrip("!"), action="store_true" if option.endswith("!") else "store")
    options = vars(parser.parse_args(sys.argv[1 + len(command.split()) :]))
    cli = Cli(json.loads(Path(__file__).with_name("account.json").read_text(encoding="utf-8")))
    answer = getattr(cli, re.sub(r"\W", "_", command))(options)
    if answer is not None:
        print(shown(answer, options["query"]))
    return 0
