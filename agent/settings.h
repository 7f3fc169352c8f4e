/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_SETTINGS_H
#define THAW_AGENT_SETTINGS_H

#include "agent/token.h"
#include "agent_limits.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/settings.h"
#include "base/slice.h"
#include "core/core.h"
#include "net/web_proxy.h"
#include "otlp/resource.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The agent's settings: THAW_* variables from one table, the OTEL_* variables
 * that concern an exporter, and what the platform's own variables say about
 * the instance.  A wrong setting never fails the function: it is told in
 * words, and the default stands.
 */
struct agent_settings {
    /* The table. */
    struct slice endpoint;
    struct slice headers;
    struct slice token_file;
    struct slice token_text;
    struct slice token_arn;
    struct slice ca_file;
    struct slice flush_text;
    struct slice spool;        /* What outlives the process; "off": nothing. */
    struct slice otlp_listen;  /* "off": no receiver. */
    uint64_t run_port;         /* Of the program of "run"; 0: a free one. */
    struct slice proxy_listen; /* "auto", "off" or an address. */
    uint64_t telemetry_port;
    uint64_t budget_ms;
    uint64_t max_age_ms;
    unsigned log_level;
    unsigned logs;         /* enum core_lines, in the order of its words. */
    unsigned min_level;    /* Places in the list of levels... */
    unsigned always_level; /* ...behind "off". */
    uint64_t budget_kb;
    unsigned payloads; /* enum core_payloads, in the order of its words. */
    uint64_t payloads_kb;
    uint64_t slow_ms;
    struct slice logs_sample;
    struct slice redact_text;
    struct slice redact_patterns;
    bool usage; /* Of the environment is told. */
    bool disabled;

    /* Made of it and of the other variables. */
    bool passive; /* There is nowhere to send to: collect nothing. */
    struct slice passive_reason;
    bool tls;
    struct slice host; /* Of the collector. */
    uint16_t port;
    struct slice host_text;   /* host:port as in the Host header. */
    struct slice path_prefix; /* "" or "/base"; behind "http://host" for a proxy that reads it. */
    struct web_proxy proxy;   /* Its host is empty: none. */
    struct token_settings token;
    struct slice header_lines; /* "name: value\r\n" of every further header. */
    enum core_flush flush;
    uint64_t flush_every_ns;
    uint64_t timeout_ns; /* Of the function; 0: not told. */
    bool managed;        /* lambda-managed-instances. */
    unsigned severity_min;
    unsigned severity_always;
    uint64_t sample_below;
    bool withhold;         /* Redaction was asked for in words that are wrong. */
    struct redact *redact; /* NULL: nothing is redacted. */
    struct resource resource;
    struct resource_pair pairs[AGENT_RESOURCE_ATTRIBUTES_MAX];
    bool wrapped;             /* AWS_LAMBDA_EXEC_WRAPPER is set. */
    uint64_t workers;         /* AWS_LAMBDA_MAX_CONCURRENCY, of managed instances. */
    struct slice runtime_api; /* AWS_LAMBDA_RUNTIME_API; empty: we are not where we belong. */
};

/* The rows, for --help and the reference page. */
extern const struct setting agent_settings_rows[];
extern const size_t agent_settings_row_count;

/*
 * Read the environment (NAME=value strings, then NULL).  Values are copied
 * into the arena; what is wrong becomes a line of errors.  False if anything
 * was.
 */
bool agent_settings_read(struct agent_settings *settings, const char *const *environment,
                         struct arena *arena, struct buf *errors) THAW_CHECK;

/* The token itself, out of a variable or a file; what is none is told. */
void agent_settings_token(struct agent_settings *settings, struct slice token, struct arena *arena,
                          struct buf *errors);

/* For the parts of the reader: the value of a variable, or the empty slice; a line of errors
 * (false); a proxy; and where a token
 * that AWS keeps is asked for. */
struct slice agent_settings_variable(const char *const *environment, const char *name);
bool agent_settings_wrong(struct buf *errors, const char *name, struct slice value,
                          const char *why);
bool agent_settings_proxy(struct agent_settings *settings, const char *const *environment,
                          struct arena *arena, struct buf *errors) THAW_CHECK;
bool agent_settings_token_arn(struct agent_settings *settings, const char *const *environment,
                              struct arena *arena, struct buf *errors) THAW_CHECK;

#endif
