/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_YAML_YAML_FIELDS_H
#define THAW_BASE_YAML_YAML_FIELDS_H

#include "yaml/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The fields of a tree, read by what they should be.  What is wrong becomes a line of errors,
 * "where:line:column: what, and what to do"; the reader goes on, so that one look tells all
 * mistakes of a file.  What is wrong, or not there, has the value that stands for nothing.  Pure.
 */
struct yaml_reader {
    const char *where;   /* The file's name. */
    struct arena *arena; /* Of the tree. */
    struct buf *errors;
    size_t error_count;
};

/* Mistakes that are told of one file: who made more of them will run it again; behind them a line
 * says that there are more. */
#define YAML_ERROR_COUNT_MAX 100

/* Note a mistake: at a place, at a node's value, or at its key (where it has one). */
void yaml_wrong_at(struct yaml_reader *reader, size_t line, size_t column, struct slice what);
void yaml_wrong(struct yaml_reader *reader, const struct yaml_node *node, const char *what);
void yaml_wrong_key(struct yaml_reader *reader, const struct yaml_node *node, const char *before,
                    const char *name, const char *behind);

/* Whether nothing stands behind a key, in one of YAML's words for it. */
bool yaml_null(const struct yaml_node *node);

/* The entries of a list or a map. */
size_t yaml_count(const struct yaml_node *list);

/* Note every key of a map that is none of these, which are separated by blanks. */
void yaml_known_keys(struct yaml_reader *reader, const struct yaml_node *map, const char *keys);

/* The text under a key, in UTF-8. */
struct slice yaml_text(struct yaml_reader *reader, const struct yaml_node *map, const char *key);

/* The list, or the map, under a key. */
const struct yaml_node *yaml_list(struct yaml_reader *reader, const struct yaml_node *map,
                                  const char *key);
const struct yaml_node *yaml_map(struct yaml_reader *reader, const struct yaml_node *map,
                                 const char *key);

/* The whole number under a key, from low to high; absent where there is none. */
uint64_t yaml_whole(struct yaml_reader *reader, const struct yaml_node *map, const char *key,
                    uint64_t low, uint64_t high, uint64_t absent);

/* The point in time under a key, RFC 3339 or a day (2026-11-27) in UTC; absent where there is
 * none. */
int64_t yaml_time(struct yaml_reader *reader, const struct yaml_node *map, const char *key,
                  int64_t absent);

#endif
