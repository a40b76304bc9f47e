"""pushjack, pointed at a running server. Its addresses are class attributes, so a subclass is all it takes."""

from __future__ import annotations

import ssl

import pushjack

from gatehouse import TOPIC, Gatehouse

if not hasattr(ssl, "wrap_socket"):
    # pushjack 1.6.0 calls a function that Python 3.12 took away. This is the same call through a context.
    def _wrap_socket(sock, certfile, do_handshake_on_connect):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(certfile)
        return context.wrap_socket(sock, do_handshake_on_connect=do_handshake_on_connect)

    ssl.wrap_socket = _wrap_socket


def pushjack_client(server: Gatehouse, topic: str = TOPIC, environment: str = "sandbox") -> pushjack.APNSClient:
    """A client for one topic.

    It does not look for errors after the last frame unless a test passes `error_timeout`: success is silent, so that is
    time spent on nothing, and what became of a push is the server's to tell.
    """

    class Client(pushjack.APNSClient):
        host, port = server.address("gateway", environment)
        feedback_host, feedback_port = server.address("feedback", environment)

    return Client(server.identity(topic, environment)["pemFile"], default_error_timeout=0)
