/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_PLAN_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_PLAN_H

#include "notify/notify_address.h"
#include "notify/notify_matcher.h"

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A plan says who is told what: receivers, routes to them, and what inhibits what.  It is what the
 * file of --notify and the settings of --alert-webhook come to.  Immutable once it is made, shared
 * by counting; any thread reads it.
 *
 * A receiver is a name for some targets; a target is one place that messages go to, with all that
 * is needed to reach it.  Its id is the same as long as it keeps its place in the file.
 */
enum notify_kind {
    NOTIFY_WEBHOOK,
    NOTIFY_ALERTMANAGER,
    NOTIFY_SLACK,
    NOTIFY_PAGERDUTY,
    NOTIFY_OPSGENIE,
    NOTIFY_EMAIL,
};

/* "webhook", "alertmanager", ... */
struct slice notify_kind_name(enum notify_kind kind);

struct notify_target {
    enum notify_kind kind;
    struct slice receiver; /* The name of the receiver that it is part of. */
    uint64_t id;
    bool send_resolved;
    enum notify_reach reach;
    uint64_t timeout_ns;
    struct slice url;    /* A credential.  For e-mail smtp://HOST:PORT or smtps://. */
    struct slice secret; /* Routing key, API key, token, or password; empty: none. */
    struct slice username;
    struct slice ca_file; /* Empty: the system's. */
    struct slice channel; /* Slack; empty: the webhook's own. */
    struct slice from;
    const struct slice *to; /* Addresses of an e-mail. */
    size_t to_count;
    bool require_tls;
};

struct notify_route {
    struct slice key;      /* What identifies it: the matchers on the way to it. */
    struct slice receiver; /* By its name. */
    size_t target_first, target_count;
    const struct slice *group_by; /* Sorted. */
    size_t group_by_count;
    bool group_by_all;
    uint64_t wait_ns;
    uint64_t interval_ns; /* 0: changes are told at once. */
    uint64_t repeat_ns;   /* 0: never. */
    const struct notify_matcher *matchers;
    size_t matcher_count;
    bool goes_on; /* Those behind it are looked at, too. */
    const struct notify_route *children;
    size_t child_count;
};

/* Alerts that match the source silence those that match the target and have the same labels. */
struct notify_inhibition {
    const struct notify_matcher *source, *target;
    size_t source_count, target_count;
    const struct slice *equal;
    size_t equal_count;
};

struct notify_plan {
    const struct notify_target *targets;
    size_t target_count;
    const struct notify_route *roots; /* Each is looked at: one of the file, one of each target that
                                         has no route. */
    size_t root_count;
    const struct notify_inhibition *inhibitions;
    size_t inhibition_count;
    uint64_t gather_ns; /* How long after a deploy its alerts are gathered. */
    struct slice external_url;
    struct arena arena; /* All of the above lives here. */
    size_t holders;     /* Counted under the lock of those who share it. */
};

/* An empty plan with room for what a file may hold, held once; NULL without memory. */
struct notify_plan *notify_plan_create(void) THAW_CHECK;
struct notify_plan *notify_plan_hold(struct notify_plan *plan);
/* The last one clears what it was made of: there are secrets in it.  NULL is fine. */
void notify_plan_drop(struct notify_plan *plan);

/* The target of an id, or NULL. */
const struct notify_target *notify_plan_target(const struct notify_plan *plan, uint64_t id);

/* The id of the so-many-th target of a kind of a receiver. */
uint64_t notify_plan_target_id(struct slice receiver, enum notify_kind kind, size_t number);

/* Call visit for every route that takes the alert. */
typedef void notify_plan_visit(void *context, const struct notify_route *route);
void notify_plan_route(const struct notify_plan *plan, const struct notify_alert *alert,
                       notify_plan_visit *visit, void *context);

#endif
