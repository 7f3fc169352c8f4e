/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_SETTINGS_H
#define THAW_BASE_SETTINGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The settings of a program, from one table of rows.  The table gives the
 * command line (--listen ADDR, --listen=ADDR), the environment (THAW_LISTEN),
 * the configuration file (listen = ADDR), the --help text and the reference
 * page.  A setting on the command line wins over the environment, that over
 * the file, that over the default, in whatever order they are applied.
 *
 * Pure: text in, struct out.  Each row names the field of the caller's struct
 * that it fills.  String values are copied into the arena.
 *
 *     struct config { struct slice listen; uint64_t age_max_ns; bool verbose; };
 *     static const struct setting rows[] = {
 *         {.name = "listen", .kind = SETTING_STRING, .offset = offsetof(struct config, listen),
 *          .fallback = "127.0.0.1:4318", .value_name = "ADDR:PORT", .help = "Address to serve."},
 *         ...
 *     };
 *
 * A wrong value is told in words and changes nothing: the row keeps what it
 * had.  So a program that must not fail may go on after STATUS_BAD.
 */
enum setting_kind {
    SETTING_STRING,   /* struct slice; any text; .min and .max bound its length if .max > 0. */
    SETTING_U64,      /* uint64_t; from .min to .max (0: no upper bound). */
    SETTING_BOOL,     /* bool; true/false, yes/no, on/off, 1/0; on the command line the name alone
                         means true and --no-NAME false. */
    SETTING_DURATION, /* uint64_t nanoseconds; "150ms", "1.5s", "10m", "2h", "7d"; .min and .max in
                         nanoseconds. */
    SETTING_SIZE,     /* uint64_t bytes; "64", "4KiB", "20MiB", "1GiB"; kB, MB, GB are powers of
                         1000; .min and .max in bytes. */
    SETTING_CHOICE,   /* unsigned: the index in .choices. */
};

struct setting {
    const char *name; /* Lower case with dashes. */
    enum setting_kind kind;
    size_t offset;        /* Of the field in the caller's struct. */
    const char *fallback; /* The default as text, parsed like any other value; never NULL. */
    uint64_t min;
    uint64_t max;               /* 0: none. */
    const char *const *choices; /* NULL-terminated, for SETTING_CHOICE. */
    const char *value_name;     /* What --help calls the value: "DIR". */
    const char *help;           /* One or two sentences. */
};

/* Where a value came from, weakest first. */
enum setting_source {
    SETTING_FROM_DEFAULT,
    SETTING_FROM_FILE,
    SETTING_FROM_ENVIRONMENT,
    SETTING_FROM_ARGUMENT,
};

struct settings {
    const struct setting *rows;
    size_t count;
    void *target;                 /* The caller's struct. */
    struct arena *arena;          /* Values and the table of sources. */
    struct buf *errors;           /* One line per wrong thing: what, where, what to do. */
    enum setting_source *sources; /* One per row. */
};

/*
 * Begin: every field of target that a row names gets its default.  The rows,
 * target, arena and errors must outlive the settings.  A default that does not
 * parse or a name that is there twice is a bug.  STATUS_FULL if the arena is.
 */
enum status settings_init(struct settings *settings, const struct setting *rows, size_t count,
                          void *target, struct arena *arena, struct buf *errors) THAW_CHECK;

/*
 * Apply the text of a configuration file: one `name = value` per line, # begins
 * a comment at the start of a line or after a space, quotes around a value
 * keep its spaces and #.  where names the file in errors.  STATUS_BAD if a
 * line was wrong, STATUS_FULL if the arena is; the right lines are applied.
 */
enum status settings_file(struct settings *settings, struct slice text,
                          const char *where) THAW_CHECK;

/* Apply every THAW_<NAME> of an environment (NAME=value strings, then NULL).  An empty value is as
 * none; variables of other names are left alone. */
enum status settings_environment(struct settings *settings,
                                 const char *const *environment) THAW_CHECK;

/*
 * Apply a command line from argv[1] on.  Options come first: *rest becomes the
 * index of the first argument that is none (a lone "--" before it is skipped),
 * or argc.  The program takes --help and --version out before, or has rows for
 * them.
 */
enum status settings_arguments(struct settings *settings, int argc, const char *const *argv,
                               int *rest) THAW_CHECK;

/* Set one row by name, as from this source; where stands in errors. */
enum status settings_set(struct settings *settings, struct slice name, struct slice value,
                         enum setting_source source, const char *where) THAW_CHECK;

/* Where the value of a row came from.  The name must exist. */
enum setting_source settings_source(const struct settings *settings, const char *name);

/* Append the options of --help, aligned and wrapped to 100 columns. */
void settings_print_help(const struct setting *rows, size_t count, struct buf *out);

/* Append a Markdown table of all rows, for docs/reference. */
void settings_print_markdown(const struct setting *rows, size_t count, struct buf *out);

/* Parse a duration or a size as the rows do, for other texts.  False if it is none or too large. */
bool settings_parse_duration(struct slice text, uint64_t *duration_ns) THAW_CHECK;
bool settings_parse_size(struct slice text, uint64_t *size) THAW_CHECK;

/*
 * Parse a value of a row into field, for settings.c.  STATUS_BAD: it is not of
 * this kind or out of bounds, field is as before, and what was expected is
 * appended to expected.  STATUS_FULL: the arena is.
 */
enum status settings_parse_value(const struct setting *row, struct slice text, void *field,
                                 struct arena *arena, struct buf *expected) THAW_CHECK;

#endif
