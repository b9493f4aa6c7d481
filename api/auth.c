/* Bearer tokens: see auth.h. */
#include <config.h>

#include "api/auth.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "util.h"

enum { CHECK_INTERVAL_MS = 1000, MAX_LINE_BYTES = 4096 };

struct token {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    enum role role;
};

struct auth {
    char *file_name;            /* NULL: no authentication. */
    struct token *tokens;
    size_t n_tokens;
    struct stat seen;           /* Of the file when it was read. */
    uint64_t checked_ms;
};

static void
digest_token(const char *text, size_t size, unsigned char *digest)
{
    SHA256((const unsigned char *) text, size, digest);
}

/* Parses "TOKEN ROLE" into 'token'.  Returns false if it is neither that nor
 * nothing; '*is_token' tells which. */
static bool
parse_line(char *line, struct token *token, bool *is_token)
{
    char *save = NULL;
    char *text = strtok_r(line, " \t\r\n", &save);
    char *role = text ? strtok_r(NULL, " \t\r\n", &save) : NULL;

    *is_token = text && text[0] != '#';
    if (!*is_token) {
        return true;
    } else if (!role || strtok_r(NULL, " \t\r\n", &save)) {
        return false;
    } else if (!strcmp(role, "admin")) {
        token->role = ROLE_ADMIN;
    } else if (!strcmp(role, "read")) {
        token->role = ROLE_READ;
    } else {
        return false;
    }
    digest_token(text, strlen(text), token->digest);
    return true;
}

static int
read_tokens(const char *file_name, FILE *stream, struct token *tokens,
            size_t *n, struct err *err)
{
    char line[MAX_LINE_BYTES];

    for (int number = 1; fgets(line, sizeof line, stream); number++) {
        bool is_token, is_whole = strchr(line, '\n') || feof(stream);
        struct token token;

        if (!is_whole || !parse_line(line, &token, &is_token)) {
            return err_put(err, -WEFT_E_INVALID, "token-file",
                           "%s:%d: must be \"TOKEN admin\" or \"TOKEN read\"",
                           file_name, number);
        }
        if (is_token) {
            if (*n >= AUTH_MAX_TOKENS) {
                return err_put(err, -WEFT_E_INVALID, "token-file",
                               "%s: more than %d tokens", file_name,
                               AUTH_MAX_TOKENS);
            }
            tokens[(*n)++] = token;
        }
    }
    OPENSSL_cleanse(line, sizeof line);
    return 0;
}

static int
load(struct auth *auth, struct err *err)
{
    struct token *tokens;
    struct stat seen;
    FILE *stream;
    size_t n = 0;
    int error;

    stream = fopen(auth->file_name, "re");
    if (!stream || fstat(fileno(stream), &seen)) {
        error = -errno;
        if (stream) {
            fclose(stream);
        }
        return err_put(err, error, "token-file", "%s: %s", auth->file_name,
                       err_text(error));
    }
    tokens = xcalloc(AUTH_MAX_TOKENS, sizeof *tokens);
    error = read_tokens(auth->file_name, stream, tokens, &n, err);
    fclose(stream);
    if (error) {
        free(tokens);
        return error;
    }
    free(auth->tokens);
    auth->tokens = tokens;
    auth->n_tokens = n;
    auth->seen = seen;
    return 0;
}

int
auth_create(const char *token_file, struct auth **authp, struct err *err)
{
    struct auth *auth = xzalloc(sizeof *auth);
    int error;

    if (token_file) {
        auth->file_name = xstrdup(token_file);
        error = load(auth, err);
        if (error) {
            auth_destroy(auth);
            return error;
        }
    }
    *authp = auth;
    return 0;
}

void
auth_destroy(struct auth *auth)
{
    if (auth) {
        free(auth->file_name);
        free(auth->tokens);
        free(auth);
    }
}

static bool
has_changed(const struct auth *auth)
{
    struct stat now;

    return !stat(auth->file_name, &now)
           && (now.st_mtim.tv_sec != auth->seen.st_mtim.tv_sec
               || now.st_mtim.tv_nsec != auth->seen.st_mtim.tv_nsec
               || now.st_ino != auth->seen.st_ino
               || now.st_size != auth->seen.st_size);
}

int
auth_reload(struct auth *auth, uint64_t now_ms, bool force, struct err *err)
{
    if (!auth->file_name
        || (!force && now_ms - auth->checked_ms < CHECK_INTERVAL_MS)) {
        return 0;
    }
    auth->checked_ms = now_ms;
    return force || has_changed(auth) ? load(auth, err) : 0;
}

enum role
auth_role(const struct auth *auth, const char *authorization)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    enum role role = ROLE_NONE;
    const char *token;

    if (!auth->file_name) {
        return ROLE_ADMIN;
    } else if (!authorization || strncasecmp(authorization, "Bearer ", 7)) {
        return ROLE_NONE;
    }
    token = authorization + 7;
    token += strspn(token, " ");
    digest_token(token, strlen(token), digest);
    /* All of them, whichever it is: the time tells nothing. */
    for (size_t i = 0; i < auth->n_tokens; i++) {
        if (!CRYPTO_memcmp(digest, auth->tokens[i].digest, sizeof digest)
            && auth->tokens[i].role > role) {
            role = auth->tokens[i].role;
        }
    }
    return role;
}
