/**
 * The bar at the top: where one is, search, time range, live, theme.
 */

import { dateTime } from "../format.js";
import { h, replace } from "../h.js";
import { icon, mark } from "../icons.js";
import { go } from "../navigate.js";
import { change, link, rangeChanges, readSearch } from "../state.js";
import { parseMoment, presets, resolveRange } from "../time.js";
import { suggestions } from "./suggestions.js";

const places = [
    ["overview", "Overview"],
    ["search", "Transactions"],
    ["logs", "Logs"],
    ["tail", "Tail"],
    ["cost", "Cost"],
    ["explore", "Metrics"],
    ["alerts", "Alerts"],
    ["status", "Status"],
];
const themes = [
    ["auto", "half", "as the system"],
    ["light", "sun", "light"],
    ["dark", "moon", "dark"],
];

function rangeName(range) {
    if (range.preset !== undefined) {
        return presets.find((each) => each.id === range.preset).name;
    }
    const from = dateTime(range.from).slice(0, 16);
    const to = dateTime(range.to).slice(0, 16);
    return from.slice(0, 10) === to.slice(0, 10) ? `${from} – ${to.slice(11)}` : `${from} – ${to}`;
}

function searchBox(state) {
    const field = h("input", {
        type: "search",
        name: "q",
        id: "search",
        autocomplete: "off",
        spellcheck: "false",
        placeholder: "Request id, trace id, text, function:NAME, level:error",
        "aria-label": "Search by request id, trace id, or a query",
    });
    const submit = (event) => {
        event.preventDefault();
        const found = readSearch(field.value);
        if (found.kind === "id") {
            go(link(state(), "transaction", found.text));
        } else {
            const page = state().page === "logs" ? "logs" : "search";
            go(link(state(), page, null, { q: found.text }));
        }
        field.blur();
    };
    const element = h(
        "form",
        { class: "searchBox", role: "search", onsubmit: submit },
        icon("search"),
        field,
        h("kbd", { "aria-hidden": "true" }, "/"),
        suggestions(field),
    );
    return { element, field };
}

function customForm(state, close) {
    const { fromMs, toMs } = resolveRange(state.range, Date.now());
    const from = h("input", {
        name: "from",
        value: dateTime(fromMs),
        autocomplete: "off",
        spellcheck: "false",
        "aria-label": "From",
    });
    const to = h("input", {
        name: "to",
        value: dateTime(toMs),
        autocomplete: "off",
        spellcheck: "false",
        "aria-label": "To",
    });
    const wrong = h("output", { class: "formError", role: "alert" });
    const submit = (event) => {
        event.preventDefault();
        const range = { from: parseMoment(from.value), to: parseMoment(to.value) };
        if (range.from === null || range.to === null) {
            wrong.textContent = "Times look like 2026-03-04 14:00";
        } else if (range.to <= range.from) {
            wrong.textContent = "The end must be after the start";
        } else {
            close();
            go(change(state, rangeChanges(range)));
        }
    };
    return h(
        "form",
        { class: "customRange", onsubmit: submit },
        h("label", {}, h("span", {}, "From"), from),
        h("label", {}, h("span", {}, "To"), to),
        wrong,
        h("button", { type: "submit", class: "button primary" }, "Apply"),
    );
}

function rangeMenu(getState) {
    const label = h("span", { class: "rangeName" });
    const button = h(
        "button",
        {
            type: "button",
            class: "button rangeButton",
            "aria-haspopup": "dialog",
            "aria-expanded": "false",
            title: "Time range (t)",
        },
        icon("calendar"),
        label,
        icon("down"),
    );
    const menu = h("div", {
        class: "menu rangeMenu",
        role: "dialog",
        "aria-label": "Time range",
        hidden: true,
    });
    const element = h("div", { class: "rangeControl" }, button, menu);
    const close = () => {
        menu.hidden = true;
        button.setAttribute("aria-expanded", "false");
    };
    const open = () => {
        const state = getState();
        const items = presets.map((preset) =>
            h(
                "a",
                {
                    href: change(state, rangeChanges({ preset: preset.id })),
                    class: "menuItem",
                    onclick: close,
                    "aria-current": state.range.preset === preset.id ? "true" : null,
                },
                preset.name,
                state.range.preset === preset.id ? icon("check") : null,
            ),
        );
        replace(
            menu,
            h("div", { class: "menuItems" }, items),
            h("p", { class: "menuTitle" }, "Custom, local time"),
            customForm(state, close),
        );
        menu.hidden = false;
        button.setAttribute("aria-expanded", "true");
        (menu.querySelector("[aria-current]") ?? menu.querySelector("a")).focus();
    };
    button.addEventListener("click", () => (menu.hidden ? open() : close()));
    document.addEventListener("pointerdown", (event) => {
        if (!menu.hidden && !element.contains(event.target)) {
            close();
        }
    });
    element.addEventListener("keydown", (event) => {
        const items = [...menu.querySelectorAll("a")];
        const at = items.indexOf(document.activeElement);
        if (event.key === "Escape" && !menu.hidden) {
            close();
            button.focus();
        } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && at >= 0) {
            event.preventDefault();
            items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus();
        }
    });
    return { element, label, open, close };
}

function themeButton() {
    const button = h("button", { type: "button", class: "iconButton themeButton" });
    const current = () => document.documentElement.dataset.theme ?? "auto";
    const show = () => {
        const [, picture, words] = themes.find(([id]) => id === current());
        replace(button, icon(picture));
        button.title = `Theme: ${words}`;
        button.setAttribute("aria-label", `Theme: ${words}. Change it.`);
    };
    button.addEventListener("click", () => {
        const at = themes.findIndex(([id]) => id === current());
        const [next] = themes[(at + 1) % themes.length];
        if (next === "auto") {
            delete document.documentElement.dataset.theme;
        } else {
            document.documentElement.dataset.theme = next;
        }
        try {
            localStorage.setItem("thaw.theme", next);
        } catch {
            // Not remembered, then.
        }
        show();
        window.dispatchEvent(new CustomEvent("thaw:theme"));
    });
    show();
    return button;
}

/**
 * Build the header once; update(state) shows another place and range.
 * @param {HTMLElement} root
 * @param {() => object} getState
 * @returns {{update: (state: object) => void, focusSearch: () => void, openRange: () => void}}
 */
export function createHeader(root, getState) {
    const home = h(
        "a",
        { class: "brand", "aria-label": "thaw, overview" },
        mark(),
        h("span", {}, "thaw"),
    );
    const links = places.map(([page, words]) => [page, h("a", {}, words)]);
    const search = searchBox(getState);
    const range = rangeMenu(getState);
    const live = h(
        "a",
        { class: "button live", role: "switch" },
        h("span", { class: "dot" }),
        "Live",
    );
    root.append(
        home,
        h(
            "nav",
            { class: "nav", "aria-label": "Main" },
            links.map(([, each]) => each),
        ),
        search.element,
        h("div", { class: "controls" }, range.element, live, themeButton()),
    );
    return {
        update(state) {
            home.setAttribute("href", link(state, "overview"));
            for (const [page, element] of links) {
                element.setAttribute("href", link(state, page));
                const here =
                    page === state.page ||
                    (page === "search" && state.page === "transaction") ||
                    (page === "overview" && state.page === "function");
                element.toggleAttribute("data-current", here);
                if (page === state.page) {
                    element.setAttribute("aria-current", "page");
                } else {
                    element.removeAttribute("aria-current");
                }
            }
            range.label.textContent = rangeName(state.range);
            const fixed = state.range.preset === undefined;
            live.setAttribute(
                "href",
                fixed
                    ? change(state, { from: null, to: null, live: null })
                    : change(state, { live: state.live ? "0" : null }),
            );
            live.setAttribute("aria-checked", String(state.live));
            live.title = state.live
                ? "Asks again by itself. Click to stop."
                : fixed
                  ? "A fixed time range stands still. Click to follow the present."
                  : "Click to follow the present.";
            search.field.value = ["search", "logs"].includes(state.page)
                ? (state.parameters.get("q") ?? "")
                : "";
        },
        focusSearch() {
            search.field.focus();
            search.field.select();
        },
        openRange: range.open,
    };
}
