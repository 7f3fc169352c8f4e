/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/own.h"

#include "lib/cm.h"
#include "shown.h"
#include "sources/sources_limits.h"

#include <stdio.h>

static const char requests[] = "requests_total";
static const char good[] = "class=\"2xx\",kind=\"a\"";
static const char bad[] = "class=\"5xx\"";
static const char lag[] = "lag_seconds";

/* Values are kept each step, by name and labels; one that is not there has no sample. */
static void test_notes(void **state)
{
    const char *const all[] = {NULL};
    const char *const of_bad[] = {"class", "5xx", NULL};
    struct own *own = own_create();
    struct series_source source = own_source(own);
    struct shown shown = {.source = &source};
    (void)state;
    assert_true(own_due(own, 1000));
    own_note(own, requests, good, 1);
    own_note(own, lag, "", 0.5);
    own_end(own);
    assert_false(own_due(own, 1000 + OWN_STEP_MS - 1));
    assert_true(own_due(own, 1000 + OWN_STEP_MS));
    own_note(own, requests, good, 2);
    own_note(own, requests, bad, 7);
    own_end(own);
    assert_string_equal(shown_select(&shown, all, 0, 60),
                        "{__name__=lag_seconds} 1=0.5\n"
                        "{__name__=requests_total,class=2xx,kind=a} 1=1 16=2\n"
                        "{__name__=requests_total,class=5xx} 16=7\n");
    assert_string_equal(shown_select(&shown, of_bad, 0, 60),
                        "{__name__=requests_total,class=5xx} 16=7\n");
    assert_string_equal(shown_select(&shown, all, 2, 10), "");
    assert_string_equal(shown_list(&shown, of_bad, 0, 60), "{__name__=requests_total,class=5xx}\n");
    own_free(own);
}

/* The oldest go when there are too many, of samples; what comes when there are too many series is
 * left out. */
static void test_limits(void **state)
{
    static char names[OWN_SERIES_COUNT_MAX + 1][16];
    const char *const one[] = {"__name__", "m0", NULL};
    const char *const last[] = {"__name__", names[OWN_SERIES_COUNT_MAX], NULL};
    struct own *own = own_create();
    struct series_source source = own_source(own);
    struct shown shown = {.source = &source};
    (void)state;
    for (size_t i = 0; i <= OWN_SERIES_COUNT_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "m%zu", i);
    }
    for (int64_t tick = 0; tick < OWN_TICK_COUNT + 3; tick++) {
        assert_true(own_due(own, tick * OWN_STEP_MS));
        for (size_t i = 0; i <= OWN_SERIES_COUNT_MAX; i += OWN_SERIES_COUNT_MAX / 4) {
            own_note(own, names[i], "", (double)tick);
        }
        own_end(own);
    }
    assert_string_equal(shown_select(&shown, one, 0, 3 * OWN_STEP_MS / 1000),
                        "{__name__=m0} 45=3\n");
    for (size_t i = 0; i <= OWN_SERIES_COUNT_MAX; i++) {
        own_note(own, names[i], "", 1);
    }
    assert_string_equal(shown_list(&shown, last, 0, 1 << 20), "{__name__=m256}\n");
    own_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
