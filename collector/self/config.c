/* SPDX-License-Identifier: Apache-2.0 */
#include "self/config.h"

#include "base/log.h"
#include "base/whole.h"
#include "cost/prices.h"
#include "declared/declared.h"
#include "http/web.h"
#include "store/store_limits.h"

#include <stdlib.h>

/* A configuration file is read whole. */
#define CONFIG_FILE_SIZE_MAX (UINT32_C(1) << 20)

#define CONFIG_ROW(key, what, field, standard, value, text)                                        \
    .name = (key), .kind = (what), .offset = offsetof(struct config, field),                       \
    .fallback = (standard), .value_name = (value), .help = (text)

const struct setting config_rows[] = {
    {CONFIG_ROW("help", SETTING_BOOL, help, "false", NULL, "Print this and exit.")},
    {CONFIG_ROW("version", SETTING_BOOL, version, "false", NULL, "Print the version and exit.")},
    {CONFIG_ROW("check-config", SETTING_BOOL, check_config, "false", NULL,
                "Check the settings and exit: 0 if they are right, 100 if not.")},
    {CONFIG_ROW("print-reference", SETTING_BOOL, print_reference, "false", NULL,
                "Print these settings as Markdown and exit.")},
    {CONFIG_ROW("check", SETTING_STRING, check, "", "DIR",
                "Check a data directory that no collector has open, and exit: 0 good, 1 damaged, 2 "
                "cannot be read. Nothing is changed.")},
    {CONFIG_ROW("json", SETTING_BOOL, json, "false", NULL, "With --check: print JSON.")},
    {CONFIG_ROW("config", SETTING_STRING, config_file, "", "FILE",
                "Read settings from this file, one name = value a line.")},
    {CONFIG_ROW("data", SETTING_STRING, data, "data", "DIR",
                "Where telemetry is kept. One collector per directory; it is made if missing.")},
    {CONFIG_ROW("listen", SETTING_STRING, listen, "127.0.0.1:4318", "ADDR:PORT",
                "Address to serve: OTLP/HTTP, the API and the dashboard. Port 0 picks one.")},
    {CONFIG_ROW("store", SETTING_STRING, store, "lmdb", "STORE",
                "What keeps the telemetry: lmdb is the embedded store under --data.")},
    {CONFIG_ROW(
        "token-file", SETTING_STRING, token_file, "", "FILE",
        "Bearer tokens that may use this collector, one a line. Read again when it changes.")},
    {CONFIG_ROW(
        "tls-cert", SETTING_STRING, tls_cert, "", "FILE",
        "Certificate chain (PEM): serve HTTPS. Needs --tls-key. Both are read again when they "
        "change.")},
    {CONFIG_ROW("tls-key", SETTING_STRING, tls_key, "", "FILE",
                "Private key (PEM) to --tls-cert.")},
    {CONFIG_ROW("insecure-no-auth", SETTING_BOOL, insecure_no_auth, "false", NULL,
                "Allow other machines to connect without a token: everybody who reaches the "
                "address may read and write everything.")},
    {CONFIG_ROW("threads", SETTING_U64, threads, "0", "COUNT",
                "Threads that serve requests; 0: one per processor, at least 2. One more answer "
                "questions."),
     .max = 256},
    {CONFIG_ROW(
         "connections", SETTING_U64, connections, "32768", "COUNT",
         "Connections at a time, and never more than descriptors: beyond it the one that has "
         "been idle for longest is closed. An idle one takes 33 KB, with TLS 44 KB."),
     .min = 16, .max = 1 << 20},
    {CONFIG_ROW("segment-size", SETTING_SIZE, segment_size, "64MiB", "SIZE",
                "A log longer than this is followed by a new segment. Retention drops whole "
                "segments."),
     .min = STORE_SEGMENT_SIZE_MIN, .max = STORE_SEGMENT_SIZE_MAX / 2},
    {CONFIG_ROW("retention-size", SETTING_SIZE, retention_size, "10GiB", "SIZE",
                "Drop the oldest segments beyond this size in all; 0: never.")},
    {CONFIG_ROW("retention-age", SETTING_DURATION, retention_age_ns, "30d", "TIME",
                "Drop segments in which everything arrived longer ago than this; 0s: never.")},
    {CONFIG_ROW("pending-size", SETTING_SIZE, pending_size, "64MiB", "SIZE",
                "Bodies (compressed) that may wait for the disk; beyond it senders get 503."),
     .min = 1 << 20},
    {CONFIG_ROW("log-level", SETTING_CHOICE, log_level, "info", "LEVEL",
                "Lines of this level and above are written to stderr."),
     .choices = log_level_names},
    {CONFIG_ROW("prices", SETTING_STRING, prices, "", "FILE",
                "Price table to use instead of the one that is built in.")},
    {CONFIG_ROW("functions", SETTING_STRING, functions, "", "FILE",
                "What telemetry cannot tell of functions: labels, and what is paid for besides.")},
    ALERT_SETTING_ROWS(config, alert),
    NOTIFY_SETTING_ROWS(config, notify),
};
const size_t config_row_count = sizeof(config_rows) / sizeof(config_rows[0]);

/* The files that settings name are settings, too. */
static void config_check_files(const struct config *config, struct buf *errors)
{
    struct web_options options = {
        .tls_cert_file = config->tls_cert,
        .tls_key_file = config->tls_key,
        .token_file = config->token_file,
    };
    struct prices *prices = NULL;
    char reason[512];
    if (prices_load(&prices, config->prices, reason, sizeof(reason)) != STATUS_OK) {
        buf_printf(errors, "prices: %s\n", reason);
    } else {
        prices_free(prices);
    }
    struct declared *declared = NULL;
    if (declared_load(&declared, config->functions, errors) == STATUS_OK) {
        declared_free(declared);
    }
    if ((config->tls_cert.size == 0) == (config->tls_key.size == 0) &&
        web_check(&options, reason, sizeof(reason)) != STATUS_OK) {
        buf_printf(errors, "%s\n", reason);
    }
}

/* What no row can know alone. */
static enum status config_check(const struct config *config, struct buf *errors)
{
    char reason[2048];
    size_t before = errors->size;
    if (!web_address_valid(config->listen)) {
        buf_printf(errors, "listen: '" SLICE_FMT "' is no address like 127.0.0.1:4318\n",
                   SLICE_ARG(config->listen));
    } else if (!web_address_loopback(config->listen) && config->token_file.size == 0 &&
               !config->insecure_no_auth) {
        buf_printf(errors,
                   "listen: " SLICE_FMT
                   " can be reached by other machines: name a --token-file, or "
                   "say --insecure-no-auth if everybody may read and write\n",
                   SLICE_ARG(config->listen));
    }
    if (!slice_equal(config->store, SLICE("lmdb"))) {
        buf_printf(errors, "store: this version has lmdb only\n");
    }
    if ((config->tls_cert.size == 0) != (config->tls_key.size == 0)) {
        buf_printf(errors, "tls-cert and tls-key need each other\n");
    }
    if (config->retention_size > 0 && config->retention_size < 2 * config->segment_size) {
        buf_printf(errors,
                   "retention-size must be at least twice segment-size: the segment that is "
                   "written to is never dropped\n");
    }
    if (alert_check(&config->alert, reason, sizeof(reason)) != STATUS_OK) {
        buf_printf(errors, "%s\n", reason);
    }
    (void)!notify_check(&config->notify, errors);
    config_check_files(config, errors);
    return errors->size == before ? STATUS_OK : STATUS_BAD;
}

static enum status config_read_file(const struct config *config, struct settings *settings,
                                    struct buf *errors)
{
    char reason[128];
    char where[512];
    unsigned char *text = NULL;
    size_t size;
    if (config->config_file.size == 0) {
        return STATUS_OK;
    }
    if (!slice_copy_text(config->config_file, where, sizeof(where)) ||
        whole_read(config->config_file, CONFIG_FILE_SIZE_MAX, &text, &size, reason,
                   sizeof(reason)) != STATUS_OK) {
        buf_printf(errors, "config: " SLICE_FMT " cannot be read\n",
                   SLICE_ARG(config->config_file));
        return STATUS_BAD;
    }
    enum status status = settings_file(settings, slice_of(text, size), where);
    free(text);
    return status;
}

enum status config_read(struct config *config, int argc, const char *const *argv,
                        const char *const *environment, struct arena *arena, struct buf *errors)
{
    struct settings settings;
    int rest = argc;
    enum status status =
        settings_init(&settings, config_rows, config_row_count, config, arena, errors);
    if (status != STATUS_OK) {
        return status;
    }
    enum status file_status = STATUS_OK;
    enum status environment_status = settings_environment(&settings, environment);
    enum status argument_status = settings_arguments(&settings, argc, argv, &rest);
    if (rest < argc) {
        buf_printf(errors, "%s: only options are understood\n", argv[rest]);
        argument_status = STATUS_BAD;
    }
    /* The file is named by one of the others, and weaker than both. */
    file_status = config_read_file(config, &settings, errors);
    if (config->help || config->version || config->print_reference) {
        return STATUS_OK;
    }
    if (environment_status != STATUS_OK || argument_status != STATUS_OK ||
        file_status != STATUS_OK) {
        return STATUS_BAD;
    }
    /* Who checks a directory serves nothing. */
    return config->check.size > 0 ? STATUS_OK : config_check(config, errors);
}
