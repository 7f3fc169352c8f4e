"""The lives of an environment, with real processes."""
import os
import subprocess

from world import SANDBOX, World, tail_of

WATCHER = {"extensions": ["%s/code/watcher" % os.path.dirname(os.path.abspath(__file__))]}


class Life(World):

    def test_cold_then_warm(self):
        """The first invocation waits for an init, the second meets the same process."""
        self.start({"f": {}})
        first = self.invoke("f")
        self.frozen()
        second = self.invoke("f")
        self.assertEqual([first["count"], second["count"]], [1, 2])
        self.assertEqual(first["pid"], second["pid"])
        self.assertEqual(len(self.instances()), 1)

    def test_environment(self):
        """The runtime sees what the platform sets; the extension sees less."""
        self.start({"f": {**WATCHER, "memory": 256, "handler": "a.b", "runtime": "python3.11",
                          "environment": {"MINE": "x"}}})
        seen = self.invoke("f", {"environment": 1})["environment"]
        for name, value in {
                "_HANDLER": "a.b", "LAMBDA_TASK_ROOT": "/var/task", "MINE": "x",
                "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_REGION": "us-east-1",
                "AWS_LAMBDA_RUNTIME_API": "169.254.100.1:9001", "TZ": ":UTC",
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
                "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
                "AWS_LAMBDA_LOG_STREAM_NAME": self.instances()[0]["instance_id"]}.items():
            self.assertEqual(seen.get(name), value, name)
        extension = self.outside.of("registered")[0]
        self.assertEqual(extension["body"], {"functionName": "f", "functionVersion": "$LATEST",
                                             "handler": "a.b", "accountId": "123456789012"})
        hidden = {"AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
                  "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR",
                  "LAMBDA_TASK_ROOT", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT",
                  "_HANDLER"}
        self.assertEqual(hidden & set(extension["environment"]), set())
        self.assertEqual(extension["environment"]["MINE"], "x")

    def test_timeout(self):
        """A timeout answers, resets the environment and keeps its /tmp.  It has a line of its own
        behind the REPORT; a runtime that was killed for it, or in a shutdown, did not exit."""
        self.start({"f": {**WATCHER, "timeout": "3s"}})
        self.invoke("f", {"touch": "/tmp/kept"})
        self.frozen()
        error, headers = self.invoke_failing("f", {"sleep": 60}, {"X-Amz-Log-Type": "Tail"})
        request = headers["X-Amzn-Requestid"]
        self.assertEqual(error, {
            "errorType": "Sandbox.Timedout",
            "errorMessage": "RequestId: %s Error: Task timed out after 3.00 seconds" % request})
        self.assertRegex(tail_of(headers), r"\tStatus: timeout\n\S+Z %s Task timed out after 3.00 "
                                           r"seconds\n\n$" % request)
        self.until(lambda: self.instances()[0]["state"] == "cold", what="the reset")
        again = self.invoke("f", {"list": "/tmp"})
        self.assertEqual(again["count"], 1)
        self.assertIn("kept", again["list"])
        self.assertEqual(len(self.instances()), 1)
        shutdown = [e for e in self.outside.of("event") if e["eventType"] == "SHUTDOWN"]
        self.assertEqual([e["shutdownReason"] for e in shutdown], ["timeout"])
        self.until(lambda: self.types()[-1:] == ["runtimeDone"], what="telemetry")
        starts = [e["record"]["phase"] for e in self.outside.events()
                  if e["type"] == "platform.initStart"]
        self.assertEqual(starts, ["init", "invoke"])
        self.control("drain")
        self.until(lambda: not self.instances(), what="the end")
        text = "\n".join(self.log_lines("f"))
        self.assertNotIn("Runtime exited", text)
        self.assertNotIn("Runtime.ExitError", text)
        self.assertNotRegex(text, r"RequestId: (\s|$)")

    def test_killed_asleep(self):
        """A runtime that is killed in its sleep fails nothing; the next invocation starts anew."""
        self.start({"f": dict(WATCHER)})
        self.invoke("f")
        one = self.frozen()[0]
        self.control("instances/%s/kill" % one["id"], {"target": "runtime"})
        self.until(lambda: self.instances()[0]["state"] == "cold", what="the reset")
        self.assertNotRegex("\n".join(self.log_lines("f")), r"RequestId: (\s|$)|Runtime exited")

    def test_crash(self):
        """A runtime that exits fails the invocation as the platform does."""
        self.start({"f": dict(WATCHER)})
        error, headers = self.invoke_failing("f", {"exit": 3}, {"X-Amz-Log-Type": "Tail"})
        self.assertEqual(error["errorType"], "Runtime.ExitError")
        self.assertRegex(error["errorMessage"],
                         "^RequestId: .* Error: Runtime exited with error: exit status 3$")
        self.assertRegex(tail_of(headers), r"\nRequestId: [0-9a-f-]{36} Error: Runtime exited with "
                                           r"error: exit status 3\nRuntime.ExitError\nEND ")
        self.assertIn("\tStatus: error\tError Type: Runtime.ExitError", tail_of(headers))
        self.until(lambda: [e for e in self.outside.of("event")
                            if e.get("shutdownReason") == "failure"], what="SHUTDOWN")
        error, _ = self.invoke_failing("f", {"exit": 0})
        self.assertIn("Runtime exited without providing a reason", error["errorMessage"])

    def test_extension_crash(self):
        """An extension that exits fails the invocation."""
        self.start({"f": {**WATCHER, "environment": {"WATCH_CRASH": "1"}}})
        error, _ = self.invoke_failing("f", {"sleep": 2})
        self.assertEqual(error["errorType"], "Extension.Crash")

    def test_extension_that_never_registers(self):
        """It fails the init, and the one that is repeated for the invocation."""
        self.start({"f": {**WATCHER, "environment": {"WATCH_EXIT": "2"}}})
        error, _ = self.invoke_failing("f", {})
        self.assertEqual(error["errorType"], "Extension.Crash")
        reports = [line for line in self.log_lines("f") if line.startswith("INIT_REPORT")]
        self.assertRegex(reports[0], r"Phase: init\tStatus: error\tError Type: Extension.Crash")
        self.assertRegex(reports[1], r"Phase: invoke\tStatus: error\tError Type: Extension.Crash")

    def test_init_error(self):
        """What the runtime tells about its init is what the caller gets."""
        self.start({"f": {"environment": {"INIT_ERROR": "1"}}})
        error, _ = self.invoke_failing("f", {})
        self.assertEqual(error, {"errorMessage": "no module",
                                 "errorType": "Runtime.ImportModuleError"})

    def test_suppressed_init(self):
        """An init beyond its limit is repeated inside of the first invocation."""
        self.start({"f": {"environment": {"INIT_SLEEP": "20"}, "timeout": 15}}, init_limit="3s")
        self.invoke("f")
        lines = self.log_lines("f")
        self.assertRegex("\n".join(lines), r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init"
                                           r"\tStatus: timeout")
        self.assertNotIn("Init Duration", self.until(
            lambda: [line for line in self.log_lines("f") if line.startswith("REPORT")],
            what="REPORT")[0])

    def test_idle_end(self):
        """Idle environments get SHUTDOWN spindown with 2 s, less what the runtime had."""
        self.start({"f": dict(WATCHER)}, idle="300ms")
        self.invoke("f")
        self.until(lambda: not self.instances(), what="the end")
        last = self.outside.of("event")[-1]
        self.assertEqual(last["eventType"], "SHUTDOWN")
        self.assertEqual(last["shutdownReason"], "spindown")
        # The report of the last invocation comes in the shutdown.
        self.assertEqual(self.types()[-1], "report")

    def test_nothing_left(self):
        """SIGTERM shuts instances down; nothing of them is left."""
        self.start({"f": dict(WATCHER)})
        self.invoke("f")
        one = self.instances()[0]
        self.stop()
        self.assertFalse(os.path.exists("/proc/%d" % one["holder_pid"]))
        self.assertFalse(os.path.exists("/proc/%d" % one["runtime_pid"]))
        self.assertEqual(self.outside.of("event")[-1]["shutdownReason"], "spindown")

    def test_killed_sandbox(self):
        """Even a sandbox that is killed leaves no process, frozen or not."""
        self.start({"f": dict(WATCHER)})
        self.invoke("f")
        one = self.frozen()[0]
        pids = [one["holder_pid"], one["runtime_pid"]] + [e["pid"] for e in one["extensions"]]
        process, self.process = self.process, None
        process.kill()
        process.wait()
        process.stdout.close()
        self.errors.close()
        for pid in pids:
            self.until(lambda: not os.path.exists("/proc/%d" % pid), what="the end of %d" % pid)

    def test_kill(self):
        """The control API kills processes and environments."""
        self.start({"f": dict(WATCHER)})
        self.invoke("f")
        one = self.frozen()[0]
        self.control("instances/%s/kill" % one["id"], {"target": "runtime"})
        self.until(lambda: self.instances()[0]["state"] == "cold", what="the reset")
        self.assertEqual(self.invoke("f")["count"], 1)
        self.control("instances/%s/kill" % one["id"], {"target": "nobody"}, 404)
        self.control("instances/%s/kill" % one["id"], {"target": "environment"})
        self.assertEqual(self.instances(), [])
        self.invoke("f")

    def test_provisioned(self):
        """Provisioned environments are there before the first invocation."""
        self.start({"f": {**WATCHER, "provisioned": 2, "concurrency": 2}})
        self.assertEqual(len(self.frozen()), 2)
        self.invoke("f")
        kinds = {e["record"]["initializationType"] for e in self.outside.events()
                 if e["type"] == "platform.initStart"}
        self.assertEqual(kinds, {"provisioned-concurrency"})

    def test_drain_and_warm(self):
        """Instances can be made and ended by hand."""
        self.start({"f": {}})
        self.control("functions/f/instances")
        self.frozen()
        self.control("drain")
        self.until(lambda: not self.instances(), what="the end")
        self.control("functions/nobody/instances", status=404)

    def test_wrong_use(self):
        """A wrong command line or file ends with 100 and says why."""
        path = os.path.join(self.directory, "bad.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("functions:\n  - name: f\n    bootstrap: sh\n    memory: lots\n")
        for arguments, text in (([], "--config FILE is required"),
                                (["--config", path, "--check-config"],
                                 ":4:13: memory: must be a whole number"),
                                (["--config", path + "x"], "cannot read")):
            done = subprocess.run([SANDBOX, *arguments], capture_output=True, check=False)
            self.assertEqual(done.returncode, 100, done)
            self.assertIn(text, done.stderr.decode())
        done = subprocess.run([SANDBOX, "--help"], capture_output=True, check=True)
        self.assertIn("--listen", done.stdout.decode())
