/* weft-translator: the daemon around translator.h. */
#include <config.h>

#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/inc_engine.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/service.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/util.h"
#include "openvswitch/vlog.h"
#include "store/config.h"
#include "store/store.h"
#include "translator/translator.h"
#include "unixctl.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(translator);

static const struct setting settings_rows[] = {
    { .name = "name", .type = SETTING_STRING, .argument = "NAME",
      .help = "name among the translators; default: host name and a UUID" },
    { .name = "lease-ttl", .type = SETTING_INTEGER, .default_value = "10",
      .min = 2, .max = 600, .argument = "SECONDS",
      .help = "after which a standby takes over from a leader that is gone" },
};

/* ---- Metrics ----------------------------------------------------------- */

#define PHASE_HELP "Seconds from the first event in a batch until it was..."

static struct metric translate_seconds = METRIC_HISTOGRAM(
    "weft_translator_phase_seconds", PHASE_HELP, "phase=\"translated\"");
static struct metric total_seconds = METRIC_HISTOGRAM(
    "weft_translator_phase_seconds", PHASE_HELP, "phase=\"committed\"");

/* Read from translator_stats() when they are shown.
 *
 *     STAT(member, type, "name", "help") */
#define STATS                                                           \
    STAT(is_leading, GAUGE, "leading", "1 while this translator leads.") \
    STAT(is_synced, GAUGE, "synced",                                    \
         "1 once everything in etcd is known.")                         \
    STAT(is_settled, GAUGE, "settled",                                  \
         "1 while all that is known is written.")                       \
    STAT(n_takeovers, COUNTER, "takeovers_total", "Elections won.")     \
    STAT(n_events, COUNTER, "events_total", "Events of watches.")       \
    STAT(n_generated, COUNTER, "bundles_generated_total",               \
         "Runs of generators and of derived values.")                   \
    STAT(n_rows, GAUGE, "rows", "Valid northbound rows.")               \
    STAT(n_bad_rows, GAUGE, "bad_rows",                                 \
         "Northbound rows that are not valid.")                         \
    STAT(n_outputs, GAUGE, "outputs", "Southbound and status keys.")    \
    STAT(output_bytes, GAUGE, "output_bytes", "Bytes of their values.") \
    STAT(n_nodes, GAUGE, "nodes", "Nodes of the engine.")               \
    STAT(n_edges, GAUGE, "edges", "Recorded reads of the engine.")      \
    STAT(n_batches, COUNTER, "batches_total", "Batches written.")       \
    STAT(n_txns, COUNTER, "transactions_total", "Transactions sent.")   \
    STAT(n_txn_failures, COUNTER, "transaction_failures_total",         \
         "Transactions that failed and were sent again.")               \
    STAT(n_puts, COUNTER, "bundles_written_total", "Keys put.")         \
    STAT(n_deletes, COUNTER, "bundles_deleted_total", "Keys deleted.")  \
    STAT(bytes_written, COUNTER, "written_bytes_total",                 \
         "Bytes of keys and values put.")                               \
    STAT(bytes_sent, COUNTER, "store_sent_bytes_total",                 \
         "Bytes sent to etcd.")                                         \
    STAT(bytes_received, COUNTER, "store_received_bytes_total",         \
         "Bytes received from etcd.")                                   \
    STAT(n_faults, COUNTER, "engine_faults_total",                      \
         "Broken rules of the engine: bugs of generators.")

#define STAT(MEMBER, TYPE, NAME, HELP)                                  \
    static double                                                       \
    read_##MEMBER(void *translator)                                     \
    {                                                                   \
        return translator_stats(translator).MEMBER;                     \
    }
STATS
#undef STAT

static void
register_metrics(struct translator *translator)
{
    static struct metric stats[] = {
#define STAT(MEMBER, TYPE, NAME, HELP)                                  \
        { .name = "weft_translator_" NAME, .help = HELP,                \
          .type = METRIC_TYPE_##TYPE, .read = read_##MEMBER },
        STATS
#undef STAT
    };

    metric_register(&translate_seconds);
    metric_register(&total_seconds);
    for (size_t i = 0; i < ARRAY_SIZE(stats); i++) {
        stats[i].aux = translator;
        metric_register(&stats[i]);
    }
}

/* ---- Control socket ---------------------------------------------------- */

static void
status_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[] OVS_UNUSED, void *translator_)
{
    struct translator_stats stats = translator_stats(translator_);
    const char *trouble = translator_not_ready(translator_);
    struct ds reply = DS_EMPTY_INITIALIZER;

    ds_put_format(&reply, "Status: %s\n",
                  translator_is_paused(translator_) ? "paused"
                  : trouble ? trouble : stats.is_leading ? "active"
                  : "standby");
#define STAT(MEMBER, TYPE, NAME, HELP) \
    ds_put_format(&reply, "%-28s %.0f\n", NAME, (double) stats.MEMBER);
    STATS
#undef STAT
    unixctl_command_reply(conn, ds_cstr(&reply));
    ds_destroy(&reply);
}

static void
recompute_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
                  const char *argv[] OVS_UNUSED, void *translator)
{
    translator_recompute(translator);
    unixctl_command_reply(conn, NULL);
}

static void
pause_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *translator)
{
    translator_set_paused(translator, true);
    unixctl_command_reply(conn, NULL);
}

static void
resume_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[] OVS_UNUSED, void *translator)
{
    translator_set_paused(translator, false);
    unixctl_command_reply(conn, NULL);
}

static void
is_paused_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
                  const char *argv[] OVS_UNUSED, void *translator)
{
    unixctl_command_reply(conn, translator_is_paused(translator) ? "true"
                          : "false");
}

static void
connection_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
                   const char *argv[] OVS_UNUSED, void *translator)
{
    unixctl_command_reply(conn, translator_is_connected(translator)
                          ? "connected" : "not connected");
}

static void
register_commands(struct translator *translator)
{
    static const struct {
        const char *name;
        unixctl_cb_func *run;
    } commands[] = {
        { "status", status_command },
        { "recompute", recompute_command },
        { "inc-engine/recompute", recompute_command },
        /* What is known of etcd, its revisions too, is forgotten. */
        { "nb-cluster-state-reset", recompute_command },
        { "sb-cluster-state-reset", recompute_command },
        { "nb-connection-status", connection_command },
        { "sb-connection-status", connection_command },
        { "pause", pause_command },
        { "resume", resume_command },
        { "is-paused", is_paused_command },
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, "", 0, 0, commands[i].run,
                                 translator);
    }
}

/* ---- Main -------------------------------------------------------------- */

static void
log_cb(const char *message, void *aux OVS_UNUSED)
{
    VLOG_INFO("%s", message);
}

static struct inc_engine_node northd = { .name = "northd" };

/* As ovn-northd calls them. */
#define SW_TRANSLATE "build_lflows"
#define SW_TOTAL "ovn-northd-loop"

static void
register_counters(void)
{
    inc_engine_register(&northd, 1);
    inc_engine_stopwatch(SW_TRANSLATE);
    inc_engine_stopwatch(SW_TOTAL);
}

static void
translated_cb(bool anew, void *aux OVS_UNUSED)
{
    inc_engine_count(&northd, anew);
}

static void
written_cb(double translate_s, double total_s, void *aux OVS_UNUSED)
{
    metric_observe(&translate_seconds, translate_s);
    metric_observe(&total_seconds, total_s);
    inc_engine_took(SW_TRANSLATE, translate_s);
    inc_engine_took(SW_TOTAL, total_s);
}

static char *
default_name(void)
{
    struct uuid uuid;
    char host[256];

    if (gethostname(host, sizeof host)) {
        snprintf(host, sizeof host, "translator");
    }
    host[sizeof host - 1] = '\0';
    uuid_generate(&uuid);
    return xasprintf("%s/"UUID_FMT, host, UUID_ARGS(&uuid));
}

static struct store *
open_store(struct service *service)
{
    struct store_config config;
    struct err err = ERR_INIT;
    struct store *store;

    store_config_from_settings(service_settings(service), &config);
    if (store_etcd_create(&config, service_loop(service), &store, &err)) {
        service_fatal("%s", err_to_string(&err));
    }
    return store;
}

static void
run(struct service *service, struct translator *translator)
{
    while (!service_is_stopping(service)) {
        service_run(service);
        const char *trouble = translator_not_ready(translator);

        service_set_ready(service, !trouble, trouble ? trouble : "");
        service_wait(service);
        poll_block();
    }
}

/* A large network is some hundred megabytes of small pieces, all touched
 * once at the start and then at random: in pages of 4 KiB a fifth of a start
 * is page faults and missing translations.  So the heap begins with much
 * address space, not memory, for which the kernel is to take large pages; it
 * does as it likes, and nothing depends on it. */
static void
prefer_large_pages(void)
{
#ifndef __SANITIZE_ADDRESS__
    enum { RESERVED_BYTES = 1 << 30, LARGE_PAGE_BYTES = 2 << 20 };
    void *reserved;

    mallopt(M_MMAP_MAX, 0);             /* From the heap. */
    reserved = malloc(RESERVED_BYTES);
    mallopt(M_MMAP_MAX, 65536);         /* As it was, */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);    /* where that ends in time. */
    if (reserved) {
        uintptr_t start = ROUND_UP((uintptr_t) reserved, LARGE_PAGE_BYTES);
        uintptr_t end = (uintptr_t) reserved + RESERVED_BYTES;

        mallopt(M_TRIM_THRESHOLD, INT_MAX);
        madvise((void *) start, end - start, MADV_HUGEPAGE);
        free(reserved);
    }
#endif
}

/* Lets the resignation be sent. */
static bool
store_idle_cb(void *store)
{
    return store_is_idle(store);
}

int
main(int argc, char *argv[])
{
    static const struct translator_ops ops = {
        .log = log_cb, .translated = translated_cb, .written = written_cb,
    };
    const struct service_spec spec = {
        .name = "weft-translator",
        .summary = "translates the northbound network into logical flows",
        .arguments = "",
        .settings = settings_rows, .n_settings = ARRAY_SIZE(settings_rows),
        .more_settings = STORE_SETTINGS,
        .n_more_settings = N_STORE_SETTINGS,
    };
    prefer_large_pages();

    struct service *service = service_create(argc, argv, &spec);
    const struct settings *settings = service_settings(service);
    struct store *store = open_store(service);
    const char *name = settings_string(settings, "name");
    char *made_name = name ? NULL : default_name();
    const struct translator_config config = {
        .prefix = store_prefix_from_settings(settings),
        .name = name ? name : made_name,
        .lease_ttl_s = settings_integer(settings, "lease-ttl"),
    };
    struct translator *translator = translator_create(store, &config, &ops,
                                                      NULL);

    register_metrics(translator);
    register_commands(translator);
    register_counters();
    service_started(service);
    run(service, translator);
    translator_destroy(translator);
    loop_run_until(service_loop(service), store_idle_cb, store, 1000);
    store_destroy(store);
    service_destroy(service);
    free(made_name);
    return 0;
}
