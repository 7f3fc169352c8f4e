"""What the Runtime, Extensions and Telemetry APIs refuse, as told from inside of an instance."""
import json

from world import World


class Api(World):

    def api(self, method, path, body=None, headers=None):
        status, text = self.invoke("f", {"api": [method, path, body, headers or {}]})["api"]
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def check(self, cases):
        for method, path, body, headers, status, kind in cases:
            seen, answer = self.api(method, path, body, headers)
            self.assertEqual((seen, answer.get("errorType")), (status, kind), (path, answer))

    def test_after_init(self):
        """Registration is closed, and unknown callers are refused."""
        self.start({"f": {}})
        nobody = {"Lambda-Extension-Identifier": "00000000-0000-4000-8000-000000000000"}
        odd = {"Lambda-Extension-Identifier": "me"}
        base = "/2020-01-01/extension/"
        self.check([
            ("POST", base + "register", "{}", {}, 403, "Extension.InvalidExtensionName"),
            ("POST", base + "register", "{}", {"Lambda-Extension-Name": "late"}, 403,
             "Extension.RegistrationClosed"),
            ("GET", base + "event/next", None, {}, 403, "Extension.MissingExtensionIdentifier"),
            ("GET", base + "event/next", None, odd, 403, "Extension.InvalidExtensionIdentifier"),
            ("GET", base + "event/next", None, nobody, 403,
             "Extension.UnknownExtensionIdentifier"),
            ("POST", base + "init/error", "", nobody, 403,
             "Extension.UnknownExtensionIdentifier"),
            ("PUT", "/2022-07-01/telemetry", "{}", nobody, 403,
             "Extension.UnknownExtensionIdentifier"),
        ])

    def test_runtime(self):
        """Answers to other invocations are refused."""
        self.start({"f": {}})
        base = "/2018-06-01/runtime/"
        self.check([
            ("POST", base + "invocation/00000000-0000-4000-8000-000000000000/response", "{}", {},
             400, "InvalidRequestID"),
            ("POST", base + "invocation/x/error", "{}", {}, 400, "InvalidRequestID"),
            ("POST", base + "init/error", "{}", {}, 403, "InvalidStateTransition"),
            ("GET", base + "nothing", None, {}, 404, "NotFound"),
        ])

    def test_internal_extension(self):
        """The runtime can register an extension of its own, for INVOKE only."""
        self.start({"f": {"environment": {"INTERNAL": "1"}}})
        self.invoke("f")
        one = self.frozen()[0]["extensions"]
        self.assertEqual([(e["name"], e["external"], e["state"]) for e in one],
                         [("inner", False, "waiting")])
        self.invoke("f")
