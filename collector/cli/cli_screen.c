/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_screen.h"

#include "cli/cli_limits.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
                   strstr(value, "utf-8") != NULL;
        }
    }
    return false;
}

struct cli_screen cli_screen_of_stdout(void)
{
    struct cli_screen screen = {.utf8 = has_utf8(), .now_ns = clock_wall_ns()};
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    struct winsize size;
    if (isatty(STDOUT_FILENO)) {
        screen.colour = (no_colour == NULL || no_colour[0] == '\0') && terminal != NULL &&
                        strcmp(terminal, "dumb") != 0;
        screen.width = CLI_WIDTH_DEFAULT;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
            screen.width = size.ws_col;
        }
    }
    return screen;
}
