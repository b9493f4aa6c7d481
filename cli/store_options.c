/* Settings of the store: --etcd, --prefix, ... */
#include <config.h>

#include "cli/store_options.h"

#include <string.h>

#include "store/keys.h"
#include "util.h"

static const struct setting rows[] = {
    { "etcd", SETTING_STRING, "http://127.0.0.1:2379", 0, 0, "URL,...",
      "etcd's addresses" },
    { "prefix", SETTING_STRING, KEYS_DEFAULT_PREFIX, 0, 0, "KEY",
      "what every key begins with" },
    { "etcd-ca", SETTING_STRING, NULL, 0, 0, "FILE", "CA certificate" },
    { "etcd-cert", SETTING_STRING, NULL, 0, 0, "FILE",
      "client certificate" },
    { "etcd-key", SETTING_STRING, NULL, 0, 0, "FILE", "its private key" },
    { "etcd-user", SETTING_STRING, NULL, 0, 0, "NAME", "user" },
    { "etcd-password-file", SETTING_STRING, NULL, 0, 0, "FILE",
      "file with the password" },
};

const struct setting *
store_settings(size_t *n)
{
    *n = ARRAY_SIZE(rows);
    return rows;
}

void
store_config_from_settings(const struct settings *settings,
                           struct store_config *config)
{
    memset(config, 0, sizeof *config);
    config->endpoints = settings_string(settings, "etcd");
    config->ca_file = settings_string(settings, "etcd-ca");
    config->cert_file = settings_string(settings, "etcd-cert");
    config->key_file = settings_string(settings, "etcd-key");
    config->user = settings_string(settings, "etcd-user");
    config->password_file = settings_string(settings, "etcd-password-file");
}

const char *
store_prefix_from_settings(const struct settings *settings)
{
    return settings_string(settings, "prefix");
}
