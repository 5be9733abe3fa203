/* A local user who waits for root in a directory of their own. Prints how often it acted, at the end of input.
 *
 * created DIR PREFIX TARGET [NAME]   when an entry appears in DIR whose name begins with PREFIX,
 *                                    replaces it, or NAME, by a symbolic link to TARGET; looks without
 *                                    a pause for 20 ms after whatever happens there, else waits
 * exchange DIR A B [slowly]          exchanges two names again and again
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

static int is_over(void) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  return poll(&input, 1, 0) != 0;
}

static int replace(const char *name, const char *target) {
  static long number;
  char away[64], link[64];
  snprintf(away, sizeof away, "away%ld", ++number);
  snprintf(link, sizeof link, "link%ld", number);
  return symlink(target, link) == 0 &&
         (rename(link, name) == 0 ||
          (rename(name, away) == 0 && rename(link, name) == 0));
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long created(const char *prefix, const char *target, const char *name) {
  char buffer[65536];
  long count = 0, busy_until = 0;
  int watch = inotify_init1(IN_NONBLOCK);
  if (inotify_add_watch(watch, ".", IN_CREATE | IN_MOVED_TO | IN_OPEN | IN_ATTRIB | IN_DELETE) < 0)
    perror("inotify");
  puts("ready");
  while (!is_over()) {
    struct pollfd inputs[] = {{.fd = 0, .events = POLLIN}, {.fd = watch, .events = POLLIN}};
    if (now_ms() >= busy_until) poll(inputs, 2, -1);
    ssize_t size = read(watch, buffer, sizeof buffer);
    if (size > 0) busy_until = now_ms() + 20;
    for (ssize_t at = 0; at < size;) {
      struct inotify_event *event = (struct inotify_event *)(buffer + at);
      at += sizeof *event + event->len;
      if (!(event->mask & IN_CREATE) || strncmp(event->name, prefix, strlen(prefix)) != 0) continue;
      count += replace(name ? name : event->name, target);
    }
  }
  return count;
}

static long exchange(const char *one, const char *other, const char *slowly) {
  long count = 0;
  puts("ready");
  while (!is_over()) {
    count += renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == 0;
    if (slowly) usleep(rand() % 500000);
    else if (count % 8 == 0) usleep(300);
  }
  return count;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc < 5 || chdir(argv[2]) != 0) return 2;
  long count = strcmp(argv[1], "created") == 0 ? created(argv[3], argv[4], argv[5])
                                                 : exchange(argv[3], argv[4], argv[5]);
  printf("%ld\n", count);
  return 0;
}
