/* How fast frames are taken: connections that write as fast as TLS allows, each ended by a frame that is refused. Its
 * six-byte answer proves that everything before it was read and judged. */
#include "load.h"

#include "frames.h"
#include "tls.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is gathered before the kernel is called. */
#define CIPHERTEXT_BATCH (256 * 1024)

struct job {
    SSL *tls;
    int descriptor;
    long frames;
    int command;
    size_t per_record;
    const struct tokens *tokens;
    pthread_barrier_t *start;
    double ended;
    unsigned char answer[6];
};

static void write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail("the server hung up: %s", strerror(errno));
        bytes += written;
        count -= (size_t)written;
    }
}

static void push_out(BIO *gathered, int descriptor) {
    char *bytes;
    long count = BIO_get_mem_data(gathered, &bytes);
    write_all(descriptor, bytes, (size_t)count);
    BIO_reset(gathered);
}

static void write_record(SSL *tls, const unsigned char *bytes, size_t count) {
    if (SSL_write(tls, bytes, (int)count) != (int)count) fail("TLS did not take a record");
}

static void *run_connection(void *argument) {
    struct job *job = argument;
    size_t ring = job->tokens->count;
    size_t frame_size = 0;
    unsigned char *frames = malloc((ring + job->per_record) * LONGEST_FRAME);
    BIO *gathered = BIO_new(BIO_s_mem());
    if (frames == NULL || gathered == NULL) fail("no memory");
    for (size_t i = 0; i < ring + job->per_record; i++) {
        const unsigned char *token = job->tokens->bytes + i % ring * TOKEN_BYTES;
        frame_size = write_frame(frames + i * frame_size, job->command, token, (uint32_t)i, i);
    }
    BIO_up_ref(gathered);
    SSL_set0_wbio(job->tls, gathered);
    pthread_barrier_wait(job->start);
    size_t position = 0;
    for (long left = job->frames; left > 0;) {
        size_t count = left < (long)job->per_record ? (size_t)left : job->per_record;
        write_record(job->tls, frames + position * frame_size, count * frame_size);
        position = (position + count) % ring;
        left -= (long)count;
        if (BIO_pending(gathered) >= CIPHERTEXT_BATCH) push_out(gathered, job->descriptor);
    }
    unsigned char end[LONGEST_FRAME];
    write_record(job->tls, end, write_end_frame(end, 0xE0D));
    push_out(gathered, job->descriptor);
    size_t answered = 0;
    while (answered < sizeof job->answer) {
        int count = SSL_read(job->tls, job->answer + answered, (int)(sizeof job->answer - answered));
        if (count <= 0) fail("the server closed after %zu of 6 bytes", answered);
        answered += (size_t)count;
    }
    job->ended = now_seconds();
    free(frames);
    BIO_free(gathered);
    return NULL;
}

int run_ingest(int argc, char **argv) {
    long connections = number_option(argc, argv, "connections", "1");
    long frames = number_option(argc, argv, "frames", NULL) / connections;
    struct tokens tokens = read_tokens(option(argc, argv, "tokens", NULL));
    SSL_CTX *context = client_context(option(argc, argv, "certificate", NULL), option(argc, argv, "key", NULL),
                                      TLS1_2_VERSION);
    struct job *jobs = calloc((size_t)connections, sizeof *jobs);
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    pthread_barrier_t start;
    if (jobs == NULL || threads == NULL) fail("no memory");
    pthread_barrier_init(&start, NULL, (unsigned)connections + 1);
    for (long i = 0; i < connections; i++) {
        jobs[i] = (struct job){.frames = frames,
                               .command = (int)number_option(argc, argv, "command", "2"),
                               .per_record = (size_t)number_option(argc, argv, "per-record", "1"),
                               .tokens = &tokens,
                               .start = &start};
        jobs[i].descriptor = connect_local((int)number_option(argc, argv, "port", NULL));
        jobs[i].tls = connect_tls(context, jobs[i].descriptor, "");
        if (pthread_create(&threads[i], NULL, run_connection, &jobs[i]) != 0) fail("no thread");
    }
    pthread_barrier_wait(&start);
    double began = now_seconds();
    double ended = began;
    for (long i = 0; i < connections; i++) {
        pthread_join(threads[i], NULL);
        if (jobs[i].answer[0] != 8 || jobs[i].answer[1] != 8) {
            fail("expected an answer with status 8, got %02x%02x: the frames before it were not all well",
                 jobs[i].answer[0], jobs[i].answer[1]);
        }
        if (jobs[i].ended > ended) ended = jobs[i].ended;
    }
    printf("{\"frames\":%ld,\"seconds\":%.6f,\"cipher\":\"%s\"}\n", frames * connections, ended - began,
           SSL_get_cipher_name(jobs[0].tls));
    return 0;
}
