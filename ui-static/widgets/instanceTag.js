/**
 * The tag by which an instance is known on its transaction's page: in the waterfall, in the logs, in
 * the details.
 */

import { shorten, visible } from "../format.js";
import { h } from "../h.js";
import { instanceLabel, laneOf } from "../model/keys.js";
import { hasNoStream } from "../model/sources.js";

/** The tag of an instance: its colour and its words, everywhere the same. */
export function instanceTag(lanes, row) {
    return h(
        "span",
        {
            class: "tag",
            "data-lane": laneOf(lanes, row) % 8,
            title: hasNoStream(row)
                ? "The export had no stream names: which instance it was is not known"
                : visible(instanceLabel(row)).slice(0, 500),
        },
        h("bdi", {}, shorten(row.function ?? "no function", 22)),
        hasNoStream(row) ? " #?" : ` #${row.instance_no ?? "?"}`,
    );
}
