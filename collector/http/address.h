/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_ADDRESS_H
#define THAW_HTTP_ADDRESS_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Addresses to listen on: "127.0.0.1:4318", "[::1]:4318", "0.0.0.0:0".  Numbers only: a name could
 * mean another address tomorrow.  Pure. */
struct address {
    struct sockaddr_storage storage;
    socklen_t size;
};

/* Room for any of them as text with a NUL. */
#define ADDRESS_TEXT_SIZE 64

bool address_parse(struct slice text, struct address *address) THAW_CHECK;
bool address_is_loopback(const struct address *address);
void address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

#endif
