/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_HASH_CRC_H
#define THAW_BASE_HASH_CRC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The instruction for CRC-32C that processors have, for hash.c and hash_long.c.  HASH_CRC_WORD is
 * defined where there may be one; hash_crc_found() says whether there is, and takes its time to.
 */
#if defined(__x86_64__)

#define HASH_CRC_WORD

/* Of the answer to CPUID's question 1, which all of these processors know: SSE 4.2. */
#define CPUID_SSE4_2 (1u << 20)

static inline bool hash_crc_found(void)
{
    unsigned a = 1;
    unsigned b;
    unsigned c = 0;
    unsigned d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c & CPUID_SSE4_2) != 0;
}

static inline uint32_t hash_crc_word(uint32_t crc, uint64_t word)
{
    uint64_t wide = crc;
    __asm__("crc32q %1, %0" : "+r"(wide) : "rm"(word));
    return (uint32_t)wide;
}

static inline uint32_t hash_crc_byte(uint32_t crc, unsigned char byte)
{
    __asm__("crc32b %1, %0" : "+r"(crc) : "qm"(byte));
    return crc;
}

#elif defined(__aarch64__)

#define HASH_CRC_WORD

#include <sys/auxv.h>

static inline bool hash_crc_found(void)
{
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}

static inline uint32_t hash_crc_word(uint32_t crc, uint64_t word)
{
    __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word));
    return crc;
}

static inline uint32_t hash_crc_byte(uint32_t crc, unsigned char byte)
{
    __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(byte));
    return crc;
}

#endif

#endif
