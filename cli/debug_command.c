/* weftctl debug: sends a command to a daemon's control socket, as
 * ovs-appctl(8) does.
 *
 * A target is a socket's path; a daemon's name, whose pid is that of its
 * pidfile in the run directory; or a pid. Without a pidfile the name's only
 * socket in the run directory is taken. The run directory is OVS_RUNDIR, else
 * Open vSwitch's, and for what is not there /run/NAME, that of the daemon's
 * systemd unit. */
#include <config.h>

#include "cli/debug_command.h"

#include <getopt.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/program.h"
#include "daemon.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "unixctl.h"
#include "util.h"

/* The path that matches 'pattern', if it is one; or NULL. The caller frees
 * it. */
static char *
only_match(const char *pattern)
{
    char *path = NULL;
    glob_t found;

    if (!glob(pattern, 0, NULL, &found)) {
        if (found.gl_pathc > 1) {
            program_die("%s: %s and %s; name one of them", pattern,
                        found.gl_pathv[0], found.gl_pathv[1]);
        }
        path = xstrdup(found.gl_pathv[0]);
        globfree(&found);
    }
    return path;
}

/* The pid in the pidfile of 'name' in 'folder', or 0. */
static long int
read_pid(const char *folder, const char *name)
{
    char *path = xasprintf("%s/%s.pid", folder, name);
    FILE *file = fopen(path, "r");
    char line[32] = "";

    if (file) {
        if (!fgets(line, sizeof line, file)) {
            line[0] = '\0';
        }
        fclose(file);
    }
    free(path);
    return atol(line);
}

/* The daemon here that does what OVN's 'target' does, or 'target'. */
static const char *
ours(const char *target)
{
    static const char *const names[][2] = {
        { "ovn-controller", "weft-agent" },
        { "ovn-northd", "weft-translator" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(target, names[i][0])) {
            return names[i][1];
        }
    }
    return target;
}

/* The socket of 'target', a name or a pid, in 'folder', or NULL. The caller
 * frees it. */
static char *
socket_in(const char *folder, const char *target)
{
    bool is_pid = target[strspn(target, "0123456789")] == '\0';
    long int pid = is_pid ? 0 : read_pid(folder, target);
    char *pattern, *path;

    if (pid) {
        return xasprintf("%s/%s.%ld.ctl", folder, target, pid);
    }
    pattern = is_pid ? xasprintf("%s/*.%s.ctl", folder, target)
              : xasprintf("%s/%s.*.ctl", folder, target);
    path = only_match(pattern);
    free(pattern);
    return path;
}

/* The caller frees it. */
static char *
socket_of(const char *target)
{
    char *path;

    target = ours(target);
    if (target[0] == '/') {
        return xstrdup(target);
    }
    path = socket_in(ovs_rundir(), target);
    if (!path && !getenv("OVS_RUNDIR")) {
        char *own = xasprintf("/run/%s", target);

        path = socket_in(own, target);
        free(own);
    }
    if (!path) {
        program_die("%s: no control socket in %s (is it running? another run "
                    "directory is named by OVS_RUNDIR)", target,
                    ovs_rundir());
    }
    return path;
}

static int
send_command(const char *target, const char *command, int argc, char *argv[])
{
    char *path = socket_of(target);
    char *result = NULL, *failure = NULL;
    struct jsonrpc *client;
    int error;

    error = unixctl_client_create(path, &client);
    if (error) {
        program_die("cannot connect to \"%s\" (%s)", path,
                    ovs_strerror(error));
    }
    error = unixctl_client_transact(client, command, argc, argv, &result,
                                    &failure);
    if (error) {
        program_die("%s: transaction error (%s)", path,
                    ovs_retval_to_string(error));
    }
    fputs(result ? result : "", stdout);
    fputs(failure ? failure : "", stderr);
    if (failure) {
        fprintf(stderr, "%s: %s: server returned an error\n", program_name,
                target);
    }
    error = failure ? 2 : 0;
    free(result);
    free(failure);
    jsonrpc_close(client);
    free(path);
    return error;
}

int
debug_command_main(int argc, char *argv[])
{
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        printf("weftctl debug: asks a daemon through its control socket\n"
               "usage: weftctl debug DAEMON [COMMAND [ARG...]]\n\n"
               "DAEMON is weft-translator, weft-agent, weft-api, a pid, or "
               "a socket's path.\nCOMMAND is status unless given; "
               "list-commands names all.\n");
        return argc < 2;
    }
    return (argc == 2 ? send_command(argv[1], "status", 0, NULL)
            : send_command(argv[1], argv[2], argc - 3, argv + 3));
}

static void
print_appctl_help(void)
{
    printf("%s: sends a command to a daemon's control socket\n"
           "usage: %s [-t TARGET] [-T SECS] COMMAND [ARG...]\n\n"
           "  -t, --target=TARGET  a daemon's name, its pid, or its socket "
           "(default: weft-agent)\n"
           "  -T, --timeout=SECS   give up after SECS seconds\n"
           "  -h, --help           display this help message\n"
           "  -V, --version        display version information\n\n"
           "list-commands, version, vlog/list, vlog/set [SPEC] and "
           "vlog/reopen are known to every daemon.\n",
           program_name, program_name);
}

static void
set_appctl_timeout(const char *text)
{
    int seconds;

    if (!str_to_int(text, 10, &seconds) || seconds < 0) {
        program_die("value %s on -T or --timeout is invalid", text);
    }
    alarm(seconds);
}

int
appctl_main(int argc, char *argv[])
{
    static const struct option options[] = {
        { "target", required_argument, NULL, 't' },
        { "timeout", required_argument, NULL, 'T' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    const char *target = "weft-agent";
    int c;

    /* What getopt_long() prints begins with that. */
    argv[0] = CONST_CAST(char *, program_name);
    while ((c = getopt_long(argc, argv, "+t:T:hV", options, NULL)) != -1) {
        switch (c) {
        case 't':
            target = optarg;
            break;
        case 'T':
            set_appctl_timeout(optarg);
            break;
        case 'h':
            print_appctl_help();
            return EXIT_SUCCESS;
        case 'V':
            printf("%s (Weft) %s\n", program_name, WEFT_VERSION);
            return EXIT_SUCCESS;
        default:
            return EXIT_FAILURE;
        }
    }
    if (optind >= argc) {
        program_die("at least one non-option argument is required (use "
                    "--help for help)");
    }
    return send_command(target, argv[optind], argc - optind - 1,
                        argv + optind + 1);
}
