/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/config.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/number.h"
#include "base/settings.h"
#include "sandbox/config_life.h"
#include "sandbox/config_value.h"
#include "sandbox/sandbox_limits.h"
#include "yaml/yaml.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* ---- Functions. ---- */

static void read_environment(struct config_value *value, const struct yaml_node *node,
                             struct config_function *function)
{
    if (node->kind != YAML_MAP) {
        config_value_bad(value, node, "must be a mapping of variables to values");
        return;
    }
    for (const struct yaml_node *entry = node->first; entry != NULL; entry = entry->next) {
        const char *text = config_value_text(value, entry);
        struct config_variable *variable = function->environment;
        while (variable != NULL && strcmp(variable->name, entry->key) != 0) {
            variable = variable->next;
        }
        if (variable == NULL) {
            variable = config_value_alloc(value, sizeof(*variable));
            if (variable == NULL) {
                return;
            }
            variable->name = entry->key;
            variable->next = function->environment;
            function->environment = variable;
        }
        variable->value = text;
    }
}

static void read_log_format(struct config_value *value, const struct yaml_node *node,
                            struct config_function *function)
{
    static const char *const names[] = {"text", "json", NULL};
    function->json = config_value_choice(value, node, names) == 1;
}

static void read_trace(struct config_value *value, const struct yaml_node *node,
                       struct config_function *function)
{
    static const char *const names[] = {"passive", "active", NULL};
    function->trace_active = config_value_choice(value, node, names) == 1;
}

static void read_arch(struct config_value *value, const struct yaml_node *node,
                      struct config_function *function)
{
    static const char *const names[] = {"x86_64", "arm64", NULL};
    function->arch = names[config_value_choice(value, node, names)];
}

static void read_era(struct config_value *value, const struct yaml_node *node,
                     struct config_function *function)
{
    function->era = (enum billing_era)config_value_choice(value, node, billing_era_names);
}

/* One key of a function.  False if there is no such key. */
static bool read_function_text(struct config_value *value, const struct yaml_node *node,
                               struct config_function *function)
{
    const struct {
        const char *key;
        const char **field;
    } texts[] = {
        {"handler", &function->handler},
        {"runtime", &function->runtime},
        {"version", &function->version},
        {"dead-letter", &function->dead_letter},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(node->key, texts[i].key) == 0) {
            *texts[i].field = config_value_text(value, node);
            return true;
        }
    }
    return false;
}

static bool read_function_number(struct config_value *value, const struct yaml_node *node,
                                 struct config_function *function)
{
    const char *key = node->key;
    if (strcmp(key, "memory") == 0) {
        function->memory_mb = config_value_u64(value, node, 128, 10240);
    } else if (strcmp(key, "timeout") == 0) {
        function->timeout_ns = config_value_duration(value, node, CLOCK_NS_PER_S);
        if (function->timeout_ns == 0 || function->timeout_ns > 900 * CLOCK_NS_PER_S) {
            config_value_bad(value, node, "must be more than 0 and at most 900s");
        }
    } else if (strcmp(key, "max-event-age") == 0) {
        function->max_event_age_ns = config_value_duration(value, node, CLOCK_NS_PER_S);
    } else if (strcmp(key, "concurrency") == 0) {
        function->concurrency = config_value_u64(value, node, 1, INSTANCE_COUNT_MAX);
    } else if (strcmp(key, "provisioned") == 0) {
        function->provisioned = config_value_u64(value, node, 0, INSTANCE_COUNT_MAX);
    } else if (strcmp(key, "user") == 0) {
        function->user = (int64_t)config_value_u64(value, node, 0, 0x7fffffff);
    } else {
        return false;
    }
    return true;
}

static bool read_function_other(struct config_value *value, const struct yaml_node *node,
                                struct config_function *function)
{
    const char *key = node->key;
    if (strcmp(key, "bootstrap") == 0) {
        function->bootstrap = config_value_texts(value, node);
        if (function->bootstrap[0] == NULL) {
            config_value_bad(value, node, "must not be empty");
        }
        config_value_seen(value, node, function->bootstrap);
    } else if (strcmp(key, "code") == 0) {
        function->code = config_value_path(value, node, S_IFDIR);
    } else if (strcmp(key, "extensions") == 0) {
        function->extensions = config_value_paths(value, node, S_IFREG);
    } else if (strcmp(key, "layers") == 0) {
        function->layers = config_value_paths(value, node, S_IFDIR);
    } else if (strcmp(key, "environment") == 0) {
        read_environment(value, node, function);
    } else if (strcmp(key, "log-format") == 0) {
        read_log_format(value, node, function);
    } else if (strcmp(key, "billing-era") == 0) {
        read_era(value, node, function);
    } else if (strcmp(key, "trace") == 0) {
        read_trace(value, node, function);
    } else if (strcmp(key, "arch") == 0) {
        read_arch(value, node, function);
    } else {
        return false;
    }
    return true;
}

static void read_function_keys(struct config_value *value, const struct yaml_node *map,
                               struct config_function *function)
{
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        if (strcmp(node->key, "name") != 0 && !read_function_text(value, node, function) &&
            !read_function_number(value, node, function) &&
            !read_function_other(value, node, function) &&
            !config_life_read(value, node, function)) {
            config_value_unknown(value, node, "a function");
        }
    }
}

static bool name_good(const char *name)
{
    size_t size = strlen(name);
    return size > 0 && size <= 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == size;
}

static const char *machine_arch(void)
{
    struct utsname names;
    return uname(&names) == 0 && strcmp(names.machine, "aarch64") == 0 ? "arm64" : "x86_64";
}

static void extensions_check(struct config_value *value, const struct yaml_node *map,
                             const struct config_function *function)
{
    size_t count = 0;
    for (; function->extensions[count] != NULL; count++) {
        const char *name = strrchr(function->extensions[count], '/') + 1;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(strrchr(function->extensions[i], '/') + 1, name) == 0) {
                config_value_bad(value, map, "has two extensions of the same file name");
            }
        }
    }
    if (count > EXTENSION_COUNT_MAX) {
        config_value_bad(value, map, "has more than 10 extensions");
    }
}

static void read_function(struct config_value *value, const struct yaml_node *map,
                          const struct yaml_node *defaults, struct config *config)
{
    static const char *const none[] = {NULL};
    if (map->kind != YAML_MAP) {
        config_value_bad(value, map, "must be a mapping with name and bootstrap");
        return;
    }
    struct config_function *function = config_value_alloc(value, sizeof(*function));
    const struct yaml_node *name = yaml_find(map, "name");
    if (function == NULL) {
        return;
    }
    if (name == NULL || !name_good(config_value_text(value, name))) {
        config_value_bad(value, name == NULL ? map : name,
                         "needs a name of letters, digits, - and _, at most 64");
        return;
    }
    if (config_function_find(config, slice_from(name->text)) != NULL) {
        config_value_bad(value, name, "is the name of another function, too");
    }
    *function = (struct config_function){.name = name->text,
                                         .handler = "handler",
                                         .runtime = "provided.al2023",
                                         .arch = machine_arch(),
                                         .version = "$LATEST",
                                         .extensions = none,
                                         .layers = none,
                                         .code = value->directory,
                                         .memory_mb = 128,
                                         .timeout_ns = 3 * CLOCK_NS_PER_S,
                                         .max_event_age_ns = UINT64_C(6) * 3600 * CLOCK_NS_PER_S,
                                         .concurrency = 10,
                                         .user = -1,
                                         .slots = 1,
                                         .telemetry = {.seed = 1},
                                         .era = BILLING_2025_08};
    if (defaults != NULL) {
        read_function_keys(value, defaults, function);
    }
    read_function_keys(value, map, function);
    if (function->bootstrap == NULL) {
        config_value_bad(value, map, "needs a bootstrap: the command of its runtime");
    }
    extensions_check(value, map, function);
    config_life_check(value, map, function);
    struct config_function **tail = &config->functions;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = function;
}

/* ---- Relay, queues, sources. ---- */

static void read_address(struct config_value *value, const struct yaml_node *node,
                         uint32_t *address, uint16_t *port)
{
    struct slice host;
    struct slice digits;
    struct in_addr in = {0};
    char text[64];
    uint64_t number = 0;
    struct slice all = slice_from(config_value_text(value, node));
    if (!slice_cut(all, ':', &host, &digits) || !slice_copy_text(host, text, sizeof(text)) ||
        inet_pton(AF_INET, text, &in) != 1 || number_parse_u64(digits, &number) != NUMBER_OK ||
        number == 0 || number > 65535) {
        config_value_bad(value, node, "must be an IPv4 address and a port, as 127.0.0.1:4318");
        return;
    }
    *address = in.s_addr;
    *port = (uint16_t)number;
}

static void read_relay(struct config_value *value, const struct yaml_node *map,
                       struct config *config)
{
    struct config_relay *relay = config_value_alloc(value, sizeof(*relay));
    if (relay == NULL || !config_value_is_map(value, map)) {
        return;
    }
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        if (strcmp(node->key, "inside") == 0) {
            read_address(value, node, &relay->inside_address, &relay->inside_port);
        } else if (strcmp(node->key, "to") == 0) {
            read_address(value, node, &relay->outside_address, &relay->outside_port);
            relay->label = config_value_text(value, node);
        } else if (strcmp(node->key, "name") == 0) {
            relay->name = config_value_text(value, node);
        } else {
            config_value_unknown(value, node, "a relay");
        }
    }
    if (yaml_find(map, "inside") == NULL || yaml_find(map, "to") == NULL) {
        config_value_bad(value, map, "needs inside and to");
    }
    if (relay->inside_address == inet_addr("169.254.100.1")) {
        config_value_bad(value, map, "takes 169.254.100.1, which is the sandbox's own");
    }
    relay->next = config->relays;
    config->relays = relay;
}

static void read_queue(struct config_value *value, const struct yaml_node *map,
                       struct config *config)
{
    struct config_queue *queue = config_value_alloc(value, sizeof(*queue));
    if (queue == NULL || !config_value_is_map(value, map)) {
        return;
    }
    *queue =
        (struct config_queue){.name = "", .visibility_ns = 2 * CLOCK_NS_PER_S, .receives_max = 3};
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        if (strcmp(node->key, "name") == 0) {
            queue->name = config_value_text(value, node);
        } else if (strcmp(node->key, "visibility-timeout") == 0) {
            queue->visibility_ns = config_value_duration(value, node, CLOCK_NS_PER_S);
        } else if (strcmp(node->key, "max-receives") == 0) {
            queue->receives_max = config_value_u64(value, node, 1, 1000);
        } else if (strcmp(node->key, "dead-letter") == 0) {
            queue->dead_letter = config_value_text(value, node);
        } else {
            config_value_unknown(value, node, "a queue");
        }
    }
    if (!name_good(queue->name)) {
        config_value_bad(value, map, "needs a name of letters, digits, - and _, at most 64");
    }
    queue->next = config->queues;
    config->queues = queue;
}

static void read_source_keys(struct config_value *value, const struct yaml_node *map,
                             struct config_source *source)
{
    static const char *const kinds[] = {"http", "queue", "topic", "bus", NULL};
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        const char *key = node->key;
        if (strcmp(key, "type") == 0) {
            source->kind = (enum config_source_kind)config_value_choice(value, node, kinds);
        } else if (strcmp(key, "function") == 0) {
            source->function = config_value_text(value, node);
        } else if (strcmp(key, "path") == 0) {
            source->path = config_value_text(value, node);
        } else if (strcmp(key, "queue") == 0) {
            source->queue = config_value_text(value, node);
        } else if (strcmp(key, "topic") == 0 || strcmp(key, "bus") == 0) {
            source->topic = config_value_text(value, node);
        } else if (strcmp(key, "format") == 0) {
            source->format =
                (enum http_event_format)config_value_choice(value, node, http_event_formats);
        } else if (strcmp(key, "batch-size") == 0) {
            source->batch_size = config_value_u64(value, node, 1, 10000);
        } else if (strcmp(key, "window") == 0) {
            source->window_ns = config_value_duration(value, node, CLOCK_NS_PER_MS);
        } else if (strcmp(key, "concurrency") == 0) {
            source->concurrency = config_value_u64(value, node, 1, INSTANCE_COUNT_MAX);
        } else if (strcmp(key, "report-item-failures") == 0) {
            source->report_item_failures = config_value_bool(value, node);
        } else {
            config_value_unknown(value, node, "a source");
        }
    }
}

static void read_source(struct config_value *value, const struct yaml_node *map,
                        struct config *config)
{
    struct config_source *source = config_value_alloc(value, sizeof(*source));
    if (source == NULL || !config_value_is_map(value, map)) {
        return;
    }
    *source =
        (struct config_source){.function = "", .path = "/", .batch_size = 10, .concurrency = 5};
    read_source_keys(value, map, source);
    if (yaml_find(map, "type") == NULL) {
        config_value_bad(value, map, "needs a type: http, queue, topic or bus");
    }
    if (config_function_find(config, slice_from(source->function)) == NULL) {
        config_value_bad(value, map, "needs the name of a function of this file");
    }
    if (source->kind == CONFIG_SOURCE_HTTP && source->path[0] != '/') {
        config_value_bad(value, map, "needs a path that begins with /");
    }
    if (source->kind == CONFIG_SOURCE_TOPIC && source->topic == NULL) {
        config_value_bad(value, map, "needs a topic: its name");
    }
    if (source->kind == CONFIG_SOURCE_BUS && source->topic == NULL) {
        source->topic = "default";
    }
    if (source->kind == CONFIG_SOURCE_QUEUE &&
        config_queue_find(config, slice_from(source->queue)) == NULL) {
        config_value_bad(value, map, "needs the name of a queue of this file");
    }
    source->next = config->sources;
    config->sources = source;
}

/* ---- Deliveries of log streams. ---- */

static void read_cloudwatch_key(struct config_value *value, const struct yaml_node *node,
                                struct config_cloudwatch *cloudwatch)
{
    static const char *const formats[] = {"filter-log-events", "s3", NULL};
    const char *key = node->key;
    if (strcmp(key, "export") == 0) {
        cloudwatch->export = config_value_target(value, node);
    } else if (strcmp(key, "format") == 0) {
        cloudwatch->format = (enum config_export)config_value_choice(value, node, formats);
    } else if (strcmp(key, "subscription") == 0) {
        cloudwatch->subscription = config_value_text(value, node);
    } else if (strcmp(key, "interval") == 0) {
        cloudwatch->interval_ns = config_value_duration(value, node, CLOCK_NS_PER_S);
    } else if (strcmp(key, "repeat") == 0) {
        cloudwatch->repeat_ppm = config_value_share(value, node);
    } else if (strcmp(key, "reorder") == 0) {
        cloudwatch->reorder_ppm = config_value_share(value, node);
    } else if (strcmp(key, "seed") == 0) {
        cloudwatch->seed = config_value_u64(value, node, 0, UINT64_MAX);
    } else {
        config_value_unknown(value, node, "cloudwatch");
    }
}

static void read_cloudwatch(struct config_value *value, const struct yaml_node *map,
                            struct config_cloudwatch *cloudwatch)
{
    if (!config_value_is_map(value, map)) {
        return;
    }
    for (const struct yaml_node *node = map->first; node != NULL; node = node->next) {
        read_cloudwatch_key(value, node, cloudwatch);
    }
    if (cloudwatch->export == NULL && cloudwatch->subscription == NULL) {
        config_value_bad(value, map, "needs an export or a subscription");
    }
    if (cloudwatch->subscription != NULL &&
        strncmp(cloudwatch->subscription, "http://", strlen("http://")) != 0) {
        config_value_bad(value, yaml_find(map, "subscription"),
                         "must be a URL, as http://127.0.0.1:4318/v1/cloudwatch");
    }
}

/* ---- The whole. ---- */

static void read_retries(struct config_value *value, const struct yaml_node *list,
                         struct config *config)
{
    config->retry_count = 0;
    if (list->kind != YAML_LIST) {
        config_value_bad(value, list, "must be a list of durations, as [1s, 2s]");
        return;
    }
    for (const struct yaml_node *node = list->first; node != NULL; node = node->next) {
        if (config->retry_count == CONFIG_RETRY_MAX) {
            config_value_bad(value, node, "is one retry too many");
            return;
        }
        config->retry_ns[config->retry_count++] =
            config_value_duration(value, node, CLOCK_NS_PER_S);
    }
}

static void read_scalars(struct config_value *value, const struct yaml_node *node,
                         struct config *config)
{
    const char *key = node->key;
    if (strcmp(key, "region") == 0) {
        config->region = config_value_text(value, node);
    } else if (strcmp(key, "account") == 0) {
        config->account = config_value_text(value, node);
        if (strlen(config->account) != 12 || strspn(config->account, "0123456789") != 12) {
            config_value_bad(value, node,
                             "must have twelve digits (in quotes, if it begins with 0)");
        }
    } else if (strcmp(key, "idle") == 0) {
        config->idle_ns = config_value_duration(value, node, CLOCK_NS_PER_S);
    } else if (strcmp(key, "connection-death") == 0) {
        config->connection_death_ns = config_value_duration(value, node, CLOCK_NS_PER_S);
    } else if (strcmp(key, "init-limit") == 0) {
        config->init_limit_ns = config_value_duration(value, node, CLOCK_NS_PER_S);
    } else if (strcmp(key, "cloudwatch") == 0) {
        read_cloudwatch(value, node, &config->cloudwatch);
    } else if (strcmp(key, "async-retries") == 0) {
        read_retries(value, node, config);
    } else {
        static const char *const lists[] = {"functions", "defaults", "relay",
                                            "queues",    "sources",  NULL};
        for (const char *const *name = lists; *name != NULL; name++) {
            if (strcmp(key, *name) == 0) {
                return;
            }
        }
        config_value_unknown(value, node, "the file");
    }
}

static const struct yaml_node *first_of(struct config_value *value, const struct yaml_node *root,
                                        const char *key)
{
    const struct yaml_node *list = yaml_find(root, key);
    if (list == NULL) {
        return NULL;
    }
    if (list->kind != YAML_LIST) {
        config_value_bad(value, list, "must be a list");
        return NULL;
    }
    return list->first;
}

static void check_dead_letters(struct config_value *value, const struct yaml_node *root,
                               const struct config *config)
{
    for (const struct config_function *f = config->functions; f != NULL; f = f->next) {
        if (f->dead_letter != NULL &&
            config_queue_find(config, slice_from(f->dead_letter)) == NULL) {
            config_value_bad(value, yaml_find(root, "functions"),
                             "has a dead-letter that is no queue of this file");
        }
    }
    for (const struct config_queue *q = config->queues; q != NULL; q = q->next) {
        if (q->dead_letter != NULL &&
            config_queue_find(config, slice_from(q->dead_letter)) == NULL) {
            config_value_bad(value, yaml_find(root, "queues"),
                             "has a dead-letter that is no queue of this file");
        }
    }
}

enum status config_read(struct config *config, struct slice text, const char *where,
                        const char *directory, struct arena *arena, struct buf *errors)
{
    struct yaml_node *root = NULL;
    enum status status = yaml_parse(text, where, arena, errors, &root);
    if (status == STATUS_OK && root == NULL) {
        buf_printf(errors, "%s:1:1: the file is empty; it needs at least 'functions:'\n", where);
        status = STATUS_BAD;
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct config_value value = {
        .arena = arena, .errors = errors, .where = where, .directory = directory, .good = true};
    *config = (struct config){.region = "us-east-1",
                              .account = "123456789012",
                              .idle_ns = 300 * CLOCK_NS_PER_S,
                              .connection_death_ns = 350 * CLOCK_NS_PER_S,
                              .init_limit_ns = 10 * CLOCK_NS_PER_S,
                              .cloudwatch = {.interval_ns = CLOCK_NS_PER_S, .seed = 1},
                              .retry_ns = {CLOCK_NS_PER_S, 2 * CLOCK_NS_PER_S},
                              .retry_count = 2};
    if (!config_value_is_map(&value, root)) {
        return STATUS_BAD;
    }
    for (const struct yaml_node *node = root->first; node != NULL; node = node->next) {
        read_scalars(&value, node, config);
    }
    const struct yaml_node *defaults = yaml_find(root, "defaults");
    if (defaults != NULL && !config_value_is_map(&value, defaults)) {
        defaults = NULL;
    }
    const struct yaml_node *node = NULL;
    for (node = first_of(&value, root, "functions"); node != NULL; node = node->next) {
        read_function(&value, node, defaults, config);
    }
    for (node = first_of(&value, root, "relay"); node != NULL; node = node->next) {
        read_relay(&value, node, config);
    }
    for (node = first_of(&value, root, "queues"); node != NULL; node = node->next) {
        read_queue(&value, node, config);
    }
    for (node = first_of(&value, root, "sources"); node != NULL; node = node->next) {
        read_source(&value, node, config);
    }
    if (yaml_find(root, "functions") == NULL) {
        config_value_bad(&value, root, "needs 'functions:', a list");
    }
    check_dead_letters(&value, root, config);
    if (arena_overflowed(arena)) {
        return STATUS_FULL;
    }
    return value.good ? STATUS_OK : STATUS_BAD;
}

const struct config_function *config_function_find(const struct config *config, struct slice name)
{
    for (const struct config_function *f = config->functions; f != NULL; f = f->next) {
        if (slice_equal(slice_from(f->name), name)) {
            return f;
        }
    }
    return NULL;
}

const struct config_queue *config_queue_find(const struct config *config, struct slice name)
{
    for (const struct config_queue *q = config->queues; q != NULL; q = q->next) {
        if (slice_equal(slice_from(q->name), name)) {
            return q;
        }
    }
    return NULL;
}
