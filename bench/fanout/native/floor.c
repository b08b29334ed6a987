/*
 * The floor of the fan-out benchmarks: the least that a server can do for the same bytes. It keeps no log, knows no
 * filter and no rights; it makes the bytes of an event once and writes them to every socket.
 *
 *   floor sse|ws WINDOW_MS
 *
 * WINDOW_MS 0: each event is written by itself. Above: what is due within the window is joined into one write a socket.
 * Prints its port, then obeys `run RATE EVENTS BYTES` on standard input, and answers when all is written.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 20000
#define QUEUE (16 << 20)

struct conn {
  int fd, open;
  char head[2048];
  int head_length;
  char *queued; /* what the socket did not take yet */
  size_t queued_length, queued_from;
};

static struct conn *conns[MOST];
static int connections, epoll, listener, is_ws;
static char *joined;
static size_t joined_length;
static uint64_t writes;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void watch(struct conn *c, uint32_t what) {
  struct epoll_event event = { .events = what, .data.ptr = c };
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void end(struct conn *c) {
  if (!c->open && c->fd < 0) return;
  close(c->fd);
  c->fd = -1;
  c->open = 0;
  free(c->queued);
  c->queued = NULL;
}

static void send_bytes(struct conn *c, const char *bytes, size_t length) {
  if (c->queued_length == 0) {
    ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
    writes++;
    if (n < 0 && errno != EAGAIN) { end(c); return; }
    if (n < 0) n = 0;
    bytes += n;
    length -= (size_t)n;
    if (length == 0) return;
    watch(c, EPOLLIN | EPOLLOUT);
  }
  if (c->queued_length + length > QUEUE) { end(c); return; }
  if (c->queued_from > 0) {
    memmove(c->queued, c->queued + c->queued_from, c->queued_length);
    c->queued_from = 0;
  }
  c->queued = realloc(c->queued, c->queued_length + length);
  memcpy(c->queued + c->queued_length, bytes, length);
  c->queued_length += length;
}

static void drain(struct conn *c) {
  ssize_t n = send(c->fd, c->queued + c->queued_from, c->queued_length, MSG_NOSIGNAL);
  writes++;
  if (n < 0) { if (errno != EAGAIN) end(c); return; }
  c->queued_from += (size_t)n;
  c->queued_length -= (size_t)n;
  if (c->queued_length > 0) return;
  free(c->queued);
  c->queued = NULL;
  c->queued_from = 0;
  watch(c, EPOLLIN);
}

static void broadcast(void) {
  if (joined_length == 0) return;
  for (int i = 0; i < connections; i++) if (conns[i]->open) send_bytes(conns[i], joined, joined_length);
  joined_length = 0;
}

/* The same document that the others send: its title carries the number and the time at which it was due. */
static void append(uint64_t seq, uint64_t due, int size) {
  char json[4096], *out = joined + joined_length;
  int n = snprintf(json, sizeof json,
    "%s{\"identifier\":\"com.plexapp.plugins.library\",\"sectionID\":\"1\",\"itemID\":\"1\",\"type\":1,\"title\":\"bench %lu %lu ",
    is_ws ? "{\"NotificationContainer\":{\"type\":\"timeline\",\"size\":1,\"TimelineEntry\":[" : "{\"TimelineEntry\":", seq, due);
  const char *tail = is_ws ? "\",\"state\":5,\"updatedAt\":1700000000}]}}" : "\",\"state\":5,\"updatedAt\":1700000000}}";
  /* The title is as long as the others make it. */
  int title_end = (int)(strstr(json, "bench ") - json) + size - 150;
  while (n < title_end) json[n++] = '.';
  n += snprintf(json + n, sizeof json - (size_t)n, "%s", tail);
  if (is_ws) {
    *out++ = (char)0x81;
    if (n < 126) *out++ = (char)n;
    else { *out++ = 126; *out++ = (char)(n >> 8); *out++ = (char)n; }
    memcpy(out, json, (size_t)n);
    out += n;
  } else out += sprintf(out, "id: 0123456789abcdef-%lu\nevent: timeline\ndata: %.*s\n\n", seq, n, json);
  joined_length = (size_t)(out - joined);
}

static void answer(struct conn *c) {
  /* The client's key is always the same one, that of RFC 6455. */
  const char *head = is_ws
    ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    : "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
  c->open = 1;
  send_bytes(c, head, strlen(head));
}

static void receive(struct conn *c) {
  ssize_t n = recv(c->fd, c->head + c->head_length, sizeof c->head - 1 - (size_t)c->head_length, 0);
  if (n <= 0) { if (n == 0 || errno != EAGAIN) end(c); return; }
  if (c->open) return;
  c->head_length += (int)n;
  c->head[c->head_length] = 0;
  if (strstr(c->head, "\r\n\r\n") != NULL) { c->head_length = 0; answer(c); }
}

/* Waits for events of the sockets, at most until that time. */
static int wait_until(struct epoll_event *events, int most, uint64_t at) {
  if (at == UINT64_MAX) return epoll_pwait2(epoll, events, most, NULL, NULL);
  uint64_t at_now = now(), ns = at > at_now ? at - at_now : 0;
  struct timespec rest = { .tv_sec = (time_t)(ns / 1000000000ull), .tv_nsec = (long)(ns % 1000000000ull) };
  return epoll_pwait2(epoll, events, most, &rest, NULL);
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    if (connections == MOST) { close(fd); continue; }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct conn *c = calloc(1, sizeof *c);
    c->fd = fd;
    conns[connections++] = c;
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) { fprintf(stderr, "floor sse|ws WINDOW_MS\n"); return 2; }
  is_ws = strcmp(argv[1], "ws") == 0;
  uint64_t window = (uint64_t)atoi(argv[2]) * 1000000ull;
  joined = malloc(64 << 20);
  struct sockaddr_in at = { .sin_family = AF_INET };
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  socklen_t size = sizeof at;
  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 4096) < 0) { perror("listen"); return 1; }
  getsockname(listener, (struct sockaddr *)&at, &size);
  printf("{\"port\":%d}\n", ntohs(at.sin_port));
  fflush(stdout);
  epoll = epoll_create1(0);
  struct epoll_event in = { .events = EPOLLIN, .data.ptr = NULL }, new = { .events = EPOLLIN, .data.ptr = &listener };
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &in);
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &new);
  struct epoll_event events[256];
  uint64_t seq = 0, first = 0, flushed = 0;
  unsigned long rate = 1, count = 0, done = 0;
  int bytes = 300;
  for (;;) {
    /* To the nanosecond: whole milliseconds would be late, or spin. */
    uint64_t at = UINT64_MAX;
    if (done < count) at = first + done * 1000000000ull / rate;
    if (joined_length > 0 && flushed + window < at) at = flushed + window;
    int n = wait_until(events, 256, at);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == &listener) accept_all();
      else if (events[i].data.ptr == NULL) {
        char line[256];
        ssize_t got = read(0, line, sizeof line - 1);
        if (got <= 0) return 0;
        line[got] = 0;
        if (sscanf(line, "run %lu %lu %d", &rate, &count, &bytes) == 3) {
          done = 0;
          writes = 0;
          first = now() + 1000000ull;
        } else count = done = 0;
      } else {
        struct conn *c = events[i].data.ptr;
        if (c->fd >= 0 && events[i].events & EPOLLOUT) drain(c);
        if (c->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP)) receive(c);
      }
    }
    if (count == 0) continue;
    uint64_t at_now = now();
    while (done < count && first + done * 1000000000ull / rate <= at_now) {
      append(++seq, first + done * 1000000000ull / rate, bytes);
      done++;
      if (window == 0) broadcast();
      if (joined_length > (48u << 20)) break;
    }
    /* Joined: at once when the last write is a window ago, else together with what comes until then. */
    if (window > 0 && joined_length > 0 && (at_now >= flushed + window || done == count)) {
      broadcast();
      flushed = now();
    }
    if (done == count && joined_length == 0) {
      printf("{\"events\":%lu,\"writes\":%lu}\n", done, writes);
      fflush(stdout);
      count = done = 0;
    }
  }
}
