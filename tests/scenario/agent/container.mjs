// SPDX-License-Identifier: Apache-2.0
// A container's program on Node.js.
import http from "node:http";

const server = http.createServer((request, response) => {
    let size = 0;
    request.on("data", (piece) => (size += piece.length));
    request.on("end", () => {
        console.log(JSON.stringify({level: "info", message: "served", size}));
        response.end(String(size));
    });
});
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
