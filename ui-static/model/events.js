/**
 * Server-sent events out of the pieces in which they arrive.  Pure.
 */

/** A line longer than this is no event of ours. */
const lineMax = 1_000_000;

/**
 * @returns {{push: (text: string) => {event: string, data: string, id: string | null}[]}} push() takes
 *     the next piece and gives the events that end in it; it throws where a line has no end.
 */
export function createEventReader() {
    let rest = "";
    let event = "";
    let id = null;
    let data = [];
    const field = (line) => {
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "event") {
            event = value;
        } else if (name === "data") {
            data.push(value);
        } else if (name === "id") {
            id = value;
        }
    };
    const take = () => {
        const whole = { event: event || "message", data: data.join("\n"), id };
        const any = data.length > 0;
        [event, id, data] = ["", null, []];
        return any ? [whole] : [];
    };
    return {
        push(text) {
            rest += text;
            const lines = rest.split(/\r\n|\n/);
            rest = lines.pop();
            if (rest.length > lineMax) {
                throw new Error("a line without an end");
            }
            return lines.flatMap((line) => {
                if (line === "") {
                    return take();
                }
                if (!line.startsWith(":")) {
                    field(line);
                }
                return [];
            });
        },
    };
}

/**
 * The end of an invocation as a line among lines.
 * @param {object} end
 * @returns {object}
 */
export function endAsLine(end) {
    const failed = end.status && end.status !== "success";
    const ms = (value) => (typeof value === "number" ? `${value.toFixed(value < 10 ? 2 : 0)} ms` : null);
    const words = [
        `invocation ${end.status ?? "ended"}`,
        end.error_type ? `(${end.error_type})` : null,
        end.cold ? `cold${end.init_ms ? `, init ${ms(end.init_ms)}` : ""}` : null,
        ms(end.duration_ms),
        end.billed_ms ? `billed ${ms(end.billed_ms)}` : null,
        end.max_memory_mb ? `${end.max_memory_mb} MB` : null,
    ];
    return {
        ...end,
        severity: failed ? 17 : 0,
        level: failed ? "ERROR" : "END",
        body: words.filter((each) => each !== null).join("  "),
    };
}
