# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, made with the openssl command line."""
import os
import ssl
import subprocess
import tempfile


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    """An authority with a root of its own, and the servers that it vouches for."""

    def __init__(self, name="Test Root", key="ec"):
        self.folder = tempfile.TemporaryDirectory()
        self.key = key
        self.root = self.path("root.pem")
        self.count = 0
        self.make_key("root.key")
        openssl("req", "-x509", "-new", "-key", self.path("root.key"), "-out", self.root,
                "-days", "3650", "-subj", "/O=thaw tests/CN=%s" % name,
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def close(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def make_key(self, name):
        kind = (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"] if self.key == "ec" else
                ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        openssl("genpkey", *kind, "-out", self.path(name))

    def sign(self, names, days=1, extensions=(), signer="root"):
        """The prefix of NAME.key and NAME.pem."""
        self.count += 1
        name = "server%d" % self.count
        self.make_key(name + ".key")
        openssl("req", "-new", "-key", self.path(name + ".key"), "-subj", "/CN=%s" % name,
                "-out", self.path(name + ".csr"))
        with open(self.path(name + ".ext"), "w") as file:
            file.write("\n".join(["subjectAltName=" + names, *extensions]) + "\n")
        openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path(signer + ".pem"),
                "-CAkey", self.path(signer + ".key"), "-CAcreateserial", "-days", str(days),
                "-extfile", self.path(name + ".ext"), "-out", self.path(name + ".pem"))
        return name

    def self_sign(self, names):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.path("self.key"), "-out", self.path("self.pem"), "-days", "1",
                "-subj", "/CN=self", "-addext", "subjectAltName=" + names)
        return "self"

    def context(self, name, chain=(), version=None):
        """For a server with this certificate; chain names those between it and the root."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        path = self.path(name + ".chain")
        with open(path, "w") as file:
            for part in (name, *chain):
                with open(self.path(part + ".pem")) as pem:
                    file.write(pem.read())
        context.load_cert_chain(path, self.path(name + ".key"))
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return context
