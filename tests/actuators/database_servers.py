"""Database servers of the tests' own, on this machine: what the product blocks unless an operator opens it."""

import contextlib
import datetime
import ipaddress
import os
import shutil
import socket
import ssl
import tempfile
import threading
from pathlib import Path

import psycopg
import pymysql
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from executor_one.serve.postgres import EmbeddedPostgres

PASSWORD = "p4ss of the cüstomer"


class Server:
    """One server: where it is, and ``admin(sql)`` beside the product."""

    def __init__(self, port, admin, name="shop"):
        self.port = port
        self.admin = admin
        self.name = name


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


HBA = """local all all scram-sha-256
host all trusted 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


@contextlib.contextmanager
def postgres():
    """An embedded PostgreSQL on a TCP port, with a role ``customer`` that owns the database ``shop``."""
    place = Path(tempfile.mkdtemp(prefix="exo-pg-"))
    place.chmod(0o711)
    server, port = EmbeddedPostgres(place / "data"), free_port()
    try:
        server.start()
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET listen_addresses = '127.0.0.1'")
            admin.execute(f"ALTER SYSTEM SET port = {port}")
            admin.execute(f"CREATE ROLE customer LOGIN PASSWORD '{PASSWORD}'")
            admin.execute("CREATE ROLE trusted LOGIN")
            admin.execute("CREATE DATABASE shop OWNER customer")
        (server.cluster / "pg_hba.conf").write_text(HBA)
        server.stop()
        server.start()
        url = psycopg.conninfo.make_conninfo(server.admin_url, port=port, dbname="shop")
        with psycopg.connect(url, autocommit=True) as admin:

            def run(sql):
                cursor = admin.execute(sql)
                return cursor.fetchall() if cursor.description else None

            yield Server(port, run)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


class TlsFront:
    """TLS before a PostgreSQL that has none, like a proxy's: ``port``, ``authority`` (a file), ``greeted`` counts."""

    def __init__(self, place, behind, address="127.0.0.1"):
        self.greeted = 0
        self.authority = place / "authority.pem"
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certify(place, self.authority, address))
        self._behind = behind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer = self._listener.accept()[0]
                threading.Thread(target=self._relay, args=(peer,), daemon=True).start()

    def _relay(self, peer):
        with contextlib.suppress(OSError):
            assert peer.recv(8)[4:] == bytes.fromhex("04d2162f")  # SSLRequest
            peer.sendall(b"S")
            peer = self._context.wrap_socket(peer, server_side=True)
            self.greeted += 1
            server = socket.create_connection(("127.0.0.1", self._behind))
            threading.Thread(target=pour, args=(server, peer), daemon=True).start()
            pour(peer, server)

    def close(self):
        self._listener.close()


def pour(source, sink):
    """Until one of them ends."""
    with contextlib.suppress(OSError), sink:
        while data := source.recv(65536):
            sink.sendall(data)


def certify(place, authority, address):
    """(certificate, key): files for ``address``, signed by ``authority``, which is the same."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = place / "server.key"
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return authority, secret


@contextlib.contextmanager
def mariadb():
    """A database and a user of our own on the machine's MariaDB or MySQL; None when there is none that lets us in."""
    try:
        admin = pymysql.connect(unix_socket="/run/mysqld/mysqld.sock", user="root", autocommit=True)
    except (pymysql.Error, OSError):
        yield None
        return
    name = f"exo_test_{os.getpid()}"

    def run(sql):
        with admin.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    try:
        run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        run(f"CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
        run(f"CREATE USER '{name}'@'localhost' IDENTIFIED BY '{PASSWORD}'")
        for host in ("127.0.0.1", "localhost"):
            run(f"GRANT ALL ON {name}.* TO '{name}'@'{host}'")
        yield Server(3306, run, name)
    finally:
        run(f"DROP DATABASE IF EXISTS {name}")
        for host in ("127.0.0.1", "localhost"):
            run(f"DROP USER IF EXISTS '{name}'@'{host}'")
        admin.close()
