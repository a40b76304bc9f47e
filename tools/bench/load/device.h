/* The little of the courier protocol that a device needs: Connect with a proof, an app token, a Filter, and the
 * acknowledgement of what comes. */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#define TOPIC_BYTES 20
#define LONGEST_CONNECT 2048

/* The key that all devices of a run share. */
EVP_PKEY *new_device_key(void);

/* A courier message of a first connection: a certificate for `name`, a nonce and its signature. Returns its length. */
size_t write_connect(unsigned char *into, EVP_PKEY *key, const char *name);
size_t write_token_request(unsigned char *into, const unsigned char *topic);
size_t write_filter(unsigned char *into, const unsigned char *topics, size_t count);
/* An acknowledgement has 12 bytes. */
#define ACKNOWLEDGEMENT_BYTES 12
void write_acknowledgement(unsigned char *into, const unsigned char *identifier);
size_t write_keep_alive(unsigned char *into);

/* The whole message at the front of `bytes`, or 0 until it is there. */
size_t message_length(const unsigned char *bytes, size_t count);
/* The value of an item of a whole message, or NULL; its size goes to `size`. */
const unsigned char *message_item(const unsigned char *message, size_t length, unsigned char item, size_t *size);

enum { CONNECT_RESPONSE = 0x08, NOTIFICATION = 0x0A, APP_TOKEN_RESPONSE = 0x12 };

#endif
