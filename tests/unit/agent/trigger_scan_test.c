/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/scan.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

/* What a scan tells, as text: each token's first letter, texts in angle brackets. */
static char told[4096];

static void tell(const char *text)
{
    assert_true(strlen(told) + strlen(text) < sizeof(told));
    strcat(told, text);
}

static void tell_text(const char *name, struct slice text)
{
    char line[1100];
    snprintf(line, sizeof(line), "%s<" SLICE_FMT ">", name, SLICE_ARG(text));
    tell(line);
}

/* Scan text in pieces of this size, wanting the same of every value. */
static const char *scan(const char *text, unsigned want, size_t piece)
{
    struct slice rest = slice_from(text);
    struct scan scan;
    scan_init(&scan, want);
    told[0] = 0;
    bool in_text = false;
    while (rest.size > 0) {
        struct slice input = slice_take(rest, piece);
        rest = slice_skip(rest, piece);
        enum scan_token token = SCAN_VALUE;
        while ((token = scan_step(&scan, &input)) != SCAN_MORE) {
            if (token == SCAN_BAD) {
                tell("!");
                return told;
            }
            if (token == SCAN_PIECE || token == SCAN_LAST) {
                if (!in_text) {
                    tell("~");
                }
                tell_text("", scan_text(&scan));
                in_text = token == SCAN_PIECE;
            } else if (token == SCAN_KEY) {
                tell_text("k", scan_text(&scan));
            } else if (token == SCAN_VALUE) {
                tell_text("v", scan_text(&scan));
            } else {
                tell(token == SCAN_OBJECT ? "{" : token == SCAN_ARRAY ? "[" : ")");
            }
        }
    }
    tell(scan_complete(&scan) ? "." : "?");
    return told;
}

/* The same in whatever pieces. */
static void same(const char *text, unsigned want, const char *expected)
{
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        assert_string_equal(scan(text, want, piece), expected);
    }
}

/* Containers that are walked, keys and scalars come in order; null is no value. */
static void walks(void **state)
{
    (void)state;
    same(" {\"a\" : [1, -2.5e3,true ,null],\"b\":{\"c\":\"x\"}} ", SCAN_WALK | SCAN_TAKE,
         "{k<a>[v<1>v<-2.5e3>v<true>v<>)k<b>{k<c>v<x>)).");
    same("[]", SCAN_WALK, "[).");
    same("{}", SCAN_WALK, "{).");
    same("17", SCAN_TAKE, ".");
}

/* What nobody wants is passed over, with whatever is in its strings. */
static void skips(void **state)
{
    (void)state;
    same("{\"a\":1}", 0, ".");
    same("[[[{\"a\\\\\":\"]}\\\"\"}],[]]]", 0, ".");
    same("\"a\\\\\\\"b\\\\\"", 0, ".");
    same("\"\\\\\" ", 0, ".");
}

/* Escapes are decoded, pairs of surrogates too; half of one is replaced. */
static void decodes(void **state)
{
    (void)state;
    same("\"\\\"\\\\\\/\\n\\u0041\\u00e9\\ud83d\\ude00\"", SCAN_TAKE,
         "v<\"\\/\nA\xc3\xa9\xf0\x9f\x98\x80>.");
    same("\"\\ud83dx\\ude00\\ud83d\"", SCAN_TAKE, "v<\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd>.");
    same("\"\\ud83d\\ud83d\\ude00\"", SCAN_TAKE, "v<\xef\xbf\xbd\xf0\x9f\x98\x80>.");
    same("\"\\x\"", SCAN_TAKE, "!");
    same("\"\\u00g0\"", SCAN_TAKE, "!");
}

/* What is no JSON is found out where it matters. */
static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"}",        "{1}",   "{\"a\" 1}", "{\"a\":}", "[1 2]",
                                      "[1,]",     "{,}",   "hello",     "\"a\" b",  "[1}",
                                      "{\"a\":1", "[tru]", "nul ",      "[nil]",    "{\"a\":1,}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (size_t piece = 1; piece <= 8; piece++) {
            const char *end = scan(bad[i], SCAN_WALK | SCAN_TAKE, piece);
            char last = end[strlen(end) - 1];
            assert_true(last == '!' || last == '?');
        }
    }
}

/* A string in pieces is the same string, cut at the same places. */
static void pieces(void **state)
{
    (void)state;
    char text[1300];
    size_t size = 0;
    text[size++] = '"';
    for (size_t i = 0; i < 1200; i++) {
        text[size++] = (char)('a' + i % 26);
    }
    text[size++] = '"';
    text[size] = 0;
    char expected[sizeof(told)];
    strcpy(expected, scan(text, SCAN_PIECES, size));
    for (size_t piece = 1; piece < size; piece += 7) {
        assert_string_equal(scan(text, SCAN_PIECES, piece), expected);
    }
    assert_true(strlen(expected) == 1 + 1200 + 3 * 2 + 1);
    same("\"\"", SCAN_PIECES, "~<>.");
}

/* A text is taken up to its limit, and not at all beyond it; the same of keys. */
static void limits(void **state)
{
    (void)state;
    for (size_t over = 0; over < 3; over++) {
        char text[TRIGGER_VALUE_MAX + 32] = "{\"";
        size_t length = TRIGGER_VALUE_MAX - 1 + over;
        memset(text + 2, 'k', length);
        strcpy(text + 2 + length, "\":\"v\"}");
        bool fits = length <= TRIGGER_VALUE_MAX;
        assert_true((strstr(scan(text, SCAN_WALK | SCAN_TAKE, 100), "k<>") == NULL) == fits);
        text[0] = '[';
        strcpy(text + 2 + length, "\"]");
        text[1] = '"';
        assert_true((strstr(scan(text, SCAN_WALK | SCAN_TAKE, 100), "v<>") == NULL) == fits);
    }
}

/* Deeper than the limit nothing is walked, but the rest is. */
static void depth(void **state)
{
    (void)state;
    for (size_t levels = TRIGGER_DEPTH_MAX - 1; levels <= TRIGGER_DEPTH_MAX + 1; levels++) {
        char text[64] = "";
        memset(text, '[', levels);
        text[levels] = '7';
        memset(text + levels + 1, ']', levels);
        const char *seen = scan(text, SCAN_WALK | SCAN_TAKE, 5);
        assert_true((strstr(seen, "v<7>") != NULL) == (levels <= TRIGGER_DEPTH_MAX));
        assert_true(seen[strlen(seen) - 1] == '.');
    }
}

/* A string whose rest nobody wants ends where it ends, also in the middle of an escape. */
static void drops(void **state)
{
    (void)state;
    const char *text = "[\"ab\\\"c\\u0022d\\\\\",5]";
    for (size_t cut = 2; cut < 15; cut++) {
        struct scan scan;
        struct slice input = slice_of(text, cut);
        scan_init(&scan, SCAN_WALK | SCAN_PIECES);
        assert_int_equal(scan_step(&scan, &input), SCAN_ARRAY);
        assert_int_equal(scan_step(&scan, &input), SCAN_MORE);
        scan_drop(&scan);
        scan.want = SCAN_TAKE;
        input = slice_skip(slice_from(text), cut);
        assert_int_equal(scan_step(&scan, &input), SCAN_VALUE);
        assert_slice(scan_text(&scan), "5");
        assert_int_equal(scan_step(&scan, &input), SCAN_CLOSE);
        assert_true(scan_complete(&scan));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),   cmocka_unit_test(skips),  cmocka_unit_test(decodes),
        cmocka_unit_test(refuses), cmocka_unit_test(pieces), cmocka_unit_test(limits),
        cmocka_unit_test(depth),   cmocka_unit_test(drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
