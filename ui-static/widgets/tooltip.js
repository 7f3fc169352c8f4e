/**
 * One tooltip for the whole page: what is under the pointer or the focus, in words.
 */

import { h, replace } from "../h.js";

let element = null;

function box() {
    if (element === null) {
        element = h("div", { class: "tooltip", role: "tooltip", id: "tooltip", hidden: true });
        document.body.append(element);
    }
    return element;
}

/**
 * Show content near a point of the window, inside the window.
 * @param {{x: number, y: number}} at
 * @param {...any} content
 */
export function showTooltip(at, ...content) {
    const tip = box();
    replace(tip, content);
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.x + 14, window.innerWidth - width - 8));
    const below = at.y + 18 + height < window.innerHeight;
    const top = below ? at.y + 18 : Math.max(8, at.y - height - 12);
    tip.style.setProperty("left", `${left}px`);
    tip.style.setProperty("top", `${top}px`);
}

/** Take it away. */
export function hideTooltip() {
    if (element !== null) {
        element.hidden = true;
    }
}
