#include "device.h"

#include "frames.h"
#include "tls.h"

#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

EVP_PKEY *new_device_key(void) {
    EVP_PKEY *key = EVP_RSA_gen(1024);
    if (key == NULL) fail("no device key");
    return key;
}

static size_t write_certificate(unsigned char *into, EVP_PKEY *key, const char *name) {
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    if (X509_sign(certificate, key, EVP_sha256()) == 0) fail("cannot sign a certificate");
    unsigned char *end = into;
    int length = i2d_X509(certificate, &end);
    X509_free(certificate);
    if (length <= 0) fail("cannot write a certificate");
    return (size_t)length;
}

static size_t put_item(unsigned char *at, unsigned char item, const unsigned char *value, size_t size) {
    at[0] = item;
    put16(at + 1, (uint16_t)size);
    memcpy(at + 3, value, size);
    return 3 + size;
}

static void put_header(unsigned char *into, unsigned char command, size_t length) {
    into[0] = command;
    put32(into + 1, (uint32_t)(length - 5));
}

size_t write_connect(unsigned char *into, EVP_PKEY *key, const char *name) {
    unsigned char certificate[1024], nonce[17] = {0}, signature[2 + 256] = {1, 1};
    size_t certificate_size = write_certificate(certificate, key, name);
    uint64_t milliseconds = (uint64_t)time(NULL) * 1000;
    put32(nonce + 1, (uint32_t)(milliseconds >> 32));
    put32(nonce + 5, (uint32_t)milliseconds);
    RAND_bytes(nonce + 9, 8);
    size_t signature_size = sizeof signature - 2;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (EVP_DigestSignInit(digest, NULL, EVP_sha1(), NULL, key) != 1
        || EVP_DigestSign(digest, signature + 2, &signature_size, nonce, sizeof nonce) != 1) {
        fail("cannot sign a nonce");
    }
    EVP_MD_CTX_free(digest);
    unsigned char *at = into + 5;
    at += put_item(at, 0x02, (const unsigned char *)"\x01", 1);
    at += put_item(at, 0x0C, certificate, certificate_size);
    at += put_item(at, 0x0D, nonce, sizeof nonce);
    at += put_item(at, 0x0E, signature, 2 + signature_size);
    put_header(into, 0x07, (size_t)(at - into));
    return (size_t)(at - into);
}

size_t write_token_request(unsigned char *into, const unsigned char *topic) {
    size_t length = 5 + put_item(into + 5, 2, topic, TOPIC_BYTES);
    put_header(into, 0x11, length);
    return length;
}

size_t write_filter(unsigned char *into, const unsigned char *topics, size_t count) {
    size_t length = 5;
    for (size_t i = 0; i < count; i++) length += put_item(into + length, 2, topics + i * TOPIC_BYTES, TOPIC_BYTES);
    put_header(into, 0x09, length);
    return length;
}

void write_acknowledgement(unsigned char *into, const unsigned char *identifier) {
    put_item(into + 5, 4, identifier, 4);
    put_header(into, 0x0B, ACKNOWLEDGEMENT_BYTES);
}

size_t write_keep_alive(unsigned char *into) {
    put_header(into, 0x0C, 5);
    return 5;
}

size_t message_length(const unsigned char *bytes, size_t count) {
    if (count < 5) return 0;
    size_t length = 5 + ((size_t)bytes[1] << 24 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 8 | bytes[4]);
    return count < length ? 0 : length;
}

const unsigned char *message_item(const unsigned char *message, size_t length, unsigned char item, size_t *size) {
    for (size_t at = 5; at + 3 <= length;) {
        size_t found = (size_t)message[at + 1] << 8 | message[at + 2];
        if (message[at] == item) {
            *size = found;
            return message + at + 3;
        }
        at += 3 + found;
    }
    return NULL;
}
