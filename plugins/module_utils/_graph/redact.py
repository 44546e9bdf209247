# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps secrets, and characters that a terminal obeys, out of what people see."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape, unescape
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit
from urllib.request import getproxies_environment

MASK = "********"
# A shorter secret would mask parts of ordinary words and numbers, and so give itself away.
_SHORTEST = 4
_SHORTEST_ENCODED = 6
_SHORTEST_IN_ANY_CASE = 8
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?|(?i:(?<=bearer ))[\w.~+/=-]{8,}")
# Control characters but line ends and tabs, those that nobody sees, and those that turn the direction of a text.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
# Texts between tags, but the keys of a property list, and attributes.
_XML_VALUES = re.compile(r"""(?<!<key)>([^<>]+)</|=\s*["']([^<>"']+)["']""")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Redactor:
    """Masks the secrets of a task, and whatever looks like a token, in a text for people."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        # The longest first, because one may contain another. No pattern: Python would keep it, and the secrets in it.
        self._forms: list[str] = []
        # Those of parts of secrets, which may be ordinary words of a result.
        self._parts: list[str] = []
        self.add(*secrets, *_of_proxies())

    def add(self, *secrets: str | None) -> None:
        """Remember secrets, also in the forms in which they are sent and a server may echo them."""
        new = [secret for secret in secrets if secret and len(secret) >= _SHORTEST and secret not in self._forms]
        if new:
            self._forms = _united(self._forms, new)
            self._parts = _united(self._parts, itertools.chain.from_iterable(map(_parts, new)))

    def text(self, text: str, longest: int | None = None) -> str:
        """A message without secrets, tokens and control characters, cut only then: half of a secret cannot be found."""
        masked = _TOKEN.sub(MASK, self._masked_in_any_case(text))
        shown = UNSEEN.sub(lambda found: ascii(found[0])[1:-1], masked)
        return shown if longest is None or len(shown) <= longest else f"{shown[:longest].rstrip()}..."

    def id(self, value: object) -> str:
        """What a server calls an id, such as that of a request; nothing when it does not look like one."""
        return self.text(value) if isinstance(value, str) and _ID.fullmatch(value) else ""

    def result(self, result: dict[str, Any]) -> dict[str, Any]:
        """A module's result without the secrets of its task, wherever they are; the tenant's own texts stay."""
        whole = json.dumps(result, default=str)
        masked: dict[str, Any] = (
            _each_text(result, self._masked) if any(form in whole for form in self._forms) else result
        )
        return masked

    def messages(self, value: Any) -> Any:
        """Warnings, or the result of a failed module, each text of which is a message."""
        return _each_text(value, self.text)

    def _masked(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def _masked_in_any_case(self, text: str) -> str:
        """Services write some texts in capitals, and the hexadecimal digits of a URL in small letters."""
        text = self._masked(text)
        for form in self._parts:
            text = text.replace(form, MASK)
        for form in (form.lower() for form in [*self._forms, *self._parts] if len(form) >= _SHORTEST_IN_ANY_CASE):
            parts, place, lower = [], 0, text.lower()
            if len(lower) != len(text):
                break  # places in it are others; letters of few languages
            while (found := lower.find(form, place)) >= 0:
                parts += [text[place:found], MASK]
                place = found + len(form)
            text = "".join([*parts, text[place:]])
        return text


def _of_proxies() -> Iterator[str]:
    """The passwords in the addresses of proxies, which a proxy that refuses a connection may repeat."""
    for address in getproxies_environment().values():
        with contextlib.suppress(ValueError):
            yield unquote(urlsplit(address).password or "")


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_each_text(key, change): _each_text(item, change) for key, item in value.items()}
    return [_each_text(item, change) for item in value] if isinstance(value, (list, tuple)) else value


def _united(forms: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """The forms and those of more secrets, the longest first."""
    return sorted({*forms, *itertools.chain.from_iterable(map(_forms, secrets))}, key=len, reverse=True)


def _parts(secret: str) -> Iterator[str]:
    """The lines, or the values inside a document, of which a service may show one alone."""
    for value in _values(secret):
        lines = (line.strip() for line in value.splitlines())
        yield from (line for line in lines if len(line) >= _SHORTEST_IN_ANY_CASE and line != secret)


def _values(secret: str) -> Iterator[str]:
    if secret.lstrip().startswith("<"):
        return (unescape(text or attribute) for text, attribute in _XML_VALUES.findall(secret))
    with contextlib.suppress(ValueError, RecursionError):
        return _leaves(json.loads(secret))
    return iter([secret])


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    else:
        yield str(value)


def _forms(secret: str) -> Iterator[str]:
    in_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    plain = {secret, in_json, json.dumps(secret)[1:-1], escape(secret), escape(secret, quote=False)}
    yield from plain
    # Messages have one blank in place of several and of line ends.
    yield from (" ".join(form.split()) for form in plain if len(form.split()) > 1)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    for form in plain:
        for encoded in _encoded(form.encode("utf-8", "surrogatepass")):
            if len(encoded) >= _SHORTEST_ENCODED:
                yield from (encoded, encoded.replace("+", "-").replace("/", "_"), quote(encoded, safe=""))


def _encoded(secret: bytes) -> Iterator[str]:
    """What is always the same of the base64 of a text with the secret in it, at each of the three places."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret).decode("ascii")
        first = -(-before * 8 // 6)
        yield whole[first : (before + len(secret)) * 8 // 6]


@contextlib.contextmanager
def libraries_unlogged() -> Iterator[None]:
    """Keep what libraries log out of the log of the calling program: answers, and with them tokens, are a part of it.

    Ansible's own log has it at the level of information; without a handler Python prints warnings.
    """
    was_on = logging.getLogger().isEnabledFor(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        if was_on:
            logging.disable(logging.NOTSET)
