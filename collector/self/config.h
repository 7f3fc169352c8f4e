/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SELF_CONFIG_H
#define THAW_SELF_CONFIG_H

#include "alert/alert.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/settings.h"
#include "base/slice.h"
#include "base/status.h"
#include "notify/notify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The settings of the collector: one table, which is the command line, the environment, the file,
 * --help and docs/reference/collector-settings.md.
 */
struct config {
    bool help, version, check_config, print_reference;
    struct slice check; /* A directory; empty: none. */
    bool json;
    struct slice config_file;
    struct slice data;
    struct slice listen;
    struct slice store;
    struct slice token_file;
    struct slice tls_cert;
    struct slice tls_key;
    bool insecure_no_auth;
    uint64_t threads;
    uint64_t connections;
    uint64_t segment_size;
    uint64_t retention_size;
    uint64_t retention_age_ns;
    uint64_t pending_size;
    unsigned log_level;
    struct slice prices;
    struct slice functions;
    struct alert_settings alert;
    struct notify_settings notify;
};

extern const struct setting config_rows[];
extern const size_t config_row_count;

/*
 * Read arguments, environment and the file that they name into config; text goes into the arena,
 * which must outlive it.  STATUS_BAD: something is wrong, and errors has a line for each.
 */
enum status config_read(struct config *config, int argc, const char *const *argv,
                        const char *const *environment, struct arena *arena,
                        struct buf *errors) THAW_CHECK;

#endif
