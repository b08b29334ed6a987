/** What `docs/reference/performance.md` says besides figures. */

export const intro = `How fast Reelay is, beside the least that could be done (*floor*) and beside what else there is (*peers*), measured in turns on
one machine. What counts are the ratios: the numbers themselves belong to the machine. [Benchmarks](benchmarks.md) says
what each part does.`;

export const method = `- The server is a whole \`reelay serve\` in a process of its own, with its log on the disk, filters, rights and resuming. The
  load client is another process. Each has a processor of its own (\`taskset\`); nchan's publisher shares the client's.
- Events come from a source inside that server (\`--bench-source\`, refused off loopback). Each is a unit of work of its own
  that changes a row of the source's own table and appends one event with a position. The units of one turn of the event
  loop share a COMMIT, as everywhere in Reelay.
- A delivery counts when the client has taken its message apart, found it whole, and found its number to follow the one
  before. A part in which a connection misses an event, gets one twice or is closed gives no figure but fails.
- The load client and the floor are C programs on epoll, built when the suite starts. The floor sends the same bytes,
  each event by itself or joined in windows of 5 ms; it keeps nothing and knows no filter.
- Peers do as their documentation says: \`ws.send\` to each client, \`io.emit\`, a channel of better-sse, a channel of nchan.
- What cannot keep up with the offered rate is offered fewer events, so that it is not slowed down by its own queues.
- Sides take turns in each round. The first round warms up and does not count. Rows give the median of the rounds and
  their spread; a ratio is the median of the ratios of each round's pair. Where a median over pairs decides between close
  things (\`latency\`, \`stuck\`), there are at least nine.
- Latency counts from when an event was due, not from when it was sent: a source that is late does not hide it.
- Processor time is that of the whole process, all threads, from \`/proc\`. Write calls are those that the kernel counts for
  the process, so those of the database are among Reelay's; the floor counts its own \`send\` calls.
- Everything is on loopback and in a folder for temporary files, removed at the end. A run ends by itself, at the latest
  after \`--minutes\`, and nothing that it started outlives it.`;

export const learned = `- *spaced*: an event that is alone costs a system call for each socket, 7 µs here in whatever language; what can be saved is
  what stands around it. Written through Node's stream, a delivery cost 0.93 of \`ws.send\`, more than the goal. Three ways
  past it were tried in a server of nothing else, at 7.8 µs for the C floor and 10.0 µs for \`socket.write\`: \`fs.writeSync\` on
  the descriptor (10.8), the socket's handle with a request object for each write (9.6), the handle with one request object
  for all writes that the kernel takes at once (8.4). Reelay does the last; two runs of nine
  rounds gave 0.76 and 0.82 of \`ws.send\`, so the goal is where it can just be reached.
- *stuck*: the kernel holds nearly 3 MB for a connection on loopback that nobody reads, so a short test of a stuck
  subscriber measures nothing. The suite fills that first, and looks that the subscriber has fallen behind.
- *floor*: a C program that waits in whole milliseconds spins through the rest and looks dearer than it is. It waits to the
  nanosecond.`;

export const notMeasured = `- A network: loopback has no losses, no latency and no limit of packets. Fan-out over a real line is bounded by the line.
- TLS, and proxies between server and clients.
- More processors: Reelay's fan-out runs on one, and so did what it was measured beside.
- Power cuts: the log is written with \`--durability normal\`; \`full\` waits for the disk at each commit.
- Peers' own ways of scaling out, their acknowledgements, their compression, and what they would cost with a durable log
  and rights of their own. None of them keeps one here.
- Days: memory and processor time of a server that has run long.`;

export const repeat = `\`\`\`
npm ci
npm run bench -- forget
npm run bench -- all            # some 20 minutes; goes on where it was when it is started again
npm run bench -- performance    # writes this page
\`\`\`

One part by itself, kept for the page: \`npm run bench -- fanout --only spaced --save\`. On Debian, as root, gcc, nginx and
nchan are installed where they are missing; without nchan its rows are left out. It needs Linux.`;
