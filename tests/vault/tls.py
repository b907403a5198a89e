"""A TLS server on this machine that says what a test wants, and a certificate for it."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.server
import ipaddress
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conftest import missing

REDIRECTS = {
    "/moved": "https://new.example/here",
    "/evil": "ext::sh -c evil",
    "/option": "--upload-pack=touch evil",
    "/plain": "http://127.0.0.1/x",
    "/file": "file:///etc",
}


class Handler(http.server.BaseHTTPRequestHandler):
    """A host that has moved, wants a password, or talks of something else."""

    def do_GET(self) -> None:
        start = "/" + self.path.split("/")[1]
        body = b""
        if start in REDIRECTS:
            self.send_response(302)
            self.send_header("Location", self.path.replace(start, REDIRECTS[start], 1))
        elif start == "/private":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
        elif start == "/page":
            self.send_response(200)
            body = b"<html>\x1b[31mLog in first"
        else:
            self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of such a server, trusted by the git configuration in `home`."""
    path = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip())
    if not (path / "git-remote-https").exists():
        missing("git-remote-https")
    certificate = home / "cert.pem"
    certificate.write_bytes(self_signed())
    (home / ".gitconfig").write_text(f'[http]\n\tsslCAInfo = "{certificate}"\n')
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def self_signed() -> bytes:
    """A certificate for 127.0.0.1 and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1))
    builder = builder.not_valid_after(now + dt.timedelta(days=1))
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
