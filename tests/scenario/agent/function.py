# SPDX-License-Identifier: Apache-2.0
"""A function on the bare Runtime API, for the scenarios: does what its event says, in as many workers as
its environment is to serve at once."""
import http.client
import json
import os
import sys
import threading
import time

JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


def post_span(name):
    sdk = http.client.HTTPConnection("127.0.0.1", 4318, timeout=5)
    sdk.request("POST", "/v1/traces", json.dumps({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "mine"}}]},
        "scopeSpans": [{"scope": {"name": "lib"}, "spans": [{
            "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
            "name": name if isinstance(name, str) else "work", "startTimeUnixNano": "1", "endTimeUnixNano": "2"}]}]}]}),
        {"Content-Type": "application/json"})
    status = sdk.getresponse().status
    sdk.close()
    return status


def say(text, request_id=None):
    """A line, in the format of the function's log."""
    if JSON:
        text = json.dumps({"level": "INFO", "message": text, "requestId": request_id})
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def do(event, request_id):
    result = {"n": event.get("n")}
    for number in range(event.get("lines", 1)):
        say("line %s of %s" % (number, event.get("n")), request_id)
    if event.get("long"):
        say("long " + "x" * event["long"], request_id)
    for text in event.get("write", []):
        # One record for each, whether it ends or not.
        sys.stdout.write(text)
        sys.stdout.flush()
        time.sleep(0.02)
    if event.get("span"):
        result["span"] = post_span(event["span"])
    time.sleep(event.get("sleep", 0))
    if event.get("say"):
        say(event["say"], request_id)
    if event.get("eat"):
        result["eaten"] = len(bytearray(b"x" * (event["eat"] << 20)))
    if event.get("crash"):
        os._exit(3)
    return result


def serve():
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", "/2018-06-01/runtime/invocation/next")
        answer = api.getresponse()
        event = json.loads(answer.read() or b"{}")
        request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        result = do(event, request_id)
        kind = "error" if event.get("fail") else "response"
        if event.get("fail"):
            result = {"errorType": "Failed", "errorMessage": "as asked"}
        api.request("POST", "/2018-06-01/runtime/invocation/%s/%s" % (request_id, kind),
                    json.dumps(result), {"Content-Type": "application/json"})
        api.getresponse().read()


def initialise():
    """Once, an init that takes too long; and, where it is asked for, the hooks of a restore."""
    if os.environ.get("INIT_SLEEP") and not os.path.exists("/tmp/slept"):
        open("/tmp/slept", "w").close()
        time.sleep(float(os.environ["INIT_SLEEP"]))
    say("initialising")
    if os.environ.get("RESTORE"):
        api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        api.request("GET", "/2018-06-01/runtime/restore/next")
        api.getresponse().read()
        say("restored")


initialise()
for _ in range(int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "1")) - 1):
    threading.Thread(target=serve, daemon=True).start()
serve()
