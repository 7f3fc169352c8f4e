/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_fields.h"

#include "notify/notify_limits.h"

#include "base/utf8.h"
#include "promql/promql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool notify_fields_check(struct yaml_reader *fields, const struct yaml_node *map, const char *what,
                         const char *keys)
{
    if (map->kind != YAML_MAP) {
        yaml_wrong_key(fields, map, what, " is a map with: ", keys);
        return false;
    }
    yaml_known_keys(fields, map, keys);
    return true;
}

const struct yaml_node *notify_fields_node(struct yaml_reader *fields, const struct yaml_node *map,
                                           const char *key, enum yaml_kind kind)
{
    static const char *const kinds[] = {" is a text", " is a list", " is a map"};
    const struct yaml_node *node = yaml_find(map, key);
    if (node == NULL || yaml_null(node)) {
        return NULL;
    }
    if (node->kind != kind) {
        yaml_wrong_key(fields, node, "", key, kinds[kind]);
        return NULL;
    }
    return node;
}

struct slice notify_fields_text(struct yaml_reader *fields, const struct yaml_node *map,
                                const char *key, struct slice fallback)
{
    const struct yaml_node *node = notify_fields_node(fields, map, key, YAML_SCALAR);
    if (node == NULL) {
        return fallback;
    }
    struct slice text = slice_from(node->text);
    if (!utf8_valid(text) || text.size >= NOTIFY_URL_SIZE_MAX) {
        yaml_wrong_key(fields, node, "", key, " is too long, or no UTF-8");
        return fallback;
    }
    return text;
}

uint64_t notify_fields_duration(struct yaml_reader *fields, const struct yaml_node *map,
                                const char *key, uint64_t fallback_ns)
{
    struct slice text = notify_fields_text(fields, map, key, SLICE_EMPTY);
    int64_t duration_ms = 0;
    if (text.size == 0) {
        return fallback_ns;
    }
    if (slice_equal(text, SLICE("0")) || slice_equal(text, SLICE("0s"))) {
        return 0;
    }
    if (promql_parse_duration(text, &duration_ms) != STATUS_OK || duration_ms < 0) {
        yaml_wrong_key(fields, yaml_find(map, key), "", key, " is a duration such as 30s or 4h");
        return fallback_ns;
    }
    return (uint64_t)duration_ms * 1000000;
}

bool notify_fields_truth(struct yaml_reader *fields, const struct yaml_node *map, const char *key,
                         bool fallback)
{
    struct slice text = notify_fields_text(fields, map, key, SLICE_EMPTY);
    if (text.size == 0) {
        return fallback;
    }
    bool yes = slice_equal(text, SLICE("true"));
    if (!yes && !slice_equal(text, SLICE("false"))) {
        yaml_wrong_key(fields, yaml_find(map, key), "", key, " is true or false");
    }
    return yes;
}

const struct slice *notify_fields_texts(struct yaml_reader *fields, const struct yaml_node *map,
                                        const char *key, size_t *count)
{
    const struct yaml_node *node = yaml_find(map, key);
    *count = 0;
    if (node == NULL || yaml_null(node)) {
        return NULL;
    }
    bool single = node->kind == YAML_SCALAR;
    if (node->kind == YAML_MAP) {
        yaml_wrong_key(fields, node, "", key, " is a list of texts");
        return NULL;
    }
    size_t entries = single ? 1 : yaml_count(node);
    struct slice *texts = arena_alloc_array(fields->arena, entries + 1, sizeof(*texts));
    for (const struct yaml_node *entry = single ? node : node->first;
         entry != NULL && texts != NULL && *count < entries; entry = entry->next) {
        if (entry->kind != YAML_SCALAR || entry->text[0] == '\0') {
            yaml_wrong_key(fields, entry, "", key, " is a list of texts");
            continue;
        }
        texts[*count] = slice_from(entry->text);
        (*count)++;
    }
    return texts;
}

/* ---- Credentials. ---- */

/* The first line of a file. */
static struct slice read_file(struct yaml_reader *fields, const struct yaml_node *node)
{
    char text[NOTIFY_URL_SIZE_MAX] = "";
    FILE *file = fopen(node->text, "re");
    if (file == NULL) {
        yaml_wrong_key(fields, node, node->text, ": ", strerror(errno));
        return SLICE_EMPTY;
    }
    const char *line = fgets(text, (int)sizeof(text), file);
    (void)fclose(file);
    struct slice secret =
        line == NULL ? SLICE_EMPTY : arena_dup(fields->arena, slice_trim(slice_from(text)));
    explicit_bzero(text, sizeof(text));
    if (secret.size == 0) {
        yaml_wrong_key(fields, node, node->text, ": ", "nothing stands in its first line");
    }
    return secret;
}

static struct slice read_environment(struct yaml_reader *fields, const struct yaml_node *node)
{
    const char *value = getenv(node->text);
    if (value == NULL || value[0] == '\0') {
        yaml_wrong_key(fields, node, "the environment has no ", node->text, "");
        return SLICE_EMPTY;
    }
    return arena_dup(fields->arena, slice_trim(slice_from(value)));
}

struct slice notify_fields_secret(struct yaml_reader *fields, const struct yaml_node *map,
                                  const char *key, struct slice fallback)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s_file", key);
    const struct yaml_node *file = notify_fields_node(fields, map, name, YAML_SCALAR);
    (void)snprintf(name, sizeof(name), "%s_env", key);
    const struct yaml_node *environment = notify_fields_node(fields, map, name, YAML_SCALAR);
    struct slice text = notify_fields_text(fields, map, key, SLICE_EMPTY);
    if ((file != NULL) + (environment != NULL) + (text.size > 0) > 1) {
        yaml_wrong_key(fields, map, key,
                       " stands there more than once: ", "write it, or _file, or _env");
        return fallback;
    }
    if (file != NULL) {
        return read_file(fields, file);
    }
    if (environment != NULL) {
        return read_environment(fields, environment);
    }
    return text.size > 0 ? text : fallback;
}

/* ---- Matchers. ---- */

static void add_matcher(struct yaml_reader *fields, const struct yaml_node *node,
                        struct notify_matcher *matchers, size_t *count)
{
    char error[256];
    if (node->kind != YAML_SCALAR) {
        yaml_wrong_key(fields, node, "a matcher is a text: ", "severity=\"critical\"", "");
        return;
    }
    enum status status = notify_matcher_parse(slice_from(node->text), fields->arena,
                                              &matchers[*count], error, sizeof(error));
    if (status == STATUS_OK) {
        (*count)++;
    } else {
        yaml_wrong_key(fields, node, error, "", "");
    }
}

/* The map of match or match_re. */
static void add_old(struct yaml_reader *fields, const struct yaml_node *map, bool regular,
                    struct notify_matcher *matchers, size_t *count)
{
    char error[256];
    for (const struct yaml_node *node = map == NULL ? NULL : map->first; node != NULL;
         node = node->next) {
        if (node->kind != YAML_SCALAR) {
            yaml_wrong_key(fields, node, "", node->key, " is a text");
            continue;
        }
        struct notify_matcher *matcher = &matchers[*count];
        *matcher = (struct notify_matcher){
            .name = slice_from(node->key), .value = slice_from(node->text), .regular = regular};
        if (notify_matcher_make(matcher, fields->arena, error, sizeof(error)) == STATUS_OK) {
            (*count)++;
        } else {
            yaml_wrong_key(fields, node, error, "", "");
        }
    }
}

const struct notify_matcher *notify_fields_matchers(struct yaml_reader *fields,
                                                    const struct yaml_node *map, const char *key,
                                                    const char *match, const char *match_re,
                                                    size_t *count)
{
    const struct yaml_node *list = notify_fields_node(fields, map, key, YAML_LIST);
    const struct yaml_node *old = notify_fields_node(fields, map, match, YAML_MAP);
    const struct yaml_node *old_re = notify_fields_node(fields, map, match_re, YAML_MAP);
    size_t room = 1 + (list == NULL ? 0 : yaml_count(list)) + (old == NULL ? 0 : yaml_count(old)) +
                  (old_re == NULL ? 0 : yaml_count(old_re));
    struct notify_matcher *matchers = arena_alloc_array(fields->arena, room, sizeof(*matchers));
    *count = 0;
    if (matchers == NULL) {
        return NULL;
    }
    for (const struct yaml_node *node = list == NULL ? NULL : list->first; node != NULL;
         node = node->next) {
        add_matcher(fields, node, matchers, count);
    }
    add_old(fields, old, false, matchers, count);
    add_old(fields, old_re, true, matchers, count);
    return matchers;
}
