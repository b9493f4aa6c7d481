/* Starts one program many times for little more than the price of one: a
 * library for LD_PRELOAD, spoken to by warm_start.py.
 *
 * The program stops before its main(), where the dynamic linker has done its
 * work (most of the time that a command line tool takes), and forks for each
 * request: the child gets the arguments, the environment and the standard
 * files that it would have been executed with, and runs main() from its
 * beginning.
 *
 * A request is a message with three descriptors: argc, a null byte, then the
 * arguments and the environment, each with a null byte behind it.  The answers
 * are the child's pid and, when it has ended, what waitpid() says of it. */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_REQUEST_BYTES (1 << 20)
#define N_FILES 3

typedef int start_function(int (*main_)(int, char **, char **), int argc,
                           char **argv, void (*init)(void),
                           void (*fini)(void), void (*rtld_fini)(void),
                           void *stack_end);

start_function __libc_start_main;

/* Receives a request into 'text'; its length, or 0 at the end. */
static size_t
receive(int fd, char *text, int files[N_FILES])
{
    union {
        char space[CMSG_SPACE(N_FILES * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec data = { .iov_base = text, .iov_len = MAX_REQUEST_BYTES };
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control,
    };
    ssize_t n;

    do {
        n = recvmsg(fd, &message, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        return 0;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    if (!header || header->cmsg_len != CMSG_LEN(N_FILES * sizeof(int))
        || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        _exit(125);
    }
    memcpy(files, CMSG_DATA(header), N_FILES * sizeof(int));
    return n;
}

/* In the child: its files, and the block of arguments and environment as the
 * kernel would have laid it out. */
static char **
become(char *text, size_t length, int fd, const int files[N_FILES],
       int *argcp)
{
    size_t n = 0, argc = strtoul(text, NULL, 10);
    char *p = text + strlen(text) + 1;
    char **block = malloc((length + 2) * sizeof *block);

    for (int i = 0; i < N_FILES; i++) {
        dup2(files[i], i);
        close(files[i]);
    }
    close(fd);
    for (; p < text + length; p += strlen(p) + 1) {
        if (n == argc) {
            block[n++] = NULL;
        }
        block[n++] = p;
    }
    block[n] = NULL;
    *argcp = argc;
    return block;
}

/* Forks for each request.  Returns in the child; the parent ends. */
static char **
serve(int fd, int *argcp)
{
    char *text = malloc(MAX_REQUEST_BYTES);
    int files[N_FILES];
    size_t length;

    while ((length = receive(fd, text, files))) {
        int status = 0;
        int32_t pid = fork();

        if (!pid) {
            return become(text, length, fd, files, argcp);
        }
        for (int i = 0; i < N_FILES; i++) {
            close(files[i]);
        }
        if (write(fd, &pid, sizeof pid) != sizeof pid
            || (pid > 0 && waitpid(pid, &status, 0) != pid)
            || write(fd, &status, sizeof status) != sizeof status) {
            break;
        }
    }
    _exit(0);
}

int
__libc_start_main(int (*main_)(int, char **, char **), int argc,
                  char **argv, void (*init)(void), void (*fini)(void),
                  void (*rtld_fini)(void), void *stack_end)
{
    start_function *next
        = (start_function *) dlsym(RTLD_NEXT, "__libc_start_main");
    const char *fd = getenv("WEFT_WARM_START");

    if (fd) {
        argv = serve(atoi(fd), &argc);
        program_invocation_name = argv[0];
        program_invocation_short_name = basename(argv[0]);
    }
    return next(main_, argc, argv, init, fini, rtld_fini, stack_end);
}
