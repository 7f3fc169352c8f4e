"""A runtime that does what its event says.  Standard library only."""
import json
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]


def call(method, path, body=None, headers=None, base=API):
    request = urllib.request.Request(base + path, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class Ticker(threading.Thread):
    """Counts as long as it is let run."""

    def __init__(self):
        super().__init__(daemon=True)
        self.count = 0

    def run(self):
        while True:
            self.count += 1
            time.sleep(0.005)


def reach(host, port):
    try:
        socket.create_connection((host, port), 1).close()
        return "open"
    except OSError as error:
        return error.strerror or type(error).__name__


def stream(path, chunks, trailers):
    """Answer in chunks, with trailers behind them."""
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    names = "".join("Trailer: %s\r\n" % name for name in trailers)
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(("POST %s HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n"
                            "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                            "Content-Type: application/octet-stream\r\n%sConnection: close\r\n\r\n"
                            % (path, host, names)).encode())
        for chunk in chunks:
            connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk.encode()))
        connection.sendall(("0\r\n%s\r\n" % "".join(
            "%s: %s\r\n" % pair for pair in trailers.items())).encode())
        return connection.makefile("rb").readline().decode()


STATE = {"ticker": None, "socket": None, "count": 0}


def do(event, headers):
    if '"echo"' in (event.get("body") or ""):
        return {"statusCode": 200, "body": json.dumps(event)}
    if "detail" in event or "Sns" in (event.get("Records") or [{}])[0]:
        call("POST", "/seen", json.dumps(event).encode(), {}, "http://169.254.100.9:8000")
        return {}
    if "requestContext" in event and "body" in event:
        event = json.loads(event["body"])
    if "large" in event:
        return "x" * (event["large"] - 2)
    STATE["count"] += 1
    out = {"count": STATE["count"], "pid": os.getpid(), "headers": dict(headers.items())}
    if "print" in event:
        print(event["print"], flush=True)
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(event["exit"])
    if "tick" in event:
        if STATE["ticker"] is None:
            STATE["ticker"] = Ticker()
            STATE["ticker"].start()
        out["ticks"] = STATE["ticker"].count
    if "touch" in event:
        with open(event["touch"], "a", encoding="utf-8") as file:
            file.write("x")
    if "write" in event:
        try:
            with open(event["write"], "w", encoding="utf-8"):
                out["write"] = "done"
        except OSError as error:
            out["write"] = error.strerror
    if "list" in event:
        out["list"] = sorted(os.listdir(event["list"]))
    if "reach" in event:
        out["reach"] = [reach(host, port) for host, port in event["reach"]]
    if "environment" in event:
        out["environment"] = dict(os.environ)
    if "hosts" in event:
        out["hosts"] = [socket.gethostbyname(name) for name in event["hosts"]]
    if "request" in event:
        method, base, path = event["request"]
        begin = time.time()
        try:
            status, _, body = call(method, path, None, {}, base)
            out["request"] = [status, body.decode()]
        except OSError as error:
            out["request"] = [0, str(error)]
        out["seconds"] = time.time() - begin
    if "dial" in event:
        STATE["socket"] = socket.create_connection(tuple(event["dial"]), 5)
        out["dial"] = "open"
    if "say" in event:
        try:
            STATE["socket"].settimeout(3)
            STATE["socket"].sendall(event["say"].encode())
            out["said"] = STATE["socket"].recv(100).decode()
        except OSError as error:
            out["said"] = type(error).__name__
    if "api" in event:
        method, path, body, extra = event["api"]
        status, _, answer = call(method, path, None if body is None else body.encode(), extra)
        out["api"] = [status, answer.decode()]
    if "Records" in event:
        for record in event["Records"]:
            body = json.loads(record["body"])
            if "exit" in body:
                os._exit(body["exit"])
            if body.get("fail"):
                raise ValueError("as the message says")
        call("POST", "/seen", json.dumps(event).encode(), dict(trace=headers[
            "Lambda-Runtime-Trace-Id"]), "http://169.254.100.9:8000")
    if "eat" in event:
        out["eaten"] = len(bytearray(b"x" * (event["eat"] << 20)))
    if "clock" in event:
        out["clock"] = time.time()
        out["deadline"] = int(headers["Lambda-Runtime-Deadline-Ms"]) / 1000
    if "fail" in event:
        raise ValueError(event["fail"])
    return event.get("answer", out)


def main():
    if os.environ.get("INIT_SLEEP") and not os.path.exists("/tmp/slept"):
        open("/tmp/slept", "w", encoding="utf-8").close()
        time.sleep(float(os.environ["INIT_SLEEP"]))
    if os.environ.get("INIT_EXIT"):
        sys.exit(int(os.environ["INIT_EXIT"]))
    if os.environ.get("INIT_ERROR"):
        call("POST", "/2018-06-01/runtime/init/error",
             b'{"errorMessage":"no module","errorType":"Runtime.ImportModuleError"}',
             {"Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError"})
        sys.exit(1)
    if os.environ.get("INTERNAL"):
        status, given, _ = call("POST", "/2020-01-01/extension/register",
                                b'{"events":["INVOKE"]}', {"Lambda-Extension-Name": "inner"})
        assert status == 200, status

        def loop():
            while True:
                call("GET", "/2020-01-01/extension/event/next", None, {
                    "Lambda-Extension-Identifier": given["Lambda-Extension-Identifier"]})
        threading.Thread(target=loop, daemon=True).start()
    if os.environ.get("DIAL"):
        host, port = os.environ["DIAL"].split(":")
        STATE["socket"] = socket.create_connection((host, int(port)), 5)
    print("cold", flush=True)
    if os.environ.get("RESTORE"):
        call("GET", "/2018-06-01/runtime/restore/next")
        if os.environ["RESTORE"] == "error":
            call("POST", "/2018-06-01/runtime/restore/error",
                 b'{"errorMessage":"no luck","errorType":"Runtime.RestoreHookUserError"}',
                 {"Lambda-Runtime-Function-Error-Type": "Runtime.RestoreHookUserError"})
            sys.exit(1)
        time.sleep(float(os.environ["RESTORE"]))
        print("restored", flush=True)
    for _ in range(int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "1")) - 1):
        threading.Thread(target=serve, daemon=True).start()
    serve()


def serve():
    while True:
        _, headers, body = call("GET", "/2018-06-01/runtime/invocation/next")
        path = "/2018-06-01/runtime/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            event = json.loads(body)
            if "stream" in event:
                print(stream(path + "/response", *event["stream"]), end="", flush=True)
                continue
            answer = json.dumps(do(event, headers)).encode()
            call("POST", path + "/response", answer, {"Content-Type": "application/json"})
        except ValueError as error:
            call("POST", path + "/error",
                 json.dumps({"errorMessage": str(error), "errorType": "ValueError"}).encode(),
                 {"Lambda-Runtime-Function-Error-Type": "Function.ValueError"})


main()
