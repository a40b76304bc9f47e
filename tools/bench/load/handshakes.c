/* How fast connections are made, and what it takes to hold them. With --courier each presents itself as a device of
 * its own and asks for a token; with --hold they stay, until a line on standard input says `again` (all of them hang
 * up and come back at once) or the input ends. */
#include "load.h"

#include "device.h"
#include "tls.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum stage { CLOSED, HANDSHAKING, PRESENTING, ESTABLISHED };

struct connection {
    SSL *tls;
    int descriptor;
    enum stage stage;
    uint32_t number;
    unsigned char received[512];
    size_t received_count;
};

static struct {
    SSL_CTX *context;
    int port, poll;
    long count, parallel;
    int is_courier, is_held;
    EVP_PKEY *key;
    unsigned char topic[TOPIC_BYTES];
    struct connection *connections;
    long begun, done, failed;
} run;

static void end(struct connection *connection) {
    SSL_free(connection->tls);
    close(connection->descriptor);
    connection->tls = NULL;
    connection->stage = CLOSED;
}

static void begin(struct connection *connection) {
    connection->descriptor = begin_connect_local(run.port);
    if (connection->descriptor < 0) fail("cannot open connection %ld: %s", run.begun, strerror(errno));
    connection->tls = SSL_new(run.context);
    if (connection->tls == NULL || SSL_set_fd(connection->tls, connection->descriptor) != 1) fail("no TLS");
    SSL_set_connect_state(connection->tls);
    connection->stage = HANDSHAKING;
    connection->received_count = 0;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    epoll_ctl(run.poll, EPOLL_CTL_ADD, connection->descriptor, &event);
    run.begun++;
}

static void finish(struct connection *connection) {
    run.done++;
    connection->stage = ESTABLISHED;
    if (!run.is_held) end(connection);
}

/* Connect, the wish for a token and a Filter go out in one write: the courier answers them in order. */
static void present(struct connection *connection) {
    unsigned char bytes[LONGEST_CONNECT + 128];
    char name[32];
    snprintf(name, sizeof name, "bench-%u", connection->number);
    size_t length = write_connect(bytes, run.key, name);
    length += write_token_request(bytes + length, run.topic);
    length += write_filter(bytes + length, run.topic, 1);
    if (SSL_write(connection->tls, bytes, (int)length) != (int)length) fail("Connect was not written at once");
    connection->stage = PRESENTING;
}

static void read_answers(struct connection *connection) {
    for (;;) {
        int count = SSL_read(connection->tls, connection->received + connection->received_count,
                             (int)(sizeof connection->received - connection->received_count));
        if (count <= 0) {
            if (SSL_get_error(connection->tls, count) == SSL_ERROR_WANT_READ) return;
            run.failed++;
            return end(connection);
        }
        connection->received_count += (size_t)count;
        size_t length;
        while ((length = message_length(connection->received, connection->received_count)) > 0) {
            int is_last = connection->received[0] == APP_TOKEN_RESPONSE;
            connection->received_count -= length;
            memmove(connection->received, connection->received + length, connection->received_count);
            if (is_last && connection->stage == PRESENTING) finish(connection);
            if (connection->stage == CLOSED) return;
        }
        if (connection->received_count == sizeof connection->received) fail("an answer is too long");
    }
}

static void advance(struct connection *connection) {
    if (connection->stage == HANDSHAKING) {
        int result = SSL_do_handshake(connection->tls);
        if (result == 1) {
            if (!run.is_courier) return finish(connection);
            present(connection);
        } else {
            int error = SSL_get_error(connection->tls, result);
            if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
            run.failed++;
            return end(connection);
        }
    }
    if (connection->stage != CLOSED) read_answers(connection);
}

/* Opens what is not open, at most so many at a time, and says how long it took. */
static void connect_all(const char *what) {
    double began = now_seconds();
    long next = 0;
    run.begun = run.done = run.failed = 0;
    while (run.done + run.failed < run.count) {
        while (next < run.count && run.begun - run.done - run.failed < run.parallel) begin(&run.connections[next++]);
        struct epoll_event events[256];
        int ready = epoll_wait(run.poll, events, 256, 20000);
        if (ready == 0) fail("%s: nothing happened for 20 seconds, %ld of %ld done", what, run.done, run.count);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection->stage != CLOSED) advance(connection);
        }
    }
    printf("{\"what\":\"%s\",\"connections\":%ld,\"failed\":%ld,\"seconds\":%.6f}\n", what, run.done, run.failed,
           now_seconds() - began);
    fflush(stdout);
}

static int flag(int argc, char **argv, const char *name) {
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) return 1;
    }
    return 0;
}

int run_handshakes(int argc, char **argv) {
    run.port = (int)number_option(argc, argv, "port", NULL);
    run.count = number_option(argc, argv, "count", NULL);
    run.parallel = number_option(argc, argv, "parallel", "64");
    run.is_held = flag(argc, argv, "--hold");
    run.is_courier = flag(argc, argv, "--courier");
    int version = number_option(argc, argv, "version", "13") == 13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    run.context = client_context(option(argc, argv, "certificate", ""), option(argc, argv, "key", ""), version);
    run.poll = epoll_create1(EPOLL_CLOEXEC);
    run.connections = calloc((size_t)run.count, sizeof *run.connections);
    if (run.connections == NULL) fail("no memory");
    if (run.is_courier) run.key = new_device_key();
    const char *topic = option(argc, argv, "topic", "com.example.app");
    SHA1((const unsigned char *)topic, strlen(topic), run.topic);
    for (long i = 0; i < run.count; i++) run.connections[i].number = (uint32_t)i;
    connect_all("connect");
    char line[32];
    while (run.is_held && fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "again\n") != 0) break;
        for (long i = 0; i < run.count; i++) {
            if (run.connections[i].stage != CLOSED) end(&run.connections[i]);
        }
        run.parallel = run.count;
        connect_all("reconnect");
    }
    return 0;
}
