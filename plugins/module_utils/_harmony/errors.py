# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is Harmony's own of the answers: errors, and whether a token was refused."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .._graph.answer import Answer
from .._graph.errors import IntuneError
from .._graph.redact import Redactor

LONGEST_TEXT = 500
_ADVICE = {
    401: "A new login did not help. Check in the Infinity Portal that the API key is one for Harmony Mobile.",
    403: "The role of the API key does not allow it. Give the key at least the role Read-Only in the Infinity Portal.",
    404: "Check harmony_region and harmony_url.",
}


class HarmonyError(IntuneError):
    """Harmony Mobile answered with an error, or with what is no answer. `status` is 200 for the latter."""

    def __init__(self, message: str, status: int = 200, url: str = "", harmony_message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.url = url
        self.harmony_message = harmony_message

    def to_result(self) -> dict[str, Any]:
        return {
            "harmony_error": {
                "status": self.status,
                "message": self.harmony_message or self.message,
                "url": self.url,
            }
        }


def refuses_token(answer: Answer) -> bool:
    """The status of the answer to an expired token is not documented, its body is [harmony facts: login]."""
    is_logout = isinstance(answer.body, dict) and answer.body.get("forceLogout") is True
    return answer.status == 401 or is_logout


def harmony_error(answer: Answer, path: str, url: str, redactor: Redactor) -> HarmonyError:
    """The error of an answer that is no success."""
    text = redactor.text(words(answer), LONGEST_TEXT)
    advice = _ADVICE.get(401 if refuses_token(answer) else answer.status, "")
    verb = "failed at" if answer.status >= 500 else "refused"
    message = f"Harmony Mobile {verb} GET {path}: {text.rstrip('.')} (HTTP {answer.status}). {advice}".rstrip()
    return HarmonyError(message, answer.status, redactor.text(url), text)


def words(answer: Answer) -> str:
    """What an answer says for people: the gateway and the product have bodies of different shapes."""
    body = answer.body if isinstance(answer.body, dict) else {}
    found = next((body[name] for name in ("message", "error", "error_message") if isinstance(body.get(name), str)), "")
    if found.strip():
        return " ".join(found.split())
    if answer.text:
        return f"the answer reads: {answer.text}"
    try:
        return HTTPStatus(answer.status).phrase
    except ValueError:
        return "no reason given"
