/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_file.h"

#include "rules/rules_limits.h"
#include "yaml/yaml_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MEMORY_SIZE ((size_t)16 << 20)

static unsigned char memory[MEMORY_SIZE];
static struct arena arena;
static char error_memory[65536];
static struct buf errors;
static struct rules_file file;

static enum status read_text(const char *text)
{
    arena_init(&arena, memory, sizeof(memory));
    buf_init_fixed(&errors, error_memory, sizeof(error_memory) - 1);
    enum status status = rules_file_read(slice_from(text), "f.yml", &arena, &errors, &file);
    error_memory[errors.size] = '\0';
    return status;
}

static void assert_text(struct slice found, const char *expected)
{
    assert_int_equal(found.size, strlen(expected));
    assert_memory_equal(found.base, expected, found.size);
}

/* All that a file may say, read as it is meant. */
static void a_whole_file(void **state)
{
    (void)state;
    assert_int_equal(read_text("groups:\n"
                               "- name: one\n"
                               "  interval: 30s\n"
                               "  limit: 7\n"
                               "  rules:\n"
                               "  - alert: Cold\n"
                               "    expr: a / b > 0.05\n"
                               "    for: 5m\n"
                               "    keep_firing_for: 1h30m\n"
                               "    labels: {severity: warning, code: 7}\n"
                               "    annotations:\n"
                               "      summary: \"{{ $value }}\"\n"
                               "      thaw_guard: b >= 50\n"
                               "  - record: a:b\n"
                               "    expr: 'sum(a)'\n"
                               "- name: two\n"),
                     STATUS_OK);
    assert_int_equal(file.group_count, 2);
    assert_int_equal(file.rule_count, 2);
    const struct rule_group *group = &file.groups[0];
    assert_text(group->name, "one");
    assert_int_equal(group->interval_ms, 30000);
    assert_int_equal(group->limit, 7);
    const struct rule *rule = &group->rules[0];
    assert_int_equal(rule->kind, RULE_ALERT);
    assert_text(rule->name, "Cold");
    assert_text(rule->expression, "a / b > 0.05");
    assert_int_equal(rule->for_ms, 300000);
    assert_int_equal(rule->keep_firing_for_ms, 5400000);
    assert_int_equal(rule->label_count, 2);
    assert_text(rule->labels[1].name, "code");
    assert_text(rule->labels[1].value, "7");
    assert_int_equal(rule->annotation_count, 2);
    assert_non_null(rule->guard);
    assert_non_null(rule->query);
    assert_int_equal(rule->line, 6);
    assert_int_equal(group->rules[1].kind, RULE_RECORD);
    assert_null(group->rules[1].guard);
    assert_int_equal(file.groups[1].rule_count, 0);
}

/* Files in which there is nothing are right. */
static void nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "# only this\n", "groups:\n", "groups: []\n", "~\n", "groups:\n- name: a\n  rules:\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(read_text(texts[i]), STATUS_OK);
        assert_int_equal(file.rule_count, 0);
    }
}

#define RULE(text) "groups: [{name: g, rules: [" text "]}]\n"

/* Each mistake is told where it is. */
static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"groups: {}\n", "f.yml:1:1: groups is a list"},
        {"group: []\n", "f.yml:1:1: there is no field 'group' here, only: groups"},
        {"- a\n", "f.yml:1:1: a file of rules begins with groups:"},
        {"groups: [x]\n", "f.yml:1:10: a group is a map"},
        {"groups: [{rules: []}]\n", "a group has a name"},
        {"groups: [{name: a}, {name: a}]\n", "f.yml:1:21: the group 'a' is there twice"},
        {"groups: [{name: a, interval: x}]\n", "interval is a duration"},
        {"groups: [{name: a, limit: -1}]\n", "limit is a whole number"},
        {"groups: [{name: a, limit: 99999999999}]\n", "limit is a whole number"},
        {"groups: [{name: a, rules: 5}]\n", "rules is a list"},
        {"groups: [\n", "f.yml:2:1:"},
        {"a: &x 1\nb: *x\n", "aliases are not supported"},
        {RULE("5"), "a rule is a map"},
        {RULE("{expr: up}"), "a rule has a name"},
        {RULE("{alert: a, record: b, expr: up}"), "either alert or record"},
        {RULE("{alert: a}"), "a rule has an expression"},
        {RULE("{alert: a, expr: }"), "a rule has an expression"},
        {RULE("{alert: a, expr: [up]}"), "expr is a text"},
        {RULE("{alert: a, expr: 'up +'}"), "expr: 1:"},
        {RULE("{alert: a, expr: up, fro: 5m}"), "there is no field 'fro'"},
        {RULE("{alert: a, expr: up, for: -5m}"), "for is a duration"},
        {RULE("{alert: a, expr: up, keep_firing_for: x}"), "keep_firing_for is a duration"},
        {RULE("{alert: a, expr: up, labels: [x]}"), "labels is a map"},
        {RULE("{alert: a, expr: up, labels: {a-b: x}}"), "'a-b' is no name"},
        {RULE("{alert: a, expr: up, labels: {__name__: x}}"), "is no name"},
        {RULE("{alert: a, expr: up, labels: {a: [x]}}"), "a is a text"},
        {RULE("{alert: a, expr: up, labels: {a: '{{ $x }}'}}"), "a, at its character 4: there is"},
        {RULE("{alert: a, expr: up, annotations: {thaw_guard: 'up >'}}"), "thaw_guard is no"},
        {RULE("{alert: a, expr: up, annotations: {thaw_guard: '1'}}"), "thaw_guard gives no"},
        {RULE("{record: 'a b', expr: up}"), "'a b' is no name of a metric"},
        {RULE("{record: a, expr: up, for: 5m}"), "a recording rule has no for"},
        {RULE("{record: a, expr: up, annotations: {a: b}}"), "a recording rule has no annotations"},
        {RULE("{record: a, record: b, expr: up}"), "the key 'record' is there twice"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum status status = read_text(cases[i].text);
        if (status != STATUS_BAD || strstr(error_memory, cases[i].says) == NULL) {
            fail_msg("%s: %s", cases[i].text, error_memory);
        }
    }
}

/* All mistakes of a file are told, and not more than can be read. */
static void many_mistakes(void **state)
{
    (void)state;
    struct buf text;
    buf_init_growing(&text, 1 << 20);
    buf_append_text(&text, "groups:\n- name: a\n  rules:\n");
    for (int i = 0; i < YAML_ERROR_COUNT_MAX + 5; i++) {
        buf_append_text(&text, "  - alert: x\n");
    }
    buf_append_byte(&text, '\0');
    assert_int_equal(read_text((const char *)text.base), STATUS_BAD);
    size_t lines = 0;
    for (size_t i = 0; i < errors.size; i++) {
        lines += errors.base[i] == '\n';
    }
    assert_int_equal(lines, YAML_ERROR_COUNT_MAX + 1);
    assert_non_null(strstr(error_memory, "f.yml: there are more mistakes"));
    buf_fini(&text);
}

/* Limits. */
static void too_large(void **state)
{
    (void)state;
    char *text = malloc(RULES_FILE_SIZE_MAX + 2);
    assert_non_null(text);
    memset(text, '#', RULES_FILE_SIZE_MAX + 1);
    text[RULES_FILE_SIZE_MAX] = '\0';
    assert_int_equal(read_text(text), STATUS_OK);
    text[RULES_FILE_SIZE_MAX] = '#';
    text[RULES_FILE_SIZE_MAX + 1] = '\0';
    assert_int_equal(read_text(text), STATUS_BAD);
    assert_non_null(strstr(error_memory, "at most"));
    free(text);
}

/* Too little memory is said, whatever it was needed for. */
static void little_memory(void **state)
{
    (void)state;
    const char *text = RULE("{alert: a, expr: 'sum(rate(x[5m])) by (y) > 5', labels: {a: b}}");
    size_t size = 0;
    for (enum status status = STATUS_FULL; status != STATUS_OK; size += 16) {
        arena_init(&arena, memory, size);
        buf_init_fixed(&errors, error_memory, sizeof(error_memory));
        status = rules_file_read(slice_from(text), "f", &arena, &errors, &file);
        if (status != STATUS_OK && status != STATUS_FULL) {
            fail_msg("%zu: %d %.*s", size, (int)status, (int)errors.size, error_memory);
        }
        assert_true(size < MEMORY_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file), cmocka_unit_test(nothing),
        cmocka_unit_test(mistakes),     cmocka_unit_test(many_mistakes),
        cmocka_unit_test(too_large),    cmocka_unit_test(little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
