# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps secrets out of messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "********"
# A shorter secret would mask parts of ordinary words and numbers, and so give itself away.
_SHORTEST = 4
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?|(?<=Bearer )[\w.~+/=-]{8,}")


class Redactor:
    """Masks known secrets, and whatever looks like a token, in a text made for people."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._secrets: set[str] = set()
        self.add(*secrets)

    def add(self, *secrets: str | None) -> None:
        """Remember secrets, also in the forms in which a server may echo them."""
        for secret in secrets:
            if secret and len(secret) >= _SHORTEST and secret not in self._secrets:
                in_json = json.dumps(secret)[1:-1]
                self._secrets.update((secret, quote(secret, safe=""), quote_plus(secret), in_json))

    def text(self, text: str) -> str:
        """The text with every secret replaced; the longest first, because one may contain another."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return _TOKEN.sub(MASK, text)
