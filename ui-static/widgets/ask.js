/**
 * Feeds over the API in the time range and with the liveness of a page's state.
 */

import { get } from "../api.js";
import { refreshEveryMs, resolveRange } from "../time.js";
import { createFeed } from "./feed.js";

/**
 * The present range as parameters; in whole seconds, so that equal questions have equal addresses.
 * @param {object} state
 * @returns {{from: number, to: number}}
 */
export function rangeParameters(state) {
    const { fromMs, toMs } = resolveRange(state.range, Date.now());
    return { from: Math.floor(fromMs / 1000) * 1000, to: Math.ceil(toMs / 1000) * 1000 };
}

/**
 * How often a page asks again, or null.
 * @param {object} state
 * @returns {number | null}
 */
export function everyMs(state) {
    const { fromMs, toMs } = resolveRange(state.range, Date.now());
    return state.live ? refreshEveryMs(toMs - fromMs) : null;
}

/**
 * A feed over one path.
 * @param {object} state
 * @param {AbortSignal} signal
 * @param {string[]} path
 * @param {{parameters?: () => object, ranged?: boolean, everyMs?: number | null}} [options]
 * @returns {object}
 */
export function ask(
    state,
    signal,
    path,
    { parameters = () => ({}), ranged = true, everyMs: every = everyMs(state) } = {},
) {
    const load = (using) =>
        get(path, { ...(ranged ? rangeParameters(state) : {}), ...parameters() }, using);
    return createFeed(load, { signal, everyMs: every });
}
