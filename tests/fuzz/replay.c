/* Runs a fuzz target over the files of a corpus, without a fuzzer: the
 * regression test of what fuzzing found.
 *
 *     fuzz_NAME FOLDER|FILE...
 *
 * Fails when there is no file, so that a lost corpus is noticed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    struct stat st;
    uint8_t *data;

    if (!file || fstat(fileno(file), &st)) {
        perror(name);
        exit(1);
    }
    data = malloc(st.st_size ? st.st_size : 1);
    if (!data || fread(data, 1, st.st_size, file) != (size_t) st.st_size) {
        perror(name);
        exit(1);
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, st.st_size);
    free(data);
    return 1;
}

static int
replay(const char *name)
{
    struct dirent **entries;
    int n_files = 0;
    int n = scandir(name, &entries, NULL, alphasort);

    if (n < 0) {
        return replay_file(name);
    }
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            char path[4096];

            snprintf(path, sizeof path, "%s/%s", name, entries[i]->d_name);
            n_files += replay_file(path);
        }
        free(entries[i]);
    }
    free(entries);
    return n_files;
}

int
main(int argc, char *argv[])
{
    int n_files = 0;

    for (int i = 1; i < argc; i++) {
        n_files += replay(argv[i]);
    }
    printf("%d inputs replayed\n", n_files);
    return n_files == 0;
}
