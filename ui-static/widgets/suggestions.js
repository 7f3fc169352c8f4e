/**
 * Names that fit at the cursor of a search box, taken by keyboard or pointer.
 */

import { h, replace } from "../h.js";
import { suggest } from "../model/language.js";

let lists = 0;

/**
 * Let a field suggest.  Arrows choose, Enter or Tab take, Escape closes.
 * @param {HTMLInputElement} field
 * @returns {HTMLElement} The list; it belongs next to the field.
 */
export function suggestions(field) {
    lists += 1;
    const list = h("ul", {
        class: "suggestions",
        role: "listbox",
        id: `suggestions-${lists}`,
        "aria-label": "Suggestions",
        hidden: true,
    });
    let found = { from: 0, items: [] };
    let at = -1;
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "false");

    const draw = () => {
        const open = found.items.length > 0;
        list.hidden = !open;
        field.setAttribute("aria-expanded", String(open));
        replace(
            list,
            found.items.map((item, i) =>
                h(
                    "li",
                    {
                        role: "option",
                        id: `${list.id}-${i}`,
                        "aria-selected": String(i === at),
                        onpointerdown: (event) => {
                            event.preventDefault();
                            take(i);
                        },
                    },
                    h("code", {}, item.text),
                    h("span", { class: "sub" }, item.note),
                ),
            ),
        );
        if (at >= 0) {
            field.setAttribute("aria-activedescendant", `${list.id}-${at}`);
        } else {
            field.removeAttribute("aria-activedescendant");
        }
    };
    const close = () => {
        found = { from: 0, items: [] };
        at = -1;
        draw();
    };
    const look = () => {
        const caret = field.selectionStart ?? field.value.length;
        found = suggest(field.value, caret);
        at = -1;
        draw();
    };
    const take = (i) => {
        const { text } = found.items[i];
        const caret = field.selectionStart ?? field.value.length;
        const head = field.value.slice(0, found.from) + text;
        field.value = head + field.value.slice(caret);
        field.setSelectionRange(head.length, head.length);
        look();
    };
    field.addEventListener("input", look);
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
        const { length } = found.items;
        if (length === 0) {
            return;
        }
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            at = (at + (event.key === "ArrowDown" ? 1 : length + (at < 0 ? 0 : -1))) % length;
            draw();
        } else if ((event.key === "Enter" && at >= 0) || (event.key === "Tab" && at >= 0)) {
            take(at);
        } else if (event.key === "Escape") {
            close();
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    });
    return list;
}
