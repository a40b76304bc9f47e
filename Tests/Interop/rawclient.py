"""A provider made of bytes: for what no library would send."""

from __future__ import annotations

import socket
import ssl
import struct

PAYLOAD = b'{"aps":{"alert":"Hi"}}'
SECONDS = 30
FAR_FUTURE = 0x7FFFFFFF
# The first bytes of a TLS handshake.
HELLO_BEGUN = bytes.fromhex("16030100c8010000c40303")


def simple(token: bytes, payload: bytes = PAYLOAD) -> bytes:
    """Command 0."""
    return struct.pack(f">BH{len(token)}sH{len(payload)}s", 0, len(token), token, len(payload), payload)


def enhanced(token: bytes, payload: bytes = PAYLOAD, identifier: int = 0, expiry: int = FAR_FUTURE) -> bytes:
    """Command 1."""
    head = struct.pack(">BIIH", 1, identifier, expiry, len(token))
    return head + token + struct.pack(">H", len(payload)) + payload


def framed(*items: tuple[int, bytes]) -> bytes:
    """Command 2, with the items in the order given."""
    body = b"".join(struct.pack(">BH", number, len(value)) + value for number, value in items)
    return struct.pack(">BI", 2, len(body)) + body


class RawClient:
    """One TLS connection to a gateway or feedback service, with the server's chain verified."""

    def __init__(self, address: tuple[str, int], ready: dict, identity: dict | None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(ready["caFile"])
        if identity is not None:
            context.load_cert_chain(identity["certFile"], identity["keyFile"])
        plain = socket.create_connection(address, timeout=SECONDS)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # An end without close_notify raises, instead of looking like a proper one.
            self.socket = context.wrap_socket(plain, server_hostname=address[0], suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_to_end(self) -> bytes:
        """Everything until the server's close_notify."""
        received = b""
        while True:
            part = self.socket.recv(16384)
            if not part:
                return received
            received += part

    def read_error(self) -> tuple[int, int]:
        """Status and identifier of the error packet, which must be the only thing before the close."""
        packet = self.read_to_end()
        assert len(packet) == 6 and packet[0] == 8, f"not an error packet: {packet.hex()}"
        return struct.unpack(">BI", packet[1:])

    def vanish(self) -> None:
        """Goes without a word: no close_notify, a reset instead of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def provider(server, topic: str = "com.example.app", environment: str = "sandbox") -> RawClient:
    """A provider at the gateway of a running server."""
    return RawClient(
        server.address("gateway", environment), server.ready, server.identity(topic, environment)
    )
