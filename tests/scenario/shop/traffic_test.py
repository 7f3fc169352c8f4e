# SPDX-License-Identifier: Apache-2.0
"""The customers of the sample: the same seed, the same orders."""

import http.server
import json
import pathlib
import subprocess
import threading
import unittest

TRAFFIC = pathlib.Path(__file__).resolve().parents[3] / "sandbox" / "sample" / "traffic.mjs"


def collect_orders(*options):
    """Run the customers for a second and give their orders by id, and what they printed."""
    orders = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            orders[order["order_id"]] = order
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/http/checkout"
    try:
        done = subprocess.run(
            ["node", TRAFFIC, "--url", url, "--rate", "100", "--seconds", "1", *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    finally:
        server.shutdown()
        server.server_close()
    return orders, done.stdout


class TrafficTest(unittest.TestCase):
    def test_the_same_seed_makes_the_same_orders(self):
        one, _ = collect_orders("--seed", "7")
        other, _ = collect_orders("--seed", "7")
        both = one.keys() & other.keys()
        self.assertGreater(len(both), 5)
        self.assertEqual({n: one[n] for n in both}, {n: other[n] for n in both})

    def test_another_seed_makes_others(self):
        one, _ = collect_orders("--seed", "7")
        other, _ = collect_orders("--seed", "8")
        self.assertNotEqual(
            [order["items"] for order in list(one.values())[:5]],
            [order["items"] for order in list(other.values())[:5]],
        )

    def test_it_says_what_became_of_them(self):
        orders, printed = collect_orders()
        self.assertIn(f"{len(orders)} orders, 200: {len(orders)}", printed)


if __name__ == "__main__":
    unittest.main()
