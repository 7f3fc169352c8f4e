/**
 * The shell: which page the address asks for, and what surrounds it.
 */

import { h, replace } from "./h.js";
import { listenToKeys } from "./keyboard.js";
import { followLinks } from "./navigate.js";
import { alertsPage } from "./pages/alerts.js";
import { costPage } from "./pages/cost.js";
import { explorePage } from "./pages/explore.js";
import { functionPage } from "./pages/function.js";
import { logsPage } from "./pages/logs.js";
import { overviewPage } from "./pages/overview.js";
import { searchPage } from "./pages/search.js";
import { statusPage } from "./pages/status.js";
import { tailPage } from "./pages/tail.js";
import { transactionPage } from "./pages/transaction.js";
import { link, parse } from "./state.js";
import { shorten } from "./format.js";
import { createHeader } from "./widgets/header.js";
import { emptyState } from "./widgets/panel.js";
import { hideTooltip } from "./widgets/tooltip.js";

const pages = {
    overview: overviewPage,
    function: functionPage,
    transaction: transactionPage,
    search: searchPage,
    logs: logsPage,
    alerts: alertsPage,
    cost: costPage,
    explore: explorePage,
    tail: tailPage,
    status: statusPage,
    unknown: unknownPage,
};
const titles = {
    overview: "Overview",
    search: "Transactions",
    logs: "Logs",
    alerts: "Alerts",
    cost: "Cost",
    explore: "Metrics",
    tail: "Tail",
    status: "Status",
    unknown: "Not found",
};

function unknownPage(root, state) {
    root.append(
        emptyState(
            "There is no such page",
            "The address may be mistyped.",
            h("a", { class: "button", href: link(state, "overview") }, "To the overview"),
        ),
    );
}

const main = document.getElementById("main");
const announce = document.getElementById("announce");
let state = parse(location.href);
let current = { abort: new AbortController(), update: null };
const header = createHeader(document.getElementById("header"), () => state);

/** Parameters that change what a page shows of data it has already; it updates in place. */
const inPlace = new Set(["sort", "sel", "level", "relative", "open", "by"]);

function onlyInPlace(before, after) {
    if (before.page !== after.page || before.id !== after.id) {
        return false;
    }
    const names = new Set([...before.parameters.keys(), ...after.parameters.keys()]);
    return [...names].every(
        (name) => inPlace.has(name) || before.parameters.get(name) === after.parameters.get(name),
    );
}

/** Put the page where its reader left it, as soon as it is long enough again. */
function restoreScroll(top, signal) {
    window.scrollTo(0, top);
    if (top === 0) {
        return;
    }
    const observer = new ResizeObserver(() => {
        window.scrollTo(0, top);
        if (Math.abs(window.scrollY - top) < 2) {
            observer.disconnect();
        }
    });
    observer.observe(main);
    setTimeout(() => observer.disconnect(), 2000);
    signal.addEventListener("abort", () => observer.disconnect());
}

function show(previous, moved) {
    state = parse(location.href);
    header.update(state);
    hideTooltip();
    if (previous !== null && current.update !== null && onlyInPlace(previous, state)) {
        current.update(state);
        return;
    }
    const stays = previous?.page === state.page && previous?.id === state.id;
    const focused = stays ? document.activeElement?.getAttribute("data-key") : null;
    current.abort.abort();
    const abort = new AbortController();
    current = { abort, update: null };
    replace(main);
    main.dataset.page = state.page;
    const title = titles[state.page] ?? shorten(state.id, 40);
    document.title = state.page === "overview" ? "thaw" : `${title} – thaw`;
    current.update = pages[state.page](main, state, abort.signal) ?? null;
    if (focused) {
        // What was chosen with keys is where the next key goes.
        main.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    if (moved && !stays) {
        main.focus({ preventScroll: true });
        announce.textContent = title;
        restoreScroll(history.state?.scroll ?? 0, abort.signal);
    }
}

history.scrollRestoration = "manual";
window.addEventListener("thaw:navigate", () => show(state, true));
window.addEventListener("popstate", () => show(state, true));
window.addEventListener("pagehide", () =>
    history.replaceState({ ...history.state, scroll: window.scrollY }, ""),
);
followLinks(document);
listenToKeys(header);
show(null, false);
