/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/declared.h"

#include "declared/declared_limits.h"
#include "yaml/yaml_fields.h"

#include <stdbool.h>

/* ---- What is found in it. ---- */

static bool is_of(const struct declared_function *function, struct slice name)
{
    struct slice pattern = function->name;
    if (pattern.size > 0 && pattern.base[pattern.size - 1] == '*') {
        return slice_starts(name, slice_take(pattern, pattern.size - 1));
    }
    return slice_equal(pattern, name);
}

const struct declared_function *declared_of(const struct declared *declared, struct slice name)
{
    for (size_t i = 0; i < declared->function_count; i++) {
        if (is_of(&declared->functions[i], name)) {
            return &declared->functions[i];
        }
    }
    return NULL;
}

struct slice declared_label_of(const struct declared_function *function, struct slice name)
{
    for (size_t i = 0; function != NULL && i < function->label_count; i++) {
        if (slice_equal(function->labels[i].name, name)) {
            return function->labels[i].value;
        }
    }
    return SLICE_EMPTY;
}

bool declared_has_label(const struct declared *declared, struct slice name)
{
    for (size_t i = 0; i < declared->function_count; i++) {
        if (declared_label_of(&declared->functions[i], name).size > 0) {
            return true;
        }
    }
    return false;
}

/* ---- How it is read. ---- */

/* Words that GET cost groups by itself, so that no label can mean something else. */
static bool label_is_taken(struct slice name)
{
    static const char *const taken[] = {"function", "version", "trigger", "env", "region"};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (slice_equal(name, slice_from(taken[i]))) {
            return true;
        }
    }
    return false;
}

static void read_labels(struct yaml_reader *reader, const struct yaml_node *entry,
                        struct declared_function *function)
{
    const struct yaml_node *map = yaml_map(reader, entry, "labels");
    if (map == NULL) {
        return;
    }
    struct declared_label *labels =
        arena_alloc_array(reader->arena, yaml_count(map) + 1, sizeof(*labels));
    function->labels = labels;
    for (const struct yaml_node *node = map->first; node != NULL && labels != NULL;
         node = node->next) {
        struct slice name = slice_from(node->key);
        struct slice value = yaml_text(reader, map, node->key);
        if (name.size == 0 || name.size > DECLARED_LABEL_SIZE_MAX ||
            value.size > DECLARED_LABEL_SIZE_MAX) {
            yaml_wrong_key(reader, node, "a label and its value have 1 to 128 bytes", "", "");
        } else if (label_is_taken(name)) {
            yaml_wrong_key(reader, node, "costs are grouped by ", node->key,
                           " already: give the label another name");
        } else if (value.size > 0) {
            labels[function->label_count++] = (struct declared_label){name, value};
        }
    }
}

/* From when to when.  Needs its beginning. */
static void read_span(struct yaml_reader *reader, const struct yaml_node *map, int64_t *from_ns,
                      int64_t *to_ns)
{
    *from_ns = yaml_time(reader, map, "from", DECLARED_NO_END);
    *to_ns = yaml_time(reader, map, "to", DECLARED_NO_END);
    if (*from_ns == DECLARED_NO_END) {
        yaml_wrong(reader, map, "it has a beginning: write from: 2026-11-27T08:00:00Z");
        *from_ns = 0;
    } else if (*to_ns < *from_ns) {
        yaml_wrong(reader, map, "its end is before its beginning");
    }
}

static bool is_map(struct yaml_reader *reader, const struct yaml_node *node, const char *what)
{
    if (node->kind != YAML_MAP) {
        yaml_wrong(reader, node, what);
    }
    return node->kind == YAML_MAP;
}

static void read_provisioned(struct yaml_reader *reader, const struct yaml_node *entry,
                             struct declared_function *function)
{
    const struct yaml_node *list = yaml_list(reader, entry, "provisioned");
    if (list == NULL) {
        return;
    }
    struct declared_provisioned *items =
        arena_alloc_array(reader->arena, yaml_count(list) + 1, sizeof(*items));
    function->provisioned = items;
    for (const struct yaml_node *node = list->first; node != NULL && items != NULL;
         node = node->next) {
        struct declared_provisioned *item = &items[function->provisioned_count];
        if (!is_map(reader, node,
                    "an entry of provisioned is a map: instances, memory_mb, from, to")) {
            continue;
        }
        yaml_known_keys(reader, node, "instances memory_mb from to");
        item->instances =
            (uint32_t)yaml_whole(reader, node, "instances", 1, DECLARED_INSTANCES_MAX, 0);
        item->memory_mb = (uint32_t)yaml_whole(reader, node, "memory_mb", DECLARED_MEMORY_MB_MIN,
                                               DECLARED_MEMORY_MB_MAX, 0);
        if (yaml_find(node, "instances") == NULL || yaml_find(node, "memory_mb") == NULL) {
            yaml_wrong(reader, node, "say how many instances, and of which memory_mb");
        }
        read_span(reader, node, &item->from_ns, &item->to_ns);
        function->provisioned_count++;
    }
}

static void read_snapshots(struct yaml_reader *reader, const struct yaml_node *entry,
                           struct declared_function *function)
{
    const struct yaml_node *list = yaml_list(reader, entry, "snapshots");
    if (list == NULL) {
        return;
    }
    struct declared_snapshot *items =
        arena_alloc_array(reader->arena, yaml_count(list) + 1, sizeof(*items));
    function->snapshots = items;
    for (const struct yaml_node *node = list->first; node != NULL && items != NULL;
         node = node->next) {
        struct declared_snapshot *item = &items[function->snapshot_count];
        if (!is_map(reader, node, "an entry of snapshots is a map: size_mb, from, to")) {
            continue;
        }
        yaml_known_keys(reader, node, "size_mb from to");
        item->size_mb = (uint32_t)yaml_whole(reader, node, "size_mb", 1, DECLARED_MEMORY_MB_MAX, 0);
        if (yaml_find(node, "size_mb") == NULL) {
            yaml_wrong(reader, node, "say its size_mb, which is the memory of the function");
        }
        read_span(reader, node, &item->from_ns, &item->to_ns);
        function->snapshot_count++;
    }
}

static void read_function(struct yaml_reader *reader, const struct yaml_node *entry,
                          struct declared_function *function)
{
    *function = (struct declared_function){.name = SLICE_EMPTY};
    if (!is_map(reader, entry, "an entry of functions is a map that begins with function: NAME")) {
        return;
    }
    yaml_known_keys(reader, entry, "function labels ephemeral_storage_mb provisioned snapshots");
    function->name = yaml_text(reader, entry, "function");
    if (function->name.size == 0) {
        yaml_wrong(reader, entry,
                   "say whose entry it is: function: NAME, or the beginning of names and *");
    }
    function->storage_mb = (uint32_t)yaml_whole(
        reader, entry, "ephemeral_storage_mb", DECLARED_STORAGE_MB_MIN, DECLARED_STORAGE_MB_MAX, 0);
    read_labels(reader, entry, function);
    read_provisioned(reader, entry, function);
    read_snapshots(reader, entry, function);
    if (function->provisioned_count + function->snapshot_count > 0 &&
        slice_find_byte(function->name, '*') != SLICE_NONE) {
        yaml_wrong(reader, entry,
                   "instances and snapshots are kept for one function: write its whole name");
    }
}

static void read_root(struct yaml_reader *reader, const struct yaml_node *root,
                      struct declared *declared)
{
    if (!is_map(reader, root, "the file is a map with functions, and savings_plan_percent")) {
        return;
    }
    yaml_known_keys(reader, root, "functions savings_plan_percent");
    declared->savings_percent =
        (uint32_t)yaml_whole(reader, root, "savings_plan_percent", 0, 99, 0);
    const struct yaml_node *list = yaml_list(reader, root, "functions");
    if (list == NULL) {
        return;
    }
    struct declared_function *functions =
        arena_alloc_array(reader->arena, yaml_count(list) + 1, sizeof(*functions));
    declared->functions = functions;
    for (const struct yaml_node *node = list->first; node != NULL && functions != NULL;
         node = node->next) {
        read_function(reader, node, &functions[declared->function_count++]);
    }
}

enum status declared_read(struct slice text, const char *where, struct arena *arena,
                          struct buf *errors, struct declared *declared)
{
    struct yaml_reader reader = {.where = where, .arena = arena, .errors = errors};
    struct yaml_node *root = NULL;
    *declared = (struct declared){.functions = NULL};
    if (text.size > DECLARED_FILE_SIZE_MAX) {
        buf_printf(errors, "%s: it has more than %zu bytes\n", where, DECLARED_FILE_SIZE_MAX);
        return STATUS_BAD;
    }
    if (text.size == 0) {
        return STATUS_OK;
    }
    enum status status = yaml_parse(text, where, arena, errors, &root);
    if (status != STATUS_OK) {
        return status;
    }
    if (root != NULL && !yaml_null(root)) {
        read_root(&reader, root, declared);
    }
    if (arena_overflowed(arena)) {
        return STATUS_FULL;
    }
    return reader.error_count > 0 ? STATUS_BAD : STATUS_OK;
}
