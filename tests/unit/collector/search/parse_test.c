/* SPDX-License-Identifier: Apache-2.0 */
#include "search/search.h"

#include "base/buf.h"
#include "lib/every.h"
#include "search/search_id.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static _Alignas(16) unsigned char memory[1 << 20];

/* ---- Trees as text. ---- */

static void show_bound(char *out, size_t size, double bound)
{
    if (isfinite(bound)) {
        (void)!snprintf(out, size, "%.10g", bound);
    } else {
        out[0] = '\0';
    }
}

static void show_term(const struct search_term *term, char *out, size_t size)
{
    char name[64], low[32], high[32];
    struct slice field =
        term->field == SEARCH_FIELD_ATTR ? term->key : search_field_name(term->field);
    (void)!snprintf(name, sizeof(name), SLICE_FMT, SLICE_ARG(field));
    show_bound(low, sizeof(low), term->low);
    show_bound(high, sizeof(high), term->high);
    const char *value = term->value.size > 0 ? (const char *)term->value.base : "";
    int length = (int)term->value.size;
    switch (term->test) {
    case SEARCH_TEST_HAS:
        (void)!snprintf(out, size, "%s?", name);
        break;
    case SEARCH_TEST_IS:
        (void)!snprintf(out, size, "%s=%.*s", name, length, value);
        break;
    case SEARCH_TEST_GLOB:
        (void)!snprintf(out, size, "%s~%.*s", name, length, value);
        break;
    case SEARCH_TEST_RANGE:
        (void)!snprintf(out, size, "%s%c%s..%s%c", name, term->low_without ? ']' : '[', low, high,
                        term->high_without ? '[' : ']');
        break;
    case SEARCH_TEST_FLAG:
        (void)!snprintf(out, size, "%s%s", term->flag ? "" : "!", name);
        break;
    case SEARCH_TEST_ID:
        (void)!snprintf(out, size, "%s#%02x", name, term->id.bytes[0]);
        break;
    case SEARCH_TEST_WORDS:
        (void)!snprintf(out, size, "'%.*s'", length, value);
        break;
    case SEARCH_TEST_PARTS:
        (void)!snprintf(out, size, "~'%.*s'", length, value);
        break;
    }
}

/* In the order of the nodes: what is joined stands before what joins it. */
static void show(const struct search_expr *expr, char *out, size_t size)
{
    out[0] = '\0';
    for (uint32_t i = 0; i < expr->count; i++) {
        static const char *const joins[] = {
            [SEARCH_NOT] = "NOT",
            [SEARCH_AND] = "AND",
            [SEARCH_OR] = "OR",
            [SEARCH_GROUP] = "()",
        };
        char one[256];
        if (expr->nodes[i].kind == SEARCH_TERM) {
            show_term(expr->nodes[i].term, one, sizeof(one));
        } else {
            (void)!snprintf(one, sizeof(one), "%s", joins[expr->nodes[i].kind]);
        }
        size_t used = strlen(out);
        (void)!snprintf(out + used, size - used, "%s%s", i > 0 ? " " : "", one);
    }
}

static void reads(const char *text, const char *expected)
{
    struct arena arena;
    struct search_expr expr;
    struct search_error error;
    char shown[4096];
    arena_init(&arena, memory, sizeof(memory));
    if (!search_parse(slice_from(text), &arena, &expr, &error)) {
        fail_msg("%s: %s at %zu", text, error.reason, error.at);
    }
    show(&expr, shown, sizeof(shown));
    assert_string_equal(shown, expected);
}

static void refuses(const char *text, size_t at, size_t size, const char *reason)
{
    struct arena arena;
    struct search_expr expr;
    struct search_error error;
    arena_init(&arena, memory, sizeof(memory));
    if (search_parse(slice_from(text), &arena, &expr, &error)) {
        fail_msg("%s is a query", text);
    }
    if (error.at != at || error.size != size || strstr(error.reason, reason) == NULL) {
        fail_msg("%s: %s at %zu, %zu bytes", text, error.reason, error.at, error.size);
    }
}

/* ---- Tests. ---- */

/* Words, quotes and names. */
static void terms(void **state)
{
    (void)state;
    reads("", "");
    reads(" \t\r\n", "");
    reads("declined", "'declined'");
    reads("\"card declined\"", "'card declined'");
    reads("\"a \\\"b\\\" \\\\ c\"", "'a \"b\" \\ c'");
    reads("time*", "~'time*'");
    reads("*TimeOut*", "~'*timeout*'");
    reads("\"time*\"", "'time*'");
    reads("text:declined", "'declined'");
    reads("function:checkout", "function=checkout");
    reads("function:\"my stock\"", "function=my stock");
    reads("function:check*", "function~check*");
    reads("function:\"check*\"", "function=check*");
    reads("error.type:*", "error.type?");
    reads("http.route:/cart/{id}", "http.route=/cart/{id}");
    reads("user.id:=4711", "user.id=4711");
    reads("user.id:\"4711\"", "user.id=4711");
    reads("https://example.com/a?b=c", "'https://example.com/a?b=c'");
    reads("a-b", "'a-b'");
    reads("-", "'-'");
    reads("or and not", "'or' 'and' AND 'not' AND");
}

/* What was said before there was a language means the same. */
static void old_words(void **state)
{
    (void)state;
    reads("errors", "error");
    reads("timeouts", "timeout");
    reads("  cold function:stock\terrors timeouts ",
          "cold function=stock AND error AND timeout AND");
    reads("id:5759e988bd862e3fe1be46a994272793", "id#57");
    reads("\"cold\"", "'cold'");
    reads("error", "'error'");
}

static void ids(void **state)
{
    (void)state;
    reads("5759e988bd862e3fe1be46a994272793", "id#57");
    reads("1-5759e988-bd862e3fe1be46a994272793", "id#57");
    reads("11111111-2222-4333-8444-555555555555", "id#11");
    reads("\"11111111-2222-4333-8444-555555555555\"", "'11111111-2222-4333-8444-555555555555'");
    reads("trace:5759e988bd862e3fe1be46a994272793", "trace#57");
    reads("request:11111111-2222-4333-8444-555555555555", "request#11");
    reads("request:*", "request?");
    refuses("cold id:xyz", 8, 3, "no trace id");
    refuses("request:*a", 8, 2, "no trace id");
    struct id16 one, other;
    assert_true(search_id_parse(SLICE("5759E988-bd86-2e3f-e1be-46a994272793"), &one));
    assert_true(search_id_parse(SLICE("1-5759e988-bd862e3fe1be46a994272793"), &other));
    assert_memory_equal(&one, &other, sizeof(one));
    assert_false(search_id_parse(SLICE("00000000000000000000000000000000"), &one));
}

/* Durations are nanoseconds inside, sizes megabytes, money dollars. */
static void numbers(void **state)
{
    (void)state;
    reads("duration:>500ms", "duration]500000000..]");
    reads("duration:>=1.5s", "duration[1500000000..]");
    reads("duration:<2m", "duration[..1.2e+11[");
    reads("duration:<=1h", "duration[..3.6e+12]");
    reads("duration:250", "duration[250000000..250000000]");
    reads("duration:100ms..1s", "duration[100000000..1000000000]");
    reads("duration:100us..", "duration[100000..]");
    reads("duration:..7\302\265s", "duration[..7000]");
    reads("wait:>1ns", "wait]1..]");
    reads("init:>1S", "init]1000000000..]");
    reads("billed:>=1s", "billed[1000000000..]");
    reads("cost:>0.0001", "cost]0.0001..]");
    reads("cost:>$1e-4", "cost]0.0001..]");
    reads("memory:>=512", "memory[512..]");
    reads("memory:1GB..2GB", "memory[1024..2048]");
    reads("http.status_code:>=500", "http.status_code[500..]");
    reads("cart.items:3..10", "cart.items[3..10]");
    reads("range:a..b", "range=a..b");
    reads("status:500", "status[500..500]");
    reads("status:>=500", "status[500..]");
    reads("status:timeout", "status=timeout");
    refuses("duration:fast", 9, 4, "no duration");
    refuses("duration:1x", 9, 2, "no duration");
    refuses("duration:ms", 9, 2, "no duration");
    refuses("duration:..", 9, 2, "no duration");
    refuses("cost:>1ms", 6, 3, "no amount");
    refuses("memory:1s", 7, 2, "no size");
    refuses("my.attr:>many", 9, 4, "compared with a number");
    refuses("function:>5", 10, 1, "cannot be compared");
    refuses("text:>5", 6, 1, "cannot be compared");
}

static void levels_and_flags(void **state)
{
    (void)state;
    reads("level:error", "level[17..20]");
    reads("level:ERR", "level[17..20]");
    reads("level:>=warn", "level[13..24]");
    reads("level:>warn", "level[17..24]");
    reads("level:<info", "level[1..8]");
    reads("level:<=info", "level[1..12]");
    reads("level:14", "level[14..14]");
    reads("cold:true -cold:false", "cold !cold NOT AND");
    reads("oom:true timeout:*", "oom timeout? AND");
    reads("error:true", "error");
    reads("error:Type*", "error~Type*");
    reads("error:\"true\"", "error=true");
    refuses("level:loud", 6, 4, "no level");
    refuses("level:25", 6, 2, "no level");
    refuses("cold:maybe", 5, 5, "true or false");
}

/* NOT binds tighter than AND, AND tighter than OR; both join from the left. */
static void joins(void **state)
{
    (void)state;
    reads("a b", "'a' 'b' AND");
    reads("a AND b", "'a' 'b' AND");
    reads("a b c", "'a' 'b' AND 'c' AND");
    reads("a OR b OR c", "'a' 'b' OR 'c' OR");
    reads("a b OR c d", "'a' 'b' AND 'c' 'd' AND OR");
    reads("a OR b c OR d", "'a' 'b' 'c' AND OR 'd' OR");
    reads("a -b", "'a' 'b' NOT AND");
    reads("NOT a b", "'a' NOT 'b' AND");
    reads("NOT NOT a", "'a' NOT NOT");
    reads("--a", "'a' NOT NOT");
    reads("-function:a", "function=a NOT");
    reads("-\"a b\"", "'a b' NOT");
    reads("-(a OR b) c", "'a' 'b' OR () NOT 'c' AND");
    reads("(a OR b) c", "'a' 'b' OR () 'c' AND");
    reads("(a)(b)", "'a' () 'b' () AND");
    reads("((a b))", "'a' 'b' AND ()");
    reads("a OR -(b (c OR d))", "'a' 'b' 'c' 'd' OR () AND () NOT OR");
    reads("x:y(a)", "x=y 'a' () AND");
}

/* A name in front of a parenthesis is that of all values within. */
static void names_of_groups(void **state)
{
    (void)state;
    reads("function:(a OR b*) c", "function=a function~b* OR () 'c' AND");
    reads("function:(a (b OR -c))", "function=a function=b function=c NOT OR () AND ()");
    reads("http.route:(\"/a b\" OR /c) function:d",
          "http.route=/a b http.route=/c OR () function=d AND");
    reads("-function:(a)", "function=a () NOT");
    reads("duration:(5..9)", "duration[5000000..9000000] ()");
    refuses("function:(a OR name:b)", 15, 6, "a name stands before");
    refuses("function:(a name:(b))", 12, 6, "a name stands before");
    refuses("function:(a", 0, 1, "not closed");
    refuses("function:()", 10, 1, "missing before");
    refuses("duration:>(5)", 0, 11, "needs a value");
}

/* Each error names its place. */
static void errors(void **state)
{
    (void)state;
    refuses("function:", 0, 8, "no value follows");
    refuses("cold TypeError: x", 5, 9, "no value follows");
    refuses("a OR", 4, 0, "missing at the end");
    refuses("a AND OR b", 6, 2, "missing before");
    refuses("OR b", 0, 2, "missing before");
    refuses("a (b", 2, 1, "not closed");
    refuses("a b)", 3, 1, "no parenthesis was opened");
    refuses("a ()", 3, 1, "missing before");
    refuses("NOT", 3, 0, "missing at the end");
    refuses("a \"b c", 2, 4, "quotes are not closed");
    refuses("x:\"b", 2, 2, "quotes are not closed");
    refuses("\"\"", 0, 2, "nothing in the quotes");
    refuses("a*b:c", 0, 3, "no stars");
}

/* A text made of the same piece many times. */
static struct slice many(const char *piece, unsigned count, const char *end)
{
    static char text[1 << 16];
    size_t size = 0;
    for (unsigned i = 0; i < count; i++) {
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", piece);
    }
    size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", end);
    return slice_of(text, size);
}

static bool is_query(struct slice text)
{
    struct arena arena;
    struct search_expr expr;
    struct search_error error;
    arena_init(&arena, memory, sizeof(memory));
    bool parsed = search_parse(text, &arena, &expr, &error);
    assert_true(parsed || error.reason != NULL);
    assert_true(parsed || error.at <= text.size);
    return parsed;
}

/* At the limits, and one beyond. */
static void limits(void **state)
{
    (void)state;
    assert_true(is_query(many("a ", SEARCH_TERM_COUNT_MAX, "")));
    assert_false(is_query(many("a ", SEARCH_TERM_COUNT_MAX + 1, "")));
    assert_true(is_query(many("(", SEARCH_DEPTH_MAX, "a))))))))))))))))))))))))))))))))")));
    assert_false(is_query(many("(", SEARCH_DEPTH_MAX + 1, "a)))))))))))))))))))))))))))))))))")));
    assert_true(is_query(many("-", SEARCH_NODE_COUNT_MAX - 1, "a")));
    assert_false(is_query(many("-", SEARCH_NODE_COUNT_MAX, "a")));
    assert_false(is_query(many("-", SEARCH_NODE_COUNT_MAX + 1, "a")));
    assert_true(is_query(many(" ", SEARCH_QUERY_SIZE_MAX - 1, "a")));
    assert_false(is_query(many(" ", SEARCH_QUERY_SIZE_MAX, "a")));
    assert_true(is_query(many("a", PHRASE_SIZE_MAX, "")));
    assert_false(is_query(many("a", PHRASE_SIZE_MAX + 1, "")));
}

/* Without memory it is refused. */
static void no_memory(void **state)
{
    (void)state;
    for (size_t size = 16; size < 12000; size += 16) {
        struct arena arena;
        struct search_expr expr;
        struct search_error error;
        arena_init(&arena, memory, size);
        if (!search_parse(SLICE("a b:c d*"), &arena, &expr, &error)) {
            assert_non_null(strstr(error.reason, "no memory"));
        } else {
            assert_int_equal(expr.count, 5);
        }
    }
}

static void any_text(struct slice input, void *context)
{
    (void)context;
    (void)!is_query(input);
}

/* No text makes it read outside of itself. */
static void damaged_texts(void **state)
{
    (void)state;
    every_damage(SLICE("-(function:\"a \\\" b\" OR level:>=warn) x*y d:1ms..2s NOT z:*"), any_text,
                 NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms),
        cmocka_unit_test(old_words),
        cmocka_unit_test(ids),
        cmocka_unit_test(numbers),
        cmocka_unit_test(joins),
        cmocka_unit_test(levels_and_flags),
        cmocka_unit_test(names_of_groups),
        cmocka_unit_test(errors),
        cmocka_unit_test(limits),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(damaged_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
