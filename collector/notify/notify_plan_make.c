/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_plan_make.h"

#include "notify/notify_limits.h"
#include "notify/notify_send.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The webhook of the settings is no part of a receiver of a file, whatever that is called. */
#define WEBHOOK_NUMBER SIZE_MAX

/* The first line of the webhook's file, in text. */
static enum status read_url(struct slice path, char *text, size_t size, char *error,
                            size_t error_size)
{
    char name[4096];
    if (!slice_copy_text(path, name, sizeof(name))) {
        (void)snprintf(error, error_size, "alert-webhook-file: the path is too long");
        return STATUS_BAD;
    }
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        (void)snprintf(error, error_size, "alert-webhook-file: %s: %s", name, strerror(errno));
        return STATUS_IO;
    }
    const char *line = fgets(text, (int)size, file);
    (void)fclose(file);
    if (line == NULL || slice_trim(slice_from(text)).size == 0) {
        (void)snprintf(error, error_size, "alert-webhook-file: %s: no address in it", name);
        return STATUS_BAD;
    }
    return STATUS_OK;
}

/* The address of the webhook, in the plan's arena; empty where there is none. */
static enum status find_url(struct notify_plan *plan, const struct notify_settings *settings,
                            struct slice *url, char *error, size_t error_size)
{
    char text[NOTIFY_URL_SIZE_MAX] = "";
    *url = settings->webhook;
    if (settings->webhook_file.size > 0) {
        enum status status =
            read_url(settings->webhook_file, text, sizeof(text), error, error_size);
        if (status != STATUS_OK) {
            return status;
        }
        *url = slice_trim(slice_from(text));
    }
    *url = arena_dup(&plan->arena, *url);
    explicit_bzero(text, sizeof(text));
    if (url->size > 0 && !notify_send_url_good(*url, false)) {
        (void)snprintf(error, error_size, "alert-webhook: not an http or https address");
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

enum status notify_plan_make(struct notify_plan **plan, const struct notify_settings *settings,
                             struct slice dashboard_url, char *error, size_t error_size)
{
    struct slice url = SLICE_EMPTY;
    *plan = notify_plan_create();
    if (*plan == NULL) {
        (void)snprintf(error, error_size, "notify: no memory");
        return STATUS_FULL;
    }
    struct arena *arena = &(*plan)->arena;
    (*plan)->external_url =
        arena_dup(arena, settings->external_url.size > 0 ? settings->external_url : dashboard_url);
    enum status status = find_url(*plan, settings, &url, error, error_size);
    if (status == STATUS_OK && url.size > 0) {
        add_webhook(*plan, settings, url);
    }
    if (status == STATUS_OK && arena_overflowed(arena)) {
        (void)snprintf(error, error_size, "notify: the settings are too long");
        status = STATUS_FULL;
    }
    if (status != STATUS_OK) {
        notify_plan_drop(*plan);
        *plan = NULL;
    }
    return status;
}
