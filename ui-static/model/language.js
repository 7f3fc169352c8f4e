/**
 * The search language as somebody types it: which short names there are, and what fits at the
 * cursor.  Pure; the collector alone decides what a query means.
 */

/** Short names, and what each asks for. */
export const names = [
    ["function", "the function, by its name"],
    ["level", "how bad a line is"],
    ["error", "failed, or the error's type"],
    ["status", "how it ended, or a status code"],
    ["duration", "how long it took"],
    ["text", "words of its own text"],
    ["name", "the operation of a span"],
    ["service", "the service"],
    ["kind", "the kind of a span"],
    ["cold", "waited for a cold start"],
    ["timeout", "ran into its time limit"],
    ["oom", "ran out of memory"],
    ["trigger", "what invoked it"],
    ["version", "the function's version"],
    ["instance", "the instance"],
    ["request", "a request id"],
    ["trace", "a trace id"],
    ["id", "either of them"],
    ["init", "how long the init took"],
    ["wait", "how long the caller waited"],
    ["billed", "what is paid for"],
    ["cost", "what it cost, in dollars"],
    ["memory", "the most memory used, in MB"],
];

const flags = ["true", "false"];
const values = {
    level: [">=warn", ">=error", "error", "warn", "info", "debug"],
    error: ["true", "*"],
    status: ["ok", "error", "timeout", ">=500"],
    kind: ["server", "client", "producer", "consumer", "internal"],
    duration: [">500ms", ">1s", "100ms..1s"],
    cold: flags,
    timeout: flags,
    oom: flags,
};

const suggestionsMax = 8;

/**
 * The word that the cursor stands in, up to the cursor.
 * @param {string} text
 * @param {number} caret
 * @returns {{from: number, word: string}}
 */
function wordAt(text, caret) {
    let from = caret;
    while (from > 0 && !/[\s()"]/.test(text[from - 1])) {
        from -= 1;
    }
    while (from < caret && text[from] === "-") {
        from += 1;
    }
    return { from, word: text.slice(from, caret) };
}

/**
 * What may be meant at the cursor.
 * @param {string} text
 * @param {number} caret
 * @returns {{from: number, items: {text: string, note: string}[]}}
 */
export function suggest(text, caret) {
    const { from, word } = wordAt(text, caret);
    const quotes = text.slice(0, from).split('"').length - 1;
    if (quotes % 2 === 1) {
        return { from, items: [] };
    }
    const colon = word.indexOf(":");
    if (colon > 0) {
        const typed = word.slice(colon + 1);
        const items = (values[word.slice(0, colon)] ?? [])
            .filter((value) => value.startsWith(typed) && value !== typed)
            .map((value) => ({ text: value, note: "" }));
        return { from: from + colon + 1, items };
    }
    const items = names
        .filter(([name]) => word !== "" && name.startsWith(word))
        .map(([name, note]) => ({ text: `${name}:`, note }));
    return { from, items: items.slice(0, suggestionsMax) };
}

/**
 * A text as a value of the language: in quotes where it would be more than one word.
 * @param {string} text
 * @returns {string}
 */
export function quoted(text) {
    return /^[^\s()"*]+$/.test(text) && !text.includes("..")
        ? text
        : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/**
 * A query in three parts, of which the middle one is wrong.
 * @param {string} q
 * @param {number} position In characters.
 * @param {number} length
 * @returns {{before: string, wrong: string, after: string}}
 */
export function markedAt(q, position, length) {
    const all = Array.from(q);
    const end = Math.min(all.length, position + length);
    return {
        before: all.slice(0, position).join(""),
        wrong: all.slice(position, end).join(""),
        after: all.slice(end).join(""),
    };
}
