/**
 * The merged lines of a transaction: in the collector's order, tagged with their instance, linked
 * with the waterfall.
 */

import { clock, count, offset, plural, shorten, visible } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { attributeTable } from "./attributes.js";
import { instanceTag } from "./instanceTag.js";

const page = 1000;
const levels = [
    ["", "All levels", 0],
    ["info", "Info and above", 9],
    ["warning", "Warnings and errors", 13],
    ["error", "Errors", 17],
];
const bodyMax = 4000;

function levelName(log) {
    return visible(
        log.level ||
            (log.severity >= 21
                ? "FATAL"
                : log.severity >= 17
                  ? "ERROR"
                  : log.severity >= 13
                    ? "WARN"
                    : log.severity >= 9
                      ? "INFO"
                      : log.severity >= 5
                        ? "DEBUG"
                        : log.severity > 0
                          ? "TRACE"
                          : "–"),
    );
}

function prettyJson(text) {
    if (!/^\s*[[{]/.test(text)) {
        return null;
    }
    try {
        return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        return null;
    }
}

/** Attributes of the line itself; what the agent says about the line is on the page already. */
function ownAttributes(log) {
    return Object.fromEntries(
        Object.entries(log.attributes ?? {}).filter(
            ([key]) => !key.startsWith("thaw.") && key !== "faas.invocation_id",
        ),
    );
}

function more(log, text, said) {
    const json = prettyJson(text);
    const own = ownAttributes(log);
    const attributes = Object.keys(own).length > 0 ? attributeTable(own) : null;
    const cut = text.length > 300 || !text.endsWith(said) || (log.parts ?? 1) > 1;
    const whole = json ?? (cut ? text : null);
    return [
        whole === null ? null : h("pre", { class: "logWhole" }, visible(whole.slice(0, 100_000))),
        attributes,
    ];
}

const stamp = String.raw`(?:\d{4}-\d\d-\d\dT[\d:.]+Z\s+)`;
const word = String.raw`(?:\[?[A-Z]{4,8}\]?\s+)`;

/**
 * What a runtime writes before a line: time, level, and the id of the very request that the line is
 * tagged with.  The page says all three already, so it is shown only in an opened line.
 */
function runtimePrefix(log, text) {
    const id = log.request_id;
    if (!id || !/^[0-9a-f-]{36}$/.test(id) || !text.slice(0, 100).includes(id)) {
        return "";
    }
    return new RegExp(`^${word}?${stamp}?${id}\\s+${word}?`).exec(text)?.[0] ?? "";
}

/** What a line says, the whole of it, and what of that is the runtime's prefix. */
function textsOf(log) {
    const whole = typeof log.body === "string" ? log.body : JSON.stringify(log.body ?? null);
    if (typeof log.message === "string" && log.message !== "") {
        const at = whole.indexOf(log.message);
        return { whole, said: log.message, prefix: at > 0 ? whole.slice(0, at) : "" };
    }
    const prefix = runtimePrefix(log, whole);
    return { whole, said: whole.slice(prefix.length), prefix };
}

function lineElement(log, options) {
    const { whole: text, said, prefix } = textsOf(log);
    const parts = log.parts ?? 1;
    const expandable =
        prefix !== "" ||
        said !== text ||
        parts > 4 ||
        text.length > 300 ||
        Object.keys(ownAttributes(log)).length > 0 ||
        prettyJson(text) !== null;
    const body = h(
        "div",
        { class: "logBody" },
        h(
            "bdi",
            { class: "logText" },
            prefix === "" ? null : h("span", { class: "logPrefix" }, visible(prefix)),
            visible(said.slice(0, bodyMax)) ||
                (log.event_name ? shorten(log.event_name, 80) : ""),
        ),
        parts > 1
            ? h(
                  "span",
                  {
                      class: "logParts sub",
                      title: "Lines that belong together, such as a stack trace, put together",
                  },
                  plural(parts, "line"),
              )
            : null,
        log.shared
            ? h(
                  "span",
                  {
                      class: "logShared",
                      title: "A line of a batch that serves several transactions",
                  },
                  icon("shared"),
                  "shared",
              )
            : null,
    );
    const line = h(
        "li",
        {
            class: "logLine",
            "data-grade": log.grade,
            "data-source": log.source ?? "",
            "data-log": log.key,
        },
        h(
            "time",
            { class: "logTime" },
            options.relative
                ? offset(log.atMs)
                : clock(log.atMs === null ? null : options.zeroMs + log.atMs, 3),
        ),
        h(
            "button",
            {
                type: "button",
                class: "logTag",
                title: "Show its span in the waterfall",
                onclick: () => options.onSelect(log),
            },
            instanceTag(options.lanes, log),
        ),
        h(
            "span",
            { class: "logLevel" },
            log.grade === "error"
                ? icon("error")
                : log.grade === "warning"
                  ? icon("warning")
                  : null,
            shorten(levelName(log), 8),
        ),
        body,
    );
    if (expandable) {
        const button = h(
            "button",
            {
                type: "button",
                class: "logMore",
                "aria-expanded": "false",
                "aria-label": "More of this line",
            },
            icon("right"),
        );
        const extra = h("div", { class: "logExtra", hidden: true });
        button.addEventListener("click", () => {
            const open = extra.hidden;
            extra.hidden = !open;
            line.toggleAttribute("data-open", open);
            button.setAttribute("aria-expanded", String(open));
            replace(extra, open ? more(log, text, said) : null);
        });
        line.prepend(button);
        line.append(extra);
    }
    return line;
}

/**
 * @param {object} model As buildTransaction() gave it.
 * @param {{level: string, relative: boolean}} initial
 * @param {{onSelect: (log: object) => void, onHover: (key: string | null) => void,
 *          onOptions: (options: object) => void}} hooks
 * @returns {{element: HTMLElement, update: (options: object) => void,
 *            highlight: (key: string | null) => void, reveal: (key: string) => void}}
 */
export function createLogs(model, initial, hooks) {
    let options = initial;
    let limit = page;
    let byRow = new Map();
    let hot = [];
    const list = h("ol", { class: "logList" });
    const foot = h("div", { class: "logFoot" });
    const scroller = h(
        "div",
        {
            class: "logScroller",
            tabindex: "0",
            role: "log",
            "aria-live": "off",
            "aria-label": "Log lines",
        },
        list,
        foot,
    );
    const select = h(
        "select",
        { class: "select small", "aria-label": "Level" },
        levels.map(([id, words]) => h("option", { value: id }, words)),
    );
    const relative = h(
        "button",
        { type: "button", class: "button small", role: "switch" },
        "Relative time",
    );
    const shown = h("span", { class: "sub" });
    const element = h(
        "section",
        { class: "panel logs", "aria-label": "Logs" },
        h(
            "header",
            { class: "panelHead" },
            h("h2", {}, "Logs"),
            h("div", { class: "panelNote" }, shown, select, relative),
        ),
        scroller,
    );
    select.addEventListener("change", () => hooks.onOptions({ level: select.value }));
    relative.addEventListener("click", () => hooks.onOptions({ relative: !options.relative }));

    const draw = () => {
        const least = levels.find(([id]) => id === options.level)?.[2] ?? 0;
        const lines = model.logs.filter((log) => (log.severity ?? 0) >= least);
        byRow = new Map();
        const elements = lines.slice(0, limit).map((log) => {
            const line = lineElement(log, {
                ...options,
                lanes: model.lanes,
                zeroMs: model.zeroMs,
                onSelect: hooks.onSelect,
            });
            for (const key of new Set([log.rowKey, log.ownerKey])) {
                if (key !== null) {
                    byRow.set(key, [...(byRow.get(key) ?? []), line]);
                }
            }
            return line;
        });
        list.replaceChildren(...elements);
        select.value = options.level;
        relative.setAttribute("aria-checked", String(options.relative));
        shown.textContent =
            lines.length === model.logs.length
                ? plural(lines.length, "line")
                : `${count(lines.length)} of ${plural(model.logs.length, "line")}`;
        if (lines.length === 0) {
            replace(
                foot,
                h(
                    "p",
                    { class: "sub" },
                    model.logs.length === 0
                        ? "No line has arrived from these invocations."
                        : "No line of this level.",
                ),
            );
        } else if (lines.length > limit) {
            replace(
                foot,
                h(
                    "button",
                    {
                        type: "button",
                        class: "button small",
                        onclick: () => {
                            limit += page;
                            draw();
                        },
                    },
                    `Show ${count(Math.min(page, lines.length - limit))} more of ${count(lines.length - limit)}`,
                ),
            );
        } else {
            replace(foot);
        }
    };
    const logOf = (target) => {
        const key = target.closest?.(".logLine")?.dataset.log;
        return key ? model.logs[Number(key.slice(4))] : null;
    };
    list.addEventListener("pointerover", (event) =>
        hooks.onHover(logOf(event.target)?.rowKey ?? null),
    );
    list.addEventListener("pointerleave", () => hooks.onHover(null));
    list.addEventListener("focusin", (event) => hooks.onHover(logOf(event.target)?.rowKey ?? null));
    draw();
    return {
        element,
        update(next) {
            if (next.level !== options.level || next.relative !== options.relative) {
                options = next;
                draw();
            }
        },
        highlight(key) {
            hot.forEach((line) => line.removeAttribute("data-hot"));
            hot = byRow.get(key) ?? [];
            hot.forEach((line) => line.setAttribute("data-hot", ""));
        },
        reveal(key) {
            const line = byRow.get(key)?.[0];
            if (line && scroller.scrollHeight > scroller.clientHeight) {
                scroller.scrollTop = line.offsetTop - 40;
            }
        },
    };
}
