/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_test_private.h"

#include "promql/growing.h"
#include "yaml/yaml.h"

#include <stdlib.h>
#include <string.h>

/* Reads a file of tests, and runs one after the other. */
struct reader {
    const char *where;
    struct arena *arena;
    struct buf *out;
    bool wrong;
};

static void wrong(struct reader *reader, const struct yaml_node *node, const char *what)
{
    reader->wrong = true;
    buf_printf(reader->out, "%s:%zu:%zu: %s\n", reader->where, node->line, node->column, what);
}

/* ---- Fields. ---- */

static struct slice text_of(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = yaml_find(map, key);
    return node != NULL && node->kind == YAML_SCALAR ? slice_from(node->text) : SLICE_EMPTY;
}

static int64_t duration_of(struct reader *reader, const struct yaml_node *map, const char *key,
                           int64_t standard_ms)
{
    struct slice text = text_of(map, key);
    int64_t duration_ms = 0;
    if (text.size == 0) {
        return standard_ms;
    }
    if (rules_duration(text, &duration_ms) != STATUS_OK) {
        wrong(reader, yaml_find(map, key), "this is a duration such as 5m");
    }
    return duration_ms;
}

static void check_keys(struct reader *reader, const struct yaml_node *map, const char *keys)
{
    if (map->kind != YAML_MAP) {
        wrong(reader, map, "this is a map");
        return;
    }
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        struct slice rest = slice_from(keys), word;
        bool known = false;
        for (bool more = true; more && !known;) {
            more = slice_cut(rest, ' ', &word, &rest);
            known = slice_equal(word, slice_from(node->key));
        }
        if (!known) {
            buf_printf(reader->out, "%s:%zu:%zu: there is no field '%.100s' here, only: %s\n",
                       reader->where, node->key_line, node->key_column, node->key, keys);
            reader->wrong = true;
        }
    }
}

/* The first entry of a list under a key. */
static const struct yaml_node *list_of(struct reader *reader, const struct yaml_node *map,
                                       const char *key, size_t *count)
{
    const struct yaml_node *node = yaml_find(map, key);
    *count = 0;
    if (node == NULL || (node->kind == YAML_SCALAR && node->text[0] == '\0')) {
        return NULL;
    }
    if (node->kind != YAML_LIST) {
        wrong(reader, node, "this is a list");
        return NULL;
    }
    for (const struct yaml_node *each = node->first; each != NULL; each = each->next) {
        (*count)++;
    }
    return node->first;
}

/* Labels of a map of texts, and one more. */
static struct label_set set_of(struct reader *reader, const struct yaml_node *map, const char *key,
                               struct label extra)
{
    const struct yaml_node *node = yaml_find(map, key);
    size_t count = 1;
    if (node != NULL && node->kind != YAML_MAP &&
        !(node->kind == YAML_SCALAR && node->text[0] == '\0')) {
        wrong(reader, node, "this is a map of names and texts");
        node = NULL;
    }
    const struct yaml_node *first = node != NULL && node->kind == YAML_MAP ? node->first : NULL;
    for (const struct yaml_node *each = first; each != NULL; each = each->next) {
        count++;
    }
    struct label *items = arena_alloc_array(reader->arena, count, sizeof(*items));
    size_t at = 0;
    for (const struct yaml_node *each = first; each != NULL && items != NULL; each = each->next) {
        if (each->kind != YAML_SCALAR) {
            wrong(reader, each, "this is a text");
            continue;
        }
        items[at++] = (struct label){slice_from(each->key), slice_from(each->text)};
    }
    if (items != NULL && extra.name.size > 0) {
        items[at++] = extra;
    }
    return (struct label_set){items, items == NULL ? 0 : labels_normalise(items, at)};
}

/* ---- What is expected. ---- */

static int by_sets(const void *one, const void *other)
{
    const struct rules_test_alert *left = one, *right = other;
    int order = labels_compare(&left->labels, &right->labels);
    return order != 0 ? order : labels_compare(&left->annotations, &right->annotations);
}

static int by_labels(const void *one, const void *other)
{
    const struct rules_test_sample *left = one, *right = other;
    return labels_compare(&left->labels, &right->labels);
}

static void read_alert_case(struct reader *reader, const struct yaml_node *map,
                            struct rules_test_case *expected)
{
    const struct label none = {SLICE_EMPTY, SLICE_EMPTY};
    check_keys(reader, map, "eval_time alertname exp_alerts");
    expected->alertname = text_of(map, "alertname");
    expected->time_ms = duration_of(reader, map, "eval_time", 0);
    if (expected->alertname.size == 0) {
        wrong(reader, map, "an item of alert_rule_test has an alertname");
    }
    const struct yaml_node *node = list_of(reader, map, "exp_alerts", &expected->alert_count);
    expected->alerts =
        arena_alloc_array(reader->arena, expected->alert_count + 1, sizeof(*expected->alerts));
    const struct label name = {SLICE("alertname"), expected->alertname};
    for (size_t i = 0; node != NULL && expected->alerts != NULL; node = node->next, i++) {
        check_keys(reader, node, "exp_labels exp_annotations");
        expected->alerts[i].labels = set_of(reader, node, "exp_labels", name);
        expected->alerts[i].annotations = set_of(reader, node, "exp_annotations", none);
    }
    if (expected->alerts != NULL) {
        qsort(expected->alerts, expected->alert_count, sizeof(*expected->alerts), by_sets);
    }
}

static void read_sample(struct reader *reader, const struct yaml_node *map,
                        struct rules_test_sample *sample)
{
    const char *reason = "";
    struct slice value = text_of(map, "value");
    char text[64];
    char *end = text;
    check_keys(reader, map, "labels value");
    if (test_series_labels(text_of(map, "labels"), reader->arena, &sample->labels, &reason) !=
        STATUS_OK) {
        wrong(reader, map, reason);
    }
    /* YAML writes .inf and .nan. */
    value = slice_starts(value, SLICE(".i")) || slice_starts(value, SLICE(".n"))
                ? slice_skip(value, 1)
                : value;
    bool copied = slice_copy_text(value, text, sizeof(text));
    sample->value = strtod(text, &end);
    if (!copied || *end != '\0') {
        wrong(reader, map, "value is a number");
    }
}

static void read_expression_case(struct reader *reader, const struct yaml_node *map,
                                 struct rules_test_case *expected)
{
    check_keys(reader, map, "expr eval_time exp_samples");
    expected->expression = text_of(map, "expr");
    expected->time_ms = duration_of(reader, map, "eval_time", 0);
    const struct yaml_node *node = list_of(reader, map, "exp_samples", &expected->sample_count);
    expected->samples =
        arena_alloc_array(reader->arena, expected->sample_count + 1, sizeof(*expected->samples));
    for (size_t i = 0; node != NULL && expected->samples != NULL; node = node->next, i++) {
        read_sample(reader, node, &expected->samples[i]);
    }
    if (expected->samples != NULL) {
        qsort(expected->samples, expected->sample_count, sizeof(*expected->samples), by_labels);
    }
}

static void read_cases(struct reader *reader, const struct yaml_node *map, struct rules_test *test)
{
    size_t alerts, expressions;
    const struct yaml_node *alert = list_of(reader, map, "alert_rule_test", &alerts);
    const struct yaml_node *expression = list_of(reader, map, "promql_expr_test", &expressions);
    test->cases = arena_alloc_array(reader->arena, alerts + expressions + 1, sizeof(*test->cases));
    for (; alert != NULL && test->cases != NULL; alert = alert->next) {
        read_alert_case(reader, alert, &test->cases[test->case_count++]);
    }
    for (; expression != NULL && test->cases != NULL; expression = expression->next) {
        read_expression_case(reader, expression, &test->cases[test->case_count++]);
    }
}

static void read_series(struct reader *reader, const struct yaml_node *map, struct rules_test *test)
{
    const struct yaml_node *node = list_of(reader, map, "input_series", &test->series_count);
    test->series = arena_alloc_array(reader->arena, test->series_count + 1, sizeof(*test->series));
    for (size_t i = 0; node != NULL && test->series != NULL; node = node->next, i++) {
        const char *reason = "";
        check_keys(reader, node, "series values");
        if (test_series_labels(text_of(node, "series"), reader->arena, &test->series[i].labels,
                               &reason) != STATUS_OK ||
            test_series_values(text_of(node, "values"), reader->arena, &test->series[i], &reason) !=
                STATUS_OK) {
            wrong(reader, node, reason);
        }
    }
}

/* ---- Rules. ---- */

/* All groups of all files of rules. */
static enum status read_rules(struct reader *reader, const struct yaml_node *root,
                              const struct rules_test_files *files, struct growing *groups)
{
    size_t patterns;
    const struct yaml_node *node = list_of(reader, root, "rule_files", &patterns);
    for (; node != NULL; node = node->next) {
        struct slice *names = NULL, *texts = NULL;
        size_t count = 0;
        if (node->kind != YAML_SCALAR) {
            wrong(reader, node, "this is the name of a file");
            continue;
        }
        enum status status = files->read(files->context, slice_from(node->text), reader->arena,
                                         &names, &texts, &count, reader->out);
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
            struct rules_file file;
            const char *name = arena_dup_text(reader->arena, names[i]);
            status = name == NULL
                         ? STATUS_FULL
                         : rules_file_read(texts[i], name, reader->arena, reader->out, &file);
            for (size_t group = 0; status == STATUS_OK && group < file.group_count; group++) {
                const struct rule_group **slot = growing_push(groups);
                if (slot != NULL) {
                    *slot = &file.groups[group];
                }
            }
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Where group_eval_order has it; those that it does not name come first. */
static size_t place_of(const struct yaml_node *order, struct slice name)
{
    size_t place = 0;
    for (const struct yaml_node *node = order; node != NULL; node = node->next, place++) {
        if (node->kind == YAML_SCALAR && slice_equal(slice_from(node->text), name)) {
            return place;
        }
    }
    return 0;
}

/* The rules of all groups, in their order, for one test. */
static bool order_rules(struct reader *reader, const struct growing *groups,
                        const struct yaml_node *order, size_t order_count, struct rules_test *test)
{
    const struct rule_group *const *items = groups->items;
    size_t count = 0;
    for (size_t i = 0; i < groups->count; i++) {
        count += items[i]->rule_count;
    }
    test->rules = arena_alloc_array(reader->arena, count + 1, sizeof(*test->rules));
    if (test->rules == NULL) {
        return false;
    }
    for (size_t place = 0; place <= order_count; place++) {
        for (size_t i = 0; i < groups->count; i++) {
            if (place_of(order, items[i]->name) != place) {
                continue;
            }
            for (size_t r = 0; r < items[i]->rule_count; r++) {
                test->rules[test->rule_count++] =
                    (struct rules_test_rule){&items[i]->rules[r], items[i], {0}};
            }
        }
    }
    return true;
}

/* ---- All of it. ---- */

static void read_test(struct reader *reader, const struct yaml_node *map, int64_t evaluation_ms,
                      struct rules_test *test)
{
    const struct label none = {SLICE_EMPTY, SLICE_EMPTY};
    check_keys(reader, map,
               "interval input_series alert_rule_test promql_expr_test external_labels "
               "external_url name");
    struct slice name = text_of(map, "name");
    *test = (struct rules_test){.where = reader->where,
                                .name = name.size > 0 ? (const char *)name.base : "",
                                .evaluation_ms = evaluation_ms,
                                .arena = reader->arena,
                                .out = reader->out};
    test->interval_ms = duration_of(reader, map, "interval", evaluation_ms);
    test->interval_ms = test->interval_ms == 0 ? evaluation_ms : test->interval_ms;
    test->world.external_labels = set_of(reader, map, "external_labels", none);
    test->world.external_url = text_of(map, "external_url");
    read_series(reader, map, test);
    read_cases(reader, map, test);
}

static enum status run_tests(struct reader *reader, const struct yaml_node *root,
                             const struct growing *groups, int64_t evaluation_ms)
{
    size_t count, order_count, failures = 0;
    const struct yaml_node *order = list_of(reader, root, "group_eval_order", &order_count);
    const struct yaml_node *node = list_of(reader, root, "tests", &count);
    struct rules_test *tests = arena_alloc_array(reader->arena, count + 1, sizeof(*tests));
    if (tests == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; node = node->next, i++) {
        read_test(reader, node, evaluation_ms, &tests[i]);
    }
    if (reader->wrong) {
        return STATUS_BAD;
    }
    for (size_t i = 0; i < count; i++) {
        size_t mark = arena_mark(reader->arena);
        enum status status = order_rules(reader, groups, order, order_count, &tests[i])
                                 ? rules_test_one(&tests[i])
                                 : STATUS_FULL;
        if (status != STATUS_OK) {
            return status;
        }
        failures += tests[i].failures;
        arena_rewind(reader->arena, mark);
    }
    return failures > 0 ? STATUS_NOT_FOUND : STATUS_OK;
}

enum status rules_test_run(struct slice text, const char *where,
                           const struct rules_test_files *files, struct arena *arena,
                           struct buf *out)
{
    struct reader reader = {.where = where, .arena = arena, .out = out};
    struct growing groups = growing_of(arena, sizeof(const struct rule_group *));
    struct yaml_node *root = NULL;
    enum status status = yaml_parse(text, where, arena, out, &root);
    if (status != STATUS_OK || root == NULL) {
        return status;
    }
    check_keys(&reader, root, "rule_files evaluation_interval group_eval_order tests");
    int64_t evaluation_ms = duration_of(&reader, root, "evaluation_interval", 60000);
    evaluation_ms = evaluation_ms == 0 ? 60000 : evaluation_ms;
    if (!reader.wrong) {
        status = read_rules(&reader, root, files, &groups);
    }
    if (status == STATUS_OK && !reader.wrong) {
        status = run_tests(&reader, root, &groups, evaluation_ms);
    }
    return status == STATUS_OK && reader.wrong ? STATUS_BAD : status;
}
