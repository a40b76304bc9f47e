"""A device made of pypush: one process, one connection, one topic. Run by test_pypush.py.

Reports one JSON object a line on standard output:

    {"event": "connected", "baseToken": hex}
    {"event": "minted", "token": hex}
    {"event": "received", "id": hex, "payload": text, "storageFlags": hex or null, "priority": number or null}

It mints first and filters afterwards, as an app that registers and then wants its notifications. With --receive it waits
for one notification, acknowledges it and ends; without, it ends after minting. Ending means closing the connection.
"""

from __future__ import annotations

import argparse
import json

import anyio
import pypush.apns
import pypush.apns.transport
from cryptography import x509
from cryptography.hazmat.primitives import serialization


def report(event: str, **details) -> None:
    print(json.dumps({"event": event, **details}), flush=True)


async def run(arguments: argparse.Namespace) -> None:
    with open(arguments.key, "rb") as file:
        key = serialization.load_pem_private_key(file.read(), password=None)
    with open(arguments.certificate, "rb") as file:
        certificate = x509.load_pem_x509_certificate(file.read())
    known_token = bytes.fromhex(arguments.base_token) if arguments.base_token else None

    async with pypush.apns.create_apns_connection(
        certificate, key, token=known_token, sandbox=arguments.sandbox, courier=arguments.host
    ) as connection:
        report("connected", baseToken=(await connection.base_token).hex())
        token = await connection.mint_scoped_token(arguments.topic)
        report("minted", token=token.hex())
        if arguments.receive:
            command = await connection.expect_notification(arguments.topic, token)
            report(
                "received",
                id=command.id.hex(),
                payload=command.payload.decode(),
                storageFlags=command.unknown7.hex() if command.unknown7 is not None else None,
                priority=command.unknown13,
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--key", required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--base-token")
    parser.add_argument("--sandbox", action="store_true")
    parser.add_argument("--receive", action="store_true")
    arguments = parser.parse_args()
    # Read by pypush when it connects, and the only way to tell it a port.
    pypush.apns.transport.COURIER_PORT = arguments.port
    anyio.run(run, arguments)


if __name__ == "__main__":
    main()
