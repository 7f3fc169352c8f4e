#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An extension beside the agent that fails: FAILING says where, init or invoke."""
import http.client
import json
import os
import sys

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
name = os.path.basename(sys.argv[0])
if os.environ["FAILING"] == "init":
    sys.exit(2)
api.request("POST", "/2020-01-01/extension/register", json.dumps({"events": ["INVOKE"]}),
            {"Lambda-Extension-Name": name})
answer = api.getresponse()
answer.read()
me = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
api.request("GET", "/2020-01-01/extension/event/next", headers=me)
api.getresponse().read()
sys.exit(9)
