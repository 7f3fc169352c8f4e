# SPDX-License-Identifier: Apache-2.0
"""test_size.py AGENT STRIP BYTES: the static agent, stripped by that program, is no larger than that."""
import os
import subprocess
import sys
import tempfile

SKIPPED = 77

agent, strip, bytes_max = sys.argv[1], sys.argv[2], int(sys.argv[3])
if not os.path.exists(agent):
    print(agent, "is not built: ./dev test does that")
    sys.exit(SKIPPED)
with tempfile.TemporaryDirectory() as folder:
    stripped = os.path.join(folder, "thaw-agent")
    subprocess.run([strip, "-R", ".comment", "-o", stripped, agent], check=True)
    size = os.path.getsize(stripped)
print(agent, "has", size, "bytes stripped, of", bytes_max)
sys.exit(size > bytes_max)
