/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/config_value.h"

#include "base/number.h"
#include "base/settings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void config_value_bad(struct config_value *value, const struct yaml_node *node, const char *what)
{
    value->good = false;
    buf_printf(value->errors, "%s:%zu:%zu: %s%s%s\n", value->where, node->line, node->column,
               node->key == NULL ? "this entry" : node->key, node->key == NULL ? " " : ": ", what);
}

void config_value_unknown(struct config_value *value, const struct yaml_node *node,
                          const char *of_what)
{
    value->good = false;
    buf_printf(value->errors,
               "%s:%zu:%zu: %s has no key '%s'; see docs/reference/sandbox-config.md\n",
               value->where, node->key_line, node->key_column, of_what, node->key);
}

bool config_value_is_map(struct config_value *value, const struct yaml_node *node)
{
    if (node->kind != YAML_MAP) {
        config_value_bad(value, node, "must be a mapping of keys to values");
        return false;
    }
    return true;
}

void *config_value_alloc(struct config_value *value, size_t size)
{
    return arena_alloc_array(value->arena, 1, size);
}

const char *config_value_text(struct config_value *value, const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR) {
        config_value_bad(value, node, "must be text");
        return "";
    }
    return node->text;
}

static size_t list_size(const struct yaml_node *node)
{
    size_t count = 0;
    for (const struct yaml_node *entry = node->first; entry != NULL; entry = entry->next) {
        count++;
    }
    return node->kind == YAML_LIST ? count : 1;
}

/* Room for the texts of a node and a NULL. */
static const char **texts_alloc(struct config_value *value, const struct yaml_node *node)
{
    return arena_alloc_array(value->arena, list_size(node) + 1, sizeof(const char *));
}

static const char *const no_texts[] = {NULL};

const char *const *config_value_texts(struct config_value *value, const struct yaml_node *node)
{
    const char **texts = texts_alloc(value, node);
    if (texts == NULL) {
        return no_texts;
    }
    if (node->kind != YAML_LIST) {
        texts[0] = config_value_text(value, node);
        return texts;
    }
    size_t count = 0;
    for (const struct yaml_node *entry = node->first; entry != NULL; entry = entry->next) {
        texts[count++] = config_value_text(value, entry);
    }
    return texts;
}

void config_value_seen(struct config_value *value, const struct yaml_node *node,
                       const char *const *words)
{
    for (; *words != NULL; words++) {
        struct slice word = slice_from(*words);
        struct stat status;
        bool hidden = slice_starts(word, SLICE("/tmp/")) || slice_starts(word, SLICE("/var/tmp/"));
        if (hidden && stat(*words, &status) == 0 && S_ISREG(status.st_mode)) {
            char what[PATH_MAX + 128];
            snprintf(
                what, sizeof(what),
                "no instance sees %s: its /tmp is its own, and what is in code is in /var/task",
                *words);
            config_value_bad(value, node, what);
        }
    }
}

const char *config_value_path(struct config_value *value, const struct yaml_node *node, mode_t kind)
{
    const char *text = config_value_text(value, node);
    char joined[PATH_MAX];
    char real[PATH_MAX];
    struct stat status;
    int size = text[0] == '/' ? snprintf(joined, sizeof(joined), "%s", text)
                              : snprintf(joined, sizeof(joined), "%s/%s", value->directory, text);
    if (size < 0 || size >= (int)sizeof(joined) || realpath(joined, real) == NULL ||
        stat(real, &status) != 0 || (status.st_mode & S_IFMT) != kind) {
        char what[PATH_MAX + 64];
        snprintf(what, sizeof(what), "there is no such %s: %s",
                 kind == S_IFDIR ? "directory" : "file", joined);
        config_value_bad(value, node, what);
        return "/";
    }
    const char *path = arena_dup_text(value->arena, slice_from(real));
    return path == NULL ? "/" : path;
}

const char *const *config_value_paths(struct config_value *value, const struct yaml_node *node,
                                      mode_t kind)
{
    const char **texts = texts_alloc(value, node);
    if (texts == NULL) {
        return no_texts;
    }
    if (node->kind != YAML_LIST) {
        texts[0] = config_value_path(value, node, kind);
        return texts;
    }
    size_t count = 0;
    for (const struct yaml_node *entry = node->first; entry != NULL; entry = entry->next) {
        texts[count++] = config_value_path(value, entry, kind);
    }
    return texts;
}

const char *config_value_target(struct config_value *value, const struct yaml_node *node)
{
    const char *text = config_value_text(value, node);
    char joined[PATH_MAX];
    if (text[0] == '/') {
        return text;
    }
    if (text[0] == '\0' ||
        snprintf(joined, sizeof(joined), "%s/%s", value->directory, text) >= (int)sizeof(joined)) {
        config_value_bad(value, node, "must be a path");
        return "/";
    }
    const char *path = arena_dup_text(value->arena, slice_from(joined));
    return path == NULL ? "/" : path;
}

uint64_t config_value_share(struct config_value *value, const struct yaml_node *node)
{
    int64_t millionths = 0;
    if (number_parse_scaled(slice_from(config_value_text(value, node)), 6, &millionths) !=
            NUMBER_OK ||
        millionths < 0 || millionths > 1000000) {
        config_value_bad(value, node, "must be a share from 0 to 1, as 0.1");
        return 0;
    }
    return (uint64_t)millionths;
}

uint64_t config_value_u64(struct config_value *value, const struct yaml_node *node, uint64_t min,
                          uint64_t max)
{
    uint64_t number = 0;
    if (number_parse_u64(slice_from(config_value_text(value, node)), &number) != NUMBER_OK ||
        number < min || number > max) {
        char what[96];
        snprintf(what, sizeof(what), "must be a whole number from %llu to %llu",
                 (unsigned long long)min, (unsigned long long)max);
        config_value_bad(value, node, what);
        return min;
    }
    return number;
}

bool config_value_bool(struct config_value *value, const struct yaml_node *node)
{
    const char *text = config_value_text(value, node);
    if (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0) {
        return true;
    }
    if (strcmp(text, "false") != 0 && strcmp(text, "no") != 0) {
        config_value_bad(value, node, "must be true or false");
    }
    return false;
}

uint64_t config_value_duration(struct config_value *value, const struct yaml_node *node,
                               uint64_t unit_ns)
{
    struct slice text = slice_from(config_value_text(value, node));
    uint64_t number = 0;
    if (number_parse_u64(text, &number) == NUMBER_OK && number < UINT64_MAX / unit_ns) {
        return number * unit_ns;
    }
    if (settings_parse_duration(text, &number)) {
        return number;
    }
    config_value_bad(value, node, "must be a duration, as 500ms, 3s or 10m");
    return unit_ns;
}

unsigned config_value_choice(struct config_value *value, const struct yaml_node *node,
                             const char *const *names)
{
    const char *text = config_value_text(value, node);
    char what[256] = "must be one of";
    for (unsigned i = 0; names[i] != NULL; i++) {
        if (strcmp(text, names[i]) == 0) {
            return i;
        }
        size_t size = strlen(what);
        snprintf(what + size, sizeof(what) - size, "%s %s", i == 0 ? "" : ",", names[i]);
    }
    config_value_bad(value, node, what);
    return 0;
}
