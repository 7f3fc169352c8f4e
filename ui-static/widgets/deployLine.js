/**
 * What was deployed in the time that is shown, in a line: nothing where nothing was.
 */

import { plural } from "../format.js";
import { h, replace } from "../h.js";
import { icon } from "../icons.js";
import { deployName } from "../model/deploys.js";
import { link, rangeChanges } from "../state.js";
import { nsToMs } from "../time.js";
import { moment, nameText } from "./common.js";

/** So many are named. */
const shownMax = 4;

/** An hour around it. */
const aroundMs = 1_800_000;

function oneDeploy(state, deploy) {
    const atMs = nsToMs(deploy.at);
    const around = rangeChanges({ from: atMs - aroundMs, to: atMs + aroundMs });
    const name = nameText(deployName(deploy), 50);
    const says = [
        deploy.source === "version"
            ? "its version was new"
            : "somebody said so",
        deploy.ref ? `ref ${deploy.ref}` : null,
        deploy.env ? `in ${deploy.env}` : null,
    ];
    return h(
        "span",
        { class: "deploy", title: says.filter(Boolean).join(", ") },
        deploy.function
            ? h("a", { href: link(state, "function", deploy.function, around) }, name)
            : name,
        " ",
        h("span", { class: "sub" }, moment(deploy.at, { relative: true })),
    );
}

/**
 * @param {object} state
 * @param {object} feed Of GET deploys.
 * @returns {HTMLElement}
 */
export function deployLine(state, feed) {
    const element = h("p", { class: "deployLine", hidden: true, "aria-label": "Deploys" });
    feed.subscribe((now) => {
        const deploys = now.data?.deploys ?? [];
        const more = deploys.length - shownMax;
        element.hidden = deploys.length === 0;
        replace(
            element,
            icon("deploy"),
            h("strong", {}, plural(deploys.length, "deploy")),
            deploys.slice(0, shownMax).map((deploy) => oneDeploy(state, deploy)),
            more > 0 ? h("span", { class: "sub" }, `and ${more} more`) : null,
        );
    });
    return element;
}
