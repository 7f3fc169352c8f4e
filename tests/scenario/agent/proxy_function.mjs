// SPDX-License-Identifier: Apache-2.0
// A function on the runtime interface client of Node.js.

export async function echo(event) {
    if (event.fail) {
        throw new Error("as asked");
    }
    return event.size ? "x".repeat(event.size) : event;
}

export const streamed = globalThis.awslambda?.streamifyResponse(async (event, stream) => {
    for (const size of event.sizes) {
        stream.write("y".repeat(size));
        await new Promise((done) => setTimeout(done, 5));
    }
    stream.end();
});
