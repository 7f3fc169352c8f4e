/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_DECLARED_DECLARED_H
#define THAW_DECLARED_DECLARED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What people say of functions that no telemetry tells: whose they are, and what of them is paid
 * for whether or not they run.  A file in YAML (docs/reference/functions-file.md):
 *
 *     savings_plan_percent: 12
 *     functions:
 *       - function: checkout-*
 *         labels: {team: payments}
 *         ephemeral_storage_mb: 2048
 *         provisioned:
 *           - {instances: 10, memory_mb: 1536, from: 2026-11-27T08:00:00Z, to:
 * 2026-11-27T16:00:00Z} snapshots:
 *           - {size_mb: 1024, from: 2026-11-01}
 *
 * Immutable once it is read; any thread.
 */

/* It goes on. */
#define DECLARED_NO_END INT64_MAX

struct declared_label {
    struct slice name, value;
};

/* Instances of a memory size that are kept ready, from then to then. */
struct declared_provisioned {
    uint32_t instances;
    uint32_t memory_mb;
    int64_t from_ns, to_ns; /* DECLARED_NO_END: still. */
};

/* A version's snapshot that is kept. */
struct declared_snapshot {
    uint32_t size_mb;
    int64_t from_ns, to_ns;
};

struct declared_function {
    struct slice name; /* All of it, or with a * at its end the beginning. */
    const struct declared_label *labels;
    size_t label_count;
    uint32_t storage_mb; /* 0: not said, the 512 that are free. */
    const struct declared_provisioned *provisioned;
    size_t provisioned_count;
    const struct declared_snapshot *snapshots;
    size_t snapshot_count;
};

struct declared {
    const struct declared_function *functions;
    size_t function_count;
    uint32_t savings_percent; /* Off what is paid for time. */
};

/*
 * Read a file.  STATUS_BAD: it has mistakes, and errors got a line for each: "where:line:column:
 * what, and what to do".  STATUS_FULL: the arena, in which everything lives, is.
 */
enum status declared_read(struct slice text, const char *where, struct arena *arena,
                          struct buf *errors, struct declared *declared) THAW_CHECK;

/* The same of a file; nothing is declared where the path is empty.  STATUS_IO: it cannot be read,
 * and errors say why. */
enum status declared_load(struct declared **declared, struct slice path,
                          struct buf *errors) THAW_CHECK;

/* Of declared_load() only.  NULL is fine. */
void declared_free(struct declared *declared);

/* The first entry that is of this function; NULL where nothing is said of it. */
const struct declared_function *declared_of(const struct declared *declared, struct slice name);

/* The value of a label; empty where it has none.  declared_function may be NULL. */
struct slice declared_label_of(const struct declared_function *function, struct slice name);

/* Whether any entry has a label of this name. */
bool declared_has_label(const struct declared *declared, struct slice name);

#endif
