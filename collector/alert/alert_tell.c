/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_tell.h"

#include "alert/alert_text.h"

#include "notify/notice.h"

void alert_tell(struct notify *notify, const struct alert_rule *rule,
                const struct alert_entry *entry, uint64_t now_ns)
{
    struct alert_text_pairs labels;
    struct alert_text_pairs annotations;
    bool resolved = entry->watch.phase == ALERT_OK;
    const struct alert_text text = {.labels = &entry->labels,
                                    .rule = rule,
                                    .counts = &entry->fired_with,
                                    .examples = &entry->examples,
                                    .resolved = resolved};
    alert_text_label_pairs(&labels, &entry->labels);
    alert_text_annotation_pairs(&annotations, &text);
    const struct notify_alert alert = {
        .fingerprint = entry->fingerprint,
        .labels = labels.items,
        .label_count = labels.count,
        .annotations = annotations.items,
        .annotation_count = annotations.count,
        .starts_ns = entry->watch.began_ns,
        .fired_ns = entry->watch.fired_ns,
        .ends_ns = resolved ? entry->watch.resolved_ns : 0,
    };
    notify_tell(notify, &alert, 1, now_ns);
}
