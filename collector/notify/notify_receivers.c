/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_receivers.h"

#include "notify/notify_limits.h"
#include "notify/notify_send.h"

#include <string.h>

/* What stands where a file says nothing. */
#define TIMEOUT_NS       UINT64_C(10000000000)
#define PAGERDUTY_URL    "https://events.pagerduty.com/v2/enqueue"
#define OPSGENIE_URL     "https://api.opsgenie.com"
#define ALERTMANAGER_URL "http://127.0.0.1:9093"

#define COMMON_KEYS " send_resolved timeout reach ca_file"

/* The map of global; empty where there is none. */
static const struct yaml_node *global_of(struct yaml_reader *fields, const struct yaml_node *root)
{
    static const struct yaml_node none = {.kind = YAML_MAP};
    const struct yaml_node *global = notify_fields_node(fields, root, "global", YAML_MAP);
    return global != NULL ? global : &none;
}

static enum notify_reach reach_of(struct yaml_reader *fields, const struct yaml_node *map)
{
    struct slice text = notify_fields_text(fields, map, "reach", SLICE("public"));
    if (slice_equal(text, SLICE("loopback"))) {
        return NOTIFY_REACH_LOOPBACK;
    }
    if (slice_equal(text, SLICE("private"))) {
        return NOTIFY_REACH_PRIVATE;
    }
    if (!slice_equal(text, SLICE("public"))) {
        yaml_wrong_key(fields, yaml_find(map, "reach"), "reach is public, loopback or private", "",
                       "");
    }
    return NOTIFY_REACH_PUBLIC;
}

static void read_common(struct yaml_reader *fields, const struct yaml_node *map,
                        struct notify_target *target)
{
    target->send_resolved = notify_fields_truth(fields, map, "send_resolved", true);
    target->timeout_ns = notify_fields_duration(fields, map, "timeout", TIMEOUT_NS);
    target->reach = reach_of(fields, map);
    target->ca_file = notify_fields_text(fields, map, "ca_file", SLICE_EMPTY);
    if (target->timeout_ns < 100000000 || target->timeout_ns > UINT64_C(120000000000)) {
        yaml_wrong_key(fields, map, "timeout is between 100ms and 2m", "", "");
    }
}

/* A target needs an address that can be sent to. */
static void check_url(struct yaml_reader *fields, const struct yaml_node *map,
                      const struct notify_target *target, const char *key)
{
    bool mail = target->kind == NOTIFY_EMAIL;
    if (target->url.size == 0) {
        yaml_wrong_key(fields, map, "write ", key, ", or the same with _file or _env");
    } else if (!notify_send_url_good(target->url, mail)) {
        yaml_wrong_key(fields, map, key,
                       mail ? " is a host and a port" : " is no http or https address", "");
    }
}

/* ---- One target of each kind. ---- */

static void read_webhook(struct yaml_reader *fields, const struct yaml_node *global,
                         const struct yaml_node *map, struct notify_target *target)
{
    (void)global;
    target->url = notify_fields_secret(fields, map, "url", SLICE_EMPTY);
    target->secret = notify_fields_secret(fields, map, "bearer_token", SLICE_EMPTY);
    check_url(fields, map, target, "url");
}

static void read_slack(struct yaml_reader *fields, const struct yaml_node *global,
                       const struct yaml_node *map, struct notify_target *target)
{
    struct slice fallback = notify_fields_secret(fields, global, "slack_api_url", SLICE_EMPTY);
    target->url = notify_fields_secret(fields, map, "api_url", fallback);
    target->channel = notify_fields_text(fields, map, "channel", SLICE_EMPTY);
    check_url(fields, map, target, "api_url");
}

static void read_pagerduty(struct yaml_reader *fields, const struct yaml_node *global,
                           const struct yaml_node *map, struct notify_target *target)
{
    struct slice fallback =
        notify_fields_text(fields, global, "pagerduty_url", SLICE(PAGERDUTY_URL));
    target->url = notify_fields_text(fields, map, "url", fallback);
    target->secret = notify_fields_secret(fields, map, "routing_key", SLICE_EMPTY);
    if (target->secret.size == 0) {
        yaml_wrong_key(fields, map, "write routing_key, or the same with _file or _env", "", "");
    }
    check_url(fields, map, target, "url");
}

static void read_opsgenie(struct yaml_reader *fields, const struct yaml_node *global,
                          const struct yaml_node *map, struct notify_target *target)
{
    struct slice url = notify_fields_text(fields, global, "opsgenie_api_url", SLICE(OPSGENIE_URL));
    struct slice key = notify_fields_secret(fields, global, "opsgenie_api_key", SLICE_EMPTY);
    target->url = notify_fields_text(fields, map, "api_url", url);
    target->secret = notify_fields_secret(fields, map, "api_key", key);
    if (target->secret.size == 0) {
        yaml_wrong_key(fields, map, "write api_key, or the same with _file or _env", "", "");
    }
    while (target->url.size > 0 && target->url.base[target->url.size - 1] == '/') {
        target->url.size--;
    }
    check_url(fields, map, target, "api_url");
}

/* The addresses of a list with commas between. */
static void read_recipients(struct yaml_reader *fields, const struct yaml_node *map,
                            struct notify_target *target)
{
    struct slice rest = notify_fields_text(fields, map, "to", SLICE_EMPTY);
    size_t room = rest.size / 2 + 1;
    struct slice *to = arena_alloc_array(fields->arena, room, sizeof(*to));
    struct slice address;
    bool more = to != NULL && rest.size > 0;
    while (more) {
        more = slice_cut(rest, ',', &address, &rest);
        address = slice_trim(address);
        if (address.size > 0 && target->to_count < room) {
            to[target->to_count] = address;
            target->to_count++;
        }
    }
    target->to = to;
    if (target->to_count == 0) {
        yaml_wrong_key(fields, map, "write to: the addresses, with commas between", "", "");
    }
}

static bool has_line_end(struct slice text)
{
    return slice_find_byte(text, '\n') != SLICE_NONE || slice_find_byte(text, '\r') != SLICE_NONE;
}

static void read_email(struct yaml_reader *fields, const struct yaml_node *global,
                       const struct yaml_node *map, struct notify_target *target)
{
    struct slice none = SLICE_EMPTY;
    struct slice host = notify_fields_text(fields, global, "smtp_smarthost", none);
    struct slice from = notify_fields_text(fields, global, "smtp_from", none);
    struct slice user = notify_fields_text(fields, global, "smtp_auth_username", none);
    struct slice word = notify_fields_secret(fields, global, "smtp_auth_password", none);
    bool tls = notify_fields_truth(fields, global, "smtp_require_tls", true);
    host = notify_fields_text(fields, map, "smarthost", host);
    target->from = notify_fields_text(fields, map, "from", from);
    target->username = notify_fields_text(fields, map, "auth_username", user);
    target->secret = notify_fields_secret(fields, map, "auth_password", word);
    target->require_tls = notify_fields_truth(fields, map, "require_tls", tls);
    read_recipients(fields, map, target);
    /* Port 465 speaks TLS from the first byte; others begin it. */
    if (host.size > 0) {
        target->url =
            arena_printf(fields->arena, "%s://" SLICE_FMT,
                         slice_ends(host, SLICE(":465")) ? "smtps" : "smtp", SLICE_ARG(host));
    }
    if (target->from.size == 0 || has_line_end(target->from)) {
        yaml_wrong_key(fields, map, "write from: an address", "", "");
    }
    for (size_t i = 0; i < target->to_count; i++) {
        if (has_line_end(target->to[i])) {
            yaml_wrong_key(fields, map, "an address has no line ends", "", "");
        }
    }
    check_url(fields, map, target, "smarthost");
}

/* ---- All of them. ---- */

struct shape {
    const char *key; /* Of the list. */
    const char *keys;
    enum notify_kind kind;
    void (*read)(struct yaml_reader *fields, const struct yaml_node *global,
                 const struct yaml_node *map, struct notify_target *target);
};

static const struct shape shapes[] = {
    {"webhook_configs",
     "url url_file url_env bearer_token bearer_token_file bearer_token_env" COMMON_KEYS,
     NOTIFY_WEBHOOK, read_webhook},
    {"slack_configs", "api_url api_url_file api_url_env channel" COMMON_KEYS, NOTIFY_SLACK,
     read_slack},
    {"pagerduty_configs", "routing_key routing_key_file routing_key_env url" COMMON_KEYS,
     NOTIFY_PAGERDUTY, read_pagerduty},
    {"opsgenie_configs", "api_key api_key_file api_key_env api_url" COMMON_KEYS, NOTIFY_OPSGENIE,
     read_opsgenie},
    {"email_configs",
     "to from smarthost auth_username auth_password auth_password_file auth_password_env "
     "require_tls" COMMON_KEYS,
     NOTIFY_EMAIL, read_email},
};

#define SHAPE_COUNT (sizeof(shapes) / sizeof(shapes[0]))

static void read_target(struct yaml_reader *fields, const struct yaml_node *global,
                        const struct yaml_node *map, const struct shape *shape, size_t number,
                        struct notify_receivers *receivers, struct slice receiver)
{
    if (receivers->target_count == receivers->target_room) {
        yaml_wrong_key(fields, map, "there are too many receivers", "", "");
        return;
    }
    if (!notify_fields_check(fields, map, shape->key, shape->keys)) {
        return;
    }
    struct notify_target *target = &receivers->targets[receivers->target_count];
    *target = (struct notify_target){.kind = shape->kind,
                                     .receiver = receiver,
                                     .id = notify_plan_target_id(receiver, shape->kind, number)};
    read_common(fields, map, target);
    shape->read(fields, global, map, target);
    receivers->target_count++;
}

static void read_receiver(struct yaml_reader *fields, const struct yaml_node *global,
                          const struct yaml_node *map, struct notify_receivers *receivers)
{
    if (!notify_fields_check(fields, map, "a receiver",
                             "name webhook_configs slack_configs pagerduty_configs "
                             "opsgenie_configs email_configs")) {
        return;
    }
    struct slice name = notify_fields_text(fields, map, "name", SLICE_EMPTY);
    if (name.size == 0) {
        yaml_wrong_key(fields, map, "a receiver has a name: write name: ...", "", "");
    } else if (notify_receivers_find(receivers, name) != NULL) {
        yaml_wrong_key(fields, map, "there are two receivers of the name ", (const char *)name.base,
                       ": rename one");
    }
    struct notify_receiver *receiver = &receivers->items[receivers->count];
    receivers->count++;
    *receiver = (struct notify_receiver){.name = name, .first = receivers->target_count};
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        const struct yaml_node *list = notify_fields_node(fields, map, shapes[i].key, YAML_LIST);
        size_t number = 0;
        for (const struct yaml_node *node = list == NULL ? NULL : list->first; node != NULL;
             node = node->next) {
            read_target(fields, global, node, &shapes[i], number, receivers, name);
            number++;
        }
    }
    receiver->count = receivers->target_count - receiver->first;
}

void notify_receivers_read(struct yaml_reader *fields, const struct yaml_node *root,
                           struct notify_receivers *receivers)
{
    const struct yaml_node *global = global_of(fields, root);
    (void)notify_fields_check(
        fields, global, "global",
        "resolve_timeout slack_api_url slack_api_url_file slack_api_url_env pagerduty_url "
        "opsgenie_api_url opsgenie_api_key opsgenie_api_key_file opsgenie_api_key_env "
        "smtp_smarthost smtp_from smtp_auth_username smtp_auth_password smtp_auth_password_file "
        "smtp_auth_password_env smtp_require_tls");
    const struct yaml_node *list = notify_fields_node(fields, root, "receivers", YAML_LIST);
    if (list == NULL) {
        return;
    }
    receivers->items =
        arena_alloc_array(fields->arena, yaml_count(list) + 1, sizeof(*receivers->items));
    for (const struct yaml_node *node = list->first; node != NULL && receivers->items != NULL;
         node = node->next) {
        read_receiver(fields, global, node, receivers);
    }
}

static void read_alertmanager(struct yaml_reader *fields, const struct yaml_node *global,
                              const struct yaml_node *map, struct notify_target *target)
{
    (void)global;
    target->url = notify_fields_secret(fields, map, "url", SLICE(ALERTMANAGER_URL));
    target->secret = notify_fields_secret(fields, map, "bearer_token", SLICE_EMPTY);
    while (target->url.size > 0 && target->url.base[target->url.size - 1] == '/') {
        target->url.size--;
    }
    check_url(fields, map, target, "url");
}

size_t notify_receivers_read_alertmanagers(struct yaml_reader *fields, const struct yaml_node *root,
                                           struct notify_receivers *receivers)
{
    static const struct shape shape = {
        "alertmanagers",
        "url url_file url_env bearer_token bearer_token_file bearer_token_env" COMMON_KEYS,
        NOTIFY_ALERTMANAGER, read_alertmanager};
    const struct yaml_node *list = notify_fields_node(fields, root, shape.key, YAML_LIST);
    size_t count = 0;
    for (const struct yaml_node *node = list == NULL ? NULL : list->first; node != NULL;
         node = node->next) {
        size_t before = receivers->target_count;
        read_target(fields, root, node, &shape, count, receivers, SLICE("alertmanager"));
        count += receivers->target_count - before;
    }
    return count;
}

const struct notify_receiver *notify_receivers_find(const struct notify_receivers *receivers,
                                                    struct slice name)
{
    for (size_t i = 0; i < receivers->count; i++) {
        if (slice_equal(receivers->items[i].name, name)) {
            return &receivers->items[i];
        }
    }
    return NULL;
}
