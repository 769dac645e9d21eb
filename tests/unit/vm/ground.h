/*
 * ground.h - a session with a scratch root of its own and a folder of the
 * host's in it: what tests of files and of a run's surroundings start from.
 */
#ifndef TESTS_UNIT_VM_GROUND_H
#define TESTS_UNIT_VM_GROUND_H

#include "vm/session.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct ground {
  session s;
  char root[64]; /* scratch root */
  char host[80]; /* a folder of the host's in it */
} ground;

/* io: without scratch_root, which is set here. */
static inline int ground_open(void **state, gene_io_options_t io) {
  ground *g = malloc(sizeof *g);
  assert_non_null(g);
  strcpy(g->root, "/tmp/gene-ground-XXXXXX");
  assert_non_null(mkdtemp(g->root));
  snprintf(g->host, sizeof g->host, "%s/host", g->root);
  assert_int_equal(mkdir(g->host, 0700), 0);
  io.scratch_root = g->root;
  session_open(&g->s, &io);
  *state = g;
  return 0;
}

/* What is left of the host's folder has been removed by now; nothing else may
 * be left. */
static inline int ground_close(ground *g) {
  assert_int_equal(rmdir(g->root), 0);
  free(g);
  return 0;
}

#endif
