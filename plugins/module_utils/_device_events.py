# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the event source calls: one poll of the managed devices after the other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from . import _masking as masking
from ._engine.errors import InvalidOptions
from ._engine.guards import refuse_empty, refuse_malformed, refuse_null
from ._graph.errors import IntuneError, Unexpected
from ._harmony import changes
from ._harmony_interface import harmony_options
from ._interface import checked, graph_session
from ._login_options import auth_options

OPTIONS = {**changes.OPTIONS, "interval": {"type": "int", "default": 300}}
SHORTEST = 60  # seconds


class Source:
    """Polls within one login. Raises IntuneError for options that cannot be used."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        spec = {**auth_options(), **harmony_options(), **OPTIONS}
        refuse_null(arguments)
        self._params = checked(spec, arguments)
        declared = {name: self._params[name] for name in OPTIONS}
        refuse_empty(declared)
        refuse_malformed(OPTIONS, declared)
        self._secrets = masking.secrets(spec, self._params)
        self.interval = int(self._params["interval"])
        if self.interval < SHORTEST:
            raise InvalidOptions(f"interval: {self.interval} is less than {SHORTEST} seconds.")
        # What no poll can be made with ends the source as well.
        graph_session(self._params, self._secrets).close()
        self.watch = changes.Watch(self._params)

    def poll(self) -> list[dict[str, Any]]:
        """The events since the last poll. Raises IntuneError, whatever went wrong: the next poll may succeed."""
        with closing(graph_session(self._params, self._secrets)) as session:
            try:
                events: list[dict[str, Any]] = session.redactor.result({"events": self.watch.poll(session)})["events"]
            except Exception as caught:
                error = caught if isinstance(caught, IntuneError) else Unexpected(caught)
                error.message = session.redactor.text(error.message)
                raise error from None
            return events
