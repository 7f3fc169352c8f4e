/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_address.h"

#include <string.h>

enum kind { KIND_PUBLIC, KIND_LOOPBACK, KIND_PRIVATE, KIND_NEVER };

struct network {
    unsigned char prefix[16];
    unsigned bits;
    enum kind kind;
};

/* What is not the public internet, of RFC 6890 and its successors.  The first match counts. */
static const struct network networks_v4[] = {
    {{0}, 8, KIND_NEVER},             /* This network; 0.0.0.0 reaches this machine. */
    {{10}, 8, KIND_PRIVATE},          /* */
    {{100, 64}, 10, KIND_PRIVATE},    /* Shared by carriers and clusters. */
    {{127}, 8, KIND_LOOPBACK},        /* */
    {{169, 254}, 16, KIND_NEVER},     /* Link-local: metadata of clouds. */
    {{172, 16}, 12, KIND_PRIVATE},    /* */
    {{192, 0, 0}, 24, KIND_NEVER},    /* Protocol assignments. */
    {{192, 0, 2}, 24, KIND_NEVER},    /* Documentation. */
    {{192, 168}, 16, KIND_PRIVATE},   /* */
    {{198, 18}, 15, KIND_PRIVATE},    /* Benchmarks; some clusters use it. */
    {{198, 51, 100}, 24, KIND_NEVER}, /* Documentation. */
    {{203, 0, 113}, 24, KIND_NEVER},  /* Documentation. */
    {{224}, 4, KIND_NEVER},           /* Multicast. */
    {{240}, 4, KIND_NEVER},           /* Reserved, and the broadcast address. */
};

static const struct network networks_v6[] = {
    {{0}, 128, KIND_NEVER},                                                 /* Unspecified. */
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, KIND_LOOPBACK}, /* */
    {{0xfe, 0x80}, 10, KIND_NEVER},                                         /* Link-local. */
    {{0xfc}, 7, KIND_PRIVATE},                                              /* Unique local. */
    {{0xff}, 8, KIND_NEVER},                                                /* Multicast. */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, KIND_NEVER},                             /* Documentation. */
};

/* Prefixes of IPv6 addresses that carry an IPv4 address, and where it stands. */
static const struct {
    struct network network;
    size_t offset;
} carriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, KIND_PUBLIC}, 12}, /* Mapped. */
    {{{0x00, 0x64, 0xff, 0x9b}, 96, KIND_PUBLIC}, 12},                   /* Translated. */
    {{{0x20, 0x02}, 16, KIND_PUBLIC}, 2},                                /* 6to4. */
};

static bool matches(const struct network *network, const unsigned char *bytes)
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->prefix, bytes, whole) != 0) {
        return false;
    }
    unsigned mask = rest == 0 ? 0 : 0xffu << (8 - rest) & 0xffu;
    return rest == 0 || (network->prefix[whole] & mask) == (bytes[whole] & mask);
}

static enum kind kind_of(const struct network *networks, size_t count, const unsigned char *bytes)
{
    for (size_t i = 0; i < count; i++) {
        if (matches(&networks[i], bytes)) {
            return networks[i].kind;
        }
    }
    return KIND_PUBLIC;
}

static enum kind kind_of_v4(const unsigned char *bytes)
{
    return kind_of(networks_v4, sizeof(networks_v4) / sizeof(networks_v4[0]), bytes);
}

static enum kind kind_of_v6(const unsigned char *bytes)
{
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
        if (matches(&carriers[i].network, bytes)) {
            return kind_of_v4(bytes + carriers[i].offset);
        }
    }
    return kind_of(networks_v6, sizeof(networks_v6) / sizeof(networks_v6[0]), bytes);
}

bool notify_address_allowed(enum notify_reach reach, const unsigned char *bytes, size_t size)
{
    if (size != 4 && size != 16) {
        return false;
    }
    switch (size == 4 ? kind_of_v4(bytes) : kind_of_v6(bytes)) {
    case KIND_PUBLIC:
        return true;
    case KIND_LOOPBACK:
        return reach != NOTIFY_REACH_PUBLIC;
    case KIND_PRIVATE:
        return reach == NOTIFY_REACH_PRIVATE;
    case KIND_NEVER:
        return false;
    }
    return false;
}
