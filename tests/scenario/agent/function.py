# SPDX-License-Identifier: Apache-2.0
"""A function on the bare Runtime API, for the scenarios: does what its event says."""
import http.client
import json
import os
import sys
import time

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def post_span():
    sdk = http.client.HTTPConnection("127.0.0.1", 4318, timeout=5)
    sdk.request("POST", "/v1/traces", json.dumps({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "mine"}}]},
        "scopeSpans": [{"scope": {"name": "lib"}, "spans": [{
            "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
            "name": "work", "startTimeUnixNano": "1", "endTimeUnixNano": "2"}]}]}]}),
        {"Content-Type": "application/json"})
    status = sdk.getresponse().status
    sdk.close()
    return status


print("initialising", flush=True)
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event = json.loads(answer.read() or b"{}")
    request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    result = {"n": event.get("n")}
    for number in range(event.get("lines", 1)):
        print("line %s of %s" % (number, event.get("n")), flush=True)
    if event.get("span"):
        result["span"] = post_span()
    time.sleep(event.get("sleep", 0))
    if event.get("crash"):
        sys.exit(3)
    kind = "error" if event.get("fail") else "response"
    if event.get("fail"):
        result = {"errorType": "Failed", "errorMessage": "as asked"}
    api.request("POST", "/2018-06-01/runtime/invocation/%s/%s" % (request_id, kind),
                json.dumps(result), {"Content-Type": "application/json"})
    api.getresponse().read()
