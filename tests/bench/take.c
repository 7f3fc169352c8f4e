/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver of OTLP that keeps nothing (taker.h), as a program: it says where it listens, as
 * thaw-collector does, and ends with its standard input. */
#include "taker.h"

#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static struct taker taker;
    char byte;
    taker_start(&taker, 0);
    (void)printf("listening on http://127.0.0.1:%u\n", taker.port);
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    taker_stop(&taker);
    return 0;
}
