/**
 * Matchers of alerts, as people write them.  Pure.
 */

/**
 * Matchers that are written with commas between; a comma inside of quotes is none.
 * @param {string} text
 * @returns {string[]}
 */
export function splitMatchers(text) {
    return (text.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? [])
        .map((each) => each.trim())
        .filter((each) => each !== "");
}
