/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_YAML_YAML_H
#define THAW_BASE_YAML_YAML_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * YAML text to a tree.  The only file that knows libyaml, and the one part of base that is more
 * than libc: a library of its own, for those who link it.  Anchors, aliases and tags are refused: a
 * configuration is data.  Pure.
 */
enum yaml_kind {
    YAML_SCALAR,
    YAML_LIST,
    YAML_MAP,
};

#define YAML_TREE_DEPTH_MAX 16

struct yaml_node {
    enum yaml_kind kind;
    bool plain;       /* A scalar without quotes. */
    const char *text; /* Of a scalar; NUL-terminated. */
    const char *key;  /* Of an entry of a map; NULL elsewhere. */
    size_t line;      /* From 1. */
    size_t column;
    size_t key_line;
    size_t key_column;
    struct yaml_node *first; /* Of a list or a map. */
    struct yaml_node *next;
};

/*
 * Parse one document.  Nodes and strings live in the arena.  STATUS_BAD: it is
 * no YAML, and errors got "where:line:column: ..." .  STATUS_FULL: the arena is.  A file in which
 * nothing stands has no root: NULL.
 */
enum status yaml_parse(struct slice text, const char *where, struct arena *arena,
                       struct buf *errors, struct yaml_node **root) THAW_CHECK;

/* The entry of a map with this key; NULL: there is none, or it is no map. */
const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key);

#endif
