"""The openssl command as client and as reader: what a person types to find out whether it works."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess

import pytest

from gatehouse import TOPIC

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command here")

# Old versions are off unless the security level is lowered, as it must be to speak as old clients did.
TLS_1_0 = ("-tls1", "-cipher", "ALL:@SECLEVEL=0")
TLS_1_1 = ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
TLS_1_2 = ("-tls1_2",)
TLS_1_3 = ("-tls1_3",)

NAMES = {
    "gateway": "gateway.sandbox.push.apple.com",
    "feedback": "feedback.sandbox.push.apple.com",
    "courier": "courier.sandbox.push.apple.com",
}


def openssl(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60
    )


def connect(server, service: str, *options: str, identity: dict | None = None, environment: str = "sandbox"):
    """`openssl s_client`, with the chain verified; without input it ends as soon as the handshake is over."""
    host, port = server.address(service, environment)
    command = ["s_client", "-connect", f"{host}:{port}", "-CAfile", server.ready["caFile"], "-verify_return_error"]
    if identity is not None:
        command += ["-cert", identity["certFile"], "-key", identity["keyFile"]]
    return openssl(*command, *options)


def assert_connected(result: subprocess.CompletedProcess, version: str) -> None:
    assert result.returncode == 0, result.stderr
    assert "Verify return code: 0 (ok)" in result.stdout, result.stdout
    # "New, TLSv1.2, Cipher is ..." names the version of the cipher, which may be older; this line names the session's.
    spoken = re.search(r"^\s*Protocol\s*:\s*(\S+)|^New, (TLSv1\.3),", result.stdout, re.MULTILINE)
    assert spoken and version in spoken.groups(), result.stdout


@pytest.mark.seed("004-02", "004-05", "004-07")
@pytest.mark.parametrize("service", ["gateway", "feedback"])
@pytest.mark.parametrize(("options", "version"), [(TLS_1_0, "TLSv1"), (TLS_1_1, "TLSv1.1"), (TLS_1_2, "TLSv1.2")])
def test_the_provider_ports_take_old_versions_with_an_identity(gatehouse, service, options, version):
    assert_connected(connect(gatehouse, service, *options, identity=gatehouse.identity()), version)


@pytest.mark.parametrize("service", ["gateway", "feedback"])
def test_left_to_choose_the_provider_ports_speak_tls_1_2(gatehouse, service):
    assert_connected(connect(gatehouse, service, identity=gatehouse.identity()), "TLSv1.2")


@pytest.mark.parametrize("service", ["gateway", "feedback"])
def test_the_provider_ports_refuse_tls_1_3(gatehouse, service):
    result = connect(gatehouse, service, *TLS_1_3, identity=gatehouse.identity())
    assert result.returncode != 0
    assert "alert protocol version" in result.stderr


@pytest.mark.seed("004-02")
@pytest.mark.parametrize("service", ["gateway", "feedback"])
@pytest.mark.parametrize("options", [TLS_1_0, TLS_1_2])
def test_without_an_identity_the_handshake_fails(gatehouse, service, options):
    result = connect(gatehouse, service, *options)
    assert result.returncode != 0
    assert "alert handshake failure" in result.stderr


@pytest.mark.parametrize(("options", "version"), [(TLS_1_2, "TLSv1.2"), (TLS_1_3, "TLSv1.3")])
@pytest.mark.parametrize("with_identity", [False, True])
def test_the_courier_needs_no_identity(gatehouse, options, version, with_identity):
    identity = gatehouse.identity() if with_identity else None
    assert_connected(connect(gatehouse, "courier", *options, identity=identity), version)


def test_the_courier_refuses_versions_before_tls_1_2(gatehouse):
    result = connect(gatehouse, "courier", *TLS_1_0)
    assert result.returncode != 0
    assert "alert protocol version" in result.stderr


def test_the_courier_selects_the_protocol_that_devices_offer(gatehouse):
    result = connect(gatehouse, "courier", "-alpn", "apns-security-v3,apns-pack-v1")
    assert "ALPN protocol: apns-security-v3" in result.stdout


@pytest.mark.seed("004-05")
@pytest.mark.parametrize("service", ["gateway", "feedback", "courier"])
def test_the_certificate_names_the_real_host_and_the_local_one(gatehouse, service):
    identity = gatehouse.identity()
    for check in (
        ("-verify_hostname", NAMES[service]),
        ("-verify_hostname", "localhost"),
        ("-verify_ip", "127.0.0.1"),
        ("-verify_ip", "::1"),
    ):
        result = connect(gatehouse, service, *TLS_1_2, *check, identity=identity)
        assert_connected(result, "TLSv1.2")


@pytest.mark.seed("004-05")
def test_who_does_not_trust_our_root_does_not_get_through(gatehouse):
    host, port = gatehouse.address("courier")
    result = openssl("s_client", "-connect", f"{host}:{port}", "-verify_return_error")
    assert result.returncode != 0
    assert "certificate verify failed" in result.stderr


@pytest.mark.seed("004-03", "004-04")
def test_a_sandbox_identity_is_revoked_in_production(start_gatehouse):
    server = start_gatehouse("--environment", "both")
    sandbox_identity = server.identity(environment="sandbox")
    result = connect(server, "gateway", *TLS_1_2, identity=sandbox_identity, environment="production")
    assert result.returncode != 0
    assert "alert certificate revoked" in result.stderr


@pytest.mark.seed("004-06")
def test_the_certificate_carries_the_topic_and_our_root_vouches_for_it(gatehouse):
    identity = gatehouse.identity()
    verified = openssl("verify", "-CAfile", gatehouse.ready["caFile"], identity["certFile"])
    assert verified.returncode == 0, verified.stderr
    subject = openssl("x509", "-in", identity["certFile"], "-noout", "-subject", "-nameopt", "RFC2253").stdout
    assert f"UID={TOPIC}" in subject


def test_key_and_certificate_belong_together(gatehouse):
    identity = gatehouse.identity()
    of_key = openssl("pkey", "-in", identity["keyFile"], "-pubout").stdout
    of_certificate = openssl("x509", "-in", identity["certFile"], "-noout", "-pubkey").stdout
    assert of_key == of_certificate != ""
    joined = openssl("x509", "-in", identity["pemFile"], "-noout", "-pubkey").stdout
    assert joined == of_key
    assert openssl("rsa", "-in", identity["pemFile"], "-noout", "-check").returncode == 0


def test_secrets_are_for_their_owner_alone(gatehouse):
    identity = gatehouse.identity()
    for name in ("keyFile", "pemFile", "p12File"):
        assert stat.S_IMODE(os.stat(identity[name]).st_mode) == 0o600, identity[name]


def test_the_p12_opens_and_holds_certificate_and_key(gatehouse):
    identity = gatehouse.identity()
    opened = openssl("pkcs12", "-in", identity["p12File"], "-passin", f"pass:{identity['p12Password']}", "-nodes")
    assert opened.returncode == 0, opened.stderr
    assert "-----BEGIN PRIVATE KEY-----" in opened.stdout
    certificate = openssl("x509", "-in", identity["certFile"]).stdout
    assert certificate.strip() in opened.stdout


def test_the_p12_is_written_as_old_readers_expect(gatehouse):
    identity = gatehouse.identity()
    described = openssl(
        "pkcs12", "-in", identity["p12File"], "-passin", f"pass:{identity['p12Password']}", "-info", "-noout"
    )
    assert described.returncode == 0, described.stderr
    assert "MAC: sha1" in described.stderr
    assert "pbeWithSHA1And3-KeyTripleDES-CBC" in described.stderr


def test_the_p12_stays_shut_for_the_wrong_password(gatehouse):
    opened = openssl("pkcs12", "-in", gatehouse.identity()["p12File"], "-passin", "pass:something else", "-nodes")
    assert opened.returncode != 0
    assert "PRIVATE KEY" not in opened.stdout
