# SPDX-License-Identifier: Apache-2.0
"""The agent's process is killed, and /tmp stays: whatever it had received arrives, once.

The platform is a fake one that does what the real one promises: a delivery that was not answered is
made again to the next process, and one that was answered is not.  What was answered must be at the
collector in the end, under one number each, and nothing there may be twice.

THAW_KILLS says how many kills (1000 for the full count), THAW_SEED which ones.
"""
import http.client
import os
import random
import signal
import socket
import tempfile
import threading
import time
import unittest

import fake_lambda as lambda_
import harness

KILLS = int(os.environ.get("THAW_KILLS", "40"))
SEED = int(os.environ.get("THAW_SEED", str(random.randrange(1 << 32))))

# What an agent has to live, at most, before it is killed.
LIFE_S = float(os.environ.get("THAW_LIFE_S", "0.4"))
MODES = ["ok", "ok", "ok", "lost_ack", "refuse", "reset", "half_close"]


class Spool(harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.spool = os.path.join(folder.name, "spool")
        self.pending = []  # Deliveries that were not answered: (events, tokens, ids).
        self.tokens = 0
        self.lines = set()  # Tokens of lines that were answered for.
        self.blocks = set()
        self.starts = set()  # Request ids whose start was answered for.
        self.dead = threading.Event()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.dead.set()

    def begin(self):
        self.dead.clear()
        self.platform.forget()
        self.start(THAW_SPOOL=self.spool, THAW_FLUSH=self.random.choice(["adaptive", "end"]))

    def tell(self, *events, tokens=(), ids=()):
        """A delivery; those that were not answered before come first."""
        self.pending.append((events, tokens, ids))
        while self.pending and not self.dead.is_set():
            events, tokens, ids = self.pending[0]
            try:
                if self.platform.deliver(*events) != 200:
                    return
            except (OSError, http.client.HTTPException):
                return
            self.lines.update(tokens)
            self.starts.update(ids)
            self.pending.pop(0)

    def say(self, count):
        tokens = ["token %d" % (self.tokens + i) for i in range(count)]
        self.tokens += count
        self.tell(*[lambda_.line(token + "\n") for token in tokens], tokens=tokens)

    def invocation(self):
        rid = harness.request_id()
        self.platform.invoke(rid)
        self.tell(lambda_.start(rid), ids=[rid])
        for _ in range(self.random.randrange(4)):
            self.say(self.random.randrange(1, 30))
            time.sleep(self.random.random() * 0.02)
        self.tell(lambda_.done(rid))
        # It asks when it has sent, or it is dead.
        while not self.dead.is_set():
            try:
                self.platform.wait_asked(0.05)
                break
            except lambda_.queue.Empty:
                pass
        self.tell(lambda_.report(rid))

    def life(self):
        """A process up to its death, at any moment."""
        self.collector.mode = self.random.choice(MODES)
        self.begin()
        timer = threading.Timer(self.random.random() * LIFE_S, self.kill)
        timer.start()
        while not self.dead.is_set():
            try:
                self.platform.wait_asked(0.05)
            except lambda_.queue.Empty:
                continue
            self.tell(*lambda_.init_events(phase="invoke"))
            while not self.dead.is_set():
                self.invocation()
        timer.join()
        self.process.wait()
        self.assertNotIn("Sanitizer", self.said())

    def start_and_die(self, call):
        """A process that is killed in this call of its start that reads or writes the spool's file;
        False: it lives, because it makes no such call."""
        self.dead.clear()
        self.platform.forget()
        self.start(THAW_SPOOL=self.spool, THAW_TEST_FAIL_HOW="kill", THAW_TEST_FAIL_AT=str(call))
        # It asks before it opens the file.
        self.platform.wait_asked(30)
        try:
            # Answered by one whose start is over.
            self.assertEqual(self.platform.deliver(*lambda_.init_events(phase="invoke")), 200)
        except (OSError, http.client.HTTPException):
            self.assertEqual(self.process.wait(30), -signal.SIGKILL)
            return True
        self.kill()
        self.process.wait()
        return False

    @unittest.skipUnless("checked" in os.path.basename(harness.AGENT), "it cannot be told to die")
    def test_kills_at_the_start(self):
        """Killed at each point of its start, again and again: that is no reason to give anything up."""
        self.collector.mode = "refuse"
        self.begin()
        self.platform.wait_asked(30)
        self.tell(*lambda_.init_events(phase="invoke"))
        for _ in range(3):
            self.say(2)
        self.kill()
        self.process.wait()
        call = 1
        while self.start_and_die(call):
            # Never at the same place three times: that is what poison does.
            self.start_and_die(call + 1)
            call += 1
        self.assertGreater(call, 10)
        self.collector.mode = "ok"
        self.begin()
        self.platform.wait_asked(30)
        self.tell(*lambda_.init_events(phase="invoke"))
        self.platform.shut_down(budget=30)
        self.ends(seconds=60)
        self.assertEqual(self.bodies(), {token: 1 for token in self.lines})
        stop, = self.collector.facts("faas.instance.stop")
        self.assertNotIn("thaw.agent.spool.damaged", stop)
        self.assertNotIn("thaw.agent.dropped.spool_lost", stop)

    def bodies(self):
        """Each line's text, as often as it has a number of its own."""
        counts = {}
        for log in self.collector.lines():
            counts[log["body"]] = counts.get(log["body"], 0) + 1
        return counts

    def test_kills(self):
        print("seed", SEED)
        for _ in range(KILLS):
            self.life()
        self.collector.mode = "ok"
        self.begin()
        self.platform.wait_asked(30)
        self.tell(*lambda_.init_events(phase="invoke"))
        rid = harness.request_id()
        self.platform.invoke(rid)
        self.tell(lambda_.start(rid), ids=[rid])
        self.tell(lambda_.done(rid))
        self.platform.wait_asked(30)
        self.tell(lambda_.report(rid))
        self.assertEqual(self.pending, [])
        self.platform.shut_down(budget=30)
        self.ends(seconds=60)
        counts = self.bodies()
        self.assertEqual({text for text, count in counts.items() if count > 1}, set())
        self.assertEqual(self.lines - set(counts), set())
        facts = [(f["faas.invocation_id"], f["thaw.attempt"])
                 for f in self.collector.facts("faas.invocation")]
        self.assertEqual(len(facts), len(set(facts)))
        self.assertEqual(self.starts - {rid for rid, _ in facts}, set())
        self.assertEqual({attempt for _, attempt in facts}, {1})
        print("%d kills, %d lines, %d invocations" % (KILLS, len(self.lines), len(facts)))


if __name__ == "__main__":
    unittest.main()
