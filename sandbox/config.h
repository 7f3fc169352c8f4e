/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_CONFIG_H
#define THAW_SANDBOX_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/billing.h"
#include "sandbox/http_event.h"
#include "sandbox/telemetry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the configuration file says, checked: docs/reference/sandbox-config.md.
 * Everything lives in the arena that it was read into and does not change.
 * Lists of strings end with NULL.
 */
struct config_variable {
    const char *name;
    const char *value;
    struct config_variable *next;
};

/* How environments are initialised; those that are provisioned are told apart by their number. */
enum config_init {
    CONFIG_INIT_ON_DEMAND,
    CONFIG_INIT_SNAP_START,
    CONFIG_INIT_MANAGED,
};

/* The platform's names, NULL-terminated, in the order of the enum. */
extern const char *const config_init_names[];

/* The clock of the instances against that of the platform. */
struct config_clock {
    int64_t ahead_ns;
    uint64_t gains_ppm; /* Of a million nanoseconds so many more. */
};

struct config_function {
    const char *name;
    const char *const *bootstrap;
    const char *code; /* Absolute. */
    const char *handler;
    const char *runtime;
    const char *arch;
    const char *version;
    const char *const *extensions; /* Absolute. */
    const char *const *layers;     /* Absolute. */
    struct config_variable *environment;
    const char *dead_letter; /* NULL: none. */
    uint64_t memory_mb;
    uint64_t timeout_ns;
    uint64_t max_event_age_ns;
    uint64_t concurrency;
    uint64_t provisioned;
    int64_t user; /* -1: ours. */
    enum billing_era era;
    bool json;
    bool trace_active;
    enum config_init init;
    uint64_t slots;     /* Invocations that one environment serves at a time. */
    bool memory_limit;  /* The memory is enforced. */
    bool runtime_first; /* Of an invocation the runtime hears before the extensions do. */
    struct telemetry_faults telemetry;
    struct config_clock clock;
    struct config_function *next;
};

struct config_relay {
    uint32_t inside_address; /* Network order. */
    uint16_t inside_port;
    uint32_t outside_address;
    uint16_t outside_port;
    const char *name;  /* NULL: none. */
    const char *label; /* "127.0.0.1:4318": the outside, for the control API. */
    struct config_relay *next;
};

struct config_queue {
    const char *name;
    const char *dead_letter;
    uint64_t visibility_ns;
    uint64_t receives_max;
    struct config_queue *next;
};

enum config_source_kind {
    CONFIG_SOURCE_HTTP,
    CONFIG_SOURCE_QUEUE,
    CONFIG_SOURCE_TOPIC,
    CONFIG_SOURCE_BUS,
};

struct config_source {
    enum config_source_kind kind;
    const char *function;
    const char *path;
    const char *queue;
    const char *topic; /* Or the name of a bus. */
    enum http_event_format format;
    uint64_t batch_size;
    uint64_t window_ns;
    uint64_t concurrency;
    bool report_item_failures;
    struct config_source *next;
};

enum config_export {
    CONFIG_EXPORT_PAGES, /* What filter-log-events answers. */
    CONFIG_EXPORT_S3,    /* What an export to S3 leaves. */
};

/* How log streams are given out beside the files under --state. */
struct config_cloudwatch {
    const char *export; /* Directory, absolute, may not exist yet; NULL: none. */
    enum config_export format;
    const char *subscription; /* URL; NULL: none. */
    uint64_t interval_ns;
    uint64_t repeat_ppm;  /* Of a million batches so many come again ... */
    uint64_t reorder_ppm; /* ... and so many behind the one that follows. */
    uint64_t seed;
};

#define CONFIG_RETRY_MAX 8

struct config {
    struct config_function *functions;
    struct config_relay *relays;
    struct config_queue *queues;
    struct config_source *sources;
    struct config_cloudwatch cloudwatch;
    const char *region;
    const char *account;
    uint64_t idle_ns;
    uint64_t connection_death_ns;
    uint64_t init_limit_ns;
    uint64_t retry_ns[CONFIG_RETRY_MAX];
    size_t retry_count;
};

/*
 * Read and check the text.  where names the file in errors; directory is what
 * relative paths are relative to.  STATUS_BAD: errors says what is wrong, one
 * line each, with line, column and what to do.
 */
enum status config_read(struct config *config, struct slice text, const char *where,
                        const char *directory, struct arena *arena, struct buf *errors) THAW_CHECK;

/* By name, or NULL. */
const struct config_function *config_function_find(const struct config *config, struct slice name);
const struct config_queue *config_queue_find(const struct config *config, struct slice name);

#endif
