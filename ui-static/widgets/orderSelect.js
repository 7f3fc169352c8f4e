/**
 * In which order a list stands: a choice that is in the address, and one key (o) away.
 */

import { h } from "../h.js";
import { answerKeys } from "../keyboard.js";
import { go } from "../navigate.js";
import { change } from "../state.js";

/**
 * The order that the address asks for, the first where it asks for none, or for none of these.
 * @param {object} state
 * @param {[string, string][]} orders Their names in the API and in words.
 * @returns {string}
 */
export function orderOf(state, orders) {
    const asked = state.parameters.get("order");
    return (orders.find(([id]) => id === asked) ?? orders[0])[0];
}

/**
 * The address of the same list in another order.
 * @param {object} state
 * @param {[string, string][]} orders
 * @param {string} next
 * @returns {string}
 */
export function orderHref(state, orders, next) {
    return change(state, { order: next === orders[0][0] ? null : next });
}

/**
 * @param {object} state
 * @param {[string, string][]} orders
 * @returns {HTMLSelectElement}
 */
export function orderSelect(state, orders) {
    const select = h(
        "select",
        { class: "select", "aria-label": "Order", title: "Order (o)", "data-key": "order" },
        orders.map(([id, words]) => h("option", { value: id }, words)),
    );
    select.value = orderOf(state, orders);
    select.addEventListener("change", () => go(orderHref(state, orders, select.value)));
    return select;
}

/** While the page is shown, o goes to the choice of its order, where arrows choose. */
export function answerOrderKey(signal) {
    answerKeys({ o: () => document.querySelector("main [data-key=order]")?.focus() }, signal);
}
