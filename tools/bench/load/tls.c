#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    ERR_print_errors_fp(stderr);
    exit(1);
}

double now_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

const char *option(int argc, char **argv, const char *name, const char *fallback) {
    for (int i = 1; i + 1 < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) return argv[i + 1];
    }
    if (fallback == NULL) fail("--%s is missing", name);
    return fallback;
}

long number_option(int argc, char **argv, const char *name, const char *fallback) {
    const char *text = option(argc, argv, name, fallback);
    char *end = NULL;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0') fail("--%s takes a number, not %s", name, text);
    return number;
}

static void use_identity(SSL_CTX *context, const char *certificate, const char *key) {
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) fail("cannot read %s", certificate);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) fail("cannot read %s", key);
}

SSL_CTX *client_context(const char *certificate, const char *key, int maximum_version) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) fail("no TLS");
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_max_proto_version(context, maximum_version);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                  | SSL_MODE_RELEASE_BUFFERS);
    if (certificate[0] != '\0') use_identity(context, certificate, key);
    return context;
}

SSL_CTX *server_context(const char *certificate, const char *key, const char *authority, int maximum_version) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) fail("no TLS");
    SSL_CTX_set_max_proto_version(context, maximum_version);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    use_identity(context, certificate, key);
    if (authority[0] != '\0') {
        if (SSL_CTX_load_verify_locations(context, authority, NULL) != 1) fail("cannot read %s", authority);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return context;
}

static struct sockaddr_in local_address(int port) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int new_socket(void) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    if (descriptor >= 0) setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return descriptor;
}

int connect_local(int port) {
    int descriptor = new_socket();
    struct sockaddr_in address = local_address(port);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("cannot connect to port %d: %s", port, strerror(errno));
    }
    return descriptor;
}

int begin_connect_local(int port) {
    int descriptor = new_socket();
    struct sockaddr_in address = local_address(port);
    if (descriptor < 0) return -1;
    make_nonblocking(descriptor);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

int listen_local(int *port) {
    int descriptor = new_socket();
    struct sockaddr_in address = local_address(0);
    socklen_t size = sizeof address;
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0
        || listen(descriptor, 1024) != 0 || getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) {
        fail("cannot listen: %s", strerror(errno));
    }
    *port = ntohs(address.sin_port);
    return descriptor;
}

void make_nonblocking(int descriptor) {
    if (fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) != 0) fail("fcntl: %s", strerror(errno));
}

SSL *connect_tls(SSL_CTX *context, int descriptor, const char *server_name) {
    SSL *tls = SSL_new(context);
    if (tls == NULL || SSL_set_fd(tls, descriptor) != 1) fail("no TLS connection");
    if (server_name[0] != '\0') SSL_set_tlsext_host_name(tls, server_name);
    if (SSL_connect(tls) != 1) fail("the handshake failed");
    return tls;
}
