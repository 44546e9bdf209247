# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's own certificate authority and server certificate, new at every start."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

from .settings import cloud_host_names


class Authority:
    """A private CA whose one server certificate covers loopback and the real clouds' host names."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="Emulated tenant")
        self._server = self._ca.issue_cert("localhost", "127.0.0.1", *cloud_host_names())

    def write(self, path: Path) -> None:
        self._ca.cert_pem.write_to_path(str(path))

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._server.configure_cert(context)
        return context
