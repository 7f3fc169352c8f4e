/**
 * A panel whose content is asked for when somebody opens it, each time anew.
 */

import { get } from "../api.js";
import { h, replace } from "../h.js";
import { errorState, skeleton } from "./panel.js";

/**
 * @param {object} options
 * @param {string} options.name A class of it.
 * @param {string} options.title
 * @param {string} options.note What it is, in the line of the title.
 * @param {string[]} options.path Of the API.
 * @param {(answer: object) => any} options.render
 * @param {AbortSignal} options.signal
 * @returns {HTMLElement}
 */
export function laterPanel({ name, title, note, path, render, signal }) {
    const body = h("div", {});
    const load = async () => {
        replace(body, skeleton(4));
        try {
            const { data } = await get(path, {}, signal);
            replace(body, render(data));
        } catch (error) {
            if (!signal.aborted) {
                replace(body, errorState(error, load));
            }
        }
    };
    const details = h(
        "details",
        { class: `panel laterPanel ${name}`, ontoggle: () => details.open && load() },
        h("summary", { class: "panelHead" }, h("h2", {}, title), h("span", { class: "sub" }, note)),
        h("div", { class: "panelBody" }, body),
    );
    return details;
}
