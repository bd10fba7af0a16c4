"""LSN inside TLS with client certificates, through stunnel on both sides, as docs/tunnel.md describes."""

import json
import os
import shutil
import socket
import ssl
import subprocess

import pytest

from liaison import event, write_file

STUNNEL = shutil.which("stunnel4") or shutil.which("stunnel")
pytestmark = [pytest.mark.needs("liaison-intake"),
              pytest.mark.skipif(not STUNNEL, reason="stunnel is not installed (stunnel4)"),
              pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")]

EXTENSIONS = "subjectAltName=DNS:intake.test\nextendedKeyUsage=serverAuth,clientAuth\n"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A folder with ca.pem, and NAME.pem and NAME.key for intake, metro and stranger, who has another CA."""
    folder = str(tmp_path_factory.mktemp("tls"))

    def openssl(*argv):
        subprocess.run(["openssl", *argv], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    write_file(folder + "/extensions", EXTENSIONS)
    for ca, names in (("ca", ("intake", "metro")), ("other", ("stranger",))):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", f"/CN={ca}", "-keyout", f"{ca}.key", "-out", f"{ca}.pem")
        for name in names:
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", f"/CN={name}.test", "-keyout", f"{name}.key", "-out", f"{name}.csr")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
                    "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", f"{name}.pem")
    return folder


@pytest.fixture
def stunnel(daemon, tmp_path, certificates, ports):
    """stunnel(service, accept, connect, **options) starts one and waits until its port answers."""
    def run(name, accept, connect, **options):
        lines = ["foreground = yes", "pid =", "debug = notice", f"[{name}]",
                 f"accept = 127.0.0.1:{accept}", f"connect = 127.0.0.1:{connect}",
                 "sslVersionMin = TLSv1.2", *(f"{key} = {value}" for key, value in options.items())]
        path = write_file(os.path.join(str(tmp_path), f"{name}-{accept}.conf"), "\n".join(lines) + "\n")
        made = daemon("stunnel", path, binary=STUNNEL).start()
        made.wait_log("Configuration successful")
        return made

    return run


@pytest.fixture
def inlet(intake, stunnel, certificates, ports):
    """An intake on loopback behind a stunnel: .server is the intake; .port and .log are the TLS side's."""
    class Inlet:
        server = intake()
        port = ports()
        tls = stunnel("lsn", port, server.port, cert=f"{certificates}/intake.pem",
                      key=f"{certificates}/intake.key", CAfile=f"{certificates}/ca.pem",
                      verifyChain="yes", requireCert="yes")

    return Inlet()


def agency_side(stunnel, certificates, ports, inlet, name):
    port = ports()
    own = {"cert": f"{certificates}/{name}.pem", "key": f"{certificates}/{name}.key"} if name else {}
    stunnel("intake", port, inlet.port, client="yes", CAfile=f"{certificates}/ca.pem",
            verifyChain="yes", checkHost="intake.test", **own)
    return f"tcp://127.0.0.1:{port}"


def test_events_pass_the_tunnel_and_are_acknowledged(pg, inlet, metro, client, stunnel, certificates, ports):
    one = client(inlet.server, metro,
                 endpoint=agency_side(stunnel, certificates, ports, inlet, "metro"))
    for n in range(1, 51):
        one.put(json.dumps(event(f"T-{n}")).encode())
    assert one.work(until=one.done), one.told
    assert pg.one("select count(*) from agency.event") == 50


@pytest.mark.parametrize("name", [None, "stranger"])
def test_client_without_a_good_certificate_gets_nothing_through(
        pg, inlet, metro, client, stunnel, certificates, ports, name):
    one = client(inlet.server, metro,
                 endpoint=agency_side(stunnel, certificates, ports, inlet, name))
    one.put(json.dumps(event("T-1")).encode())
    assert not one.work(until=lambda: one.state in ("GREETING", "STREAMING"), timeout=2.0)
    inlet.tls.wait_log("peer did not return a certificate|certificate verify failed|unable to get")
    assert pg.one("select count(*) from agency.event") == 0
    assert pg.one("select count(*) from agency.stream") == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_older_than_1_2_is_refused(inlet, certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(f"{certificates}/metro.pem", f"{certificates}/metro.key")
    context.set_ciphers("ALL:@SECLEVEL=0")
    for least, accepted in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, least
        with socket.create_connection(("127.0.0.1", inlet.port), timeout=5) as plain:
            if accepted:
                assert context.wrap_socket(plain).version() == "TLSv1.2"
            else:
                with pytest.raises((ssl.SSLError, OSError)):
                    context.wrap_socket(plain)
