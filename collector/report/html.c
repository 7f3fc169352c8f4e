/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

/* (A tab is what it is: it only moves on.) */
static const char *entity_of(unsigned char byte)
{
    return byte == '&'    ? "&amp;"
           : byte == '<'  ? "&lt;"
           : byte == '>'  ? "&gt;"
           : byte == '"'  ? "&quot;"
           : byte == '\'' ? "&#39;"
           : byte == '\t' ? "\t"
                          : NULL;
}

void html_text(struct buf *out, struct slice text)
{
    size_t begin = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *entity = entity_of(text.base[i]);
        if (entity != NULL) {
            cli_text_safe(slice_of(text.base + begin, i - begin), out);
            buf_append_text(out, entity);
            begin = i + 1;
        }
    }
    cli_text_safe(slice_skip(text, begin), out);
}

void html_cell(struct buf *out, const char *class, struct slice text)
{
    if (class[0] == '\0') {
        buf_append_text(out, "<td>");
    } else {
        buf_printf(out, "<td class=\"%s\">", class);
    }
    html_text(out, text);
    buf_append_text(out, "</td>");
}

void html_section(struct buf *out, const char *class, const char *title)
{
    buf_printf(out, "<section class=\"%s\">\n<h2>%s</h2>\n", class, title);
}
