/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_note.h"

#include "notify/notify_limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct notify_alert example(struct notify_pair *labels, struct notify_pair *annotations)
{
    labels[0] = (struct notify_pair){SLICE("alertname"), SLICE("ColdStartRate")};
    labels[1] = (struct notify_pair){SLICE("function"), SLICE("checkout")};
    annotations[0] = (struct notify_pair){SLICE("summary"), SLICE("cold starts 8 % > 5 %")};
    return (struct notify_alert){.fingerprint = 7,
                                 .labels = labels,
                                 .label_count = 2,
                                 .annotations = annotations,
                                 .annotation_count = 1,
                                 .starts_ns = 1,
                                 .fired_ns = 2,
                                 .generator_url = SLICE("http://127.0.0.1/")};
}

/* A note says what the alert said, whatever becomes of the alert, as long as somebody holds it. */
static void a_note_is_a_copy(void **state)
{
    (void)state;
    struct notify_pair labels[2];
    struct notify_pair annotations[1];
    struct notify_alert alert = example(labels, annotations);
    char text[] = "checkout";
    labels[1].value = slice_from(text);
    struct notify_note *note = notify_note_create(&alert);
    assert_non_null(note);
    assert_true(notify_note_says(note, &alert));
    memset(text, 'x', sizeof(text) - 1);
    assert_false(notify_note_says(note, &alert));
    notify_note_drop(notify_note_hold(note));
    assert_true(slice_equal(notify_label(&note->alert, SLICE("function")), SLICE("checkout")));
    assert_true(slice_equal(notify_annotation(&note->alert, SLICE("summary")),
                            SLICE("cold starts 8 % > 5 %")));
    assert_int_equal(notify_label(&note->alert, SLICE("region")).size, 0);
    assert_true(slice_equal(note->alert.generator_url, SLICE("http://127.0.0.1/")));
    notify_note_drop(note);
    notify_note_drop(NULL);
}

/* Each time, text and number of labels counts. */
static void differences_are_seen(void **state)
{
    (void)state;
    struct notify_pair labels[2];
    struct notify_pair annotations[1];
    struct notify_alert alert = example(labels, annotations);
    struct notify_note *note = notify_note_create(&alert);
    assert_non_null(note);
    struct notify_alert other = alert;
    other.ends_ns = 3;
    assert_false(notify_note_says(note, &other));
    other = alert;
    other.label_count = 1;
    assert_false(notify_note_says(note, &other));
    annotations[0].value = SLICE("cold starts 9 % > 5 %");
    assert_false(notify_note_says(note, &alert));
    notify_note_drop(note);
}

/* What is too long is cut at a character, and the same again is still the same. */
static void what_is_too_long_is_cut(void **state)
{
    (void)state;
    enum { LONG = 3 * NOTIFY_LABEL_SIZE_MAX };
    struct notify_pair labels[NOTIFY_PAIR_COUNT_MAX + 5];
    char *text = malloc(LONG);
    assert_non_null(text);
    for (size_t i = 0; i < LONG; i += 3) {
        memcpy(text + i, "\xe2\x82\xac", 3);
    }
    for (size_t i = 0; i < NOTIFY_PAIR_COUNT_MAX + 5; i++) {
        labels[i] = (struct notify_pair){SLICE("name"), slice_of(text, LONG)};
    }
    struct notify_alert alert = {.labels = labels, .label_count = NOTIFY_PAIR_COUNT_MAX + 5};
    struct notify_note *note = notify_note_create(&alert);
    assert_non_null(note);
    assert_int_equal(note->alert.label_count, NOTIFY_PAIR_COUNT_MAX);
    assert_int_equal(note->alert.labels[0].value.size, NOTIFY_LABEL_SIZE_MAX / 3 * 3);
    assert_true(notify_note_says(note, &alert));
    notify_note_drop(note);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_is_a_copy),
        cmocka_unit_test(differences_are_seen),
        cmocka_unit_test(what_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
