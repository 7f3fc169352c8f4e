/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_manual.h"

#include "cli/cli_options.h"

/* Text that is read as text: no line of it begins a request, and nothing in it is an escape. */
static void text(const char *words, struct buf *out)
{
    bool begins = true;
    for (; *words != '\0'; words++) {
        if (begins && (*words == '.' || *words == '\'')) {
            buf_append_text(out, "\\&");
        }
        begins = *words == '\n';
        if (*words == '\\') {
            buf_append_text(out, "\\e");
        } else if (*words == '-') {
            buf_append_text(out, "\\-");
        } else {
            buf_append_byte(out, (unsigned char)*words);
        }
    }
}

static void line(const char *words, struct buf *out)
{
    text(words, out);
    buf_append_text(out, "\n");
}

static void flag_text(const struct cli_flag_text *flag, struct buf *out)
{

    buf_append_text(out, ".TP\n\\fB\\-\\-");
    text(flag->name, out);
    buf_append_text(out, "\\fR");
    if (flag->value != NULL) {
        buf_printf(out, " \\fI%s\\fR", flag->value);
    }
    buf_append_text(out, "\n");
    line(flag->help, out);
}

static void command(enum cli_command which, struct buf *out)
{
    struct cli_command_text row = cli_options_command(which);
    struct cli_flag_text each;
    buf_printf(out, ".SS thaw %s%s%s\n", row.name, row.words[0] != '\0' ? " " : "", row.words);
    buf_append_byte(out, (unsigned char)(row.summary[0] - ('a' - 'A')));
    text(row.summary + 1, out);
    buf_append_text(out, ".\n");
    line(row.detail, out);
    for (size_t i = 0; cli_options_flag(i, &each); i++) {
        if (!each.common && cli_options_takes(which, i)) {
            flag_text(&each, out);
        }
    }
    if (row.example != NULL) {
        buf_append_text(out, ".PP\n.nf\n");
        text(row.example, out);
        buf_append_text(out, ".fi\n");
    }
}

void cli_manual(struct buf *out)
{
    struct cli_flag_text each;
    buf_append_text(out, ".TH THAW 1 \"\" \"thaw " THAW_VERSION "\"\n"
                         ".SH NAME\nthaw \\- asks a thaw collector\n"
                         ".SH SYNOPSIS\n\\fBthaw\\fR [\\fIOPTION\\fR...] \\fICOMMAND\\fR\n"
                         ".SH DESCRIPTION\n"
                         "Shows what a collector knows of serverless functions: transactions, cold "
                         "starts, errors, costs; and reads exported logs without one.\n"
                         ".SH COMMANDS\n");
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        command((enum cli_command)i, out);
    }
    buf_append_text(out, ".SH OPTIONS OF ALL COMMANDS\n");
    for (size_t i = 0; cli_options_flag(i, &each); i++) {
        if (each.common) {
            flag_text(&each, out);
        }
    }
    buf_append_text(out, ".SH EXIT STATUS\n"
                         "0 found, 1 nothing found, 2 used wrong, 3 cannot reach.\n"
                         ".SH ENVIRONMENT\n"
                         "\\fBTHAW_ENDPOINT\\fR, \\fBTHAW_TOKEN\\fR: as the options of these "
                         "names. \\fBNO_COLOR\\fR: no colours.\n");
}
