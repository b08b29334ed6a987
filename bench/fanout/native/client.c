/*
 * The load client of the fan-out benchmarks: many subscribers in one process, by epoll.
 *
 *   client PORT sse|ws|socketio CONNECTIONS REQUESTS
 *
 * REQUESTS is a file of request targets with, after a tab, further header lines separated by "|"; connection i uses line
 * i mod lines. Commands come on standard input, one a line; answers are JSON, one a line, on standard output:
 *
 *   connect [resume]   opens all connections (with their last event ids); answers when each has its stream's head
 *   drop               closes all
 *   reset              forgets what was counted
 *   stall I, go I      connection I stops reading, reads again
 *   wait COUNT MS      answers the report when every connection that reads has COUNT events, or after MS
 *   report, quit
 *
 * A delivery counts when its message was taken apart, down to the number and the time of sending in its title: numbers
 * must follow each other on every connection, or it is an error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum mode { SSE, WS, SOCKETIO };
enum state { CLOSED, CONNECTING, HEAD, STREAM };

struct conn {
  int fd;
  uint8_t state, stalled, chunked;
  long chunk;             /* bytes of the chunk that are still to come; -1: its size is next; -2: the line end after it */
  char *left;             /* what was received of a message that is not complete */
  int left_length, left_capacity;
  char raw[24];           /* the beginning of a chunk's size that was cut */
  int raw_length;
  uint64_t seq, count;
  uint64_t ready;         /* when its stream began: what was due earlier is replayed to it, not live */
  char id[48];
};

#define BUFFER (1 << 20)
#define SLOTS (1 << 20) /* events of which the last arrival is known */
#define BUCKETS 4096    /* 64 octaves of 64 */
#define IN_FLIGHT 400   /* handshakes at a time: a listening socket's queue is short */

static enum mode mode;
static int port, connections, epoll, open_now, in_flight, next_to_open, resuming;
static struct conn *conns;
static char **targets;
static int target_count;
static char *buffer;
static uint64_t deliveries, bytes, errors, refused, closed, first_at, last_at, highest;
static uint64_t histogram[BUCKETS];
static uint64_t *sent, *arrived;
static uint64_t connect_began;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static int bucket_of(uint64_t ns) {
  if (ns < 64) return (int)ns;
  int octave = 63 - __builtin_clzll(ns);
  return (octave - 5) * 64 + (int)((ns >> (octave - 6)) & 63);
}

static uint64_t value_of(int bucket) {
  if (bucket < 64) return (uint64_t)bucket;
  int octave = bucket / 64 + 5;
  return (1ull << octave) | ((uint64_t)(bucket % 64) << (octave - 6));
}

static uint64_t percentile(double share) {
  uint64_t total = 0, seen = 0;
  for (int i = 0; i < BUCKETS; i++) total += histogram[i];
  for (int i = 0; i < BUCKETS; i++) {
    seen += histogram[i];
    if (seen > 0 && seen >= (uint64_t)(share * (double)total)) return value_of(i);
  }
  return 0;
}

static int ascending(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* Of the events that were counted: from the intended time of sending to the last connection that got it. */
static void last_of_all(uint64_t *p50, uint64_t *p99) {
  uint64_t *all = malloc(SLOTS * sizeof *all);
  int n = 0;
  for (int i = 0; i < SLOTS; i++) if (arrived[i]) all[n++] = arrived[i] - sent[i];
  qsort(all, (size_t)n, sizeof *all, ascending);
  *p50 = n ? all[n / 2] : 0;
  *p99 = n ? all[(int)((double)(n - 1) * 0.99)] : 0;
  free(all);
}

static void report(const char *what) {
  uint64_t least = UINT64_MAX, most = 0, p50, p99;
  int reading = 0;
  for (int i = 0; i < connections; i++) {
    struct conn *c = &conns[i];
    if (c->state != STREAM || c->stalled) continue;
    reading++;
    if (c->count < least) least = c->count;
    if (c->count > most) most = c->count;
  }
  last_of_all(&p50, &p99);
  printf("{\"what\":\"%s\",\"open\":%d,\"reading\":%d,\"refused\":%lu,\"closed\":%lu,\"deliveries\":%lu,\"bytes\":%lu,\"errors\":%lu,"
         "\"least\":%lu,\"most\":%lu,\"first\":%lu,\"last\":%lu,\"p50\":%lu,\"p99\":%lu,\"max\":%lu,\"lastP50\":%lu,\"lastP99\":%lu}\n",
         what, open_now, reading, refused, closed, deliveries, bytes, errors, reading ? least : 0, most, first_at, last_at,
         percentile(0.5), percentile(0.99), percentile(1), p50, p99);
  fflush(stdout);
}

static void close_conn(struct conn *c) {
  if (c->state == CLOSED) return;
  if (c->state == STREAM) open_now--;
  else in_flight--;
  close(c->fd);
  c->state = CLOSED;
  c->left_length = 0;
}

static void keep(struct conn *c, const char *from, int length) {
  if (length > c->left_capacity) {
    c->left_capacity = length + 1024;
    c->left = realloc(c->left, (size_t)c->left_capacity);
  }
  memcpy(c->left, from, (size_t)length);
  c->left_length = length;
}

/* One message: the JSON text of an event. */
static void take(struct conn *c, const char *text, long length, uint64_t at) {
  if (length < 2 || text[0] != '{' || text[length - 1] != '}') { errors++; return; }
  const char *mark = memmem(text, (size_t)length, "\"bench ", 7);
  if (mark == NULL) return;
  uint64_t seq = 0, ns = 0;
  const char *p = mark + 7, *end = text + length;
  while (p < end && *p >= '0' && *p <= '9') seq = seq * 10 + (uint64_t)(*p++ - '0');
  p++;
  while (p < end && *p >= '0' && *p <= '9') ns = ns * 10 + (uint64_t)(*p++ - '0');
  if (seq == 0 || ns == 0 || (c->seq != 0 && seq != c->seq + 1)) errors++;
  c->seq = seq;
  c->count++;
  deliveries++;
  if (seq > highest) highest = seq;
  if (ns < c->ready) return;
  int bucket = bucket_of(at > ns ? at - ns : 0);
  histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  sent[seq % SLOTS] = ns;
  arrived[seq % SLOTS] = at;
}

static void send_masked(struct conn *c, int opcode, const char *text, int length) {
  unsigned char frame[140];
  if (length > 125) length = 125;
  frame[0] = (unsigned char)(0x80 | opcode);
  frame[1] = (unsigned char)(0x80 | length);
  memset(frame + 2, 0, 4);
  memcpy(frame + 6, text, (size_t)length);
  if (write(c->fd, frame, (size_t)length + 6) < 0) errors++;
}

/* @returns how many bytes were used up */
static long take_events(struct conn *c, const char *p, long length, uint64_t at) {
  const char *start = p, *end = p + length, *line = p, *data = NULL, *id = NULL;
  long data_length = 0, id_length = 0;
  int ping = 0;
  for (;;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (stop == NULL) return start - p;
    long n = stop - line;
    if (n == 0) {
      if (id != NULL && id_length < (long)sizeof c->id) {
        memcpy(c->id, id, (size_t)id_length);
        c->id[id_length] = 0;
      }
      if (data != NULL && !ping) take(c, data, data_length, at);
      data = id = NULL;
      ping = 0;
      start = stop + 1;
    } else if (n > 5 && memcmp(line, "data:", 5) == 0) {
      data = line + 5 + (line[5] == ' ');
      data_length = stop - data;
    } else if (n > 3 && memcmp(line, "id:", 3) == 0) {
      id = line + 3 + (line[3] == ' ');
      id_length = stop - id;
    } else if (n >= 11 && memcmp(line, "event: ping", 11) == 0) ping = 1;
    line = stop + 1;
  }
}

static long take_frames(struct conn *c, const char *p, long length, uint64_t at) {
  long used = 0;
  while (length - used >= 2) {
    const unsigned char *f = (const unsigned char *)p + used;
    uint64_t n = f[1] & 127;
    int head = 2;
    if (n == 126) {
      if (length - used < 4) break;
      n = (uint64_t)f[2] << 8 | f[3];
      head = 4;
    } else if (n == 127) {
      if (length - used < 10) break;
      n = 0;
      for (int i = 0; i < 8; i++) n = n << 8 | f[2 + i];
      head = 10;
    }
    if ((uint64_t)(length - used) < (uint64_t)head + n) break;
    const char *text = p + used + head;
    int opcode = f[0] & 15;
    if (opcode == 9) send_masked(c, 10, text, (int)n);
    else if (opcode == 8) { closed++; close_conn(c); return used; }
    else if (opcode == 1 || opcode == 2) {
      if (mode == WS) take(c, text, (long)n, at);
      else if (n >= 1 && text[0] == '0') send_masked(c, 1, "40", 2);
      else if (n >= 1 && text[0] == '2') send_masked(c, 1, "3", 1);
      else if (n >= 2 && text[0] == '4' && text[1] == '2') {
        const char *brace = memchr(text, '{', n);
        if (brace != NULL) take(c, brace, (long)n - (brace - text) - 1, at);
      }
    }
    used += head + (long)n;
  }
  return used;
}

/* Takes the chunked coding off, in place. @returns the length of what is left of it */
static long unchunk(struct conn *c, char *p, long length, long *rest) {
  char *out = p, *in = p, *end = p + length;
  while (in < end) {
    if (c->chunk == -2) {
      if (end - in < 2) break;
      in += 2;
      c->chunk = -1;
    } else if (c->chunk == -1) {
      char *stop = memchr(in, '\n', (size_t)(end - in));
      if (stop == NULL) break;
      c->chunk = strtol(in, NULL, 16);
      in = stop + 1;
      if (c->chunk == 0) { in = end; break; }
    } else {
      long n = end - in < c->chunk ? end - in : c->chunk;
      if (out != in) memmove(out, in, (size_t)n);
      out += n;
      in += n;
      c->chunk -= n;
      if (c->chunk == 0) c->chunk = -2;
    }
  }
  *rest = end - in;
  if (*rest > 0) memmove(out, in, (size_t)*rest);
  return out - p;
}

static void take_head(struct conn *c, long *from, long length) {
  char *stop = memmem(buffer, (size_t)length, "\r\n\r\n", 4);
  if (stop == NULL) return;
  *stop = 0;
  int status = atoi(buffer + 9);
  if (status != (mode == SSE ? 200 : 101)) {
    if (refused++ == 0) fprintf(stderr, "refused: %.200s\n", buffer);
    close_conn(c);
    return;
  }
  c->chunked = strcasestr(buffer, "transfer-encoding: chunked") != NULL;
  c->chunk = -1;
  c->state = STREAM;
  c->ready = now();
  open_now++;
  in_flight--;
  *from = stop + 4 - buffer;
}

static void receive(struct conn *c) {
  /* What is left of before lies in front of what comes now: whole messages are then in one piece. */
  memcpy(buffer, c->left, (size_t)c->left_length);
  memcpy(buffer + c->left_length, c->raw, (size_t)c->raw_length);
  long had = c->left_length + c->raw_length;
  ssize_t n = recv(c->fd, buffer + had, (size_t)(BUFFER - had), 0);
  if (n <= 0) {
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    closed++;
    close_conn(c);
    return;
  }
  uint64_t at = now();
  long length = had + n, decoded = c->left_length, from = 0, rest = 0;
  bytes += (uint64_t)n;
  c->raw_length = 0;
  if (c->state == HEAD) {
    take_head(c, &from, length);
    if (c->state == CLOSED) return;
    if (c->state == HEAD) {
      keep(c, buffer, (int)length);
      return;
    }
    decoded = from;
  }
  if (mode == SSE && c->chunked) length = decoded + unchunk(c, buffer + decoded, length - decoded, &rest);
  if (rest > (long)sizeof c->raw) { errors++; close_conn(c); return; }
  memcpy(c->raw, buffer + length, (size_t)rest);
  c->raw_length = (int)rest;
  uint64_t before = deliveries;
  char *p = buffer + from;
  length -= from;
  long used = mode == SSE ? take_events(c, p, length, at) : take_frames(c, p, length, at);
  if (deliveries != before) {
    if (first_at == 0) first_at = at;
    last_at = at;
  }
  if (c->state != CLOSED) keep(c, p + used, (int)(length - used));
}

static void open_conn(struct conn *c) {
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) { perror("socket"); exit(1); }
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  c->state = CONNECTING;
  c->left_length = c->raw_length = 0;
  c->stalled = 0;
  in_flight++;
  /* The first one may be told to stall: what its sockets hold must be less than what it misses. */
  int small = 16384;
  if (c == conns) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
    refused++;
    close_conn(c);
  }
}

static void send_request(struct conn *c) {
  char request[4096], target[2048];
  snprintf(target, sizeof target, "%s", targets[(c - conns) % target_count]);
  char *headers = strchr(target, '\t');
  if (headers != NULL) *headers++ = 0;
  int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", target, port);
  if (mode == SSE) n += snprintf(request + n, sizeof request - (size_t)n, "Accept: text/event-stream\r\n");
  else n += snprintf(request + n, sizeof request - (size_t)n,
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  if (resuming && c->id[0]) n += snprintf(request + n, sizeof request - (size_t)n, "Last-Event-ID: %s\r\n", c->id);
  for (char *h = headers; h != NULL && *h;) {
    char *stop = strchrnul(h, '|');
    n += snprintf(request + n, sizeof request - (size_t)n, "%.*s\r\n", (int)(stop - h), h);
    h = *stop ? stop + 1 : stop;
  }
  n += snprintf(request + n, sizeof request - (size_t)n, "\r\n");
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
  c->state = HEAD;
  if (write(c->fd, request, (size_t)n) != n) { refused++; close_conn(c); }
}

static void reading(struct conn *c, int on) {
  c->stalled = !on;
  struct epoll_event event = { .events = on ? EPOLLIN : 0, .data.ptr = c };
  if (c->state != CLOSED) epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void reset(void) {
  deliveries = bytes = errors = refused = closed = first_at = last_at = highest = 0;
  memset(histogram, 0, sizeof histogram);
  memset(arrived, 0, SLOTS * sizeof *arrived);
  for (int i = 0; i < connections; i++) conns[i].seq = conns[i].count = 0;
}

static uint64_t wait_count, wait_until;
static int waiting, connecting;

static void command(char *line) {
  int i = 0;
  unsigned long count = 0, ms = 0;
  if (strncmp(line, "connect", 7) == 0) {
    resuming = strstr(line, "resume") != NULL;
    next_to_open = 0;
    connecting = 1;
    connect_began = now();
  } else if (strncmp(line, "drop", 4) == 0) {
    for (int k = 0; k < connections; k++) close_conn(&conns[k]);
    printf("{\"what\":\"drop\"}\n");
    fflush(stdout);
  } else if (strncmp(line, "reset", 5) == 0) {
    reset();
    printf("{\"what\":\"reset\"}\n");
    fflush(stdout);
  } else if (sscanf(line, "stall %d", &i) == 1) reading(&conns[i], 0);
  else if (sscanf(line, "go %d", &i) == 1) reading(&conns[i], 1);
  else if (sscanf(line, "wait %lu %lu", &count, &ms) == 2) {
    waiting = 1;
    wait_count = count;
    wait_until = now() + ms * 1000000ull;
  } else if (strncmp(line, "report", 6) == 0) report("report");
  else if (strncmp(line, "quit", 4) == 0) exit(0);
}

static void read_targets(const char *path) {
  FILE *file = fopen(path, "r");
  char line[2048];
  if (file == NULL) { perror(path); exit(1); }
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] == 0) continue;
    targets = realloc(targets, (size_t)(target_count + 1) * sizeof *targets);
    targets[target_count++] = strdup(line);
  }
  fclose(file);
  if (target_count == 0) { fprintf(stderr, "%s holds no request\n", path); exit(1); }
}

static int everybody_has(uint64_t count) {
  for (int i = 0; i < connections; i++)
    if (!conns[i].stalled && (conns[i].state != STREAM || conns[i].count < count)) return 0;
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 5) { fprintf(stderr, "client PORT sse|ws|socketio CONNECTIONS REQUESTS\n"); return 2; }
  port = atoi(argv[1]);
  mode = strcmp(argv[2], "sse") == 0 ? SSE : strcmp(argv[2], "ws") == 0 ? WS : SOCKETIO;
  connections = atoi(argv[3]);
  read_targets(argv[4]);
  conns = calloc((size_t)connections, sizeof *conns);
  for (int i = 0; i < connections; i++) conns[i].left = malloc((size_t)(conns[i].left_capacity = 512));
  buffer = malloc(BUFFER + 64);
  sent = calloc(SLOTS, sizeof *sent);
  arrived = calloc(SLOTS, sizeof *arrived);
  epoll = epoll_create1(0);
  struct epoll_event in = { .events = EPOLLIN, .data.ptr = NULL };
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &in);
  struct epoll_event events[512];
  uint64_t checked = 0;
  for (;;) {
    while (connecting && next_to_open < connections && in_flight < IN_FLIGHT) open_conn(&conns[next_to_open++]);
    int n = epoll_wait(epoll, events, 512, waiting || connecting ? 5 : -1);
    for (int i = 0; i < n; i++) {
      struct conn *c = events[i].data.ptr;
      if (c == NULL) {
        static char line[256];
        static int length;
        char byte;
        ssize_t got = read(0, &byte, 1);
        if (got <= 0) return 0;
        if (byte == '\n') {
          line[length] = 0;
          length = 0;
          command(line);
        } else if (length < 255) line[length++] = byte;
      } else if (c->state == CONNECTING) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) { refused++; close_conn(c); }
        else if (events[i].events & EPOLLOUT) send_request(c);
      } else if (c->state != CLOSED && !c->stalled) receive(c);
    }
    if (connecting && next_to_open == connections && in_flight == 0) {
      connecting = 0;
      printf("{\"what\":\"connected\",\"open\":%d,\"refused\":%lu,\"ns\":%lu}\n", open_now, refused, now() - connect_began);
      fflush(stdout);
    }
    uint64_t at = now();
    if (waiting && at - checked > 2000000ull) {
      checked = at;
      if (at > wait_until || everybody_has(wait_count)) {
        waiting = 0;
        report("wait");
      }
    }
  }
}
