/* The store's settings: see config.h. */
#include <config.h>

#include "store/config.h"

#include "store/keys.h"
#include "util.h"

const struct setting STORE_SETTINGS[] = {
    { .name = "etcd", .type = SETTING_STRING,
      .default_value = "http://127.0.0.1:2379", .argument = "URL[,URL...]",
      .help = "etcd's end points, http or https" },
    { .name = "etcd-ca", .type = SETTING_STRING, .argument = "FILE",
      .help = "PEM certificates that etcd's are checked against" },
    { .name = "etcd-cert", .type = SETTING_STRING, .argument = "FILE",
      .help = "PEM client certificate, without a common name" },
    { .name = "etcd-key", .type = SETTING_STRING, .argument = "FILE",
      .help = "PEM key of the client certificate" },
    { .name = "etcd-user", .type = SETTING_STRING, .argument = "NAME",
      .help = "user name at etcd" },
    { .name = "etcd-password-file", .type = SETTING_STRING,
      .argument = "FILE", .help = "file with the password of that user" },
    { .name = "etcd-password", .type = SETTING_STRING, .argument = "TEXT",
      .help = "the password itself; better in a file" },
    { .name = "etcd-timeout", .type = SETTING_INTEGER,
      .default_value = "5000", .min = 100, .max = 600000, .argument = "MS",
      .help = "time for one request with all its retries" },
    { .name = "etcd-max-txn-ops", .type = SETTING_INTEGER,
      .default_value = "128", .min = 1, .max = 1000000, .argument = "N",
      .help = "operations in one transaction: etcd's --max-txn-ops" },
    { .name = "prefix", .type = SETTING_STRING,
      .default_value = KEYS_DEFAULT_PREFIX, .argument = "PREFIX",
      .help = "what every key of this cloud begins with" },
};
const size_t N_STORE_SETTINGS = ARRAY_SIZE(STORE_SETTINGS);

void
store_config_from_settings(const struct settings *settings,
                           struct store_config *config)
{
    *config = (struct store_config) {
        .endpoints = settings_string(settings, "etcd"),
        .ca_file = settings_string(settings, "etcd-ca"),
        .cert_file = settings_string(settings, "etcd-cert"),
        .key_file = settings_string(settings, "etcd-key"),
        .user = settings_string(settings, "etcd-user"),
        .password_file = settings_string(settings, "etcd-password-file"),
        .password = settings_string(settings, "etcd-password"),
        .timeout_ms = settings_integer(settings, "etcd-timeout"),
        .max_txn_ops = settings_integer(settings, "etcd-max-txn-ops"),
    };
}

const char *
store_prefix_from_settings(const struct settings *settings)
{
    return settings_string(settings, "prefix");
}

int
store_config_from_env(struct store_environment *environment, struct err *err)
{
    struct settings *settings = settings_create();
    int error;

    settings_add(settings, STORE_SETTINGS, N_STORE_SETTINGS);
    error = settings_check(settings, err);
    if (error) {
        settings_destroy(settings);
        return error;
    }
    environment->settings = settings;
    store_config_from_settings(settings, &environment->config);
    environment->prefix = store_prefix_from_settings(settings);
    return 0;
}

void
store_environment_destroy(struct store_environment *environment)
{
    settings_destroy(environment->settings);
    environment->settings = NULL;
}
