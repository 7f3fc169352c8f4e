/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_H
#define THAW_COLLECTOR_ALERT_ALERT_H

#include "base/buf.h"
#include "base/settings.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Alerts of the collector: rules (rules/), those that it comes with and those of the user's files,
 * evaluated over all metrics, given to notify/ and to whoever asks.  What is kept of a rule is in
 * alert_set.h, the thread in alert_run.h; here they are joined to the view, the store and those who
 * tell people.
 *
 * Lock order: the alerts' lock, then the view's, what rules wrote, or notify's.  None is held over
 * the disk.
 */
struct alerts;
struct json_write;
struct notify;
struct prices;
struct series_store;
struct store;
struct view;

/* What the user may set.  Texts as written; alert_check() says whether they mean something. */
struct alert_settings {
    struct slice rules; /* Files and directories, with commas between. */
    bool shipped;
    bool cold_start;
    struct slice cold_start_rate;  /* "5%" */
    struct slice cold_start_clear; /* "3%" */
    uint64_t cold_start_minimum;
    uint64_t cold_start_wait_ns;
    uint64_t cold_start_window_ns;
    uint64_t cold_start_for_ns;
    uint64_t cold_start_clear_for_ns;
    struct slice budget; /* "200" */
    uint64_t interval_ns;
    uint64_t delay_ns;
};

#define ALERT_SETTING(type, member, field, key, what, low, high, standard, value, text)            \
    {                                                                                              \
        .name = (key), .kind = (what), .offset = offsetof(struct type, member.field),              \
        .fallback = (standard), .min = (low), .max = (high), .value_name = (value), .help = text   \
    }

#define ALERT_SECOND UINT64_C(1000000000)
#define ALERT_DAY    (UINT64_C(86400) * ALERT_SECOND)

/*
 * The rows for the collector's table of settings: `type` is the struct of its
 * configuration and `member` the name of its struct alert_settings.
 */
#define ALERT_SETTING_ROWS(type, member)                                                           \
    ALERT_SETTING(type, member, rules, "rules", SETTING_STRING, 0, 0, "", "PATH[,PATH...]",        \
                  "Files of rules in Prometheus's format, or directories of them."),               \
        ALERT_SETTING(type, member, shipped, "alert-shipped", SETTING_BOOL, 0, 0, "true", NULL,    \
                      "Evaluate the rules that the collector comes with."),                        \
        ALERT_SETTING(type, member, cold_start, "alert-cold-start", SETTING_BOOL, 0, 0, "true",    \
                      NULL, "Among them, watch the cold-start rate of every function."),           \
        ALERT_SETTING(type, member, cold_start_rate, "alert-cold-start-rate", SETTING_STRING, 0,   \
                      16, "5%", "PERCENT", "Fire above this share of cold starts."),               \
        ALERT_SETTING(type, member, cold_start_clear, "alert-cold-start-clear", SETTING_STRING, 0, \
                      16, "3%", "PERCENT", "Resolve below this share of cold starts."),            \
        ALERT_SETTING(type, member, cold_start_minimum, "alert-cold-start-minimum", SETTING_U64,   \
                      1, 0, "50", "COUNT",                                                         \
                      "Invocations in the window without which nothing fires."),                   \
        ALERT_SETTING(type, member, cold_start_wait_ns, "alert-cold-start-wait", SETTING_DURATION, \
                      0, ALERT_DAY, "5s", "TIME",                                                  \
                      "What callers waited in all, in the window, without which nothing fires."),  \
        ALERT_SETTING(type, member, cold_start_window_ns, "alert-cold-start-window",               \
                      SETTING_DURATION, 60 * ALERT_SECOND, ALERT_DAY, "10m", "TIME",               \
                      "Over which invocations are counted, in whole minutes."),                    \
        ALERT_SETTING(type, member, cold_start_for_ns, "alert-cold-start-for", SETTING_DURATION,   \
                      0, ALERT_DAY, "5m", "TIME", "How long the rate must stay above to fire."),   \
        ALERT_SETTING(type, member, cold_start_clear_for_ns, "alert-cold-start-clear-for",         \
                      SETTING_DURATION, 0, ALERT_DAY, "10m", "TIME",                               \
                      "How long the rate must stay below to resolve."),                            \
        ALERT_SETTING(type, member, budget, "alert-budget", SETTING_STRING, 0, 32, "0", "DOLLARS", \
                      "Tell when a month like the last day costs more; 0: never."),                \
        ALERT_SETTING(type, member, interval_ns, "alert-interval", SETTING_DURATION,               \
                      ALERT_SECOND / 10, 3600 * ALERT_SECOND, "15s", "TIME",                       \
                      "How often rules are evaluated whose group says nothing else."),             \
        ALERT_SETTING(type, member, delay_ns, "alert-delay", SETTING_DURATION, 0, ALERT_DAY,       \
                      "60s", "TIME",                                                               \
                      "How late telemetry may be: rules are evaluated as of this long ago.")

/* Whether the settings mean something, and the files of rules are right; if not, STATUS_BAD with
 * lines in error. */
enum status alert_check(const struct alert_settings *settings, char *error,
                        size_t error_size) THAW_CHECK;

/* All of it outlives the alerts. */
struct alert_options {
    const struct alert_settings *settings;
    struct view *view;
    struct store *store;
    const struct prices *prices;
    struct series_store *series;
    struct own *own; /* The collector's own metrics (sources/own.h). */
    struct notify *notify;
    struct slice dashboard_url; /* Where people reach it. */
};

/* Start evaluating, with what the store remembers.  A sentence in error if it fails. */
enum status alert_start(struct alerts **alerts, const struct alert_options *options, char *error,
                        size_t error_size) THAW_CHECK;

/* Stop and save.  NULL is fine. */
void alert_stop(struct alerts *alerts);

/* Look at the files of rules now; they are looked at every few seconds anyway. */
void alert_reload(struct alerts *alerts);

/* What rules wrote: recorded series, ALERTS and ALERTS_FOR_STATE.  Lives as long as the alerts. */
struct series_source alert_source(struct alerts *alerts);

/* For GET status. */
struct alert_stats {
    uint64_t evaluated_ns; /* 0: not yet. */
    uint64_t took_ns;
    uint64_t firing;
    uint64_t rules, failing; /* Those that are evaluated, and those of them that cannot be. */
    char load_error[256];    /* Of the files of rules as they are now; empty: none. */
};
void alert_stats(struct alerts *alerts, struct alert_stats *stats);

/* Write the answers of GET alerts and GET rules, as docs/reference/api.md has them. */
void alert_write_alerts(struct alerts *alerts, struct json_write *writer);
void alert_write_rules(struct alerts *alerts, struct json_write *writer);

/* What rules would have done (alert_preview.h). */
struct alert_preview_request {
    struct slice draft, rule, group;
    uint64_t from_ns, to_ns; /* 0: the last week, and now. */
    int64_t step_ms;         /* 0: as often as rules say. */
};

/* Write the answer; as alert_preview_write(), and STATUS_AGAIN: another one is being made. */
enum status alert_preview(struct alerts *alerts, const struct alert_preview_request *request,
                          struct json_write *writer, struct buf *errors) THAW_CHECK;

/* Write the answer of GET alerts/history for a span; 0: the last week, and now. */
void alert_write_history(struct alerts *alerts, uint64_t from_ns, uint64_t to_ns,
                         struct json_write *writer);

/* Write the members of the lists "groups" (of rules; type is empty, "alert" or "record") and
 * "alerts" of Prometheus's API. */
void alert_write_groups(struct alerts *alerts, struct slice type, struct json_write *writer);
void alert_write_firing(struct alerts *alerts, struct json_write *writer);

#endif
