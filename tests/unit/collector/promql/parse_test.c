/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/promql.h"

#include "lib/cm.h"
#include "promql/promql_limits.h"

#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static alignas(ARENA_ALIGN) unsigned char memory[8 << 20];
static struct arena arena;
static struct promql_error error;

static enum status parse(struct slice text)
{
    const struct promql_query *query = NULL;
    arena_init(&arena, memory, sizeof(memory));
    return promql_parse(text, &arena, &query, &error);
}

static const char *const good[] = {
    "1",
    "0x1F",
    "017",
    ".5",
    "1.",
    "1e-3",
    "+Inf",
    "-inf",
    "NaN",
    "1h",
    "'a\\n\\x41\\u00e4'",
    "`raw \\`",
    "up",
    ":rule:x",
    "up{}",
    "{job=\"a\"}",
    "up{a=\"1\",b!='2',c=~`x|y`,d!~\"z\",}",
    "{__name__=~\"a.*\"}",
    "{\"with.dots\"}",
    "{\"with.dots\",\"other.label\"=\"x\"}",
    "up[5m]",
    "up[1h30m] offset 5m",
    "up[300]",
    "up offset -1d",
    "up offset 0s",
    "up @ 1600000000.5",
    "up @ start() offset 5m",
    "up offset 5m @ end()",
    "rate(up[5m])[30m:1m]",
    "max_over_time(up[1h:] @ -5 offset 1m)",
    "sum(up)",
    "sum by (a, b,) (up)",
    "sum(up) without()",
    "sum by (by, on, \"x.y\") (up)",
    "topk(3, up)",
    "count_values(\"v\", up)",
    "sum",
    "sum{a=\"b\"}",
    "SUM(up)",
    "quantile(0.9, up)",
    "a + on(x) group_left(y) b",
    "a and ignoring(x) b",
    "a == bool b",
    "1 == bool 2",
    "-up",
    "- -1",
    "-1 ^ 2",
    "2 ^ 3 ^ 2",
    "a atan2 b",
    "(a)",
    "time()",
    "round(up)",
    "round(up, 5)",
    "label_join(up, \"x\", \"-\", \"a\", \"b\")",
    "label_join(up, \"x\", \"-\")",
    "hour()",
    "hour(up)",
    "# comment\nup # and this",
    "up and\non(a)\tup",
    "start",
    "end + offset",
    "a or b unless c and d",
    "vector(1) > 0 < bool 5",
};

/* Every syntax that there is. */
static void accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (parse(slice_from(good[i])) != STATUS_OK) {
            print_error("%s: %s\n", good[i], error.message);
            fail();
        }
    }
}

struct bad {
    const char *text, *message;
};

static const struct bad bad[] = {
    {"", "1:1: parse error: no expression found in input"},
    {"# only", "1:1: parse error: no expression found in input"},
    {"(", "1:2: parse error: unclosed left parenthesis"},
    {"1 +", "1:4: parse error: unexpected end of input"},
    {"1 )", "1:3: parse error: unexpected right parenthesis \")\""},
    {"a b", "1:3: parse error: unexpected identifier \"b\""},
    {"up\n{a=1}", "2:4: parse error: unexpected character inside braces: \"1\""},
    {"up{a\"b\"}", "1:5: parse error: unexpected string \"\\\"b\\\"\" in label matching, "
                   "expected label matching operator"},
    {"up{a=b}", "1:6: parse error: unexpected identifier \"b\" in label matching, expected string"},
    {"up{", "1:4: parse error: unexpected end of input inside braces"},
    {"{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
    {"{a=~\".*\"}",
     "1:1: parse error: vector selector must contain at least one non-empty matcher"},
    {"up{__name__=\"x\"}", "1:1: parse error: metric name must not be set twice: \"up\" or \"x\""},
    {"up{a=~\"(\"}",
     "1:4: parse error: error parsing regexp: missing closing parenthesis at byte 1 of `(`"},
    {"\"a", "1:1: parse error: unterminated quoted string"},
    {"'\\q'", "1:1: parse error: error unquoting string '\\q': invalid syntax"},
    {"1m1h", "1:1: parse error: not a valid duration string: \"1m1h\""},
    {"5q", "1:1: parse error: bad number or duration syntax: \"5q\""},
    {"1e999", "1:1: parse error: error parsing number: 1e999"},
    {"up[", "1:4: parse error: unclosed left bracket"},
    {"up[5m", "1:6: parse error: unclosed left bracket"},
    {"up[0s]", "1:4: parse error: duration must be greater than 0"},
    {"(up)[5m]", "1:5: parse error: ranges only allowed for vector selectors"},
    {"sum(up)[5m]", "1:8: parse error: ranges only allowed for vector selectors"},
    {"up offset 5m[5m]", "1:13: parse error: no offset modifiers allowed before range"},
    {"up @ 5 [5m]", "1:8: parse error: no @ modifiers allowed before range"},
    {"up offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times"},
    {"up @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"},
    {"up offset x", "1:11: parse error: unexpected identifier \"x\" in offset, expected duration"},
    {"(up) offset 5m", "1:1: parse error: offset modifier must be preceded by an instant "
                       "vector selector or range vector selector or a subquery"},
    {"up @ x", "1:6: parse error: unexpected identifier \"x\" in @, expected timestamp"},
    {"nothing(up)", "1:1: parse error: unknown function with name \"nothing\""},
    {"info(up)", "1:1: parse error: \"info\" of Prometheus is not supported"},
    {"rate(up)", "1:6: parse error: expected type range vector in call to function \"rate\", "
                 "got instant vector"},
    {"rate(up[5m],)", "1:12: parse error: trailing commas not allowed in function call args"},
    {"rate()", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 0"},
    {"round()", "1:1: parse error: expected at least 1 argument(s) in call to \"round\", got 0"},
    {"round(up, 1, 2)",
     "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3"},
    {"sum()", "1:1: parse error: no arguments for aggregate expression provided"},
    {"topk(up)", "1:1: parse error: wrong number of arguments for aggregate expression "
                 "provided, expected 2, got 1"},
    {"sum(1)",
     "1:5: parse error: expected type instant vector in aggregation expression, got scalar"},
    {"topk(up, up)",
     "1:6: parse error: expected type scalar in aggregation parameter, got instant vector"},
    {"sum by up (up)",
     "1:8: parse error: unexpected identifier \"up\" in grouping opts, expected \"(\""},
    {"sum by (1) (up)",
     "1:9: parse error: unexpected number \"1\" in grouping opts, expected label"},
    {"1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"},
    {"1 > 2", "1:2: parse error: comparisons between scalars must use BOOL modifier"},
    {"up + bool up", "1:3: parse error: bool modifier can only be used on comparison operators"},
    {"up and on(a) group_left up", "1:1: parse error: no grouping allowed for \"and\" operation"},
    {"up + on(a) group_left(a) up",
     "1:1: parse error: label \"a\" must not occur in ON and GROUP clause at once"},
    {"up + on(a) 1", "1:1: parse error: vector matching only allowed between instant vectors"},
    {"up[5m] + 1",
     "1:1: parse error: binary expression must contain only scalar and instant vector types"},
    {"-\"a\"", "1:1: parse error: unary expression only allowed on expressions of type scalar "
               "or instant vector, got \"string\""},
    {"up[5m][5m:]",
     "1:1: parse error: subquery is only allowed on instant vector, got range vector instead"},
    {"a ! b", "1:3: parse error: unexpected character after '!': \" \""},
    {"a =~ b", "1:3: parse error: unexpected character after '=': \"~\""},
    {"~", "1:1: parse error: unexpected character: \"~\""},
};

/* What is wrong is told in Prometheus's words, with its place. */
static void refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parse(slice_from(bad[i].text)), STATUS_BAD);
        assert_int_equal(error.kind, PROMQL_ERROR_PARSE);
        assert_string_equal(error.message, bad[i].message);
    }
}

/* One level less than the limit is parsed, one more is refused: parentheses, signs and chains. */
static void depth(void **state)
{
    (void)state;
    static char text[8 * PROMQL_DEPTH_MAX];
    for (int over = 0; over < 2; over++) {
        size_t levels = PROMQL_DEPTH_MAX - 1 + (size_t)over;
        memset(text, 0, sizeof(text));
        memset(text, '(', levels);
        text[levels] = '1';
        memset(text + levels + 1, ')', levels);
        assert_int_equal(parse(slice_from(text)), over ? STATUS_BAD : STATUS_OK);
        memset(text, '-', levels);
        strcpy(text + levels, "a");
        assert_int_equal(parse(slice_from(text)), over ? STATUS_BAD : STATUS_OK);
        strcpy(text, "a");
        for (size_t i = 0; i < levels; i++) {
            strcpy(text + 1 + 2 * i, "+a");
        }
        assert_int_equal(parse(slice_from(text)), over ? STATUS_BAD : STATUS_OK);
    }
}

/* A query that does not fit says so, whatever room there is. */
static void room(void **state)
{
    (void)state;
    const struct promql_query *query = NULL;
    struct slice text =
        SLICE("sum by (a, b) (rate(up{a=~\"x.+|y\", b=\"\\n\"}[5m])) / on(a) b > 1");
    bool fits = false;
    for (size_t size = 0; size < 16384; size += 16) {
        arena_init(&arena, memory, size);
        enum status status = promql_parse(text, &arena, &query, &error);
        assert_true(status == STATUS_OK || status == STATUS_FULL);
        assert_true((status == STATUS_OK) == (error.kind == PROMQL_ERROR_NONE));
        fits = status == STATUS_OK;
    }
    assert_true(fits);
    static char longer[PROMQL_TEXT_SIZE_MAX + 1];
    memset(longer, ' ', sizeof(longer));
    assert_int_equal(parse(slice_of(longer, sizeof(longer))), STATUS_BAD);
}

/* Every front of a query is parsed or refused. */
static void prefixes(void **state)
{
    (void)state;
    const char *text =
        "sum by (a) (rate(up{b=~\"x|y\"}[1h30m:15s] offset -5m @ end())) >= bool 0x1f";
    for (size_t size = 0; size <= strlen(text); size++) {
        char *copy = malloc(size + 1);
        memcpy(copy, text, size);
        copy = realloc(copy, size == 0 ? 1 : size);
        enum status status = parse(slice_of(copy, size));
        assert_true(status == STATUS_OK || error.message[0] != 0);
        free(copy);
    }
}

/* A selector alone gives its matchers, that of the name last. */
static void selector(void **state)
{
    (void)state;
    const struct matcher *matchers = NULL;
    size_t count = 0;
    arena_init(&arena, memory, sizeof(memory));
    assert_int_equal(
        promql_parse_selector(SLICE("up{a!=\"b\"}"), &arena, &matchers, &count, &error), STATUS_OK);
    assert_int_equal(count, 2);
    assert_slice(matchers[0].name, "a");
    assert_int_equal(matchers[0].kind, MATCHER_NOT_EQUAL);
    assert_slice(matchers[1].value, "up");
    assert_int_equal(promql_parse_selector(SLICE("up[5m]"), &arena, &matchers, &count, &error),
                     STATUS_BAD);
    assert_int_equal(promql_parse_selector(SLICE("{}"), &arena, &matchers, &count, &error),
                     STATUS_BAD);
}

/* Durations have their units in order, each once. */
static void durations(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_int_equal(promql_parse_duration(SLICE("1y2w3d4h5m6s7ms"), &ms), STATUS_OK);
    assert_true(ms == INT64_C(33019506007));
    const char *wrong[] = {"", "0s", "5", "5q", "1m1h", "1s1s", "ms", "99999999999999y", "1.5h"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(promql_parse_duration(slice_from(wrong[i]), &ms), STATUS_BAD);
    }
}

/* Numbers are written without exponents, as short as they can be. */
static void numbers(void **state)
{
    (void)state;
    const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-1.5, "-1.5"},
        {1e21, "1000000000000000000000"},
        {1e-7, "0.0000001"},
        {(double)NAN, "NaN"},
        {-(double)INFINITY, "-Inf"},
        {(double)INFINITY, "+Inf"},
        {-1.25e-9, "-0.00000000125"},
        {123456789.125, "123456789.125"},
        {1.5e22, "15000000000000000000000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        struct buf out;
        buf_init_fixed(&out, text, sizeof(text));
        promql_format_number(cases[i].value, &out);
        assert_slice(buf_bytes(&out), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),  cmocka_unit_test(refused),  cmocka_unit_test(depth),
        cmocka_unit_test(room),      cmocka_unit_test(prefixes), cmocka_unit_test(selector),
        cmocka_unit_test(durations), cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
