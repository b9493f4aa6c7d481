/* weftctl lflow: the language's own tool, for people who write and debug
 * logical flows, and for tests.
 *
 *     lflow [--fixture FILE] [--stage STAGE] COMMAND [ARGUMENT]
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
 * and actions stand at 'place' (NULL: in ls_in_acl), unless --fixture names
 * a file; --stage moves them to another stage.  Returns an exit status: 0, 1
 * when the fixture can't be read, 2 for wrong usage; what is wrong is then
 * printed on 'errors'. */
int lflow_tool_main(int argc, char *argv[], const struct lflow_scope *scope,
                    const struct lflow_place *place,
                    FILE *input, FILE *output, FILE *errors);

/* For each option of the tool (all take a value) a line of help. */
#define LFLOW_TOOL_OPTIONS \
    "  --fixture=FILE     names mean what FILE (JSON) says: docs/lflow.md\n" \
    "  --stage=STAGE      where actions stand (default: ls_in_acl)\n"

/* Does the tool have this option ("fixture")? */
bool lflow_tool_has_option(const char *name);

/* Prints how the tool is used, with 'options' (lines of help) after its
 * own. */
void lflow_tool_print_usage(const char *name, const char *options,
                            FILE *output);

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
