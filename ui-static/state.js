/**
 * The URL is the state: which page, which range, which filters.  Back, reload and sharing work
 * because nothing else is remembered.  Pure.
 */

import { defaultPreset, presets } from "./time.js";

/** Parameters that every link carries along. */
const kept = ["range", "from", "to", "live"];

function numberOrNull(text) {
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function parseRange(parameters) {
    const from = numberOrNull(parameters.get("from"));
    const to = numberOrNull(parameters.get("to"));
    if (from !== null && to !== null && to > from) {
        return { from, to };
    }
    const preset = parameters.get("range");
    return { preset: presets.some((each) => each.id === preset) ? preset : defaultPreset };
}

/**
 * A name as one part of a path.  A dot would make the path look like a file's (and ".." like a way
 * up), so dots are written ~2E, and ~ itself ~7E.
 */
function encode(name) {
    return encodeURIComponent(
        String(name).replace(/[~.]/g, (each) => (each === "." ? "~2E" : "~7E")),
    );
}

function decode(part) {
    try {
        return decodeURIComponent(part).replace(/~(2E|7E)/g, (each, code) =>
            code === "2E" ? "." : "~",
        );
    } catch {
        return part;
    }
}

/**
 * What a URL says.
 * @param {string} href
 * @returns {{page: string, id: string | null, range: object, live: boolean,
 *            parameters: URLSearchParams}}
 */
export function parse(href) {
    const url = new URL(href, "http://localhost");
    const parts = url.pathname.split("/").filter((part) => part !== "");
    const range = parseRange(url.searchParams);
    // A fixed range does not move, so there is nothing to follow.
    const live = range.preset !== undefined && url.searchParams.get("live") !== "0";
    const state = { page: "unknown", id: null, range, live, parameters: url.searchParams };
    if (parts.length === 0) {
        return { ...state, page: "overview" };
    }
    if (parts.length === 2 && (parts[0] === "functions" || parts[0] === "transactions")) {
        return { ...state, page: parts[0].slice(0, -1), id: decode(parts[1]) };
    }
    if (
        parts.length === 1 &&
        ["search", "logs", "tail", "alerts", "cost", "explore", "status"].includes(parts[0])
    ) {
        return { ...state, page: parts[0] };
    }
    return state;
}

function pathOf(page, id) {
    switch (page) {
        case "overview":
            return "/";
        case "function":
        case "transaction":
            return `/${page}s/${encode(id)}`;
        default:
            return `/${page}`;
    }
}

/**
 * The address of a page, in the time range and with the liveness of the present one.
 * @param {object} state As parse() gave it.
 * @param {string} page
 * @param {string | null} [id]
 * @param {Object<string, any>} [changes] Parameters to set; null, false and "" take one away.
 * @returns {string}
 */
export function link(state, page, id = null, changes = {}) {
    const parameters = new URLSearchParams();
    for (const name of kept) {
        const value = state.parameters.get(name);
        if (value !== null) {
            parameters.set(name, value);
        }
    }
    return compose(pathOf(page, id), parameters, changes);
}

/**
 * The address of this page with some parameters changed and all others kept.
 * @param {object} state
 * @param {Object<string, any>} changes
 * @returns {string}
 */
export function change(state, changes) {
    return compose(pathOf(state.page, state.id), new URLSearchParams(state.parameters), changes);
}

function compose(path, parameters, changes) {
    for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === undefined || value === false || value === "") {
            parameters.delete(name);
        } else {
            parameters.set(name, value === true ? "1" : String(value));
        }
    }
    const query = parameters.toString();
    return query === "" ? path : `${path}?${query}`;
}

/**
 * The changes that select a range.
 * @param {{preset: string} | {from: number, to: number}} range
 * @returns {Object<string, any>}
 */
export function rangeChanges(range) {
    if (range.preset !== undefined) {
        return {
            range: range.preset === defaultPreset ? null : range.preset,
            from: null,
            to: null,
        };
    }
    return { range: null, live: null, from: Math.floor(range.from), to: Math.ceil(range.to) };
}

/**
 * What somebody typed into the search box: the id of a transaction, or words to search for.
 * @param {string} text
 * @returns {{kind: "id" | "words" | "nothing", text: string}}
 */
export function readSearch(text) {
    const words = text.trim();
    if (words === "") {
        return { kind: "nothing", text: "" };
    }
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
    const hex = /^[0-9a-f]{32}$/i;
    const xray = /^(?:Root=)?(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;.*)?$/i;
    const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i;
    if (uuid.test(words) || hex.test(words)) {
        return { kind: "id", text: words.toLowerCase() };
    }
    const wrapped = xray.exec(words) ?? traceparent.exec(words);
    return wrapped
        ? { kind: "id", text: wrapped[1].toLowerCase() }
        : { kind: "words", text: words };
}
