/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_FIELDS_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_FIELDS_H

#include "notify/notify_plan.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "yaml/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the parts of notify_plan_read.c ask of a map of YAML.  Every mistake is told with its place;
 * what is wrong has the value of what is not there.
 */
struct notify_fields {
    const char *where;
    struct arena *arena;
    struct buf *errors;
    size_t error_count;
};

/* A mistake at a node, or at its key where it has one. */
void notify_fields_wrong(struct notify_fields *fields, const struct yaml_node *node,
                         const char *what, const char *name, const char *rest);

/* Whether it is a map, of which every key is one of these, with spaces between. */
bool notify_fields_check(struct notify_fields *fields, const struct yaml_node *map,
                         const char *what, const char *keys);

/* The node under a key, of a kind; NULL where nothing stands there. */
const struct yaml_node *notify_fields_node(struct notify_fields *fields,
                                           const struct yaml_node *map, const char *key,
                                           enum yaml_kind kind);

/* Texts, or what is given where there is none. */
struct slice notify_fields_text(struct notify_fields *fields, const struct yaml_node *map,
                                const char *key, struct slice fallback);
uint64_t notify_fields_duration(struct notify_fields *fields, const struct yaml_node *map,
                                const char *key, uint64_t fallback_ns);
bool notify_fields_truth(struct notify_fields *fields, const struct yaml_node *map, const char *key,
                         bool fallback);

/* A list of texts, in the arena; a single text is one of one. */
const struct slice *notify_fields_texts(struct notify_fields *fields, const struct yaml_node *map,
                                        const char *key, size_t *count);

/* A credential: key, key_file or key_env. */
struct slice notify_fields_secret(struct notify_fields *fields, const struct yaml_node *map,
                                  const char *key, struct slice fallback);

/* Matchers under a key, behind those of match and match_re where old is set. */
const struct notify_matcher *notify_fields_matchers(struct notify_fields *fields,
                                                    const struct yaml_node *map, const char *key,
                                                    const char *match, const char *match_re,
                                                    size_t *count);

/* How many entries a list or map has. */
size_t notify_fields_count(const struct yaml_node *node);

#endif
