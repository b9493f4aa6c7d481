/* Connections and SSL settings: rows that are kept for scripts' sake. Weft's
 * programs talk to etcd, whose own configuration says where it listens. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nbctl);

/* The one row of nb_global, made if need be. */
static struct row *
global(struct context *ctx)
{
    struct row *row = model_get(ctx->model, &table_nb_global, "global");

    return row ? row : model_insert(ctx->model, &table_nb_global, "global");
}

static void
run_get_connection(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_connection, &rows);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, "%s\n", rows[i]->id);
    }
    free(rows);
}

static void
delete_connections(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_connection, &rows);

    for (size_t i = 0; i < n; i++) {
        model_delete(rows[i]);
    }
    free(rows);
    if (model_get(ctx->model, &table_nb_global, "global")) {
        row_unset(global(ctx), "connections");
    }
}

static void
run_del_connection(struct context *ctx)
{
    delete_connections(ctx);
}

/* "[p]tcp:", "[p]ssl:", "[p]unix:" begin a target; "read-only" and
 * "read-write" stand before one. */
static bool
looks_like_target(const char *word)
{
    static const char *const schemes[] = {
        "tcp:", "ssl:", "unix:", "ptcp:", "pssl:", "punix:",
    };

    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        if (!strncmp(word, schemes[i], strlen(schemes[i]))) {
            return true;
        }
    }
    return false;
}

static void
run_set_connection(struct context *ctx)
{
    const char *probe = context_option(ctx, "--inactivity-probe");

    delete_connections(ctx);
    for (int i = 1; i < ctx->argc; i++) {
        const char *word = ctx->argv[i];

        /* Roles and modes of OVSDB have no meaning here. */
        if (!strcmp(word, "read-only") || !strcmp(word, "read-write")
            || !strncmp(word, "role=", 5)) {
            continue;
        }
        if (!looks_like_target(word)) {
            VLOG_WARN("target type \"%s\" is possibly erroneous", word);
        }

        if (model_get(ctx->model, &table_connection, word)) {
            context_error(ctx, "transaction error: constraint violation: "
                          "connection %s is given twice", word);
            return;
        }

        struct row *row = nb_create(ctx, &view_connection, word);
        if (probe) {
            /* As atoi() reads it: there is no wrong number. */
            row_set_integer(row, "inactivity_probe",
                            strtoll(probe, NULL, 10));
        }
        row_add_item(global(ctx), "connections", word);
    }
}

static void
run_get_ssl(struct context *ctx)
{
    const struct row *ssl = model_get(ctx->model, &table_ssl, "ssl");

    if (ssl) {
        ds_put_format(&ctx->output, "Private key: %s\n",
                      row_string(ssl, "private_key"));
        ds_put_format(&ctx->output, "Certificate: %s\n",
                      row_string(ssl, "certificate"));
        ds_put_format(&ctx->output, "CA Certificate: %s\n",
                      row_string(ssl, "ca_cert"));
        ds_put_format(&ctx->output, "Bootstrap: %s\n",
                      row_boolean(ssl, "bootstrap_ca_cert", false) ? "true"
                      : "false");
    }
}

static void
run_del_ssl(struct context *ctx)
{
    struct row *ssl = model_get(ctx->model, &table_ssl, "ssl");

    if (ssl) {
        model_delete(ssl);
        row_unset(global(ctx), "ssl");
    }
}

static void
run_set_ssl(struct context *ctx)
{
    static const char *const columns[] = {
        "private_key", "certificate", "ca_cert", "ssl_protocols",
        "ssl_ciphers",
    };
    struct row *ssl;

    run_del_ssl(ctx);
    ssl = nb_create(ctx, &view_ssl, "ssl");
    for (int i = 1; i < ctx->argc; i++) {
        row_set_string(ssl, columns[i - 1], ctx->argv[i]);
    }
    if (context_has_option(ctx, "--bootstrap")) {
        row_set_boolean(ssl, "bootstrap_ca_cert", true);
    }
    row_set_string(global(ctx), "ssl", "ssl");
}

static const struct command commands[] = {
    { "get-connection", 0, 0, "", run_get_connection, "", false, NULL },
    { "del-connection", 0, 0, "", run_del_connection, "", true, NULL },
    { "set-connection", 1, INT_MAX, "TARGET...", run_set_connection,
      "--inactivity-probe=", true, NULL },
    { "get-ssl", 0, 0, "", run_get_ssl, "", false, NULL },
    { "del-ssl", 0, 0, "", run_del_ssl, "", true, NULL },
    { "set-ssl", 3, 5,
      "PRIVATE-KEY CERTIFICATE CA-CERT [SSL-PROTOS [SSL-CIPHERS]]",
      run_set_ssl, "--bootstrap", true, NULL },
};

const struct command_group nb_connection_commands
    = COMMAND_GROUP("Connection and SSL", commands);
