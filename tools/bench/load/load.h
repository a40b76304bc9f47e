/* The parts of the load generator. Each prints one line of JSON. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

int run_ingest(int argc, char **argv);
int run_handshakes(int argc, char **argv);
int run_delivery(int argc, char **argv);

#endif
