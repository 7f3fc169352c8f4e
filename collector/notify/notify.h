/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_H

#include "http/reload.h"
#include "notify/notice.h"

#include "base/buf.h"
#include "base/settings.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * People are told of alerts: who, when and how often stands in the file of --notify, or comes to
 * one webhook (--alert-webhook).  The rules of the game are in notify_book.h, the thread in
 * notify_run.h; here they are joined to the store and the network.
 */
struct json_write;
struct notify_deploy;
struct store;

/* What the user may set. */
struct notify_settings {
    struct slice file;         /* Empty: none. */
    struct slice webhook;      /* A credential. */
    struct slice webhook_file; /* Or where it stands. */
    unsigned webhook_reach;    /* enum notify_reach */
    uint64_t webhook_timeout_ns;
    struct slice external_url;
};

/* Choices of the setting alert-webhook-reach. */
extern const char *const notify_reach_names[];

#define NOTIFY_SETTING(type, member, field, key, what, low, high, standard, value, text)           \
    {                                                                                              \
        .name = (key), .kind = (what), .offset = offsetof(struct type, member.field),              \
        .fallback = (standard), .min = (low), .max = (high), .value_name = (value), .help = text   \
    }

/*
 * The rows for the collector's table of settings: `type` is the struct of its
 * configuration and `member` the name of its struct notify_settings.
 */
#define NOTIFY_SETTING_ROWS(type, member)                                                          \
    NOTIFY_SETTING(type, member, file, "notify", SETTING_STRING, 0, 0, "", "FILE",                 \
                   "Who is told of alerts: receivers and routes, in the shape of Alertmanager's "  \
                   "configuration. Read again when it changes, and on SIGHUP."),                   \
        NOTIFY_SETTING(type, member, webhook, "alert-webhook", SETTING_STRING, 0, 0, "", "URL",    \
                       "Tell this address of alerts, as Alertmanager would. It is a credential: "  \
                       "better kept in a file or the environment."),                               \
        NOTIFY_SETTING(type, member, webhook_file, "alert-webhook-file", SETTING_STRING, 0, 0, "", \
                       "FILE", "Read the webhook's address from the first line of this file."),    \
        {.name = "alert-webhook-reach",                                                            \
         .kind = SETTING_CHOICE,                                                                   \
         .offset = offsetof(struct type, member.webhook_reach),                                    \
         .fallback = "public",                                                                     \
         .choices = notify_reach_names,                                                            \
         .value_name = "REACH",                                                                    \
         .help = "Which networks the webhook may be in: the internet, also this machine, or also " \
                 "private networks."},                                                             \
        NOTIFY_SETTING(type, member, webhook_timeout_ns, "alert-webhook-timeout",                  \
                       SETTING_DURATION, UINT64_C(100000000), UINT64_C(120000000000), "10s",       \
                       "TIME", "How long one delivery may take."),                                 \
        NOTIFY_SETTING(type, member, external_url, "alert-external-url", SETTING_STRING, 0, 1024,  \
                       "", "URL",                                                                  \
                       "The dashboard's address in messages, if people reach it by another "       \
                       "than the one listened on.")

/* Whether the settings, and the files that they name, are right; if not, errors got a line for
 * each mistake. */
enum status notify_check(const struct notify_settings *settings, struct buf *errors) THAW_CHECK;

struct notify_options {
    const struct notify_settings *settings; /* Outlive it, as does the store. */
    struct store *store;
    struct slice dashboard_url; /* "http://127.0.0.1:4318": where external_url is not set. */
};

/* Start telling, with what the store remembers.  A sentence in error if it fails. */
enum status notify_start(struct notify **notify, const struct notify_options *options, char *error,
                         size_t error_size) THAW_CHECK;

/* Stop: ends a delivery under way within seconds and saves.  NULL is fine. */
void notify_stop(struct notify *notify);

/* Follow the file if it has changed, or if forced; one that is wrong is left alone (http/reload.h).
 * One thread, every few seconds. */
void notify_reload(struct notify *notify, bool forced);

/* Something was deployed (notify_deploys.h): alerts of it are gathered.  STATUS_OK once what is new
 * of it is on the disk; it holds all the same if it is not.  Any thread. */
enum status notify_deployed(struct notify *notify, const struct notify_deploy *deploys,
                            size_t count) THAW_CHECK;

/* For GET status and /metrics. */
struct notify_stats {
    uint64_t alerts;                     /* That fire. */
    uint64_t groups;                     /* That they are in. */
    uint64_t waiting;                    /* Messages to be delivered. */
    uint64_t delivered, failed, retried; /* Messages since the start, the last of attempts. */
    uint64_t refused;                    /* Alerts that no room was left for. */
    struct reload_facts file;
};
void notify_stats(struct notify *notify, struct notify_stats *stats);

/* The thread behind it, for notify_api.c. */
struct notify_run;
struct notify_run *notify_running(struct notify *notify);

/* Write what people were told of one alert, and why not, as members of GET alerts' object:
 * "notifications", the latest first, "silenced_by" and "inhibited_by". */
void notify_write_of_alert(struct notify *notify, struct json_write *writer, uint64_t fingerprint);

#endif
