/* SPDX-License-Identifier: Apache-2.0 */

/* Redaction: what a slow and simple matcher finds in a text is not in what is written of it,
 * whole or cut in two.  The first byte says where the cut is, and which detectors look. */
#include "base/ensure.h"
#include "redact/redact.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define TEXT_MAX 4096u

static struct redact redact;
static struct redact_found found;
static regex_t references[4];

/* Forms that need nothing but a regular expression. */
static void begin(void)
{
    static const char *const forms[] = {
        "(^|[^A-Za-z0-9])A[KS]IA[A-Z0-9]{16}([^A-Za-z0-9]|$)",
        "(^|[^A-Za-z0-9])ghp_[A-Za-z0-9]{36}",
        "(^|[^A-Za-z0-9])[A-Za-z0-9_]{1,60}@[a-w][A-Za-z0-9-]*[.][A-Za-z]{2,60}([^A-Za-z0-9.-]|$)",
        "(^|[^A-Za-z0-9_])C-[0-9]{8}([^A-Za-z0-9_]|$)",
    };
    static bool begun;
    size_t at = 0;
    if (begun) {
        return;
    }
    begun = true;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        ENSURE(regcomp(&references[i], forms[i], REG_EXTENDED | REG_NOSUB) == 0);
    }
    redact_init(&redact, REDACT_BUILT_IN);
    ENSURE(pattern_add_lines(&redact.patterns, SLICE("own=\\bC-\\d{8}\\b"), &at) == NULL);
}

static void check_order(size_t size)
{
    size_t end = 0;
    for (size_t i = 0; i < found.count; i++) {
        const struct redact_span *span = &found.spans[i];
        ENSURE(span->start < span->end && span->end <= size);
        ENSURE(i == 0 || span->start >= end);
        end = span->end;
    }
}

static void check_gone(struct slice out)
{
    static char text[3 * TEXT_MAX];
    ENSURE(out.size < sizeof(text));
    memcpy(text, out.base, out.size);
    text[out.size] = 0;
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        ENSURE(regexec(&references[i], text, 0, NULL, 0) != 0);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static unsigned char bytes[3 * TEXT_MAX];
    static unsigned char text[TEXT_MAX];
    struct buf out;
    if (size < 1 || size > TEXT_MAX) {
        return 0;
    }
    begin();
    size_t at = (size - 1) * data[0] / 256;
    size--;
    memcpy(text, data + 1, size);
    for (size_t i = 0; i < size; i++) {
        text[i] = text[i] == 0 ? ' ' : text[i];
    }
    struct redact_piece piece = {.text = slice_of(text, size)};
    redact_scan(&redact, &piece, &found);
    check_order(size);
    buf_init_fixed(&out, bytes, sizeof(bytes));
    ENSURE(redact_write(&redact, &found, piece.text, 0, sizeof(bytes), &out) == 0);
    check_gone(buf_bytes(&out));
    /* The same in two pieces: what was found of the first is gone when the second comes. */
    piece = (struct redact_piece){.text = slice_of(text, at), .open = true};
    redact_scan(&redact, &piece, &found);
    check_order(at);
    memcpy(bytes, text, size);
    redact_blot(&redact, &found, bytes);
    const enum redact_carry carry = found.carry;
    piece = (struct redact_piece){
        .text = slice_of(text, size), .carry = carry, .carried = found.carried, .carry_at = at};
    redact_scan(&redact, &piece, &found);
    check_order(size);
    redact_blot(&redact, &found, bytes);
    check_gone(slice_of(bytes, size));
    return 0;
}
