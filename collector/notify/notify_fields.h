/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_FIELDS_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_FIELDS_H

#include "notify/notify_plan.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "yaml/yaml_fields.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the parts of notify_plan_read.c ask of a map of YAML, beside base/yaml/yaml_fields.h.
 */

/* Whether it is a map, of which every key is one of these, with spaces between. */
bool notify_fields_check(struct yaml_reader *fields, const struct yaml_node *map, const char *what,
                         const char *keys);

/* The node under a key, of a kind; NULL where nothing stands there. */
const struct yaml_node *notify_fields_node(struct yaml_reader *fields, const struct yaml_node *map,
                                           const char *key, enum yaml_kind kind);

/* Texts, or what is given where there is none. */
struct slice notify_fields_text(struct yaml_reader *fields, const struct yaml_node *map,
                                const char *key, struct slice fallback);
uint64_t notify_fields_duration(struct yaml_reader *fields, const struct yaml_node *map,
                                const char *key, uint64_t fallback_ns);
bool notify_fields_truth(struct yaml_reader *fields, const struct yaml_node *map, const char *key,
                         bool fallback);

/* A list of texts, in the arena; a single text is one of one. */
const struct slice *notify_fields_texts(struct yaml_reader *fields, const struct yaml_node *map,
                                        const char *key, size_t *count);

/* A credential: key, key_file or key_env. */
struct slice notify_fields_secret(struct yaml_reader *fields, const struct yaml_node *map,
                                  const char *key, struct slice fallback);

/* Matchers under a key, behind those of match and match_re where old is set. */
const struct notify_matcher *notify_fields_matchers(struct yaml_reader *fields,
                                                    const struct yaml_node *map, const char *key,
                                                    const char *match, const char *match_re,
                                                    size_t *count);

#endif
