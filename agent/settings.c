/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/settings.h"

#include "agent/logs.h"

#include "base/ensure.h"
#include "base/format.h"
#include "base/log.h"
#include "base/number.h"
#include "base/percent.h"
#include "base/settings.h"
#include "net/address.h"
#include "net/http_parse.h"
#include "net/tls.h"
#include "net/url.h"

#include <string.h>

#define NS_PER_MS       UINT64_C(1000000)
#define NS_PER_S        UINT64_C(1000000000)
#define TIMEOUT_S_MAX   86400u
#define BYTES_PER_MIB   UINT64_C(1048576)
#define BUDGET_MS_MAX   10000u
#define FLUSH_EVERY_MAX 86400000u
#define SLOW_MS_MAX     900000u
#define BUDGET_KB_MAX   1048576u

/* In the order of enum core_lines. */
static const char *const logs_names[] = {"off", "all", "on-error", NULL};
static const char *const payloads_names[] = {"off", "on-error", "all", NULL};
static const char *const level_names[] = {"trace", "debug", "info", "warn", "error", "fatal", NULL};
static const char *const always_names[] = {"off",  "trace", "debug", "info",
                                           "warn", "error", "fatal", NULL};

const struct setting agent_settings_rows[] = {
    {.name = "endpoint",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, endpoint),
     .fallback = "",
     .value_name = "URL",
     .help = "Where the collector is, as https://HOST:PORT or http://HOST:PORT. Without it "
             "OTEL_EXPORTER_OTLP_ENDPOINT "
             "is taken, unless that names the agent's own receiver; without either the agent "
             "collects nothing."},
    {.name = "headers",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, headers),
     .fallback = "",
     .value_name = "K=V,...",
     .help = "Headers for every request to the collector, values percent-encoded. Without it "
             "OTEL_EXPORTER_OTLP_HEADERS is taken where the endpoint is."},
    {.name = "token-file",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, token_file),
     .fallback = "",
     .value_name = "FILE",
     .help = "A file with the bearer token for the collector; it is read again when the collector "
             "refuses what it held."},
    {.name = "token",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, token_text),
     .fallback = "",
     .value_name = "TOKEN",
     .help = "The bearer token itself. Whoever may read the function's configuration can read it."},
    {.name = "token-arn",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, token_arn),
     .fallback = "",
     .value_name = "ARN",
     .help = "A secret of AWS Secrets Manager or a parameter of Systems Manager that holds the "
             "bearer token; the function's role must be allowed to read it. Nothing is sent "
             "before it is there."},
    {.name = "ca-file",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, ca_file),
     .fallback = "",
     .max = AGENT_PATH_MAX - 1,
     .value_name = "FILE",
     .help = "The certificates (PEM) that an https endpoint is checked against. Without it "
             "OTEL_EXPORTER_OTLP_CERTIFICATE is taken where the endpoint is, and without that the "
             "system's."},
    {.name = "disabled",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct agent_settings, disabled),
     .fallback = "false",
     .value_name = "BOOL",
     .help = "Do nothing but take part in the life of the instance."},
    {.name = "flush",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, flush_text),
     .fallback = "adaptive",
     .value_name = "HOW",
     .help = "When data is sent: adaptive, end, end,<ms> or periodic,<ms>. See the guide."},
    {.name = "flush-budget-ms",
     .kind = SETTING_U64,
     .offset = offsetof(struct agent_settings, budget_ms),
     .fallback = "250",
     .max = BUDGET_MS_MAX,
     .value_name = "MS",
     .help = "The agent never holds the environment longer than this after the function is done."},
    {.name = "max-age-ms",
     .kind = SETTING_U64,
     .offset = offsetof(struct agent_settings, max_age_ms),
     .fallback = "120000",
     .max = FLUSH_EVERY_MAX,
     .value_name = "MS",
     .help = "How old data may get that waits for the next invocation; what is older, or would be, "
             "is sent at the end of its own. 0: none waits."},
    {.name = "logs",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct agent_settings, logs),
     .fallback = "all",
     .choices = logs_names,
     .value_name = "WHICH",
     .help =
         "Which log lines are sent: all, off, or on-error: those of invocations that fail, time "
         "out, are slow or sampled. Facts and spans are sent in any case."},
    {.name = "logs-min-level",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct agent_settings, min_level),
     .fallback = "trace",
     .choices = level_names,
     .value_name = "LEVEL",
     .help = "Lines below this level are not sent; a line without a level counts as info."},
    {.name = "logs-always-level",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct agent_settings, always_level),
     .fallback = "error",
     .choices = always_names,
     .value_name = "LEVEL",
     .help = "With on-error, lines of this level and above are sent whatever comes of their "
             "invocation; off: none."},
    {.name = "logs-slow-ms",
     .kind = SETTING_U64,
     .offset = offsetof(struct agent_settings, slow_ms),
     .fallback = "0",
     .max = SLOW_MS_MAX,
     .value_name = "MS",
     .help = "With on-error, the lines of an invocation that takes as long are sent; 0: however "
             "long it takes."},
    {.name = "logs-sample",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, logs_sample),
     .fallback = "0",
     .value_name = "SHARE",
     .help =
         "With on-error, the lines of this share of traces are sent in any case, as 0.05 or 5%. "
         "It is decided by the trace id, alike in all functions."},
    {.name = "logs-budget-kb",
     .kind = SETTING_U64,
     .offset = offsetof(struct agent_settings, budget_kb),
     .fallback = "0",
     .max = BUDGET_KB_MAX,
     .value_name = "KB",
     .help = "Log lines of one invocation beyond these 1024 bytes each, encoded, are left out and "
             "counted: the first, the last and errors are kept; 0: no limit."},
    {.name = "payloads",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct agent_settings, payloads),
     .fallback = "off",
     .choices = payloads_names,
     .value_name = "WHICH",
     .help =
         "With the wrapper: which events and answers are sent themselves, redacted: off, all, or "
         "on-error, as of lines."},
    {.name = "payloads-kb",
     .kind = SETTING_U64,
     .offset = offsetof(struct agent_settings, payloads_kb),
     .fallback = "4",
     .min = 1,
     .max = AGENT_PAYLOAD_MAX / AGENT_KIB,
     .value_name = "KB",
     .help = "Of each event and answer, 1024 bytes each; the rest is cut."},
    {.name = "redact",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, redact_text),
     .fallback = "",
     .value_name = "WHAT",
     .help = "What is cut out of all texts before they leave the instance: off, on (everything), "
             "credentials (all but card and email), or a list of aws-key, token, jwt, private-key, "
             "authorization, url-password, secret, card, email. Without it off, and on where "
             "payloads are sent."},
    {.name = "redact-patterns",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, redact_patterns),
     .fallback = "",
     .value_name = "LINES|FILE",
     .help = "Own patterns, one NAME=PATTERN a line, or the path of a file of them, which begins "
             "with /. They are cut out whatever --redact says."},
    {.name = "otlp-listen",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, otlp_listen),
     .fallback = "127.0.0.1:4318",
     .value_name = "ADDR:PORT",
     .help = "Where the function's own SDK sends OTLP/HTTP to; off: nowhere."},
    {.name = "proxy-listen",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, proxy_listen),
     .fallback = "auto",
     .value_name = "ADDR:PORT",
     .help = "Where the runtime finds the proxy of the Runtime API; auto: 127.0.0.1:4327 if the "
             "function has AWS_LAMBDA_EXEC_WRAPPER, else nowhere; off: nowhere."},
    {.name = "run-port",
     .kind = SETTING_U64,
     .offset = offsetof(struct agent_settings, run_port),
     .fallback = "0",
     .max = UINT16_MAX,
     .value_name = "PORT",
     .help = "With run: the port that the program is told to serve; 0: any that is free."},
    {.name = "telemetry-port",
     .kind = SETTING_U64,
     .offset = offsetof(struct agent_settings, telemetry_port),
     .fallback = "4326",
     .min = 1,
     .max = UINT16_MAX,
     .value_name = "PORT",
     .help = "The port that the platform sends its telemetry to."},
    {.name = "spool",
     .kind = SETTING_STRING,
     .offset = offsetof(struct agent_settings, spool),
     .fallback = "/tmp/.thaw-agent",
     .value_name = "FILE",
     .help =
         "Where the agent keeps what it has not sent, so that it outlives its process: a file of "
         "2 MiB; off: in memory alone."},
    {.name = "usage",
     .kind = SETTING_BOOL,
     .offset = offsetof(struct agent_settings, usage),
     .fallback = "true",
     .value_name = "BOOL",
     .help = "Read what the environment uses (processor time, memory, network, /tmp, open files, "
             "threads) at the end of an invocation, ten times a second at most."},
    {.name = "log-level",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct agent_settings, log_level),
     .fallback = "warn",
     .choices = log_level_names,
     .value_name = "LEVEL",
     .help = "What the agent says about itself; its lines are part of the function's log."},
};
const size_t agent_settings_row_count =
    sizeof(agent_settings_rows) / sizeof(agent_settings_rows[0]);

struct slice agent_settings_variable(const char *const *environment, const char *name)
{
    size_t size = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=') {
            return slice_from(*environment + size + 1);
        }
    }
    return SLICE_EMPTY;
}

bool agent_settings_wrong(struct buf *errors, const char *name, struct slice value, const char *why)
{
    format_append(errors, "%s: \"" SLICE_FMT "\" %s\n", name, SLICE_ARG(value), why);
    return false;
}

/* Undo percent-encoding into the arena.  False if it is malformed or does not fit. */
static bool decode(struct slice text, struct arena *arena, struct slice *decoded)
{
    struct buf out;
    *decoded = SLICE_EMPTY;
    if (text.size == 0) {
        return true;
    }
    void *bytes = arena_alloc(arena, text.size);
    if (bytes == NULL) {
        return false;
    }
    buf_init_fixed(&out, bytes, text.size);
    if (!percent_decode(text, &out)) {
        return false;
    }
    *decoded = buf_bytes(&out);
    return true;
}

/* Take the next "key=value" off a comma-separated list.  False at the end or, with *bad, if it is
 * malformed. */
static bool next_pair(struct slice *list, struct arena *arena, struct resource_pair *pair,
                      bool *bad)
{
    struct slice item = SLICE_EMPTY;
    while (list->size > 0 && item.size == 0) {
        slice_cut(*list, ',', &item, list);
        item = slice_trim(item);
    }
    if (item.size == 0) {
        return false;
    }
    struct slice key;
    struct slice value;
    *bad = !slice_cut(item, '=', &key, &value) || !decode(slice_trim(key), arena, &pair->key) ||
           pair->key.size == 0 || !decode(slice_trim(value), arena, &pair->value);
    return !*bad;
}

/* ---- The collector. ---- */

static bool is_loopback(struct slice host)
{
    return slice_equal_nocase(host, SLICE("localhost")) || slice_starts(host, SLICE("127.")) ||
           slice_equal(host, SLICE("::1"));
}

/* Whether this is where our own receiver listens: sending there would be talking to ourselves. */
static bool is_own_listener(const struct agent_settings *settings, struct slice host, uint16_t port)
{
    struct slice own_host;
    uint16_t own_port = 0;
    if (!address_split(settings->otlp_listen, &own_host, &own_port) || port != own_port) {
        return false;
    }
    return slice_equal(host, own_host) || is_loopback(host);
}

/* Take an endpoint URL apart.  The answer is NULL or what is wrong with it. */
static const char *take_endpoint(struct agent_settings *settings, struct slice url)
{
    struct url parts;
    const char *why = url_parse(url, &parts);
    if (why != NULL) {
        return why;
    }
    settings->tls = parts.tls;
    if (settings->tls && !tls_available()) {
        return "is https, which this build does not support; nothing is collected";
    }
    settings->host = parts.host;
    settings->port = parts.port;
    settings->host_text = parts.authority;
    settings->path_prefix = parts.path;
    while (slice_ends(settings->path_prefix, SLICE("/"))) {
        settings->path_prefix.size--;
    }
    return NULL;
}

static bool read_endpoint(struct agent_settings *settings, const char *const *environment,
                          struct buf *errors)
{
    const char *name = "THAW_ENDPOINT";
    struct slice url = settings->endpoint;
    if (url.size == 0) {
        name = "OTEL_EXPORTER_OTLP_ENDPOINT";
        url = slice_trim(agent_settings_variable(environment, name));
    }
    settings->passive = true;
    settings->passive_reason = SLICE("no endpoint is set");
    if (url.size == 0) {
        return true;
    }
    const char *why = take_endpoint(settings, url);
    if (why != NULL) {
        settings->passive_reason = SLICE("the endpoint cannot be used");
        return agent_settings_wrong(errors, name, url, why);
    }
    if (is_own_listener(settings, settings->host, settings->port)) {
        settings->passive_reason = SLICE("the only endpoint is the agent's own receiver");
        return settings->endpoint.size == 0 ||
               agent_settings_wrong(errors, name, url, "is the agent's own receiver");
    }
    settings->passive = false;
    return true;
}

/* The SDK's file is taken where its endpoint is. */
static bool read_ca_file(struct agent_settings *settings, const char *const *environment,
                         struct buf *errors)
{
    const char *name = "OTEL_EXPORTER_OTLP_CERTIFICATE";
    struct slice path = agent_settings_variable(environment, name);
    if (settings->ca_file.size > 0 || settings->endpoint.size > 0 || path.size == 0) {
        return true;
    }
    if (path.size >= AGENT_PATH_MAX) {
        return agent_settings_wrong(errors, name, path,
                                    "is too long; the system's certificates are used");
    }
    settings->ca_file = path;
    return true;
}

/* Append "name: value\r\n" unless it would not be a header. */
static bool put_header(struct buf *lines, struct slice name, struct slice value)
{
    struct http_head head;
    size_t before = lines->size;
    format_append(lines, SLICE_FMT ": " SLICE_FMT "\r\n", SLICE_ARG(name), SLICE_ARG(value));
    if (!buf_overflowed(lines)) {
        char probe[AGENT_EXTRA_HEADERS_MAX + 64];
        struct buf request;
        buf_init_fixed(&request, probe, sizeof(probe));
        buf_append(&request, SLICE("GET / HTTP/1.1\r\n"));
        buf_append(&request, slice_skip(buf_bytes(lines), before));
        buf_append(&request, SLICE("\r\n"));
        if (http_parse_request(buf_bytes(&request), &head) == HTTP_PARSED &&
            head.header_count == 1 && !head.has_length && !head.chunked) {
            return true;
        }
    }
    buf_rewind(lines, before);
    return false;
}

static bool read_headers(struct agent_settings *settings, const char *const *environment,
                         struct arena *arena, struct buf *errors)
{
    const char *name = "THAW_HEADERS";
    struct slice list = settings->headers;
    struct resource_pair pair;
    struct buf lines;
    bool bad = false;
    if (list.size == 0 && settings->endpoint.size == 0) {
        name = "OTEL_EXPORTER_OTLP_HEADERS";
        list = agent_settings_variable(environment, name);
    }
    void *bytes = arena_alloc(arena, AGENT_EXTRA_HEADERS_MAX);
    ENSURE(bytes != NULL);
    buf_init_fixed(&lines, bytes, AGENT_EXTRA_HEADERS_MAX);
    struct slice rest = list;
    while (!bad && next_pair(&rest, arena, &pair, &bad)) {
        bad = !put_header(&lines, pair.key, pair.value);
    }
    if (bad) {
        buf_reset(&lines);
        /* The value may be a secret: it is not repeated. */
        agent_settings_wrong(errors, name, SLICE("..."),
                             "is no list of name=value headers; none is sent");
    }
    if (!settings->tls && settings->proxy.authorization.size > 0 &&
        !put_header(&lines, SLICE("Proxy-Authorization"), settings->proxy.authorization)) {
        bad = true;
        agent_settings_wrong(errors, name, SLICE("..."),
                             "leaves no room for the credentials of the proxy");
    }
    settings->header_lines = buf_bytes(&lines);
    return !bad;
}

void agent_settings_token(struct agent_settings *settings, struct slice token, struct arena *arena,
                          struct buf *errors)
{
    struct slice value = slice_trim(token);
    const char *why = value.size == 0                ? "holds no token"
                      : value.size > AGENT_TOKEN_MAX ? "is too long; no token is sent"
                      : !secret_is_token(value)      ? "holds what is no token"
                                                     : NULL;
    if (why != NULL) {
        agent_settings_wrong(errors, "THAW_TOKEN_FILE", settings->token_file, why);
        return;
    }
    settings->token.text = format_arena(arena, SLICE_FMT, SLICE_ARG(value));
}

/* ---- The flush. ---- */

static bool read_flush(struct agent_settings *settings, struct buf *errors)
{
    struct slice word;
    struct slice digits;
    uint64_t every_ms = 0;
    bool has_every = slice_cut(settings->flush_text, ',', &word, &digits);
    settings->flush = CORE_FLUSH_ADAPTIVE;
    settings->flush_every_ns = 0;
    if (has_every && (number_parse_u64(slice_trim(digits), &every_ms) != NUMBER_OK ||
                      every_ms > FLUSH_EVERY_MAX)) {
        return agent_settings_wrong(errors, "THAW_FLUSH", settings->flush_text,
                                    "has no number of milliseconds; adaptive is used");
    }
    if (slice_equal(word, SLICE("adaptive")) && !has_every) {
        return true;
    }
    if (slice_equal(word, SLICE("end"))) {
        settings->flush = CORE_FLUSH_END;
    } else if (slice_equal(word, SLICE("periodic")) && has_every) {
        settings->flush = CORE_FLUSH_PERIODIC;
    } else {
        return agent_settings_wrong(
            errors, "THAW_FLUSH", settings->flush_text,
            "is none of adaptive, end, end,<ms>, periodic,<ms>; adaptive is used");
    }
    settings->flush_every_ns = every_ms * NS_PER_MS;
    return true;
}

/* ---- Who we are. ---- */

static struct slice architecture(void)
{
#if defined(__x86_64__)
    return SLICE("amd64");
#elif defined(__aarch64__)
    return SLICE("arm64");
#else
#error "name this architecture as OpenTelemetry does"
#endif
}

static bool read_pairs(struct agent_settings *settings, const char *const *environment,
                       struct arena *arena, struct buf *errors)
{
    const char *name = "OTEL_RESOURCE_ATTRIBUTES";
    struct slice list = agent_settings_variable(environment, name);
    struct slice rest = list;
    struct resource_pair pair;
    bool bad = false;
    size_t count = 0;
    while (next_pair(&rest, arena, &pair, &bad)) {
        if (count == AGENT_RESOURCE_ATTRIBUTES_MAX) {
            bad = true;
            break;
        }
        settings->pairs[count] = pair;
        count++;
    }
    /* The specification: after any error the whole value is discarded. */
    count = bad ? 0 : count;
    settings->resource.pairs = settings->pairs;
    settings->resource.pair_count = count;
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(settings->pairs[i].key, SLICE("service.name")) &&
            settings->resource.service_name.size == 0) {
            settings->resource.service_name = settings->pairs[i].value;
        }
    }
    return !bad ||
           agent_settings_wrong(errors, name, list, "is no list of key=value; none of it is used");
}

static bool read_resource(struct agent_settings *settings, const char *const *environment,
                          struct arena *arena, struct buf *errors)
{
    struct resource *resource = &settings->resource;
    uint64_t memory_mb = 0;
    *resource = (struct resource){
        .service_name = agent_settings_variable(environment, "OTEL_SERVICE_NAME"),
        .region = agent_settings_variable(environment, "AWS_REGION"),
        .account_id = agent_settings_variable(environment, "AWS_ACCOUNT_ID"),
        .function_name = agent_settings_variable(environment, "AWS_LAMBDA_FUNCTION_NAME"),
        .function_version = agent_settings_variable(environment, "AWS_LAMBDA_FUNCTION_VERSION"),
        .initialization_type =
            agent_settings_variable(environment, "AWS_LAMBDA_INITIALIZATION_TYPE"),
        .arch = architecture(),
        .agent_version = slice_from(THAW_VERSION),
    };
    if (number_parse_u64(agent_settings_variable(environment, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
                         &memory_mb) == NUMBER_OK &&
        memory_mb < UINT32_MAX) {
        resource->memory_max = memory_mb * BYTES_PER_MIB;
    }
    bool good = read_pairs(settings, environment, arena, errors);
    if (resource->service_name.size == 0) {
        resource->service_name = resource->function_name;
    }
    return good;
}

bool agent_settings_read(struct agent_settings *settings, const char *const *environment,
                         struct arena *arena, struct buf *errors)
{
    struct settings table;
    *settings = (struct agent_settings){.passive = true};
    ENSURE(settings_init(&table, agent_settings_rows, agent_settings_row_count, settings, arena,
                         errors) == STATUS_OK);
    bool good = settings_environment(&table, environment) == STATUS_OK;
    settings->endpoint = slice_trim(settings->endpoint);
    settings->runtime_api = agent_settings_variable(environment, "AWS_LAMBDA_RUNTIME_API");
    settings->wrapped = agent_settings_variable(environment, "AWS_LAMBDA_EXEC_WRAPPER").size > 0;
    if (number_parse_u64(agent_settings_variable(environment, "AWS_LAMBDA_MAX_CONCURRENCY"),
                         &settings->workers) != NUMBER_OK) {
        settings->workers = 1;
    }
    good = read_endpoint(settings, environment, errors) && good;
    good = agent_settings_proxy(settings, environment, arena, errors) && good;
    good = read_ca_file(settings, environment, errors) && good;
    good = read_headers(settings, environment, arena, errors) && good;
    good = agent_settings_token_arn(settings, environment, arena, errors) && good;
    good = read_flush(settings, errors) && good;
    good = logs_read(settings, errors) && good;
    good = read_resource(settings, environment, arena, errors) && good;
    settings->managed =
        slice_equal(settings->resource.initialization_type, SLICE("lambda-managed-instances"));
    uint64_t timeout_s = 0;
    if (number_parse_u64(agent_settings_variable(environment, "AWS_LAMBDA_FUNCTION_TIMEOUT"),
                         &timeout_s) == NUMBER_OK &&
        timeout_s <= TIMEOUT_S_MAX) {
        settings->timeout_ns = timeout_s * NS_PER_S;
    }
    return good;
}
