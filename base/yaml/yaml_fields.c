/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/yaml_fields.h"

#include "base/number.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <string.h>

void yaml_wrong_at(struct yaml_reader *reader, size_t line, size_t column, struct slice what)
{
    reader->error_count++;
    if (reader->error_count <= YAML_ERROR_COUNT_MAX) {
        buf_printf(reader->errors, "%s:%zu:%zu: " SLICE_FMT "\n", reader->where, line, column,
                   SLICE_ARG(what));
    } else if (reader->error_count == YAML_ERROR_COUNT_MAX + 1) {
        buf_printf(reader->errors, "%s: there are more mistakes\n", reader->where);
    }
}

void yaml_wrong(struct yaml_reader *reader, const struct yaml_node *node, const char *what)
{
    yaml_wrong_at(reader, node->line, node->column, slice_from(what));
}

void yaml_wrong_key(struct yaml_reader *reader, const struct yaml_node *node, const char *before,
                    const char *name, const char *behind)
{
    bool keyed = node->key != NULL;
    yaml_wrong_at(reader, keyed ? node->key_line : node->line,
                  keyed ? node->key_column : node->column,
                  arena_printf(reader->arena, "%s%.100s%s", before, name, behind));
}

bool yaml_null(const struct yaml_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != YAML_SCALAR || !node->plain) {
        return false;
    }
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
        if (strcmp(node->text, nulls[i]) == 0) {
            return true;
        }
    }
    return false;
}

size_t yaml_count(const struct yaml_node *list)
{
    size_t count = 0;
    for (const struct yaml_node *node = list->first; node != NULL; node = node->next) {
        count++;
    }
    return count;
}

void yaml_known_keys(struct yaml_reader *reader, const struct yaml_node *map, const char *keys)
{
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        struct slice rest = slice_from(keys);
        struct slice word;
        bool known = false;
        for (bool more = true; more && !known;) {
            more = slice_cut(rest, ' ', &word, &rest);
            known = slice_equal(word, slice_from(node->key));
        }
        if (!known) {
            yaml_wrong_at(reader, node->key_line, node->key_column,
                          arena_printf(reader->arena, "there is no field '%.100s' here, only: %s",
                                       node->key, keys));
        }
    }
}

/* The entry under a key, or NULL where it is not there or says nothing. */
static const struct yaml_node *entry_of(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = yaml_find(map, key);
    return node == NULL || yaml_null(node) ? NULL : node;
}

struct slice yaml_text(struct yaml_reader *reader, const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = entry_of(map, key);
    if (node == NULL) {
        return SLICE_EMPTY;
    }
    if (node->kind != YAML_SCALAR) {
        yaml_wrong_key(reader, node, "", key, " is a text, not a list or a map");
        return SLICE_EMPTY;
    }
    struct slice text = slice_from(node->text);
    if (!utf8_valid(text)) {
        yaml_wrong_key(reader, node, "", key, " is no UTF-8");
        return SLICE_EMPTY;
    }
    return text;
}

static const struct yaml_node *entries_of(struct yaml_reader *reader, const struct yaml_node *map,
                                          const char *key, enum yaml_kind kind, const char *what)
{
    const struct yaml_node *node = entry_of(map, key);
    if (node != NULL && node->kind != kind) {
        yaml_wrong_key(reader, node, "", key, what);
        return NULL;
    }
    return node;
}

const struct yaml_node *yaml_list(struct yaml_reader *reader, const struct yaml_node *map,
                                  const char *key)
{
    return entries_of(reader, map, key, YAML_LIST, " is a list");
}

const struct yaml_node *yaml_map(struct yaml_reader *reader, const struct yaml_node *map,
                                 const char *key)
{
    return entries_of(reader, map, key, YAML_MAP, " is a map of names and values");
}

uint64_t yaml_whole(struct yaml_reader *reader, const struct yaml_node *map, const char *key,
                    uint64_t low, uint64_t high, uint64_t absent)
{
    struct slice text = yaml_text(reader, map, key);
    uint64_t value = 0;
    if (text.size == 0) {
        return absent;
    }
    if (number_parse_u64(text, &value) != NUMBER_OK || value < low || value > high) {
        const struct yaml_node *node = yaml_find(map, key);
        yaml_wrong_at(reader, node->line, node->column,
                      arena_printf(reader->arena, "%s is a whole number from %llu to %llu", key,
                                   (unsigned long long)low, (unsigned long long)high));
        return absent;
    }
    return value;
}

int64_t yaml_time(struct yaml_reader *reader, const struct yaml_node *map, const char *key,
                  int64_t absent)
{
    struct slice text = yaml_text(reader, map, key);
    uint64_t time_ns = 0;
    if (text.size == 0) {
        return absent;
    }
    struct slice full = text.size == 10
                            ? arena_printf(reader->arena, SLICE_FMT "T00:00:00Z", SLICE_ARG(text))
                            : text;
    if (!timestamp_parse(full, &time_ns) || time_ns > INT64_MAX) {
        yaml_wrong_key(reader, yaml_find(map, key), "", key,
                       " is a time such as 2026-11-27T08:00:00Z, or a day");
        return absent;
    }
    return (int64_t)time_ns;
}
