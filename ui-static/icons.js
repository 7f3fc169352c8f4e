/**
 * The few pictures of the dashboard, drawn as lines in the colour of the text around them.
 */

import { svg } from "./h.js";

const shapes = {
    cold: [
        "M8 1.8v12.4M2.6 4.9l10.8 6.2M13.4 4.9 2.6 11.1",
        "M6.3 2.9 8 4.6l1.7-1.7M6.3 13.1 8 11.4l1.7 1.7",
    ],
    error: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z", "m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2"],
    timeout: [
        "M4 1.8h8M4 14.2h8",
        "M4.9 1.8c0 4 3.1 4.2 3.1 6.2s-3.1 2.2-3.1 6.2M11.1 1.8c0 4-3.1 4.2-3.1 6.2s3.1 2.2 3.1 6.2",
    ],
    ok: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z", "m5.4 8.1 1.8 1.8 3.5-3.7"],
    warning: ["M8 2.2 14.4 13.4H1.6Z", "M8 6.4v3.2M8 11.5v.1"],
    unknown: [
        "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z",
        "M6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.2M8 11.1v.1",
    ],
    running: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z", "M8 4.6V8l2.2 1.4"],
    shared: ["M8 2v4.2M8 6.2 3.4 10v3.6M8 6.2l4.6 3.8v3.6M8 6.2v7.4"],
    note: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z", "M8 7.4v3.6M8 5v.1"],
    search: ["M7 2.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6Z", "m10.6 10.6 3.2 3.2"],
    sun: [
        "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z",
        "M8 1.4v1.4m0 10.4v1.4M1.4 8h1.4m10.4 0h1.4M3.3 3.3l1 1m7.4 7.4 1 1m0-9.4-1 1m-7.4 7.4-1 1",
    ],
    moon: ["M13.4 9.6A5.8 5.8 0 1 1 6.4 2.6a4.6 4.6 0 0 0 7 7Z"],
    half: [
        "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z",
        "M8 1.8v12.4M10.4 2.4v11.2M12.6 4v8",
    ],
    pause: ["M5.6 3.4v9.2M10.4 3.4v9.2"],
    down: ["m4 6.2 4 4 4-4"],
    right: ["m6.2 4 4 4-4 4"],
    up: ["m4 9.8 4-4 4 4"],
    calendar: ["M2.4 3.6h11.2v10H2.4ZM2.4 6.6h11.2M5.4 1.8v3M10.6 1.8v3"],
    copy: ["M5.4 5.4h8.2v8.2H5.4Z", "M10.6 5.4V2.4H2.4v8.2h3"],
    close: ["m4 4 8 8m0-8-8 8"],
    queue: ["M2 4.4h12M2 8h12M2 11.6h12", "m11.6 9.2 2.4 2.4-2.4 2.4"],
    empty: ["M2.2 9.4 4 3.2h8l1.8 6.2v3.8H2.2Z", "M2.2 9.4h3.4l.8 1.6h3.2l.8-1.6h3.4"],
    deploy: ["M4 14.2V1.8", "M4 2.4h8.6L10.2 5.2 12.6 8H4"],
    check: ["m3 8.4 3.2 3.2L13 4.8"],
};

/**
 * One picture.  Decoration: the words beside it say what it means, or `label` does.
 * @param {keyof shapes} name
 * @param {string} [label]
 * @returns {SVGElement}
 */
export function icon(name, label = "") {
    const paths = shapes[name].map((d) => svg("path", { d }));
    const naming = label === "" ? { "aria-hidden": "true" } : { role: "img", "aria-label": label };
    return svg("svg", { class: `icon icon-${name}`, viewBox: "0 0 16 16", ...naming }, paths);
}

/**
 * The product's mark: an ice crystal of which a drop has already come off.
 * @returns {SVGElement}
 */
export function mark() {
    return svg(
        "svg",
        { class: "mark", viewBox: "0 0 24 24", "aria-hidden": "true" },
        svg("path", { d: "M12 3v13M5.2 6.2l13.6 8.6M18.8 6.2 5.2 14.8" }),
        svg("path", { d: "m9.6 4.6 2.4 2 2.4-2M4.6 9.4l3-.6-.8-2.9M19.4 9.4l-3-.6.8-2.9" }),
        svg("path", {
            class: "drop",
            d: "M12 17.2c1.3 1.5 2 2.4 2 3.3a2 2 0 1 1-4 0c0-.9.7-1.8 2-3.3Z",
        }),
    );
}
