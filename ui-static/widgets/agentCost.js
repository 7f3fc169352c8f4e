/**
 * What the agent costs, and what waits in frozen instances: for the pages of a function and of the status.
 */

import { ago, bytes, duration, percent, plural } from "../format.js";
import { h } from "../h.js";
import { icon } from "../icons.js";
import { factList, moneyText } from "./common.js";

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
