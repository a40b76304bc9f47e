/* The load generator of the benchmarks: a client that costs as little as possible, on libssl alone.
 *
 *     load ingest      --port N --certificate F --key F --tokens F --frames N [--command 1|2] [--per-record N]
 *                      [--connections N]
 *     load handshakes  --port N --count N [--parallel N] [--hold] [--courier]
 *     load delivery    --gateway N --courier N --devices N --identities F --count N [--rate N]
 */
#include "load.h"

#include "tls.h"

#include <signal.h>
#include <string.h>

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int, char **);
    } parts[] = {{"ingest", run_ingest}, {"handshakes", run_handshakes}, {"delivery", run_delivery}};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(argv[1], parts[i].name) == 0) return parts[i].run(argc, argv);
    }
    fail("say ingest, handshakes or delivery first");
}
