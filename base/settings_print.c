/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings.h"

#include "base/format.h"

/* Where the explanations of --help begin and end. */
enum { HELP_INDENT = 32, HELP_WIDTH = 100 };

static void settings_append_variable(const struct setting *row, struct buf *out)
{
    buf_append_text(out, "THAW_");
    for (const char *at = row->name; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte >= 'a' && byte <= 'z') {
            byte = (unsigned char)(byte - 'a' + 'A');
        }
        buf_append_byte(out, byte == '-' ? '_' : byte);
    }
}

/* Append words after a margin, breaking lines before they are too long.  The answer is the column
 * that the text ends in. */
static size_t settings_append_words(struct slice text, size_t column, struct buf *out)
{
    while (text.size > 0) {
        struct slice word;
        slice_cut(text, ' ', &word, &text);
        if (column > HELP_INDENT && column + 1 + word.size > HELP_WIDTH) {
            buf_append_byte(out, '\n');
            buf_append_fill(out, ' ', HELP_INDENT);
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            buf_append_byte(out, ' ');
            column++;
        }
        buf_append(out, word);
        column += word.size;
    }
    return column;
}

static const char *settings_value_name(const struct setting *row)
{
    if (row->value_name != NULL) {
        return row->value_name;
    }
    switch (row->kind) {
    case SETTING_STRING:
        return "TEXT";
    case SETTING_U64:
        return "NUMBER";
    case SETTING_BOOL:
        return "";
    case SETTING_DURATION:
        return "DURATION";
    case SETTING_SIZE:
        return "SIZE";
    case SETTING_CHOICE:
        return "CHOICE";
    }
    return "";
}

static void settings_append_choices(const struct setting *row, const char *between, struct buf *out)
{
    for (unsigned i = 0; row->choices[i] != NULL; i++) {
        format_append(out, "%s%s", i > 0 ? between : "", row->choices[i]);
    }
}

void settings_print_help(const struct setting *rows, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting *row = &rows[i];
        size_t start = out->size;
        format_append(out, "  --%s", row->name);
        if (row->kind != SETTING_BOOL) {
            format_append(out, " %s", settings_value_name(row));
        }
        size_t column = out->size - start;
        if (column + 2 > HELP_INDENT) {
            buf_append_byte(out, '\n');
            column = 0;
        }
        buf_append_fill(out, ' ', HELP_INDENT - column);
        column = settings_append_words(slice_from(row->help), HELP_INDENT, out);
        if (row->kind == SETTING_CHOICE) {
            char text[256];
            struct buf choices;
            buf_init_fixed(&choices, text, sizeof(text));
            buf_append_text(&choices, "One of ");
            settings_append_choices(row, ", ", &choices);
            buf_append_text(&choices, ".");
            column = settings_append_words(buf_bytes(&choices), column, out);
        }
        if (row->fallback[0] != '\0') {
            column = settings_append_words(SLICE("Default:"), column, out);
            settings_append_words(slice_from(row->fallback), column, out);
        }
        buf_append_byte(out, '\n');
    }
}

/* Append text of a table's cell: a bar would end the cell. */
static void settings_append_cell(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] == '|') {
            buf_append_byte(out, '\\');
        }
        buf_append_byte(out, text.base[i]);
    }
}

void settings_print_markdown(const struct setting *rows, size_t count, struct buf *out)
{
    buf_append_text(out, "| setting | variable | value | default | meaning |\n");
    buf_append_text(out, "|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        const struct setting *row = &rows[i];
        format_append(out, "| `--%s` | `", row->name);
        settings_append_variable(row, out);
        buf_append_text(out, "` | ");
        if (row->kind == SETTING_CHOICE) {
            settings_append_choices(row, ", ", out);
        } else if (row->kind == SETTING_BOOL) {
            buf_append_text(out, "true, false");
        } else {
            settings_append_cell(slice_from(settings_value_name(row)), out);
        }
        buf_append_text(out, row->fallback[0] != '\0' ? " | `" : " | ");
        settings_append_cell(slice_from(row->fallback), out);
        buf_append_text(out, row->fallback[0] != '\0' ? "` | " : " | ");
        settings_append_cell(slice_from(row->help), out);
        buf_append_text(out, " |\n");
    }
}
