"""What an instance can reach, and what can be done to what it reaches."""
import os

from world import World


class Walls(World):

    def test_network(self):
        """Nothing is reachable but the sandbox and the relay."""
        self.start({"f": {}})
        answer = self.invoke("f", {"reach": [
            ["127.0.0.1", self.port], ["127.0.0.1", self.outside.server_port],
            ["169.254.100.2", 4318], ["10.0.0.1", 80], ["8.8.8.8", 53],
            ["169.254.100.1", 9001], ["169.254.100.1", 9100], ["169.254.100.9", 8000]]})
        self.assertEqual(answer["reach"], ["Connection refused"] * 2 +
                         ["Network is unreachable"] * 3 + ["open"] * 3)

    def test_relay(self):
        """A named destination is reached by name and address."""
        self.start({"f": {}})
        for host in ("169.254.100.9", "outside.test"):
            answer = self.invoke("f", {"request": ["GET", "http://%s:8000" % host, "/x"]})
            self.assertEqual(answer["request"], [200, "outside"])

    def test_names(self):
        """sandbox.localdomain is this host."""
        self.start({"f": {}})
        self.assertEqual(
            self.invoke("f", {"hosts": ["sandbox.localdomain", "sandbox", "localhost",
                                        "sandbox.internal"]})["hosts"],
            ["127.0.0.1", "127.0.0.1", "127.0.0.1", "169.254.100.1"])

    def test_files(self):
        """Each instance has a /tmp of its own; all else cannot be written."""
        self.start({"f": {}, "g": {}})
        self.invoke("f", {"touch": "/tmp/mine"})
        self.assertEqual(self.invoke("g", {"list": "/tmp"})["list"], [])
        self.assertFalse(os.path.exists("/tmp/mine"))
        for path in ("/var/task/x", "/etc/x", "/usr/x", "/opt/x", "/root/x"):
            self.assertEqual(self.invoke("f", {"write": path})["write"], "Read-only file system")

    def test_processes(self):
        """An instance sees its own processes and no others."""
        self.start({"f": {}})
        pids = [name for name in self.invoke("f", {"list": "/proc"})["list"] if name.isdigit()]
        self.assertLess(len(pids), 5)

    def ask(self):
        return self.invoke("f", {"request": ["GET", "http://169.254.100.9:8000", "/x"]})

    def test_faults(self):
        """The relay can be cut, reset, delayed, muted and mended."""
        self.start({"f": {"timeout": "3s"}})
        self.assertEqual(self.ask()["request"], [200, "outside"])
        self.control("relay", {"fault": "cut"})
        self.assertIn("Connection refused", self.ask()["request"][1])
        self.control("relay", {"fault": "reset"})
        self.assertIn("reset", self.ask()["request"][1])
        self.control("relay", {"fault": "delay", "delay_ms": 150})
        slow = self.ask()
        self.assertEqual(slow["request"], [200, "outside"])
        self.assertGreater(slow["seconds"], 0.29)
        self.control("relay", {"fault": "blackhole"})
        error, _ = self.invoke_failing("f", {"request": ["GET", "http://169.254.100.9:8000", "/"]})
        self.assertEqual(error["errorType"], "Sandbox.Timedout")
        self.control("relay", {"fault": "none"})
        self.assertEqual(self.ask()["request"], [200, "outside"])
        self.control("relay", {"fault": "nonsense"}, 400)

    def test_fault_of_one(self):
        """A fault can be of one destination, and holds for instances to come."""
        self.start({"f": {}})
        self.control("relay", {"fault": "cut",
                               "destination": "127.0.0.1:%d" % self.outside.server_port})
        self.assertIn("Connection refused", self.ask()["request"][1])
        answer = self.invoke("f", {"reach": [["169.254.100.1", 9100]]})
        self.assertEqual(answer["reach"], ["open"])

    def test_layers(self):
        """Layers appear in /opt, and their extensions run."""
        layer = os.path.join(self.directory, "layer")
        os.makedirs(layer + "/extensions")
        os.makedirs(layer + "/data")
        code = os.path.join(os.path.dirname(os.path.abspath(__file__)), "code", "watcher")
        with open(code, "rb") as source, open(layer + "/extensions/layered", "wb") as target:
            target.write(source.read())
        os.chmod(layer + "/extensions/layered", 0o755)
        open(layer + "/data/file", "w", encoding="utf-8").close()
        self.start({"f": {"layers": [layer]}})
        self.assertEqual(self.invoke("f", {"list": "/opt/data"})["list"], ["file"])
        self.assertEqual(self.instances()[0]["extensions"][0]["name"], "layered")

    def test_wrapper(self):
        """AWS_LAMBDA_EXEC_WRAPPER starts the runtime."""
        wrapper = os.path.join(self.directory, "wrap")
        os.makedirs(wrapper)
        with open(wrapper + "/wrapper", "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nexport WRAPPED="$#"\nexec "$@"\n')
        os.chmod(wrapper + "/wrapper", 0o755)
        self.start({"f": {"layers": [wrapper],
                          "environment": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"}}})
        self.assertEqual(self.invoke("f", {"environment": 1})["environment"]["WRAPPED"], "3")
