/* weftctl lflow: the language's own tool, for people who write and debug
 * logical flows, and for tests.
 *
 *     lflow [--fixture FILE] COMMAND [ARGUMENT]
 *
 * Each line of the input is one expression (or, for parse-actions, one list
 * of actions); each gives a line, or more where the command says so, of
 * output.  An input that is wrong gives a line "error: WHERE: WHAT" and the
 * next one is read.  Commands and the fixture's format: docs/lflow.md. */
#ifndef WEFT_LFLOW_TOOL_H
#define WEFT_LFLOW_TOOL_H 1

#include <stdio.h>

#include "lflow/actions.h"
#include "lflow/scope.h"

struct err;

/* Runs the tool on 'argv' (argv[0] is its name) with input and output as
 * given.  Names are looked up in 'scope' (the live store's; NULL: nowhere)
 * unless --fixture names a file.  Returns an exit status: 0, 1 when the
 * fixture can't be read, 2 for wrong usage; what is wrong is then printed on
 * 'errors'. */
int lflow_tool_main(int argc, char *argv[], const struct lflow_scope *scope,
                    FILE *input, FILE *output, FILE *errors);

/* A fixture: a scope from a JSON file.  The caller frees it with
 * lflow_fixture_destroy(). */
struct lflow_fixture {
    struct lflow_scope scope;
    struct lflow_place place;   /* For actions. */
    struct lflow_fixture_names *names;      /* Its own. */
};

/* Reads 'text' (JSON, 'length' bytes).  Returns 0 or -WEFT_E_INVALID with
 * the member at fault in 'err'. */
int lflow_fixture_create(const char *text, size_t length,
                         struct lflow_fixture **fixture, struct err *err);

/* The same from the file 'name' (at most 64 MiB); a negative errno value
 * where it can't be read. */
int lflow_fixture_read(const char *name, struct lflow_fixture **fixture,
                       struct err *err);
void lflow_fixture_destroy(struct lflow_fixture *fixture);

#endif
