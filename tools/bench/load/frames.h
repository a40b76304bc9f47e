/* Provider frames, ready to be sent. */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define TOKEN_BYTES 32

struct tokens {
    unsigned char *bytes;
    size_t count;
};

/* A file of tokens, one behind the other, 32 bytes each. */
struct tokens read_tokens(const char *path);

/* A frame of command 1 (245 bytes) or 2 (361 bytes) with an expiry a day ahead. `text` of 16 digits stands in its
 * payload at a fixed place. Returns its length. */
size_t write_frame(unsigned char *into, int command, const unsigned char *token, uint32_t identifier, uint64_t number);
#define LONGEST_FRAME 361

/* The number in a payload that `write_frame` made. */
uint64_t number_in_payload(const unsigned char *payload);

/* A frame that is refused with status 8, because nobody has its token, and ends with END_MARK. */
size_t write_end_frame(unsigned char *into, uint32_t identifier);

void put16(unsigned char *into, uint16_t value);
void put32(unsigned char *into, uint32_t value);

#endif
