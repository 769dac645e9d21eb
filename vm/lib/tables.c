/*
 * tables.c - the one list of builtins, from which the core is built, `gene
 * doc` prints and tests are generated. It defines none itself but constants.
 */
#include "lib/tables.h"

#include <math.h>

const gn_builtin_table gn_builtin_tables[] = {
#define ROWS(id, rows) {GN_C_##id, rows},
    GN_ROW_LISTS(ROWS)
#undef ROWS
#define ROWS(rows) {-1, rows},
        GN_FUNCTION_LISTS(ROWS)
#undef ROWS
            {0, NULL},
};

const gn_builtin_const gn_builtin_consts[] = {
    {"not_found", 0, GN_NOT_FOUND, "What .next gives at the end."},
    {"math/PI", 3.14159265358979323846, GN_NONE, "Ratio of a circle."},
    {"math/E", 2.71828182845904523536, GN_NONE, "Base of natural logarithms."},
    {"math/INF", INFINITY, GN_NONE, "Infinity."},
    {"math/NAN", NAN, GN_NONE, "Not a number."},
    {NULL, 0, GN_NONE, NULL},
};
