/**
 * What is not known about a transaction, in sentences.  Pure.
 */

import { duration, plural } from "../format.js";
import { hasNoStream, onlyLogs, untold } from "./sources.js";

/**
 * The sentences of the honesty bar, gravest first.
 * @param {object} data The answer of GET transactions/{id}.
 * @returns {{grade: "warning" | "note" | "good", text: string, requestId: string | null,
 *            transactions: object[]}[]}
 */
export function honesty(data) {
    const lines = [];
    const say = (grade, text, more = {}) =>
        lines.push({ grade, text, requestId: null, transactions: [], ...more });
    for (const missing of data.missing ?? []) {
        say("warning", missing.message || missing.code, { requestId: missing.request_id ?? null });
    }
    const told = new Set((data.missing ?? []).map((each) => each.request_id));
    const open = (data.invocations ?? []).filter(
        (each) => each.outcome === "end_unknown" && !told.has(each.request_id),
    );
    if (open.length > 0) {
        const names = [...new Set(open.map((each) => each.function))];
        const listed =
            names.length > 3 ? `${names.slice(0, 3).join(", ")} and others` : names.join(", ");
        say(
            "warning",
            `How ${plural(open.length, "invocation")} ended is unknown (${listed}): neither ` +
                "end nor report has arrived.",
            { requestId: open[0].request_id },
        );
    }
    for (const skew of data.clock_skew ?? []) {
        const reason = skew.reason ? ` (${skew.reason})` : "";
        say(
            "note",
            `The clock of ${skew.function} was shifted by ${duration(skew.shift_ms)} to fit ` +
                `its caller${reason}.`,
        );
    }
    for (const invocation of data.invocations ?? []) {
        const shared = invocation.shared;
        if (shared) {
            say("note", sharedSentence(invocation), {
                requestId: invocation.request_id,
                transactions: (shared.transactions ?? []).filter((each) => each.id !== data.id),
            });
        }
    }
    sayLogs(data.invocations ?? [], say);
    if ((data.missing ?? []).length === 0 && data.complete === false) {
        say("warning", "More may still arrive: this transaction is not complete.");
    }
    if (!lines.some((line) => line.grade === "warning")) {
        lines.unshift({
            grade: "good",
            requestId: null,
            transactions: [],
            text:
                `Complete: ${plural((data.invocations ?? []).length, "invocation")} closed with ` +
                "their platform reports.",
        });
    }
    return lines;
}

/** What is not known because nothing but log streams tells of it. */
function sayLogs(invocations, say) {
    const told = invocations.filter(onlyLogs);
    if (told.length === 0) {
        return;
    }
    const names = [...new Set(told.map((each) => each.function))];
    const listed =
        names.length > 3 ? `${names.slice(0, 3).join(", ")} and others` : names.join(", ");
    say(
        "note",
        `Known from log streams alone: ${listed}. ${untold.wait}; spans of the function's own SDK, ` +
            "messages of queues and what invoked it are not in logs, either.",
    );
    if (told.some(hasNoStream)) {
        say(
            "note",
            "An export had no stream names: which instance an invocation ran in is not known, and " +
                "lines without a request id are placed by time.",
        );
    }
}

/**
 * How many transactions a batch serves.
 * @param {object | null} shared
 * @returns {number}
 */
export function servedTransactions(shared) {
    return shared?.transactions?.length ?? 0;
}

/**
 * "notify serves 4 transactions in one batch; its cost is divided by 4 messages, 1 of them from
 * here."
 * @param {object} invocation
 * @returns {string}
 */
export function sharedSentence(invocation) {
    const { shared } = invocation;
    const messages = shared.messages ?? 0;
    const here = shared.served > 0 ? `, ${shared.served} of them from here` : "";
    return (
        `${invocation.function} serves ${plural(servedTransactions(shared), "transaction")} in one ` +
        `batch; its cost is divided by ${plural(messages, "message")}${here}. ` +
        "Its lines are marked as shared."
    );
}
