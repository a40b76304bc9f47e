#include "frames.h"

#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The number of a notification stands at the start of its alert. */
#define PAYLOAD_START "{\"aps\":{\"alert\":\""
#define PAYLOAD_END "\",\"badge\":1,\"sound\":\"default\"}}"
#define DIGITS 16

void put16(unsigned char *into, uint16_t value) {
    into[0] = (unsigned char)(value >> 8);
    into[1] = (unsigned char)value;
}

void put32(unsigned char *into, uint32_t value) {
    put16(into, (uint16_t)(value >> 16));
    put16(into + 2, (uint16_t)value);
}

struct tokens read_tokens(const char *path) {
    struct tokens tokens = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail("cannot read %s", path);
    long size = ftell(file);
    rewind(file);
    if (size < TOKEN_BYTES) fail("%s holds no token", path);
    tokens.bytes = malloc((size_t)size);
    if (tokens.bytes == NULL || fread(tokens.bytes, 1, (size_t)size, file) != (size_t)size) fail("cannot read %s", path);
    fclose(file);
    tokens.count = (size_t)size / TOKEN_BYTES;
    return tokens;
}

static void write_payload(unsigned char *into, size_t size, uint64_t number) {
    size_t start = strlen(PAYLOAD_START);
    size_t end = strlen(PAYLOAD_END);
    char digits[DIGITS + 1];
    snprintf(digits, sizeof digits, "%016llu", (unsigned long long)number);
    memset(into, 'x', size);
    memcpy(into, PAYLOAD_START, start);
    memcpy(into + start, digits, DIGITS);
    memcpy(into + size - end, PAYLOAD_END, end);
}

uint64_t number_in_payload(const unsigned char *payload) {
    uint64_t number = 0;
    const unsigned char *digits = payload + strlen(PAYLOAD_START);
    for (int i = 0; i < DIGITS; i++) number = number * 10 + (uint64_t)(digits[i] - '0');
    return number;
}

static unsigned char *put_item(unsigned char *at, unsigned char item, uint16_t size) {
    at[0] = item;
    put16(at + 1, size);
    return at + 3;
}

static uint32_t tomorrow(void) {
    return (uint32_t)time(NULL) + 86400;
}

static size_t write_items(unsigned char *into, const unsigned char *token, uint32_t identifier, uint64_t number,
                          unsigned char priority) {
    unsigned char *at = into + 5;
    at = put_item(at, 1, TOKEN_BYTES);
    memcpy(at, token, TOKEN_BYTES);
    at = put_item(at + TOKEN_BYTES, 2, 300);
    write_payload(at, 300, number);
    at = put_item(at + 300, 3, 4);
    put32(at, identifier);
    at = put_item(at + 4, 4, 4);
    put32(at, tomorrow());
    at = put_item(at + 4, 5, 1);
    *at = priority;
    size_t length = (size_t)(at + 1 - into);
    into[0] = 2;
    put32(into + 1, (uint32_t)(length - 5));
    return length;
}

size_t write_frame(unsigned char *into, int command, const unsigned char *token, uint32_t identifier, uint64_t number) {
    if (command == 2) return write_items(into, token, identifier, number, 10);
    into[0] = 1;
    put32(into + 1, identifier);
    put32(into + 5, tomorrow());
    put16(into + 9, TOKEN_BYTES);
    memcpy(into + 11, token, TOKEN_BYTES);
    put16(into + 43, 200);
    write_payload(into + 45, 200, number);
    return 245;
}

size_t write_end_frame(unsigned char *into, uint32_t identifier) {
    static const unsigned char nobody[TOKEN_BYTES] = {0xFF};
    return write_items(into, nobody, identifier, 0, END_MARK);
}
