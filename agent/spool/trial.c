/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/trial.h"

#include "base/hash.h"

#include <string.h>

struct trial_bytes {
    uint64_t generation;
    uint32_t at;
    uint32_t deaths;
    uint32_t failures;
    uint32_t given_up;
    uint32_t places[AGENT_SPOOL_GIVEN_UP_MAX];
    uint32_t zero;
    uint32_t checksum; /* CRC-32C of what stands before it. */
};

_Static_assert(sizeof(struct trial_bytes) == TRIAL_SIZE, "as the page says");

static uint32_t checksum_of(const struct trial_bytes *bytes)
{
    return hash_crc32c(0, slice_of(bytes, offsetof(struct trial_bytes, checksum)));
}

void trial_write(const struct trial *trial, unsigned char bytes[TRIAL_SIZE])
{
    struct trial_bytes out = {
        .generation = trial->generation,
        .at = trial->at,
        .deaths = trial->deaths,
        .failures = trial->failures,
        .given_up = trial->given_up,
    };
    memcpy(out.places, trial->places, sizeof(out.places));
    out.checksum = checksum_of(&out);
    memcpy(bytes, &out, sizeof(out));
}

void trial_read(struct trial *trial, struct slice bytes)
{
    struct trial_bytes in;
    memset(trial, 0, sizeof(*trial));
    if (bytes.size < sizeof(in)) {
        return;
    }
    memcpy(&in, bytes.base, sizeof(in));
    if (in.checksum != checksum_of(&in) || in.given_up > AGENT_SPOOL_GIVEN_UP_MAX) {
        return;
    }
    trial->generation = in.generation;
    trial->at = in.at;
    trial->deaths = in.deaths;
    trial->failures = in.failures;
    trial->given_up = in.given_up;
    memcpy(trial->places, in.places, sizeof(trial->places));
}

static bool is_piece(uint32_t at)
{
    return at > TRIAL_TAKEN;
}

bool trial_begin(struct trial *trial, uint64_t generation)
{
    if (trial->generation != generation) {
        /* What it tells of is no more. */
        trial_kept(trial);
        trial->generation = generation;
    }
    if (is_piece(trial->at) && trial->deaths >= AGENT_SPOOL_DEATHS_MAX) {
        if (trial->given_up == AGENT_SPOOL_GIVEN_UP_MAX) {
            return false;
        }
        trial->places[trial->given_up++] = trial->at;
        trial->at = TRIAL_BEGUN;
    }
    if (trial->failures >= AGENT_SPOOL_DEATHS_MAX) {
        return false;
    }
    trial->careful = trial->at == TRIAL_BEGUN || is_piece(trial->at);
    trial->found_at = trial->at;
    trial->found_deaths = trial->deaths;
    if (!trial->careful) {
        trial->at = TRIAL_BEGUN;
    }
    return true;
}

enum trial_step trial_enter(struct trial *trial, uint32_t place)
{
    for (uint32_t i = 0; i < trial->given_up; i++) {
        if (trial->places[i] == place) {
            return TRIAL_PASS;
        }
    }
    if (!trial->careful) {
        return TRIAL_TAKE;
    }
    trial->at = place;
    trial->deaths = 1 + (place == trial->found_at ? trial->found_deaths : 0);
    return TRIAL_TELL;
}

void trial_taken(struct trial *trial)
{
    trial->at = TRIAL_TAKEN;
    trial->deaths = 0;
}

void trial_kept(struct trial *trial)
{
    trial->at = TRIAL_NONE;
    trial->deaths = 0;
    trial->given_up = 0;
}

void trial_blame(struct trial *trial)
{
    if (is_piece(trial->at)) {
        trial->deaths = AGENT_SPOOL_DEATHS_MAX;
    } else if (trial->at != TRIAL_BEGUN) {
        /* In a replay the next one looks where. */
        trial->failures++;
    }
}
