/**
 * By which names instances and invocations are known inside one answer.  Pure.
 */

import { hasNoStream } from "./sources.js";

/** One key for an invocation: an id repeats across attempts and instances. */
export function invocationKey(row) {
    return `i:${row.function ?? ""}|${row.instance ?? ""}|${row.request_id ?? ""}|${row.attempt ?? 1}`;
}

/** One key for an instance. */
export function instanceKey(row) {
    return `${row.function ?? ""}|${row.instance ?? ""}`;
}

/** The label under which an instance is known in one answer: "stock #2". */
export function instanceLabel(row) {
    if (hasNoStream(row)) {
        return `${row.function ?? "no function"}, instance not known`;
    }
    return `${row.function ?? "no function"} #${row.instance_no ?? "?"}`;
}

/** One small number per instance, for its colour: in order of appearance. */
export function laneNumbers(invocationRows, logs) {
    const lanes = new Map();
    for (const key of [
        ...invocationRows.map((row) => instanceKey(row.invocation)),
        ...logs.map((log) => log.instanceKey),
    ]) {
        if (!lanes.has(key)) {
            lanes.set(key, lanes.size);
        }
    }
    return lanes;
}

/**
 * The number that decides the colour of a row's instance.
 * @param {Map<string, number>} lanes
 * @param {object} row Something with function and instance.
 * @returns {number}
 */
export function laneOf(lanes, row) {
    return lanes.get(instanceKey(row)) ?? 0;
}
