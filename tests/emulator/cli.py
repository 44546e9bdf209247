# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: options, the files that tell a test where the emulator is, starting and stopping."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shlex
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from . import harmony
from .certificates import Authority
from .client import environment
from .proxy import Proxy
from .server import Application, Server, server
from .settings import CLIENT_ID, CLIENT_SECRET, TENANT_DOMAIN, TENANT_ID, Settings

LOOPBACK = "127.0.0.1"


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="tests.emulator",
        description="An emulated tenant: Entra's token service and a part of Microsoft Graph, on loopback.",
    )
    add = result.add_argument
    add("--port", type=int, default=0, help="port of the HTTPS server (0: any free one)")
    add(
        "--proxy-port",
        type=int,
        help="also run a CONNECT proxy that leads the clouds' real host names here (0: any free port)",
    )
    add("--imds-port", type=int, help="also run the managed identity endpoint in plain HTTP (0: any free port)")
    add("--devices", type=int, default=50, help="size of the generated fleet")
    add(
        "--users",
        type=int,
        default=0,
        help="number of generated users (default: 20, or a third of the devices when that is more)",
    )
    add("--seed", type=int, default=1, help="seed of everything generated")
    add("--latency-ms", type=int, default=0, help="wait this long before every answer")
    add("--faults", type=Path, help="YAML or JSON file with fault rules")
    add(
        "--permissions", help="app roles in issued tokens, separated by commas (default: all that the collection needs)"
    )
    add("--page-size", type=int, help="page size of every list, where smaller than the service's own")
    add("--empty-pages", action="store_true", help="serve an empty page with a nextLink before every page")
    add("--eventual-ms", type=int, default=0, help="how long objects stay unknown after their creation")
    add("--publishing-ms", type=int, default=0, help="how long a new app takes to become published")
    add("--play-sync-ms", type=int, default=0, help="how long a managed Google Play synchronisation takes")
    add("--no-play-binding", action="store_true", help="the tenant is not bound to managed Google Play")
    add(
        "--connector-catalogue",
        action="store_true",
        help="list partners that were never set up, as the newest beta does",
    )
    add(
        "--rewrite-payloads",
        action="store_true",
        help="show objects in another spelling: order, white space, case of GUIDs, numbers, null",
    )
    add(
        "--throttle",
        nargs="?",
        const="100/20",
        metavar="WRITES/SECONDS",
        help="throttle (100 writes in 20 s for each bucket unless given)",
    )
    add("--journal", type=Path, help="append one JSON line for each request to this file")
    add("--state-dir", type=Path, help="write ca.pem, endpoints.json and env.sh into this directory")
    add("--ready-file", type=Path, help="create this file when requests are accepted")
    add("--exit-with-parent", action="store_true", help="stop when the process that started the emulator is gone")
    add("--token-lifetime", type=int, default=3600, metavar="S", help="lifetime of tokens in seconds")
    add("--tenant-id", default=TENANT_ID)
    add("--tenant-domain", default=TENANT_DOMAIN)
    add("--client-id", default=CLIENT_ID)
    add("--client-secret", default=CLIENT_SECRET, help="the (fake) secret of the application")
    add(
        "--client-certificate",
        type=Path,
        action="append",
        default=[],
        metavar="PEM",
        help="certificate registered on the application",
    )
    add("--federated-issuer-key", type=Path, metavar="PEM", help="public key of the issuer of a federated credential")
    add("--federated-issuer", default="https://issuer.example")
    add("--federated-subject")
    return result


def settings_of(options: argparse.Namespace) -> Settings:
    settings = Settings(
        tenant_id=options.tenant_id.lower(),
        tenant_domain=options.tenant_domain,
        client_id=options.client_id,
        client_secret=options.client_secret,
        client_certificates=options.client_certificate,
        federated_issuer_key=options.federated_issuer_key,
        federated_issuer=options.federated_issuer,
        federated_subject=options.federated_subject,
        token_lifetime_s=options.token_lifetime,
        devices=options.devices,
        users=options.users or max(20, options.devices // 3),
        seed=options.seed,
        latency=options.latency_ms,
        eventual=options.eventual_ms,
        publishing=options.publishing_ms,
        play_sync=options.play_sync_ms,
        play_bound=not options.no_play_binding,
        page_size=options.page_size,
        empty_pages=options.empty_pages,
        rewrite_payloads=options.rewrite_payloads,
        connector_catalogue=options.connector_catalogue,
        faults=options.faults,
        journal=options.journal,
    )
    if options.permissions is not None:
        settings.permissions = tuple(name.strip() for name in options.permissions.split(",") if name.strip())
    if options.throttle:
        settings.throttle = _limit(options.throttle)
    return settings


def _limit(text: str) -> tuple[int, float]:
    match = re.fullmatch(r"(\d+)(?:/(\d+(?:\.\d+)?))?", text)
    if not match:
        raise ValueError(f"--throttle takes WRITES/SECONDS, not '{text}'")
    return int(match.group(1)), float(match.group(2) or 20)


def _private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def write_state(directory: Path, authority: Authority, settings: Settings, ports: dict[str, int | None]) -> None:
    """``ca.pem``, ``endpoints.json`` and ``env.sh``, readable by their owner only."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    ca_path = directory.resolve() / "ca.pem"
    authority.write(ca_path)
    ca_path.chmod(0o600)
    root = f"https://localhost:{ports['https']}"
    endpoints: dict[str, object] = {
        "graph_url": root,
        "authority_host": root,
        "ca_path": str(ca_path),
        "tenant_id": settings.tenant_id,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "harmony_url": root,
        "harmony_client_id": harmony.CLIENT_ID,
        "harmony_access_key": harmony.ACCESS_KEY,
        "proxy_url": f"http://{LOOPBACK}:{ports['proxy']}" if ports["proxy"] else None,
        "imds_url": f"http://{LOOPBACK}:{ports['imds']}" if ports["imds"] else None,
        "pid": os.getpid(),
    }
    _private(directory / "endpoints.json", json.dumps(endpoints, indent=2) + "\n")
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in environment(endpoints).items()]
    _private(directory / "env.sh", "".join(lines))


def listening(port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only for sockets that say they are TCP: 40 ms a request otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    return listener


async def run(options: argparse.Namespace) -> None:
    parent = os.getppid()
    settings = settings_of(options)
    application = Application(settings)
    authority = Authority()
    listener = listening(options.port)
    ports: dict[str, int | None] = {"https": listener.getsockname()[1], "proxy": None, "imds": None}
    servers = [(server(application, authority.server_context()), listener)]
    if options.imds_port is not None:
        plain = listening(options.imds_port)
        ports["imds"] = plain.getsockname()[1]
        servers.append((server(application, None), plain))
    proxy = Proxy(int(ports["https"] or 0))
    if options.proxy_port is not None:
        ports["proxy"] = await proxy.start(options.proxy_port)
    stop = _stopper([item for item, _socket in servers])
    tasks = [asyncio.create_task(item.serve(sockets=[opened])) for item, opened in servers]
    while not all(item.started for item, _socket in servers) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.01)
    if options.state_dir:
        write_state(options.state_dir, authority, settings, ports)
    print(f"https://localhost:{ports['https']}", flush=True)
    if options.ready_file:
        _private(options.ready_file, f"{ports['https']}\n")
    watcher = asyncio.create_task(_watch_parent(parent, stop)) if options.exit_with_parent else None
    await asyncio.gather(*tasks)
    if watcher:
        watcher.cancel()
    await proxy.stop()
    application.journal.close()


def _stopper(servers: list[Server]) -> Callable[[], None]:
    """What stops the servers; SIGTERM and SIGINT do."""

    def stop() -> None:
        for item in servers:
            item.should_exit = True

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    return stop


async def _watch_parent(parent: int, stop: Callable[[], None]) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(0.5)
    stop()


def main(arguments: list[str] | None = None) -> int:
    try:
        asyncio.run(run(parser().parse_args(arguments)))
    except (OSError, ValueError) as error:
        print(f"The emulator cannot start: {error}", file=sys.stderr)
        return 2
    return 0
