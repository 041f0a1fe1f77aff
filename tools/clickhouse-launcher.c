/* Runs ClickHouse's own command line out of libchdb. `launcher <libchdb.so> <arguments of clickhouse local>`. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: launcher <libchdb> [arguments]\n");
    return 2;
  }
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  void *(*run)(int, char **) = (void *(*)(int, char **))dlsym(library, "chdb_query_cmdline");
  const char *(*error_of)(void *) = (const char *(*)(void *))dlsym(library, "chdb_result_error");
  if (!run || !error_of) {
    fprintf(stderr, "%s has no command line\n", argv[1]);
    return 2;
  }
  /* The library takes the place of the program's name. */
  void *result = run(argc - 1, argv + 1);
  const char *error = result ? error_of(result) : "it gave no result";
  if (error) fprintf(stderr, "%s\n", error);
  return error ? 1 : 0;
}
