"""Freeze and thaw."""
import os
import socket
import threading
import time

from world import World


class Freeze(World):

    def check_frozen(self, *options):
        """A background thread makes no progress while nobody invokes."""
        self.start({"f": {}}, options)
        first = self.invoke("f", {"tick": 1})["ticks"]
        self.frozen()
        second = self.invoke("f", {"tick": 1})["ticks"]
        self.frozen()
        time.sleep(1)  # Time passes; that is what is tested.
        third = self.invoke("f", {"tick": 1})["ticks"]
        # 200 ticks would fit into the second; some are made before it is frozen.
        self.assertLess(third - second, 150, (first, second, third))
        self.frozen()
        awake = self.invoke("f", {"tick": 1, "sleep": 0.5})["ticks"]
        self.assertGreater(awake - third, 5)

    def test_whatever_there_is(self):
        self.check_frozen()

    def test_signals(self):
        """SIGSTOP, where there is no freezer."""
        self.check_frozen("--freezer", "stop")

    def test_freezer_v1(self):
        """The freezer of cgroup version 1, where there is one."""
        if os.path.exists("/sys/fs/cgroup/freezer/cgroup.procs") and os.geteuid() == 0:
            self.check_frozen("--freezer", "v1")

    def test_freezer_v2(self):
        """The freezer of cgroup version 2, where there is one."""
        if any(os.path.exists(place + "/cgroup.controllers") for place in
               ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")) and os.geteuid() == 0:
            self.check_frozen("--freezer", "v2")

    def echo(self):
        """A server that says what it hears, and how often somebody connected."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        heard = []

        def serve(peer):
            with peer:
                try:
                    data = peer.recv(100)
                    while data:
                        heard.append(data)
                        peer.sendall(data)
                        data = peer.recv(100)
                    heard.append(b"end")
                except OSError:
                    heard.append(b"reset")

        def accept():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(peer,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return server.getsockname()[1], heard

    def test_connection_survives(self):
        """A short freeze is not noticed."""
        port, _ = self.echo()
        self.start({"f": {}}, relay=[{"inside": "169.254.100.7:7", "to": "127.0.0.1:%d" % port}])
        self.invoke("f", {"dial": ["169.254.100.7", 7]})
        self.frozen()
        self.assertEqual(self.invoke("f", {"say": "still here"})["said"], "still here")

    def test_connection_dies(self):
        """After a long freeze it is dead, on both sides."""
        port, heard = self.echo()
        self.start({"f": {}}, connection_death="2s",
                   relay=[{"inside": "169.254.100.7:7", "to": "127.0.0.1:%d" % port}])
        self.invoke("f", {"dial": ["169.254.100.7", 7]})
        self.frozen()
        self.assertEqual(self.invoke("f", {"say": "x"})["said"], "x")
        self.frozen()
        time.sleep(2.5)  # Longer than the connection lives.
        self.assertIn(self.invoke("f", {"say": "gone"})["said"],
                      ("ConnectionResetError", "BrokenPipeError"))
        self.until(lambda: b"reset" in heard, what="the reset outside")

    def test_nothing_crosses(self):
        """What the outside says to a frozen instance is heard only after the thaw."""
        peers = []
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def accept():
            peers.append(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        self.start({"f": {}}, relay=[{"inside": "169.254.100.7:7",
                                      "to": "127.0.0.1:%d" % server.getsockname()[1]}])
        self.invoke("f", {"dial": ["169.254.100.7", 7]})
        self.frozen()
        self.until(lambda: peers, what="the connection")
        peers[0].sendall(b"meanwhile")
        self.assertEqual(self.invoke("f", {"say": "x"})["said"], "meanwhile")
        peers[0].close()
