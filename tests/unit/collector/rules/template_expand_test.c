/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_expand.h"

#include "rules/rules_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What Prometheus makes of templates stands in tests/scenario/rules; here are the bounds. */

static unsigned char memory[16 << 20];

static enum status answer(void *context, struct slice text, struct arena *arena,
                          const struct series **series, size_t *count, struct slice *error)
{
    (void)context;
    (void)arena;
    static const struct sample one = {0, 1};
    static const struct series items[2] = {{.samples = &one, .sample_count = 1},
                                           {.samples = &one, .sample_count = 1}};
    if (slice_equal(text, SLICE("bad"))) {
        *error = SLICE("it is bad");
        return STATUS_BAD;
    }
    *series = items;
    *count = 2;
    return STATUS_OK;
}

static struct slice expand(const char *text, size_t size)
{
    static const struct label labels[] = {{SLICE_INIT("a"), SLICE_INIT("b")}};
    static const struct label_set set = {labels, 1}, none = {NULL, 0};
    static struct arena arena;
    const struct template_data data = {
        .labels = &set, .value = 1.5, .external_labels = &none, .query = answer};
    arena_init(&arena, memory, size);
    return template_expand(slice_from(text), &data, &arena);
}

static void expect(const char *text, const char *expected)
{
    struct slice found = expand(text, sizeof(memory));
    if (!slice_equal(found, slice_from(expected))) {
        fail_msg("%s: " SLICE_FMT, text, SLICE_ARG(found));
    }
}

/* A text without actions is given back as it is. */
static void plain_text_is_as_it_is(void **state)
{
    (void)state;
    static const char text[] = "plain }} text";
    assert_ptr_equal(expand(text, sizeof(memory)).base, text);
}

/* Errors become a text. */
static void errors_are_told(void **state)
{
    (void)state;
    expect("{{ query \"bad\" }}", "<error expanding template: error calling query: it is bad>");
    expect("x{{ $labels.a.b }}",
           "<error expanding template: can't evaluate field b in type string>");
    expect(
        "{{ first 5 }}",
        "<error expanding template: wrong type for value; expected template.queryResult; got int>");
    expect("{{ humanize }}",
           "<error expanding template: wrong number of args for humanize: want 1 got 0>");
    expect("{{ template \"x\" }}", "<error expanding template: template \"x\" not defined>");
    expect("{{ 5 | 6 }}", "<error expanding template: can't give argument to non-function>");
    expect("{{ reReplaceAll \"(\" \"\" \"\" }}",
           "<error expanding template: error parsing regexp: missing closing parenthesis>");
}

/* And nothing goes on for ever. */
static void work_is_bounded(void **state)
{
    (void)state;
    expect("{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}",
           "<error expanding template: templates call each other too deep>");
    expect("{{ define \"x\" }}{{ range query \"a\" }}{{ template \"x\" }}{{ end }}{{ end }}{{ "
           "template \"x\" }}",
           "<error expanding template: no more queries here>");
    char many[4096] = "{{ $q := query \"a\" }}";
    for (int i = 0; i < 15; i++) {
        strcat(many, "{{ range $q }}");
    }
    strcat(many, "x");
    for (int i = 0; i < 15; i++) {
        strcat(many, "{{ end }}");
    }
    expect(many, "<error expanding template: it takes too many steps>");
    expect("{{ define \"x\" }}{{ printf \"%200s%200s%200s%200s\" . . . . }}{{ end }}"
           "{{ range query \"a\" }}x{{ end }}{{ printf \"%-200s|\" \"y\" | len }}",
           "xx201");
}

/* With any memory there is a text, and no more. */
static void little_memory_is_told(void **state)
{
    (void)state;
    static const char text[] = "{{ range query \"a\" }}{{ printf \"%s-%v\" $labels.a $value | "
                               "reReplaceAll \"b\" \"c\" }}{{ end }}";
    for (size_t size = 0; size < 20000; size += 64) {
        struct slice found = expand(text, size);
        assert_true(found.size < 200);
    }
    expect(text, "c-1.5c-1.5");
}

/* Every beginning of a template has a text, too: nothing is read behind its end. */
static void every_prefix_is_safe(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{{ if and (gt $value 1.0) (eq $labels.a \"b\\x41\") }}{{- $x := .Value -}}{{ else }}y{{ "
        "end }}",
        "{{ range $i, $e := query \"a\" }}{{ $e.Value | printf \"%-5.2f|%q\" }}{{ break }}{{ end "
        "}}",
        "{{ define \"x\" }}{{ .arg0 }}{{ end }}{{ template \"x\" (args 'a' 0x1F `r`) }}{{/* c */}}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t size = 0; size <= strlen(texts[i]); size++) {
            char *copy = malloc(size + 1);
            memcpy(copy, texts[i], size);
            copy[size] = '\0';
            (void)expand(copy, sizeof(memory));
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_as_it_is), cmocka_unit_test(errors_are_told),
        cmocka_unit_test(work_is_bounded),        cmocka_unit_test(little_memory_is_told),
        cmocka_unit_test(every_prefix_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
