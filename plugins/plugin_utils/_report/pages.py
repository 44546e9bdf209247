# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the report, filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import jinja2

# Characters with a meaning in Markdown.
_SIGNS = re.compile(r"[\\|*_`\[\]~]")


def filled(template: str, report: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return the text. All values are escaped as HTML, unless the template calls one safe.

    Ansible's own templating evaluates to native types and ignores autoescape, so names from the network would become
    markup.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.globals["plain"] = _plain
    text = environment.from_string(template).render(report=json.loads(json.dumps(report)), words=words)
    # Half of a surrogate pair is no character, but JSON can hold it.
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: object) -> str:
    """Return a value as one line of text without a meaning in Markdown."""
    text = "–" if value is None else str(value)
    return _SIGNS.sub(r"\\\g<0>", text).replace("\r", " ").replace("\n", " ")
