# SPDX-License-Identifier: Apache-2.0
"""A function on the bare Runtime API that does odd but allowed things with it, as its event says."""
import http.client
import json
import os
import socket
import sys
import time

ADDRESS = os.environ["AWS_LAMBDA_RUNTIME_API"]
api = http.client.HTTPConnection(ADDRESS)


def call(method, path, body=None, headers=None):
    api.request(method, path, body, headers or {})
    answer = api.getresponse()
    return answer.status, answer.read(), answer.headers


def raw(data):
    """Bytes on a connection of their own, and all that comes back."""
    with socket.create_connection(ADDRESS.rsplit(":", 1)) as connection:
        connection.sendall(data)
        got = b""
        while True:
            piece = connection.recv(65536)
            if not piece:
                return got
            got += piece


def descriptors(name):
    """How many descriptors and pages the process of this name has."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid) as file:
                if file.read().split("\0")[0].endswith(name):
                    with open("/proc/%s/statm" % pid) as file:
                        return [len(os.listdir("/proc/%s/fd" % pid)), int(file.read().split()[1])]
        except OSError:
            pass
    return None


def stream(request_id, sizes, error):
    """A streamed answer: chunks with pauses between them, and trailers if it breaks off."""
    api.putrequest("POST", "/2018-06-01/runtime/invocation/%s/response" % request_id)
    api.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    api.putheader("Content-Type", "application/octet-stream")
    api.putheader("Transfer-Encoding", "chunked")
    if error:
        api.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, "
                                 "Lambda-Runtime-Function-Error-Body")
    api.endheaders()
    for number, size in enumerate(sizes):
        piece = bytes([65 + number % 26]) * size
        api.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        time.sleep(0.01)
    api.send(b"0\r\n")
    if error:
        api.send(b"Lambda-Runtime-Function-Error-Type: Function.BrokeOff\r\n"
                 b"Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJCcm9rZU9mZiJ9\r\n")
    api.send(b"\r\n")
    answer = api.getresponse()
    return answer.status, answer.read()


if os.environ.get("PROXY_INIT") == "error":
    call("POST", "/2018-06-01/runtime/init/error", b'{"errorType":"Cannot"}',
         {"Lambda-Runtime-Function-Error-Type": "Runtime.Cannot"})
    sys.exit(1)

while True:
    status, body, headers = call("GET", "/2018-06-01/runtime/invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(body)
    path = "/2018-06-01/runtime/invocation/%s/" % request_id
    result = body
    if event.get("op") == "headers":
        # Those that differ from one invocation to the next are told by name alone.
        result = json.dumps([(k, v if "Content" in k else "") for k, v in headers.items()]).encode()
    elif event.get("op") == "big":
        result = bytes(range(48, 112)) * (event["size"] // 64)
    elif event.get("op") == "stream":
        stream(request_id, event["sizes"], event.get("error"))
        continue
    elif event.get("op") == "unknown":
        got = [call(method, where, b"x" if method == "POST" else None)[:2]
               for method, where in (("GET", "/"), ("PUT", "/2018-06-01/none?q=%00"),
                                     ("POST", "/2018-06-01/runtime/invocation/x/response"),
                                     ("GET", "/2018-06-01/" + "long" * 3000))]
        result = json.dumps([(s, b.decode()) for s, b in got]).encode()
    elif event.get("op") == "raw":
        line = "%s HTTP/1.1\r\nHost: x\r\nX-oDD:  kept \r\n"
        got = raw((line % "GET /one" + "\r\n" + line % "POST /two" + "Content-Length: 3\r\n"
                   "Expect: 100-continue\r\nConnection: close\r\n\r\nabc").encode())
        result = json.dumps([l.split("\r\n")[0] for l in got.decode().split("HTTP/1.1 ")]).encode()
    elif event.get("op") == "parallel":
        # One connection waits, as another worker's "next" does, while others are busy.
        others = [http.client.HTTPConnection(ADDRESS) for _ in range(event["count"])]
        for other in others:
            other.request("GET", "/2018-06-01/nothing")
        answers = [(o.getresponse(), o) for o in others]
        result = json.dumps([(a.status, len(a.read())) for a, _ in answers]).encode()
        for other in others:
            other.close()
    elif event.get("op") == "agent":
        result = json.dumps(descriptors("/extensions/thaw-agent")).encode()
    elif event.get("op") == "who":
        result = json.dumps([ADDRESS, os.environ.get("THAW_RUNTIME_API")]).encode()
    time.sleep(event.get("sleep", 0))
    until = time.process_time() + event.get("spin", 0)
    while time.process_time() < until:
        pass
    if event.get("crash"):
        sys.exit(3)
    if event.get("fail"):
        call("POST", path + "error", b'{"errorType":"Failed","errorMessage":"as asked"}',
             {"Lambda-Runtime-Function-Error-Type": "Function.Failed"})
    else:
        call("POST", path + "response", result)
