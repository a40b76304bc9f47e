/* What the load generator and the bare sink share: TLS contexts, sockets, time, options. */
#ifndef BENCH_TLS_H
#define BENCH_TLS_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

/* The last byte of the frame that ends a run. No well-formed frame of the benchmarks ends with it. */
#define END_MARK 0xEE

/* Ends the process with a sentence, and what OpenSSL has to say. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

double now_seconds(void);

/* The value behind `--name`, or `fallback`; with a NULL fallback the option must be there. */
const char *option(int argc, char **argv, const char *name, const char *fallback);
long number_option(int argc, char **argv, const char *name, const char *fallback);

/* A client; shows a certificate when `certificate` is not empty. It trusts whoever answers: this is a load test. */
SSL_CTX *client_context(const char *certificate, const char *key, int maximum_version);
/* A server; asks for a certificate of `authority` when that is not empty. */
SSL_CTX *server_context(const char *certificate, const char *key, const char *authority, int maximum_version);

/* A blocking connection to this machine, with TCP_NODELAY. */
int connect_local(int port);
/* The same, returning at once; -1 when the machine has no more room. */
int begin_connect_local(int port);
/* A listener on a free port, which is written to `port`. */
int listen_local(int *port);
void make_nonblocking(int socket);

/* A blocking handshake as a client. */
SSL *connect_tls(SSL_CTX *context, int socket, const char *server_name);

#endif
