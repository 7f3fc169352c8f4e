/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_H
#define THAW_COLLECTOR_ALERT_ALERT_H

#include "base/settings.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Alerts of the collector: the cold-start rate of each function, on by
 * default, given to notify/ and to whoever asks.  The rules of the game are in
 * alert_step.h, what is kept in alert_book.h, the thread in alert_run.h; here
 * they are joined to the view, the store and those who tell people.
 *
 * Lock order: an alert's lock, then the view's, or notify's.  None is held over
 * the disk.
 */
struct alerts;
struct json_write;
struct notify;
struct store;
struct view;

/* What the user may set.  Texts as written; alert_check() says whether they mean something. */
struct alert_settings {
    bool cold_start;
    struct slice cold_start_rate;  /* "5%" */
    struct slice cold_start_clear; /* "3%" */
    uint64_t cold_start_minimum;
    uint64_t cold_start_window_ns;
    uint64_t cold_start_for_ns;
    uint64_t cold_start_clear_for_ns;
    uint64_t interval_ns;
    uint64_t delay_ns;
};

#define ALERT_SETTING(type, member, field, key, what, low, high, standard, value, text)            \
    {                                                                                              \
        .name = "alert-" key, .kind = (what), .offset = offsetof(struct type, member.field),       \
        .fallback = (standard), .min = (low), .max = (high), .value_name = (value), .help = text   \
    }

#define ALERT_SECOND UINT64_C(1000000000)
#define ALERT_DAY    (UINT64_C(86400) * ALERT_SECOND)

/*
 * The rows for the collector's table of settings: `type` is the struct of its
 * configuration and `member` the name of its struct alert_settings.
 */
#define ALERT_SETTING_ROWS(type, member)                                                           \
    ALERT_SETTING(type, member, cold_start, "cold-start", SETTING_BOOL, 0, 0, "true", NULL,        \
                  "Watch the cold-start rate of every function."),                                 \
        ALERT_SETTING(type, member, cold_start_rate, "cold-start-rate", SETTING_STRING, 0, 16,     \
                      "5%", "PERCENT", "Fire above this share of cold starts."),                   \
        ALERT_SETTING(type, member, cold_start_clear, "cold-start-clear", SETTING_STRING, 0, 16,   \
                      "3%", "PERCENT", "Resolve below this share of cold starts."),                \
        ALERT_SETTING(type, member, cold_start_minimum, "cold-start-minimum", SETTING_U64, 1, 0,   \
                      "50", "COUNT", "Invocations in the window without which nothing fires."),    \
        ALERT_SETTING(type, member, cold_start_window_ns, "cold-start-window", SETTING_DURATION,   \
                      60 * ALERT_SECOND, ALERT_DAY, "10m", "TIME",                                 \
                      "Over which invocations are counted, in whole minutes."),                    \
        ALERT_SETTING(type, member, cold_start_for_ns, "cold-start-for", SETTING_DURATION, 0,      \
                      ALERT_DAY, "5m", "TIME", "How long the rate must stay above to fire."),      \
        ALERT_SETTING(type, member, cold_start_clear_for_ns, "cold-start-clear-for",               \
                      SETTING_DURATION, 0, ALERT_DAY, "10m", "TIME",                               \
                      "How long the rate must stay below to resolve."),                            \
        ALERT_SETTING(type, member, interval_ns, "interval", SETTING_DURATION, ALERT_SECOND / 10,  \
                      3600 * ALERT_SECOND, "15s", "TIME", "How often alerts are evaluated."),      \
        ALERT_SETTING(type, member, delay_ns, "delay", SETTING_DURATION, 0, ALERT_DAY, "60s",      \
                      "TIME", "How late telemetry may be: windows end this long ago.")

/* Whether the settings mean something; if not, STATUS_BAD with a sentence in error. */
enum status alert_check(const struct alert_settings *settings, char *error,
                        size_t error_size) THAW_CHECK;

struct alert_options {
    const struct alert_settings *settings; /* Read during alert_start() only. */
    struct view *view;                     /* Outlives the alerts, as does the store. */
    struct store *store;
    struct notify *notify; /* As does who tells people. */
};

/* Start watching, with what the store remembers.  A sentence in error if it fails. */
enum status alert_start(struct alerts **alerts, const struct alert_options *options, char *error,
                        size_t error_size) THAW_CHECK;

/* Stop and save.  NULL is fine. */
void alert_stop(struct alerts *alerts);

/* For GET status. */
struct alert_stats {
    uint64_t evaluated_ns; /* 0: not yet. */
    uint64_t firing;
};
void alert_stats(struct alerts *alerts, struct alert_stats *stats);

/* Write the answers of GET alerts and GET rules, as docs/reference/api.md has them. */
void alert_write_alerts(struct alerts *alerts, struct json_write *writer);
void alert_write_rules(struct alerts *alerts, struct json_write *writer);

/* Write the members of the lists "groups" (of rules) and "alerts" of Prometheus's API. */
void alert_write_groups(struct alerts *alerts, struct json_write *writer);
void alert_write_firing(struct alerts *alerts, struct json_write *writer);

#endif
