/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_plan_make.h"

#include "notify/notify_limits.h"
#include "notify/notify_plan_read.h"
#include "notify/notify_send.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The webhook of the settings is no part of a receiver of a file, whatever that is called. */
#define WEBHOOK_NUMBER SIZE_MAX

/* ---- What inhibits what, where no file says something else. ---- */

static const struct slice everywhere[] = {SLICE_INIT("")};
static const struct slice same_function[] = {SLICE_INIT("account"), SLICE_INIT("region"),
                                             SLICE_INIT("function"), SLICE_INIT("")};
static const struct slice same_alert[] = {SLICE_INIT("alertname"), SLICE_INIT("account"),
                                          SLICE_INIT("region"), SLICE_INIT("function"),
                                          SLICE_INIT("")};

/* The causes that are told, and what follows from them; names are those of rules/shipped.yml, and
 * words that rules of users are likely to have. */
static const struct {
    const char *source, *target;
    const struct slice *equal; /* Up to an empty one. */
} inhibition_rows[] = {
    /* Who is throttled is slow, too. */
    {"alertname=~\".*[Tt]hrottl.*\"",
     "alertname=~\"(Latency|Slow|Duration).*|NearTimeout|InitSlower\"", same_function},
    /* What went over a limit needs no warning that it comes near it. */
    {"alertname=\"Timeouts\"", "alertname=\"NearTimeout\"", same_function},
    {"alertname=\"OutOfMemory\"", "alertname=\"MemoryNearLimit\"", same_function},
    /* A function whose agent is gone has ends that nobody tells. */
    {"alertname=\"AgentLost\"", "alertname=\"EndUnknown\"", same_function},
    /* What the collector does not take in is missing here, not there. */
    {"alertname=~\"IngestBehind|IngestRefused\"",
     "alertname=~\"ScheduleSilent|AgentLost|EndUnknown\"", everywhere},
    /* Who is told of a crisis needs no warning of it. */
    {"severity=\"critical\"", "severity=~\"warning|info\"", same_alert},
};

static size_t count_labels(const struct slice *labels)
{
    size_t count = 0;
    while (labels[count].size > 0) {
        count++;
    }
    return count;
}

static void add_inhibitions(struct notify_plan *plan)
{
    enum { COUNT = sizeof(inhibition_rows) / sizeof(inhibition_rows[0]) };
    char error[128];
    struct notify_inhibition *inhibitions =
        arena_alloc_array(&plan->arena, COUNT, sizeof(*inhibitions));
    struct notify_matcher *matchers =
        arena_alloc_array(&plan->arena, (size_t)2 * COUNT, sizeof(*matchers));
    if (inhibitions == NULL || matchers == NULL) {
        return;
    }
    for (size_t i = 0; i < COUNT; i++) {
        const char *const texts[2] = {inhibition_rows[i].source, inhibition_rows[i].target};
        for (size_t j = 0; j < 2; j++) {
            if (notify_matcher_parse(slice_from(texts[j]), &plan->arena, &matchers[2 * i + j],
                                     error, sizeof(error)) != STATUS_OK) {
                return;
            }
        }
        inhibitions[i] =
            (struct notify_inhibition){.source = &matchers[2 * i],
                                       .source_count = 1,
                                       .target = &matchers[2 * i + 1],
                                       .target_count = 1,
                                       .equal = inhibition_rows[i].equal,
                                       .equal_count = count_labels(inhibition_rows[i].equal)};
    }
    plan->inhibitions = inhibitions;
    plan->inhibition_count = COUNT;
}

/* ---- The webhook of the settings. ---- */

/* The first line of the webhook's file, in text. */
static enum status read_url(struct slice path, char *text, size_t size, struct buf *errors)
{
    char name[4096];
    if (!slice_copy_text(path, name, sizeof(name))) {
        buf_append_text(errors, "alert-webhook-file: the path is too long\n");
        return STATUS_BAD;
    }
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        buf_printf(errors, "alert-webhook-file: %s: %s\n", name, strerror(errno));
        return STATUS_IO;
    }
    const char *line = fgets(text, (int)size, file);
    (void)fclose(file);
    if (line == NULL || slice_trim(slice_from(text)).size == 0) {
        buf_printf(errors, "alert-webhook-file: %s: no address in it\n", name);
        return STATUS_BAD;
    }
    return STATUS_OK;
}

/* The address of the webhook, in the plan's arena; empty where there is none. */
static enum status find_url(struct notify_plan *plan, const struct notify_settings *settings,
                            struct slice *url, struct buf *errors)
{
    char text[NOTIFY_URL_SIZE_MAX] = "";
    *url = settings->webhook;
    if (settings->webhook_file.size > 0) {
        enum status status = read_url(settings->webhook_file, text, sizeof(text), errors);
        if (status != STATUS_OK) {
            return status;
        }
        *url = slice_trim(slice_from(text));
    }
    *url = arena_dup(&plan->arena, *url);
    explicit_bzero(text, sizeof(text));
    if (url->size > 0 && !notify_send_url_good(*url, false)) {
        buf_append_text(errors, "alert-webhook: not an http or https address\n");
        return STATUS_BAD;
    }
    return STATUS_OK;
}

/* The webhook is told of each alert by itself, at once, and once. */
static void add_webhook(struct notify_plan *plan, const struct notify_settings *settings,
                        struct slice url)
{
    struct notify_target *target = arena_alloc_array(&plan->arena, 1, sizeof(*target));
    struct notify_route *route = arena_alloc_array(&plan->arena, 1, sizeof(*route));
    if (target == NULL || route == NULL) {
        return;
    }
    *target = (struct notify_target){
        .kind = NOTIFY_WEBHOOK,
        .receiver = SLICE("webhook"),
        .id = notify_plan_target_id(SLICE("webhook"), NOTIFY_WEBHOOK, WEBHOOK_NUMBER),
        .send_resolved = true,
        .reach = (enum notify_reach)settings->webhook_reach,
        .timeout_ns = settings->webhook_timeout_ns,
        .url = url,
    };
    *route = (struct notify_route){.key = SLICE("{}/webhook"),
                                   .receiver = target->receiver,
                                   .target_count = 1,
                                   .group_by_all = true};
    plan->targets = target;
    plan->target_count = 1;
    plan->roots = route;
    plan->root_count = 1;
}

/* ---- All of it. ---- */

/* The whole file, in the plan's arena. */
static enum status read_whole(struct notify_plan *plan, const char *name, struct slice *text,
                              struct buf *errors)
{
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        buf_printf(errors, "notify: %s: %s\n", name, strerror(errno));
        return STATUS_IO;
    }
    /* One byte more than it may have, so that a longer one is seen. */
    unsigned char *memory = arena_alloc(&plan->arena, NOTIFY_FILE_SIZE_MAX + 1);
    size_t size = memory == NULL ? 0 : fread(memory, 1, NOTIFY_FILE_SIZE_MAX + 1, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (memory == NULL || failed) {
        buf_printf(errors, "notify: %s: it cannot be read\n", name);
        return STATUS_IO;
    }
    *text = slice_of(memory, size);
    return STATUS_OK;
}

static enum status add_file(struct notify_plan *plan, struct slice path, struct buf *errors)
{
    char name[4096];
    struct slice text = SLICE_EMPTY;
    if (!slice_copy_text(path, name, sizeof(name))) {
        buf_append_text(errors, "notify: the path is too long\n");
        return STATUS_BAD;
    }
    enum status status = read_whole(plan, name, &text, errors);
    if (status != STATUS_OK) {
        return status;
    }
    return notify_plan_read(plan, text, name, errors);
}

enum status notify_plan_make(struct notify_plan **plan, const struct notify_settings *settings,
                             struct slice dashboard_url, struct buf *errors)
{
    struct slice url = SLICE_EMPTY;
    *plan = notify_plan_create();
    if (*plan == NULL) {
        buf_append_text(errors, "notify: no memory\n");
        return STATUS_FULL;
    }
    struct arena *arena = &(*plan)->arena;
    (*plan)->external_url =
        arena_dup(arena, settings->external_url.size > 0 ? settings->external_url : dashboard_url);
    add_inhibitions(*plan);
    enum status status = find_url(*plan, settings, &url, errors);
    if (status == STATUS_OK && url.size > 0) {
        add_webhook(*plan, settings, url);
    }
    if (status == STATUS_OK && settings->file.size > 0) {
        status = add_file(*plan, settings->file, errors);
    }
    if (status == STATUS_FULL || (status == STATUS_OK && arena_overflowed(arena))) {
        buf_append_text(errors, "notify: the settings are too long\n");
        status = STATUS_FULL;
    }
    if (status != STATUS_OK) {
        notify_plan_drop(*plan);
        *plan = NULL;
    }
    return status;
}
