/**
 * What the agent costs, and what waits in frozen instances: for the pages of a function and of the status.
 */

import { ago, bytes, count, duration, percent, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { byReason, reasonWords } from "../model/unsent.js";
import { factList, moneyText, nameText } from "./common.js";

/** Share of the whole, where both are known. */
function shareOf(part, whole) {
    const share = part && whole ? Number(part.amount) / Number(whole.amount) : null;
    return share !== null && Number.isFinite(share) ? ` ${percent(share)}` : null;
}

/**
 * A sentence about what waits; null where nothing does.
 * @param {object | null} waiting Of waitingTotals().
 * @returns {HTMLElement | null}
 */
export function waitingLine(waiting) {
    if (waiting === null) {
        return null;
    }
    const words = waiting.words[0].toUpperCase() + waiting.words.slice(1);
    return h(
        "p",
        {
            class: "waitingLine",
            title:
                "What an agent had not sent when its instance was frozen comes with the next " +
                "invocation of that instance, or at its end",
        },
        icon("unknown"),
        h(
            "span",
            {},
            h("strong", {}, words),
            waiting.sinceMs === null
                ? null
                : `, the oldest since ${ago(waiting.sinceMs, Date.now())}`,
        ),
    );
}

/**
 * @param {object | null} agent Of agentTotals().
 * @param {object | null} [cost] Of the invocations as a whole.
 * @returns {HTMLElement}
 */
export function agentFacts(agent, cost = null) {
    if (agent === null) {
        return h("p", { class: "sub" }, "No agent tells what it costs here.");
    }
    return factList([
        [
            "CPU per invocation",
            duration(agent.cpuMsEach),
            `processor time of the agent, ${duration(agent.cpuMs)} in all`,
        ],
        [
            "Held per invocation",
            duration(agent.heldMsEach),
            "billed time that passed because the agent kept the environment, after the answer",
        ],
        [
            "Held in all",
            duration(agent.heldMs),
            `in ${plural(agent.invocations, "invocation")} whose agent told`,
        ],
        agent.cost === null
            ? null
            : [
                  "Cost of it",
                  [
                      moneyText(agent.cost),
                      h("span", { class: "sub" }, shareOf(agent.cost, cost)),
                  ],
                  "held time at the function's price, and its share of the whole cost",
              ],
        [
            "Sent per invocation",
            bytes(Math.round(agent.wireBytesEach)),
            `on the wire, heads included; ${bytes(agent.wireBytes)} in all`,
        ],
        [
            "Memory",
            bytes(agent.memoryBytes),
            "resident, the most that one of the instances had",
        ],
    ]);
}

const reasonsMax = 20;

function reasonTable(rows) {
    return h(
        "table",
        { class: "reasons" },
        h(
            "tbody",
            {},
            rows
                .slice(0, reasonsMax)
                .map(([reason, value]) =>
                    h(
                        "tr",
                        { "data-reason": reason },
                        h("th", { scope: "row" }, nameText(reasonWords(reason), 60)),
                        h("td", {}, count(value)),
                    ),
                ),
        ),
    );
}

/**
 * What agents did not send, by reason: records that they dropped, and lines that are left out as asked.
 * @param {{dropped?: object, left_out?: object}[]} rows
 * @returns {HTMLElement | null} null where nothing is missing.
 */
export function unsentTables(rows) {
    const dropped = byReason(rows.map((row) => row?.dropped));
    const leftOut = byReason(rows.map((row) => row?.left_out));
    if (dropped.length + leftOut.length === 0) {
        return null;
    }
    const part = (name, words, list) =>
        list.length === 0
            ? null
            : h("div", { "data-unsent": name }, h("p", { class: "sub" }, words), reasonTable(list));
    return h(
        "div",
        { class: "unsent" },
        part("dropped", "Records that were dropped, by reason, told at an instance's end", dropped),
        part("left_out", "Log lines that were not sent, because the settings say so", leftOut),
    );
}
