/* End to end: providers on one side, devices on the other, in one thread. Every app on every device has at most one
 * notification on its way, so that none replaces another and each is delivered; the next one for it is sent behind
 * the acknowledgement. With --rate, notifications are sent at fixed times instead, and their latency is measured from
 * the time at which they were due.
 *
 * --identities is a file with a line `topic certificate key` for each provider. */
#include "load.h"

#include "device.h"
#include "frames.h"
#include "tls.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MOST_PROVIDERS 64
#define FRAMES_PER_RECORD 16
#define OUTGOING_BYTES (LONGEST_FRAME * 8192)

struct peer {
    SSL *tls;
    int descriptor;
    /* Devices only. */
    unsigned char received[32768];
    size_t received_count;
    /* Acknowledgements of a device, frames of a provider. */
    unsigned char *outgoing;
    size_t outgoing_count, outgoing_size;
    unsigned char tokens[MOST_PROVIDERS][TOKEN_BYTES];
};

static struct {
    struct peer *devices, providers[MOST_PROVIDERS];
    long device_count, provider_count, count, rate;
    unsigned char topics[MOST_PROVIDERS * TOPIC_BYTES];
    int poll;
    long sent, delivered;
    /* By number: when it was due, then how long it took. */
    double *times;
} run;

static void append(struct peer *peer, const unsigned char *bytes, size_t count) {
    if (peer->outgoing_count + count > peer->outgoing_size) fail("too much waits to be written");
    memcpy(peer->outgoing + peer->outgoing_count, bytes, count);
    peer->outgoing_count += count;
}

/* Writes what the peer takes, in records of at most so many bytes; the rest stays. */
static void flush_peer(struct peer *peer, size_t record) {
    size_t written = 0;
    while (written < peer->outgoing_count) {
        size_t left = peer->outgoing_count - written;
        int count = SSL_write(peer->tls, peer->outgoing + written, (int)(left < record ? left : record));
        if (count <= 0) {
            if (SSL_get_error(peer->tls, count) == SSL_ERROR_WANT_WRITE) break;
            fail("a connection was lost while writing");
        }
        written += (size_t)count;
    }
    if (written == 0) return;
    peer->outgoing_count -= written;
    memmove(peer->outgoing, peer->outgoing + written, peer->outgoing_count);
}

static void push(long app) {
    struct peer *device = &run.devices[app / run.provider_count];
    struct peer *provider = &run.providers[app % run.provider_count];
    unsigned char frame[LONGEST_FRAME];
    uint64_t number = (uint64_t)run.sent++;
    /* Which app it is for stands beside the number, so that what comes back says it too. */
    size_t length = write_frame(frame, 2, device->tokens[app % run.provider_count], (uint32_t)number,
                                number * 100000 + (uint64_t)app);
    append(provider, frame, length);
}

static void take_notification(struct peer *device, const unsigned char *message, size_t length) {
    size_t size = 0;
    const unsigned char *identifier = message_item(message, length, 4, &size);
    const unsigned char *payload = message_item(message, length, 3, &size);
    if (identifier == NULL || payload == NULL) fail("a notification lacks an item");
    unsigned char acknowledgement[ACKNOWLEDGEMENT_BYTES];
    write_acknowledgement(acknowledgement, identifier);
    append(device, acknowledgement, sizeof acknowledgement);
    uint64_t number = number_in_payload(payload);
    run.delivered++;
    run.times[number / 100000] = now_seconds() - run.times[number / 100000];
    if (run.rate == 0 && run.sent < run.count) {
        run.times[run.sent] = now_seconds();
        push((long)(number % 100000));
    }
}

static void read_device(struct peer *device) {
    for (;;) {
        int count = SSL_read(device->tls, device->received + device->received_count,
                             (int)(sizeof device->received - device->received_count));
        if (count <= 0) {
            if (SSL_get_error(device->tls, count) == SSL_ERROR_WANT_READ) break;
            fail("a device's connection was lost");
        }
        device->received_count += (size_t)count;
        size_t at = 0, length;
        while ((length = message_length(device->received + at, device->received_count - at)) > 0) {
            if (device->received[at] == NOTIFICATION) take_notification(device, device->received + at, length);
            at += length;
        }
        device->received_count -= at;
        memmove(device->received, device->received + at, device->received_count);
    }
    flush_peer(device, 16384);
}

/* Blocking: until the answers to Connect and to every wish for a token are there. */
static void register_device(struct peer *device, EVP_PKEY *key, long number) {
    unsigned char bytes[LONGEST_CONNECT + MOST_PROVIDERS * 64];
    char name[32];
    snprintf(name, sizeof name, "bench-%ld", number);
    size_t length = write_connect(bytes, key, name);
    for (long i = 0; i < run.provider_count; i++) {
        length += write_token_request(bytes + length, run.topics + i * TOPIC_BYTES);
    }
    length += write_filter(bytes + length, run.topics, (size_t)run.provider_count);
    if (SSL_write(device->tls, bytes, (int)length) != (int)length) fail("Connect was not written");
    for (long answered = 0; answered < run.provider_count;) {
        int count = SSL_read(device->tls, device->received + device->received_count, 4096);
        if (count <= 0) fail("the courier does not take device %ld", number);
        device->received_count += (size_t)count;
        while ((length = message_length(device->received, device->received_count)) > 0) {
            size_t size = 0;
            if (device->received[0] == APP_TOKEN_RESPONSE) {
                const unsigned char *token = message_item(device->received, length, 2, &size);
                if (token == NULL || size != TOKEN_BYTES) fail("no token");
                memcpy(device->tokens[answered++], token, TOKEN_BYTES);
            }
            device->received_count -= length;
            memmove(device->received, device->received + length, device->received_count);
        }
    }
}

static void watch(struct peer *peer, uint32_t events) {
    struct epoll_event event = {.events = events | EPOLLET, .data.ptr = peer};
    make_nonblocking(peer->descriptor);
    epoll_ctl(run.poll, EPOLL_CTL_ADD, peer->descriptor, &event);
}

static void open_peer(struct peer *peer, SSL_CTX *context, int port, size_t outgoing_size, const char *server_name) {
    peer->descriptor = connect_local(port);
    peer->tls = connect_tls(context, peer->descriptor, server_name);
    peer->outgoing_size = outgoing_size;
    peer->outgoing = malloc(outgoing_size);
    if (peer->outgoing == NULL) fail("no memory");
}

static void open_providers(const char *path, int port) {
    char topic[256], certificate[1024], key[1024];
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("cannot read %s", path);
    while (run.provider_count < MOST_PROVIDERS && fscanf(file, "%255s %1023s %1023s", topic, certificate, key) == 3) {
        SHA1((const unsigned char *)topic, strlen(topic), run.topics + run.provider_count * TOPIC_BYTES);
        SSL_CTX *context = client_context(certificate, key, TLS1_2_VERSION);
        open_peer(&run.providers[run.provider_count++], context, port, OUTGOING_BYTES, "");
    }
    fclose(file);
}

static int by_size(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return difference < 0 ? -1 : difference > 0;
}

static void wait_and_read(int milliseconds) {
    struct epoll_event events[256];
    int ready = epoll_wait(run.poll, events, 256, milliseconds);
    for (int i = 0; i < ready; i++) {
        struct peer *peer = events[i].data.ptr;
        if (peer >= run.providers && peer < run.providers + MOST_PROVIDERS) continue;
        read_device(peer);
    }
}

static void flush_providers(void) {
    for (long i = 0; i < run.provider_count; i++) flush_peer(&run.providers[i], LONGEST_FRAME * FRAMES_PER_RECORD);
}

static void run_at_full_speed(void) {
    long apps = run.device_count * run.provider_count;
    for (long app = 0; app < apps && run.sent < run.count; app++) {
        run.times[run.sent] = now_seconds();
        push(app);
    }
    double heard = now_seconds();
    while (run.delivered < run.count) {
        long before = run.delivered;
        flush_providers();
        wait_and_read(100);
        if (run.delivered > before) heard = now_seconds();
        if (now_seconds() - heard > 10) fail("only %ld of %ld were delivered", run.delivered, run.count);
    }
}

static void run_at_rate(void) {
    double began = now_seconds() + 0.01;
    long apps = run.device_count * run.provider_count;
    while (run.delivered < run.count) {
        double now = now_seconds();
        if (now > began + (double)run.count / (double)run.rate + 10) {
            fail("only %ld of %ld were delivered", run.delivered, run.count);
        }
        while (run.sent < run.count && began + (double)run.sent / (double)run.rate <= now) {
            run.times[run.sent] = began + (double)run.sent / (double)run.rate;
            push(run.sent % apps);
        }
        flush_providers();
        /* Looking without sleeping: a timer would be later than what is to be measured. */
        wait_and_read(0);
    }
}

int run_delivery(int argc, char **argv) {
    run.device_count = number_option(argc, argv, "devices", "64");
    run.count = number_option(argc, argv, "count", NULL);
    run.rate = number_option(argc, argv, "rate", "0");
    run.devices = calloc((size_t)run.device_count, sizeof *run.devices);
    run.times = calloc((size_t)run.count, sizeof *run.times);
    run.poll = epoll_create1(EPOLL_CLOEXEC);
    if (run.devices == NULL || run.times == NULL) fail("no memory");
    open_providers(option(argc, argv, "identities", NULL), (int)number_option(argc, argv, "gateway", NULL));
    SSL_CTX *context = client_context("", "", TLS1_3_VERSION);
    EVP_PKEY *key = new_device_key();
    for (long i = 0; i < run.device_count; i++) {
        open_peer(&run.devices[i], context, (int)number_option(argc, argv, "courier", NULL), 1 << 16,
                  "courier.sandbox.push.apple.com");
        register_device(&run.devices[i], key, i);
        watch(&run.devices[i], EPOLLIN);
    }
    for (long i = 0; i < run.provider_count; i++) watch(&run.providers[i], EPOLLOUT);
    double began = now_seconds();
    if (run.rate == 0) run_at_full_speed(); else run_at_rate();
    double seconds = now_seconds() - began;
    qsort(run.times, (size_t)run.count, sizeof *run.times, by_size);
    printf("{\"delivered\":%ld,\"seconds\":%.6f,\"p50\":%.9f,\"p99\":%.9f,\"p999\":%.9f}\n", run.delivered, seconds,
           run.times[run.count / 2], run.times[run.count * 99 / 100], run.times[run.count * 999 / 1000]);
    return 0;
}
