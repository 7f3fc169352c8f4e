# SPDX-License-Identifier: Apache-2.0
"""The collector's token, from the environment and from AWS."""
import hashlib
import hmac
import http.server
import json
import os
import stat
import tempfile
import threading
import unittest

import authority
import fake_lambda as lambda_
import harness

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:thaw-a1B2c3"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/thaw/token"
KEY_ID, KEY, SESSION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session+token=="


def signature(method, path, headers, signed, body, scope, time, secret):
    """Signature Version 4, once more, independently."""
    canonical = "\n".join([
        method, path, "", "".join("%s:%s\n" % (n, headers[n]) for n in signed.split(";")), signed,
        hashlib.sha256(body).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", time, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Aws:
    """Secrets Manager, Parameter Store and a container's credentials in one."""

    def __init__(self, tls=None):
        self.value = "first-token"
        self.status = 200
        self.wrong = []
        self.asked = []
        aws = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                if tls is not None:
                    self.request = tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self):
                good = self.headers.get("Authorization") == "container-secret"
                self.answer(200 if good else 403, {
                    "AccessKeyId": KEY_ID, "SecretAccessKey": KEY, "Token": SESSION})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                aws.check(self, body)
                aws.asked.append(json.loads(body))
                answer = ({"Parameter": {"Value": aws.value}} if "Name" in aws.asked[-1] else
                          {"SecretString": json.dumps({"token": aws.value})})
                self.answer(aws.status, answer if aws.status == 200 else {"__type": "Denied"})

            def answer(self, status, answer):
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def check(self, handler, body):
        headers = {name.lower(): value for name, value in handler.headers.items()}
        kind, rest = headers["authorization"].split(" ", 1)
        fields = dict(field.split("=", 1) for field in rest.split(", "))
        key_id, scope = fields["Credential"].split("/", 1)
        expected = signature("POST", handler.path, headers, fields["SignedHeaders"], body, scope,
                             headers["x-amz-date"], KEY)
        if (kind, key_id, fields["Signature"], headers["x-amz-security-token"]) != (
                "AWS4-HMAC-SHA256", KEY_ID, expected, SESSION):
            self.wrong.append(headers)


class Token(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.vouch = authority.Authority()
        self.addCleanup(self.vouch.close)
        self.aws = Aws(self.vouch.context(self.vouch.sign("DNS:localhost")))
        self.addCleanup(self.aws.close)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.spool = os.path.join(self.folder.name, "spool")

    def begin(self, arn=SECRET, **environment):
        variables = {
            "THAW_TOKEN_ARN": arn, "THAW_FLUSH": "end", "THAW_FLUSH_BUDGET_MS": "5000",
            "THAW_SPOOL": self.spool, "AWS_CA_BUNDLE": self.vouch.root,
            "AWS_ENDPOINT_URL": "https://localhost:%d" % self.aws.port,
            "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": KEY, "AWS_SESSION_TOKEN": SESSION}
        self.start(**dict(variables, **environment))

    def life(self, invocations=2, ready=lambda: None):
        self.platform.wait_asked()
        ready()
        self.platform.deliver(*lambda_.init_events())
        for _ in range(invocations):
            rid = harness.request_id()
            self.platform.invoke(rid)
            self.platform.deliver(lambda_.start(rid), lambda_.line("x\n"), lambda_.done(rid))
            self.platform.wait_asked()
            self.platform.deliver(lambda_.report(rid))

    def end(self):
        self.platform.shut_down(budget=10.0)
        self.ends(seconds=20)

    def arrives(self, token="first-token", invocations=2):
        self.assertEqual(self.aws.wrong, [])
        self.assertEqual(len(self.collector.facts("faas.invocation")), invocations, self.said())
        for _, _, headers in self.collector.requests:
            self.assertEqual(headers["Authorization"], "Bearer " + token)
        self.assertNotIn(token, self.said())

    def test_environment(self):
        self.start(THAW_TOKEN="plain-token")
        self.life()
        self.end()
        self.arrives("plain-token")

    def write_file(self, text):
        path = self.spool + ".file"
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_file(self):
        """A file that holds another token by the time when the collector refuses the first one."""
        self.collector.token = "second-token"
        self.start(THAW_TOKEN_FILE=self.write_file("first-token\n"), THAW_FLUSH="end")
        self.life(ready=lambda: self.write_file("second-token\n"))
        self.end()
        self.arrives("second-token")
        self.assertEqual(self.said(), "")

    def test_file_later(self):
        """The same, where the file is late: the data waits, and that is said once."""
        self.collector.token = "second-token"
        self.start(THAW_TOKEN_FILE=self.write_file("first-token\n"), THAW_FLUSH="end",
                   THAW_FLUSH_BUDGET_MS="300")
        self.life()
        self.assertEqual(self.collector.requests, [])
        self.assertEqual(self.said().count("status=401"), 1, self.said())
        self.write_file("no token\n")
        self.write_file("second-token\n")
        self.end()
        self.arrives("second-token")

    def test_secret(self):
        self.begin()
        self.life()
        self.end()
        self.arrives()
        self.assertEqual(self.aws.asked, [{"SecretId": SECRET}])
        kept = os.stat(self.spool + ".token")
        self.assertEqual(stat.S_IMODE(kept.st_mode), 0o600)
        self.assertEqual(self.said(), "")

    def test_parameter(self):
        self.begin(PARAMETER)
        self.life()
        self.end()
        self.arrives()
        self.assertEqual(self.aws.asked, [{"Name": PARAMETER, "WithDecryption": True}])

    def test_container(self):
        """Where the environment has no key, the container has it (SnapStart)."""
        container = Aws()
        self.addCleanup(container.close)
        self.begin(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_SESSION_TOKEN=None,
                   AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:%d/v1" % container.port,
                   AWS_CONTAINER_AUTHORIZATION_TOKEN="container-secret")
        self.life()
        self.end()
        self.arrives()

    def test_kept(self):
        """The next process of the instance does not ask; one that is not ours alone is not believed."""
        self.begin()
        self.life(1)
        self.platform.shut_down(budget=10.0)
        self.ends(seconds=20)
        self.assertEqual(len(self.aws.asked), 1)
        self.platform.close()
        self.platform = lambda_.Platform()
        self.addCleanup(self.platform.close)
        self.begin()
        self.life(1)
        self.end()
        self.assertEqual(len(self.aws.asked), 1)
        self.arrives()

    def test_kept_by_others(self):
        with open(self.spool + ".token", "w") as file:
            file.write(SECRET + "\nother-token")
        os.chmod(self.spool + ".token", 0o644)
        self.begin()
        self.life()
        self.end()
        self.arrives()

    def test_refreshed(self):
        """A token that was kept and is refused is asked for anew, and nothing is lost."""
        with open(os.open(self.spool + ".token", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(SECRET + "\nold-token")
        self.collector.token = "first-token"
        self.begin()
        self.life()
        self.end()
        self.arrives()
        self.assertEqual(self.said(), "")

    def test_refused(self):
        """Without another token the data is kept, and that is said once."""
        self.collector.token = "another"
        self.begin(THAW_FLUSH_BUDGET_MS="1500")
        self.life(3)
        self.assertEqual(self.collector.requests, [])
        self.assertEqual(self.said().count("status=401"), 1, self.said())
        self.collector.token = None
        self.end()
        self.arrives(invocations=3)
        self.assertLessEqual(len(self.aws.asked), 2)

    def test_not_allowed(self):
        """The role may not read it: nothing is sent without, and the function does not notice."""
        self.aws.status = 400
        self.begin(THAW_FLUSH_BUDGET_MS="300")
        self.life(3)
        self.platform.shut_down()
        self.ends()
        self.assertEqual(self.collector.requests, [])
        self.assertIn("may not read it", self.said())
        self.assertEqual(len(self.said().splitlines()), 1, self.said())

    def test_no_key(self):
        self.begin(AWS_ACCESS_KEY_ID=None)
        self.life()
        self.end()
        self.assertIn("no credentials of AWS", self.said())


if __name__ == "__main__":
    unittest.main()
