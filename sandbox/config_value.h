/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_CONFIG_VALUE_H
#define THAW_SANDBOX_CONFIG_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "yaml/yaml.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads single values of the configuration and says what is wrong with them:
 * "file:line:column: key: what to do".  After an error a harmless value is
 * returned, good is false, and reading goes on, so that one run tells all.
 */
struct config_value {
    struct arena *arena;
    struct buf *errors;
    const char *where;
    const char *directory; /* For relative paths. */
    bool good;
};

/* Complain about a node. */
void config_value_bad(struct config_value *value, const struct yaml_node *node, const char *what);
void config_value_unknown(struct config_value *value, const struct yaml_node *node,
                          const char *of_what);

bool config_value_is_map(struct config_value *value, const struct yaml_node *node);

/* Zeroed memory, or NULL if the arena is full, which it remembers. */
void *config_value_alloc(struct config_value *value, size_t size);

/* Never NULL. */
const char *config_value_text(struct config_value *value, const struct yaml_node *node);

/* A list of texts, or one text; NULL-terminated. */
const char *const *config_value_texts(struct config_value *value, const struct yaml_node *node);

/* Complain about a word that is a file which no instance sees: each has a /tmp of its own. */
void config_value_seen(struct config_value *value, const struct yaml_node *node,
                       const char *const *words);

/* An absolute path of something that exists and is of this kind (S_IFDIR, S_IFREG). */
const char *config_value_path(struct config_value *value, const struct yaml_node *node,
                              mode_t kind);
const char *const *config_value_paths(struct config_value *value, const struct yaml_node *node,
                                      mode_t kind);

/* An absolute path of something that need not exist. */
const char *config_value_target(struct config_value *value, const struct yaml_node *node);

/* A share from 0 to 1, in millionths. */
uint64_t config_value_share(struct config_value *value, const struct yaml_node *node);

uint64_t config_value_u64(struct config_value *value, const struct yaml_node *node, uint64_t min,
                          uint64_t max);
bool config_value_bool(struct config_value *value, const struct yaml_node *node);

/* In nanoseconds; a number alone counts unit_ns. */
uint64_t config_value_duration(struct config_value *value, const struct yaml_node *node,
                               uint64_t unit_ns);

/* The index of the name. */
unsigned config_value_choice(struct config_value *value, const struct yaml_node *node,
                             const char *const *names);

#endif
