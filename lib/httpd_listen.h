/* What an HTTP server needs before it can start: a listening socket and its
 * TLS material.  Used by lib/httpd.c only. */
#ifndef WEFT_LIB_HTTPD_LISTEN_H
#define WEFT_LIB_HTTPD_LISTEN_H 1

#include "lib/err.h"

/* Opens a non-blocking TCP socket that listens at 'listen' ("HOST:PORT",
 * "[IPv6]:PORT"; port 0: any free one; ":PORT": every address).  Returns 0, a
 * negative errno, or -WEFT_E_INVALID; 'err' then names "listen". */
int httpd_listen_open(const char *listen, int *fdp, struct err *err);

/* The port that 'fd' listens on. */
int httpd_listen_port(int fd);

/* PEM texts; start from HTTPD_TLS_INIT. */
struct httpd_tls {
    char *cert;                 /* NULL: no TLS. */
    char *key;
    char *client_ca;            /* NULL: clients need no certificate. */
};
#define HTTPD_TLS_INIT { NULL, NULL, NULL }

/* Reads the files (NULL: none) and checks that the key belongs to the
 * certificate.  Returns 0, a negative errno, or -WEFT_E_INVALID; 'err' then
 * names "cert_file", "key_file" or "client_ca_file". */
int httpd_tls_load(const char *cert_file, const char *key_file,
                   const char *client_ca_file, struct httpd_tls *tls,
                   struct err *err);
void httpd_tls_destroy(struct httpd_tls *tls);

#endif
