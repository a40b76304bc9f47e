/* The bare libssl sink: one thread per connection, which decrypts, counts bytes, and answers the end mark with six
 * bytes. What a server can at best be on this machine, and the reference of the benchmarks beside swift-nio-ssl's.
 *
 *     sink --certificate F --key F [--authority F] [--version 12|13]
 *
 * Prints its port as {"port":N} and serves until it is killed. */
#include "tls.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static SSL_CTX *context;

static void *serve(void *argument) {
    int descriptor = (int)(intptr_t)argument;
    static const unsigned char answer[6] = {8, 8, 0, 0, 0, 0};
    unsigned char bytes[16384];
    uint64_t received = 0;
    SSL *tls = SSL_new(context);
    if (tls != NULL && SSL_set_fd(tls, descriptor) == 1 && SSL_accept(tls) == 1) {
        int count;
        while ((count = SSL_read(tls, bytes, sizeof bytes)) > 0) {
            received += (uint64_t)count;
            if (bytes[count - 1] != END_MARK) continue;
            SSL_write(tls, answer, sizeof answer);
            SSL_shutdown(tls);
            shutdown(descriptor, SHUT_WR);
        }
    }
    SSL_free(tls);
    close(descriptor);
    return NULL;
}

int main(int argc, char **argv) {
    int port = 0;
    int listener = listen_local(&port);
    int version = number_option(argc, argv, "version", "12") == 13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    signal(SIGPIPE, SIG_IGN);
    context = server_context(option(argc, argv, "certificate", NULL), option(argc, argv, "key", NULL),
                             option(argc, argv, "authority", ""), version);
    printf("{\"port\":%d}\n", port);
    fflush(stdout);
    for (;;) {
        int descriptor = accept(listener, NULL, NULL);
        pthread_t thread;
        if (descriptor < 0) fail("accept: %s", strerror(errno));
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)descriptor) != 0) fail("no thread");
        pthread_detach(thread);
    }
}
