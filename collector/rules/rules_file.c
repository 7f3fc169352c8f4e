/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_file.h"

#include "rules/rules_limits.h"
#include "rules/template.h"

#include "base/number.h"
#include "yaml/yaml_fields.h"

#include <stdio.h>
#include <string.h>

/* ---- Fields. ---- */

enum status rules_duration(struct slice text, int64_t *duration_ms)
{
    static const char *const zeros[] = {"0", "0ms", "0s", "0m", "0h", "0d", "0w", "0y"};
    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++) {
        if (slice_equal(text, slice_from(zeros[i]))) {
            *duration_ms = 0;
            return STATUS_OK;
        }
    }
    return promql_parse_duration(text, duration_ms);
}

/* A duration of zero or more; 0 where it is not there, or wrong. */
static int64_t duration_of(struct yaml_reader *reader, const struct yaml_node *map, const char *key)
{
    struct slice text = yaml_text(reader, map, key);
    int64_t duration_ms = 0;
    if (text.size == 0) {
        return 0;
    }
    if (rules_duration(text, &duration_ms) != STATUS_OK) {
        yaml_wrong_key(reader, yaml_find(map, key), "", key, " is a duration such as 5m or 1h30m");
        return 0;
    }
    return duration_ms;
}

/* ---- Labels and annotations. ---- */

static bool name_is_classic(struct slice name, bool metric)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = name.base[i];
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (metric && c == ':');
        if (!letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return name.size > 0;
}

static void check_template(struct yaml_reader *reader, const struct yaml_node *node,
                           struct slice text)
{
    struct template_error error;
    if (!template_check(text, &error)) {
        yaml_wrong_at(reader, node->line, node->column,
                      arena_printf(reader->arena, "%.100s, at its character %zu: %s", node->key,
                                   error.position + 1, error.reason));
    }
}

/* The pairs of a map under a key, in the order of the file. */
static const struct rule_pair *pairs_of(struct yaml_reader *reader, const struct yaml_node *map,
                                        const char *key, size_t *count)
{
    const struct yaml_node *list = yaml_find(map, key);
    *count = 0;
    if (list == NULL || yaml_null(list)) {
        return NULL;
    }
    if (list->kind != YAML_MAP) {
        yaml_wrong_key(reader, list, "", key, " is a map of names and texts");
        return NULL;
    }
    struct rule_pair *pairs =
        arena_alloc_array(reader->arena, yaml_count(list) + 1, sizeof(struct rule_pair));
    for (const struct yaml_node *node = list->first; node != NULL && pairs != NULL;
         node = node->next) {
        struct slice name = slice_from(node->key);
        if (!name_is_classic(name, false) || slice_equal(name, LABEL_NAME)) {
            yaml_wrong_key(reader, node, "'", node->key,
                           "' is no name: letters, digits and underscores, and not __name__");
            continue;
        }
        struct slice value = yaml_text(reader, list, node->key);
        if (node->kind == YAML_SCALAR) {
            check_template(reader, node, value);
        }
        pairs[(*count)++] = (struct rule_pair){name, value};
    }
    return pairs;
}

/* ---- Rules. ---- */

static const struct promql_query *query_of(struct yaml_reader *reader, const struct yaml_node *node,
                                           struct slice text, const char *what)
{
    const struct promql_query *query = NULL;
    struct promql_error error;
    enum status status = promql_parse(text, reader->arena, &query, &error);
    if (status == STATUS_OK) {
        return query;
    }
    yaml_wrong_at(reader, node->line, node->column,
                  arena_printf(reader->arena, "%s: %s", what,
                               status == STATUS_FULL ? "it is too long" : error.message));
    return NULL;
}

/* The node of an annotation, or NULL. */
static const struct yaml_node *annotation_of(const struct yaml_node *map, const char *name)
{
    const struct yaml_node *annotations = yaml_find(map, "annotations");
    const struct yaml_node *node =
        annotations != NULL && annotations->kind == YAML_MAP ? yaml_find(annotations, name) : NULL;
    return node != NULL && node->kind == YAML_SCALAR ? node : NULL;
}

/* The expression of an annotation; NULL: there is none. */
static const struct promql_query *series_of(struct yaml_reader *reader, const struct yaml_node *map,
                                            const char *name)
{
    const struct yaml_node *node = annotation_of(map, name);
    char what[64];
    if (node == NULL) {
        return NULL;
    }
    (void)snprintf(what, sizeof(what), "%s is no expression", name);
    const struct promql_query *query = query_of(reader, node, slice_from(node->text),
                                                arena_dup_text(reader->arena, slice_from(what)));
    if (query != NULL && promql_type(query) != PROMQL_VECTOR) {
        yaml_wrong_at(reader, node->line, node->column,
                      arena_printf(reader->arena,
                                   "%s gives no series: write a metric or a comparison of one",
                                   name));
    }
    return query;
}

static enum rule_no_data no_data_of(struct yaml_reader *reader, const struct yaml_node *map,
                                    const struct rule *rule)
{
    static const char *const words[] = {"ok", "breach", "keep", "no_data"};
    const struct yaml_node *node = annotation_of(map, "thaw_no_data");
    if (node == NULL) {
        return RULE_NO_DATA_OK;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(node->text, words[i]) == 0) {
            if (i != RULE_NO_DATA_OK && rule->data == NULL) {
                yaml_wrong(
                    reader, node,
                    "thaw_no_data needs thaw_data: the metric without which there is no data");
            }
            return (enum rule_no_data)i;
        }
    }
    yaml_wrong(reader, node, "thaw_no_data is ok, breach, keep or no_data");
    return RULE_NO_DATA_OK;
}

/* "2/3": two of the latest three evaluations. */
static void read_points(struct yaml_reader *reader, const struct yaml_node *map, struct rule *rule)
{
    const struct yaml_node *node = annotation_of(map, "thaw_datapoints");
    struct slice alarms, points;
    uint64_t m = 0, n = 0;
    rule->alarms = rule->points = 1;
    if (node == NULL) {
        return;
    }
    if (!slice_cut(slice_from(node->text), '/', &alarms, &points) ||
        number_parse_u64(alarms, &m) != NUMBER_OK || number_parse_u64(points, &n) != NUMBER_OK ||
        m == 0 || m > n || n > RULE_POINTS_MAX) {
        yaml_wrong(reader, node, "thaw_datapoints is M/N, such as 2/3, with N at most 30");
        return;
    }
    rule->alarms = (unsigned)m;
    rule->points = (unsigned)n;
}

static void read_ours(struct yaml_reader *reader, const struct yaml_node *map, struct rule *rule)
{
    const struct yaml_node *cooldown = annotation_of(map, "thaw_cooldown");
    rule->guard = series_of(reader, map, "thaw_guard");
    rule->clear = series_of(reader, map, "thaw_clear");
    rule->data = series_of(reader, map, "thaw_data");
    rule->no_data = no_data_of(reader, map, rule);
    read_points(reader, map, rule);
    if (cooldown != NULL &&
        rules_duration(slice_from(cooldown->text), &rule->cooldown_ms) != STATUS_OK) {
        yaml_wrong(reader, cooldown, "thaw_cooldown is a duration such as 48h");
    }
}

static void read_record(struct yaml_reader *reader, const struct yaml_node *map, struct rule *rule)
{
    static const char *const alien[] = {"annotations", "for", "keep_firing_for"};
    rule->kind = RULE_RECORD;
    if (!name_is_classic(rule->name, true)) {
        const struct yaml_node *node = yaml_find(map, "record");
        yaml_wrong_key(reader, node, "'", node->text,
                       "' is no name of a metric: letters, digits, underscores and colons");
    }
    for (size_t i = 0; i < sizeof(alien) / sizeof(alien[0]); i++) {
        const struct yaml_node *node = yaml_find(map, alien[i]);
        if (node != NULL && !yaml_null(node)) {
            yaml_wrong_key(reader, node, "a recording rule has no ", alien[i], "");
        }
    }
}

static void read_alert(struct yaml_reader *reader, const struct yaml_node *map, struct rule *rule)
{
    rule->kind = RULE_ALERT;
    rule->for_ms = duration_of(reader, map, "for");
    rule->keep_firing_for_ms = duration_of(reader, map, "keep_firing_for");
    rule->annotations = pairs_of(reader, map, "annotations", &rule->annotation_count);
    read_ours(reader, map, rule);
}

static void read_rule(struct yaml_reader *reader, const struct yaml_node *map, struct rule *rule)
{
    *rule = (struct rule){.line = map->line};
    if (map->kind != YAML_MAP) {
        yaml_wrong(reader, map, "a rule is a map with alert or record, and expr");
        return;
    }
    yaml_known_keys(reader, map, "alert record expr for keep_firing_for labels annotations");
    struct slice alert = yaml_text(reader, map, "alert");
    struct slice record = yaml_text(reader, map, "record");
    rule->name = alert.size > 0 ? alert : record;
    if ((alert.size > 0) == (record.size > 0)) {
        yaml_wrong(reader, map,
                   alert.size > 0 ? "a rule has either alert or record: remove one"
                                  : "a rule has a name: write alert: NAME or record: NAME");
        return;
    }
    rule->labels = pairs_of(reader, map, "labels", &rule->label_count);
    if (alert.size > 0) {
        read_alert(reader, map, rule);
    } else {
        read_record(reader, map, rule);
    }
    rule->expression = yaml_text(reader, map, "expr");
    if (rule->expression.size == 0) {
        yaml_wrong(reader, map, "a rule has an expression: write expr: ...");
        return;
    }
    rule->query = query_of(reader, yaml_find(map, "expr"), rule->expression, "expr");
}

/* ---- Groups. ---- */

static int64_t limit_of(struct yaml_reader *reader, const struct yaml_node *map)
{
    struct slice text = yaml_text(reader, map, "limit");
    uint64_t limit = 0;
    if (text.size > 0 && (number_parse_u64(text, &limit) != NUMBER_OK || limit > INT32_MAX)) {
        yaml_wrong(reader, yaml_find(map, "limit"), "limit is a whole number, and 0 is none");
        return 0;
    }
    return (int64_t)limit;
}

static void read_group(struct yaml_reader *reader, const struct yaml_node *map,
                       struct rule_group *group)
{
    *group = (struct rule_group){.line = map->line};
    if (map->kind != YAML_MAP) {
        yaml_wrong(reader, map, "a group is a map with name and rules");
        return;
    }
    yaml_known_keys(reader, map, "name interval limit rules");
    group->name = yaml_text(reader, map, "name");
    if (group->name.size == 0) {
        yaml_wrong(reader, map, "a group has a name: write name: ...");
    }
    group->interval_ms = duration_of(reader, map, "interval");
    group->limit = limit_of(reader, map);
    const struct yaml_node *list = yaml_list(reader, map, "rules");
    if (list == NULL) {
        return;
    }
    struct rule *rules = arena_alloc_array(reader->arena, yaml_count(list) + 1, sizeof(*rules));
    group->rules = rules;
    for (const struct yaml_node *node = list->first; node != NULL && rules != NULL;
         node = node->next) {
        read_rule(reader, node, &rules[group->rule_count]);
        group->rule_count++;
    }
}

static void check_name(struct yaml_reader *reader, const struct rules_file *file,
                       const struct yaml_node *node, struct slice name)
{
    for (size_t i = 0; i < file->group_count; i++) {
        if (name.size > 0 && slice_equal(file->groups[i].name, name)) {
            yaml_wrong_at(reader, node->line, node->column,
                          arena_printf(reader->arena,
                                       "the group '" SLICE_FMT "' is there twice: rename one",
                                       SLICE_ARG(name)));
            return;
        }
    }
}

static void read_groups(struct yaml_reader *reader, const struct yaml_node *root,
                        struct rules_file *file)
{
    if (root->kind != YAML_MAP) {
        yaml_wrong(reader, root, "a file of rules begins with groups:");
        return;
    }
    yaml_known_keys(reader, root, "groups");
    const struct yaml_node *list = yaml_list(reader, root, "groups");
    if (list == NULL) {
        return;
    }
    struct rule_group *groups =
        arena_alloc_array(reader->arena, yaml_count(list) + 1, sizeof(*groups));
    file->groups = groups;
    for (const struct yaml_node *node = list->first; node != NULL && groups != NULL;
         node = node->next) {
        struct rule_group *group = &groups[file->group_count];
        read_group(reader, node, group);
        check_name(reader, file, node, group->name);
        file->group_count++;
        file->rule_count += group->rule_count;
    }
}

/* A rule alone, or a list of them, as a group. */
static void read_draft(struct yaml_reader *reader, const struct yaml_node *root,
                       struct rules_file *file)
{
    bool list = root->kind == YAML_LIST;
    size_t count = list ? yaml_count(root) : 1;
    struct rule *rules = arena_alloc_array(reader->arena, count + 1, sizeof(*rules));
    struct rule_group *group = arena_alloc_array(reader->arena, 1, sizeof(*group));
    if (rules == NULL || group == NULL) {
        return;
    }
    const struct yaml_node *node = list ? root->first : root;
    for (size_t i = 0; i < count; i++, node = node->next) {
        read_rule(reader, node, &rules[i]);
    }
    *group = (struct rule_group){
        .name = SLICE("draft"), .rules = rules, .rule_count = count, .line = root->line};
    *file = (struct rules_file){group, 1, count};
}

static enum status read_any(struct slice text, const char *where, struct arena *arena,
                            struct buf *errors, bool draft, struct rules_file *file)
{
    struct yaml_reader reader = {.where = where, .arena = arena, .errors = errors};
    struct yaml_node *root = NULL;
    *file = (struct rules_file){.groups = NULL};
    if (text.size == 0) {
        return STATUS_OK;
    }
    if (text.size > RULES_FILE_SIZE_MAX) {
        buf_printf(errors, "%s: a file of rules has at most %zu bytes: make two of it\n", where,
                   RULES_FILE_SIZE_MAX);
        return STATUS_BAD;
    }
    enum status status = yaml_parse(text, where, arena, errors, &root);
    if (status != STATUS_OK) {
        return status;
    }
    if (root != NULL && !yaml_null(root)) {
        bool alone = root->kind == YAML_LIST ||
                     (root->kind == YAML_MAP && yaml_find(root, "groups") == NULL &&
                      (yaml_find(root, "alert") != NULL || yaml_find(root, "record") != NULL));
        if (draft && alone) {
            read_draft(&reader, root, file);
        } else {
            read_groups(&reader, root, file);
        }
    }
    if (arena_overflowed(arena)) {
        return STATUS_FULL;
    }
    return reader.error_count > 0 ? STATUS_BAD : STATUS_OK;
}

enum status rules_file_read(struct slice text, const char *where, struct arena *arena,
                            struct buf *errors, struct rules_file *file)
{
    return read_any(text, where, arena, errors, false, file);
}

enum status rules_file_read_draft(struct slice text, const char *where, struct arena *arena,
                                  struct buf *errors, struct rules_file *file)
{
    return read_any(text, where, arena, errors, true, file);
}
