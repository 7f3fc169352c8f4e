/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is right. */
static void these_are_templates(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain } text { and }}",
        "{{ $value }}",
        "{{$value}}{{.Value}}{{ . }}{{ $ }}",
        "{{- $labels.function -}}",
        "{{ $labels.a.b }} {{ .Labels.function }}",
        "{{/* a comment }} with braces */}}",
        "{{- /* and marks */ -}}",
        "{{ $value | humanize }}",
        "{{ $value | printf \"%.2f\" }}",
        "{{ printf \"%.2f}}\" $value | toUpper }}",
        "{{ printf `%q` (humanizePercentage $value) }}",
        "{{ if gt $value 0.2 }}a{{ else if lt $value -1 }}b{{ else }}c{{ end }}",
        "{{ if and (gt $value 1.5e3) (not false) }}a{{ end }}",
        "{{ with query \"up\" }}{{ . | first | value }}{{ end }}",
        "{{ with $x := first (query \"up\") }}{{ $x.Value }}{{ else }}none{{ end }}",
        "{{ range query \"topk(3, up)\" }}{{ .Labels.x }}{{ break }}{{ end }}",
        "{{ range $i, $e := query \"up\" }}{{ $i }}{{ $e.Value }}{{ end }}",
        "{{ $a := 5 }}{{ $a = 6 }}{{ $a }}",
        "{{ define \"x\" }}{{ . }}{{ end }}{{ template \"x\" $value }}{{ template \"x\" }}",
        "{{ (query \"up\" | first).Value }}",
        "{{ $value | }}",
        "{{ 'a' }}{{ nil | eq $value }}",
    };
    struct template_error error;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!template_check(slice_from(texts[i]), &error)) {
            fail_msg("%s: at %zu: %s", texts[i], error.position, error.reason);
        }
    }
}

/* What is wrong, where, and why. */
static void these_are_not(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t position;
        const char *reason;
    } cases[] = {
        {"{{", 0, "has no }}"},
        {"a {{ $value }", 2, "has no }}"},
        {"{{ \"a }}", 0, "has no }}"},
        {"{{ }}", 3, "value is missing"},
        {"{{ $valeu }}", 3, "no such variable"},
        {"{{ humanise $value }}", 3, "no such function"},
        {"{{ $value | | title }}", 12, "value is missing"},
        {"{{ | humanize }}", 3, "value is missing"},
        {"{{ $value | 5 }}", 12, "piped into a constant"},
        {"{{ ($value }}", 3, "not closed"},
        {"{{ $value) }}", 9, "was not opened"},
        {"{{ () }}", 4, "value is missing"},
        {"{{ \"a\"\"b\" }}", 6, "space is missing"},
        {"{{ . . }}{{ if . }}", 19, "end is missing"},
        {"{{ end }}", 6, "nothing to end"},
        {"{{ else }}", 7, "else belongs"},
        {"{{ if . }}{{ else }}{{ else }}{{ end }}", 27, "else belongs"},
        {"{{ if }}x{{ end }}", 6, "value is missing"},
        {"{{ break }}", 8, "into a range"},
        {"{{ if . }}{{ $x := 1 }}{{ end }}{{ $x }}", 35, "no such variable"},
        {"{{ $x = 1 }}", 7, "no such variable"},
        {"{{ define x }}{{ end }}", 10, "name in quotes"},
        {"{{/* not closed", 2, "comment is not closed"},
        {"{{ end end }}", 6, "nothing to end"},
        {"{{ %s }}", 3, "no value, function or variable"},
        {"{{ .a. }}", 6, "a field has a name"},
    };
    struct template_error error;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        error = (struct template_error){0, ""};
        if (template_check(slice_from(cases[i].text), &error) ||
            strstr(error.reason, cases[i].reason) == NULL || error.position != cases[i].position) {
            fail_msg("%s: at %zu: %s", cases[i].text, error.position, error.reason);
        }
    }
}

/* The same piece, so often. */
static bool repeated(const char *piece, size_t count, const char *behind)
{
    struct buf text;
    struct template_error error;
    buf_init_growing(&text, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&text, piece);
    }
    buf_append_text(&text, behind);
    bool good = template_check(buf_bytes(&text), &error);
    buf_fini(&text);
    return good;
}

/* Limits end what is too deep. */
static void too_deep(void **state)
{
    (void)state;
    char ends[1024] = "";
    for (int i = 0; i < 32; i++) {
        strcat(ends, "{{ end }}");
    }
    assert_true(repeated("{{ if . }}", 32, ends));
    strcat(ends, "{{ end }}");
    assert_false(repeated("{{ if . }}", 33, ends));
    assert_true(repeated("{{ $x := 1 }}", 32, ""));
    assert_false(repeated("{{ $x := 1 }}", 33, ""));
}

/* Every prefix of a template is answered, and nothing behind it is read. */
static void every_prefix(void **state)
{
    (void)state;
    const char *whole = "{{ range $i, $e := query \"a\" }}{{- if gt (len .) 1 -}}{{ .L.x | "
                        "printf `%s` }}{{ end }}{{/* c */}}{{ end }}";
    struct template_error error;
    for (size_t size = 0; size <= strlen(whole); size++) {
        unsigned char *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy, whole, size);
        bool good = template_check(slice_of(copy, size), &error);
        assert_true(good || error.position <= size);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(these_are_templates),
        cmocka_unit_test(these_are_not),
        cmocka_unit_test(too_deep),
        cmocka_unit_test(every_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
