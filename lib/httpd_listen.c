/* Sockets and certificates of the HTTP server: see httpd_listen.h. */
#include <config.h>

#include "lib/httpd_listen.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util.h"

enum { LISTEN_BACKLOG = 128, MAX_PEM_BYTES = 1024 * 1024 };

/* Splits "HOST:PORT" into '*host' (NULL: any) and '*port'; the caller frees
 * both.  Returns false if 'listen' is malformed. */
static bool
split_address(const char *listen, char **host, char **port)
{
    const char *colon = strrchr(listen, ':');
    size_t host_size;

    if (!colon || !colon[1] || strlen(colon + 1) > 5
        || strspn(colon + 1, "0123456789") != strlen(colon + 1)
        || atoi(colon + 1) > UINT16_MAX) {
        return false;
    }
    host_size = colon - listen;
    if (listen[0] == '[') {
        if (host_size < 3 || listen[host_size - 1] != ']') {
            return false;
        }
        *host = xmemdup0(listen + 1, host_size - 2);
    } else {
        if (memchr(listen, ':', host_size)) {
            return false;
        }
        *host = host_size ? xmemdup0(listen, host_size) : NULL;
    }
    *port = xstrdup(colon + 1);
    return true;
}

/* Opens a listening socket at one address.  Returns a descriptor or a
 * negative errno. */
static int
open_at(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family,
                    ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    ai->ai_protocol);
    int one = 1, error;

    if (fd < 0) {
        return -errno;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!bind(fd, ai->ai_addr, ai->ai_addrlen)
        && !listen(fd, LISTEN_BACKLOG)) {
        return fd;
    }
    error = -errno;
    close(fd);
    return error;
}

int
httpd_listen_open(const char *listen, int *fdp, struct err *err)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    struct addrinfo *list = NULL;
    char *host, *port;
    int fd, rc;

    if (!split_address(listen, &host, &port)) {
        return err_put(err, -WEFT_E_INVALID, "listen",
                       "\"%s\" is not HOST:PORT", listen);
    }
    rc = getaddrinfo(host, port, &hints, &list);
    free(host);
    free(port);
    if (rc) {
        return err_put(err, -WEFT_E_INVALID, "listen", "\"%s\": %s", listen,
                       gai_strerror(rc));
    }
    fd = open_at(list);
    freeaddrinfo(list);
    if (fd < 0) {
        return err_put(err, fd, "listen", "cannot listen at %s: %s", listen,
                       err_text(fd));
    }
    *fdp = fd;
    return 0;
}

int
httpd_listen_port(int fd)
{
    struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
    socklen_t size = sizeof ss;

    if (getsockname(fd, (struct sockaddr *) &ss, &size)) {
        return -errno;
    }
    return ntohs(ss.ss_family == AF_INET6
                 ? ((struct sockaddr_in6 *) &ss)->sin6_port
                 : ((struct sockaddr_in *) &ss)->sin_port);
}

/* Reads a PEM file into '*text', for the setting called 'setting'. */
static int
read_pem(const char *setting, const char *file_name, char **text,
         struct err *err)
{
    FILE *stream = fopen(file_name, "re");
    char *buffer;
    size_t n;
    int error = 0;

    if (!stream) {
        error = -errno;
        return err_put(err, error, setting, "%s: %s", file_name,
                       err_text(error));
    }
    buffer = xmalloc(MAX_PEM_BYTES + 1);
    n = fread(buffer, 1, MAX_PEM_BYTES + 1, stream);
    if (ferror(stream)) {
        error = err_put(err, -EIO, setting, "%s: cannot be read", file_name);
    } else if (n > MAX_PEM_BYTES) {
        error = err_put(err, -WEFT_E_INVALID, setting,
                        "%s: larger than %d bytes", file_name,
                        MAX_PEM_BYTES);
    }
    fclose(stream);
    if (error) {
        free(buffer);
        return error;
    }
    buffer[n] = '\0';
    *text = buffer;
    return 0;
}

/* Does gnutls accept 'tls'? */
static int
check_tls(const struct httpd_tls *tls, struct err *err)
{
    gnutls_datum_t cert = { (void *) tls->cert, strlen(tls->cert) };
    gnutls_datum_t key = { (void *) tls->key, strlen(tls->key) };
    gnutls_certificate_credentials_t credentials;
    int rc, error = 0;

    rc = gnutls_certificate_allocate_credentials(&credentials);
    if (rc < 0) {
        return err_put(err, -ENOMEM, "cert_file", "%s", gnutls_strerror(rc));
    }
    rc = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key,
                                             GNUTLS_X509_FMT_PEM);
    if (rc < 0) {
        error = err_put(err, -WEFT_E_INVALID, "cert_file",
                        "the certificate and key cannot be used: %s",
                        gnutls_strerror(rc));
    } else if (tls->client_ca) {
        gnutls_datum_t ca = { (void *) tls->client_ca,
                              strlen(tls->client_ca) };

        rc = gnutls_certificate_set_x509_trust_mem(credentials, &ca,
                                                   GNUTLS_X509_FMT_PEM);
        if (rc <= 0) {
            error = err_put(err, -WEFT_E_INVALID, "client_ca_file",
                            "holds no certificate");
        }
    }
    gnutls_certificate_free_credentials(credentials);
    return error;
}

int
httpd_tls_load(const char *cert_file, const char *key_file,
               const char *client_ca_file, struct httpd_tls *tls,
               struct err *err)
{
    struct httpd_tls new = HTTPD_TLS_INIT;
    int error = 0;

    if (!cert_file || !key_file) {
        if (cert_file || key_file) {
            return err_put(err, -WEFT_E_INVALID,
                           cert_file ? "key_file" : "cert_file",
                           "a certificate and its key go together");
        }
        return client_ca_file
               ? err_put(err, -WEFT_E_INVALID, "client_ca_file",
                         "needs cert_file and key_file")
               : 0;
    }
    error = read_pem("cert_file", cert_file, &new.cert, err);
    if (!error) {
        error = read_pem("key_file", key_file, &new.key, err);
    }
    if (!error && client_ca_file) {
        error = read_pem("client_ca_file", client_ca_file, &new.client_ca,
                         err);
    }
    if (!error) {
        error = check_tls(&new, err);
    }
    if (error) {
        httpd_tls_destroy(&new);
        return error;
    }
    *tls = new;
    return 0;
}

void
httpd_tls_destroy(struct httpd_tls *tls)
{
    free(tls->cert);
    free(tls->key);
    free(tls->client_ca);
    *tls = (struct httpd_tls) HTTPD_TLS_INIT;
}
