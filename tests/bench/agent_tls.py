#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What TLS costs the agent, each figure as "name value unit", beside a fake platform and collector.

  agent_tls_faults       page faults from exec to the register request
  agent_tls_pss_own      PSS with a connection, 50 invocations with 10 lines each, one root of our own
  agent_tls_pss_system   the same with the system's bundle and that root in one file
  agent_tls_full         CPU of an exchange with a connection that begins with a whole handshake
  agent_tls_resumed      the same with a resumed one
  agent_tls_kept         CPU of an invocation with 10 lines on a kept connection

The agent is THAW_BIN_DIR/thaw-agent, build/release/bin by default.  CPU is the kernel's account of
the process (schedstat), so it does not depend on what else the machine does."""
import os
import sys
import time

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario/agent")
sys.path.insert(0, folder)

import authority
import fake_collector
import fake_lambda as lambda_
import harness

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
AGENT = os.path.join(os.environ.get("THAW_BIN_DIR", "build/release/bin"), "thaw-agent")


class Life(harness.AgentTest):
    def __init__(self, vouch, roots):
        super().__init__("run_none")
        self.setUp()
        self.collector.close()
        self.collector = fake_collector.Collector(vouch.context(vouch.server))
        self.start(AGENT, THAW_ENDPOINT="https://localhost:%d" % self.collector.port,
                   THAW_CA_FILE=roots, THAW_FLUSH="end", THAW_FLUSH_BUDGET_MS="5000")

    def run_none(self):
        pass

    def stat(self, name, field):
        with open("/proc/%d/%s" % (self.process.pid, name)) as file:
            return int(file.read().rsplit(")", 1)[-1].split()[field])

    def faults(self):
        while not self.platform.calls:
            time.sleep(0.0005)
        return self.stat("stat", 7)

    def cpu_us(self):
        return self.stat("schedstat", 0) / 1000

    def pss(self):
        with open("/proc/%d/smaps_rollup" % self.process.pid) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))

    def begin(self):
        self.platform.wait_asked()
        self.platform.deliver(*lambda_.init_events())

    def invoke(self, count):
        for _ in range(count):
            rid = harness.request_id()
            self.platform.invoke(rid)
            self.platform.deliver(lambda_.start(rid), *[lambda_.line("x" * 100)] * 10,
                                  lambda_.done(rid))
            self.platform.wait_asked()
            self.platform.deliver(lambda_.report(rid))

    def shakes(self, resumed):
        return len([s for s in self.collector.handshakes if s[1] == resumed])


def memory(vouch, roots):
    life = Life(vouch, roots)
    life.begin()
    life.invoke(50)
    pss = life.pss()
    life.doCleanups()
    return pss


def shake_cpu(vouch, renew):
    """CPU per connection, of 30; with other keys for tickets each time there is nothing to resume."""
    life = Life(vouch, vouch.root)
    life.begin()
    life.collector.mode = "lost_ack"
    life.invoke(1)
    cpu, shakes = life.cpu_us(), len(life.collector.handshakes)
    for _ in range(30):
        if renew:
            life.collector.tls = vouch.context(vouch.server)
        life.invoke(1)
    answer = (life.cpu_us() - cpu) / max(1, len(life.collector.handshakes) - shakes)
    life.doCleanups()
    return answer


def main():
    vouch = authority.Authority()
    vouch.server = vouch.sign("DNS:localhost")
    both = vouch.path("both.pem")
    with open(both, "w") as file:
        for path in (BUNDLE, vouch.root):
            with open(path) as part:
                file.write(part.read())
    faults = []
    for _ in range(20):
        life = Life(vouch, vouch.root)
        faults.append(life.faults())
        life.doCleanups()
    print("agent_tls_faults %d" % sorted(faults)[10])
    print("agent_tls_pss_own %d KiB" % memory(vouch, vouch.root))
    print("agent_tls_pss_system %d KiB" % memory(vouch, both))
    print("agent_tls_full %.0f us" % shake_cpu(vouch, True))
    print("agent_tls_resumed %.0f us" % shake_cpu(vouch, False))
    life = Life(vouch, vouch.root)
    life.begin()
    life.invoke(20)
    cpu = life.cpu_us()
    life.invoke(200)
    print("agent_tls_kept %.0f us" % ((life.cpu_us() - cpu) / 200))
    life.doCleanups()
    vouch.close()


if __name__ == "__main__":
    main()
