/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_json.h"

#include <stdlib.h>

static bool is_wanted(const struct notify_json_wanted *wanted, const struct notify_deploy *deploy)
{
    bool its = wanted->function.size == 0 || deploy->function.size == 0 ||
               slice_equal(wanted->function, deploy->function);
    return its && deploy->at_ns >= wanted->from_ns && deploy->at_ns < wanted->to_ns;
}

static int latest_first(const void *one, const void *other)
{
    const struct notify_deploy *const *a = one;
    const struct notify_deploy *const *b = other;
    return ((*a)->at_ns < (*b)->at_ns) - ((*a)->at_ns > (*b)->at_ns);
}

static void write_deploy(struct json_write *writer, const struct notify_deploy *deploy)
{
    json_write_object_begin(writer);
    json_write_member_u64_text(writer, SLICE("at"), deploy->at_ns);
    json_write_member_string(writer, SLICE("source"), notify_deploy_source_name(deploy->source));
    json_write_member_string(writer, SLICE("account"), deploy->account);
    json_write_member_string(writer, SLICE("region"), deploy->region);
    json_write_member_string(writer, SLICE("function"), deploy->function);
    json_write_member_string(writer, SLICE("version"), deploy->version);
    json_write_member_string(writer, SLICE("env"), deploy->env);
    json_write_member_string(writer, SLICE("ref"), deploy->ref);
    json_write_member_string(writer, SLICE("url"), deploy->url);
    json_write_member_u64_text(writer, SLICE("wave"), deploy->wave);
    json_write_object_end(writer);
}

bool notify_json_deploys(struct json_write *writer, const struct notify_book *book,
                         const struct notify_json_wanted *wanted)
{
    const struct notify_deploys *deploys = &book->deploys;
    const struct notify_deploy **found = calloc(deploys->count + 1, sizeof(*found));
    size_t count = 0;
    if (found == NULL) {
        return false;
    }
    for (size_t i = 0; i < deploys->count; i++) {
        if (is_wanted(wanted, &deploys->items[i])) {
            found[count] = &deploys->items[i];
            count++;
        }
    }
    qsort(found, count, sizeof(*found), latest_first);
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("deploys"));
    for (size_t i = 0; i < count && i < wanted->limit; i++) {
        write_deploy(writer, found[i]);
    }
    json_write_array_end(writer);
    json_write_member_bool(writer, SLICE("more"), count > wanted->limit);
    json_write_object_end(writer);
    free(found);
    return true;
}
