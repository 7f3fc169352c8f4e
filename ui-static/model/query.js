/**
 * The words of the search language as the collector reads them: function:NAME, errors, timeouts,
 * cold, id:ID, joined by spaces.  Pure.
 */

const flags = ["errors", "timeouts", "cold"];

/**
 * Take a query apart.  Words that this page does not know stay in `rest`, so that nothing is lost.
 * @param {string} q
 * @returns {{function: string | null, errors: boolean, timeouts: boolean, cold: boolean,
 *            rest: string[]}}
 */
export function readQuery(q) {
    const query = { function: null, errors: false, timeouts: false, cold: false, rest: [] };
    for (const word of q.split(/\s+/).filter((each) => each !== "")) {
        if (flags.includes(word)) {
            query[word] = true;
        } else if (word.startsWith("function:") && word.length > 9) {
            query.function = word.slice(9);
        } else {
            query.rest.push(word);
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
        words.push(`function:${query.function}`);
    }
    words.push(...flags.filter((flag) => query[flag]), ...(query.rest ?? []));
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
