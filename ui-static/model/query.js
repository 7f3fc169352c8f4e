/**
 * The parts of a query that the page has switches for: one function, errors, timeouts, cold.
 * Everything else stays as it was typed.  Pure.
 */

import { quoted } from "./language.js";

const flags = { errors: "error", timeouts: "timeout", cold: "cold" };

/** The terms of a query that stand together, quotes and parentheses whole. */
function terms(q) {
    const found = [];
    let term = "";
    let depth = 0;
    let inside = false;
    for (let i = 0; i < q.length; i += 1) {
        const each = q[i];
        if (inside && each === "\\") {
            term += each + (q[i + 1] ?? "");
            i += 1;
            continue;
        }
        inside = inside !== (each === '"');
        depth += inside ? 0 : each === "(" ? 1 : each === ")" ? -1 : 0;
        if (!inside && depth <= 0 && /\s/.test(each)) {
            found.push(term);
            term = "";
        } else {
            term += each;
        }
    }
    return [...found, term].filter((one) => one !== "");
}

/** The name that function:NAME names, or null where it is no plain name. */
function functionOf(term) {
    const value = /^function:=?(.+)$/s.exec(term)?.[1];
    if (value === undefined) {
        return null;
    }
    const inQuotes = /^"((?:[^"\\]|\\.)*)"$/s.exec(value);
    if (inQuotes) {
        return inQuotes[1].replace(/\\(.)/gs, "$1");
    }
    return /[*"()]/.test(value) ? null : value;
}

function flagOf(term) {
    return (
        Object.entries(flags).find(([word, name]) => term === word || term === `${name}:true`)?.[0] ??
        null
    );
}

/**
 * Take a query apart.  What this page has no switch for stays in `rest`, so that nothing is lost.
 * @param {string} q
 * @returns {{function: string | null, errors: boolean, timeouts: boolean, cold: boolean,
 *            rest: string[]}}
 */
export function readQuery(q) {
    const query = { function: null, errors: false, timeouts: false, cold: false, rest: [] };
    const all = terms(q);
    if (all.includes("OR")) {
        // What stands on one side of it is no switch of the whole.
        return { ...query, rest: [q.trim()] };
    }
    for (const term of all.filter((each) => each !== "AND")) {
        const name = functionOf(term);
        const flag = flagOf(term);
        if (name !== null && query.function === null) {
            query.function = name;
        } else if (flag !== null) {
            query[flag] = true;
        } else {
            query.rest.push(term);
        }
    }
    return query;
}

/**
 * The inverse of readQuery(), in one fixed order of words.
 * @param {object} query
 * @returns {string}
 */
export function writeQuery(query) {
    const words = [];
    if (query.function) {
        words.push(`function:${quoted(query.function)}`);
    }
    words.push(...Object.keys(flags).filter((flag) => query[flag]));
    const rest = query.rest ?? [];
    // An OR would reach over what is put before it.
    const reaches = words.length > 0 && rest.some((each) => terms(each).includes("OR"));
    words.push(...rest.map((each) => (reaches ? `(${each})` : each)));
    return words.join(" ");
}

/**
 * A query with some of its parts changed.
 * @param {string} q
 * @param {object} changes
 * @returns {string}
 */
export function changeQuery(q, changes) {
    return writeQuery({ ...readQuery(q), ...changes });
}
