import type { Field } from "./fields.ts";

/**
 * How a notification is kept. `fact`: durable, part of every resumed stream. `progress`: the newest one per subject supersedes those before.
 * `ephemeral`: told to who is connected, never kept. `mixed`: one type carries facts and progress; `classNote` tells which is which.
 */
export type NotificationClass = "fact" | "progress" | "ephemeral" | "mixed";

/** One notification type of the catalogue. */
export interface NotificationDescriptor {
  /** Key under which the payload stands on the wire. `null`: the type is seen in the wild, its payload in no capture; it is only passed through. */
  readonly payloadKey: string | null;
  readonly class: NotificationClass;
  readonly classNote?: string;
  /** `reelay`: Reelay sends it. `planned`: it will. `upstream`: it only passes through from another media server. */
  readonly origin: "reelay" | "planned" | "upstream";
  /** What makes it happen. Markdown, one sentence or two. */
  readonly cause: string;
  /** `capture`: seen on the wire of a real server. `clients`: known from what clients read. `ours`: defined by Reelay. */
  readonly evidence: "capture" | "clients" | "ours";
  /** Belongs to the stream itself: no filter takes it away, none asks for it. */
  readonly unfiltered?: true;
  /** The payload's fields in the order of the wire. */
  readonly fields: readonly Field[];
}

const activityFields = [
  { name: "uuid", type: "string", doc: "The activity; the same as the `uuid` around it." },
  {
    name: "type",
    type: "string",
    doc: "`library.update.section` (a scan), `library.refresh.items`, `media.generate.bif`, `media.generate.intros`, `media.generate.credits`, `provider.subscriptions.process`, `provider.epg.load`, `butler.task`.",
  },
  { name: "cancellable", type: "bool", doc: "`DELETE /activities/{uuid}` stops it." },
  { name: "userID", type: "int", doc: "Account that it runs for; 1 is the owner." },
  { name: "title", type: "string", doc: "What is done, for people: `Scanning Movies`." },
  { name: "subtitle", type: "string", doc: 'What it is at: a folder, an item, a step. May be `""`.' },
  { name: "progress", type: "int", doc: "Percent, 0 to 100; -1 = not known." },
  {
    name: "Context",
    type: "object",
    optional: true,
    open: true,
    doc: "What it is about. Missing in `started`; grows key by key as work proceeds. Other keys may occur.",
    fields: [
      { name: "accessible", type: "bool", optional: true, doc: "The item's files can be read." },
      { name: "analyzed", type: "bool", optional: true, doc: "The item's media were analysed." },
      { name: "exists", type: "bool", optional: true, doc: "The item's files are there." },
      { name: "key", type: "string", optional: true, doc: "Path of the item: `/library/metadata/513`." },
      {
        name: "librarySectionID",
        type: "string",
        optional: true,
        doc: "Section of a scan. A string, unlike in library lists.",
      },
      { name: "refreshed", type: "bool", optional: true, doc: "The item was changed; a `timeline` entry follows." },
    ],
  },
  {
    name: "Response",
    type: "object",
    optional: true,
    open: true,
    doc: "Result of the finished work. Named in the API documents, in no capture.",
    fields: [],
  },
] as const satisfies readonly Field[];

/** The same object as in `/transcode/sessions`. Fields that not every server sends, or not in every phase, are optional. */
const transcodeSessionFields = [
  {
    name: "key",
    type: "string",
    doc: "`/transcode/sessions/<id>`; the bare id from some old servers. The id is `transcodeSession` in `playing`.",
  },
  { name: "throttled", type: "bool", doc: "Far enough ahead of the player, so waiting." },
  { name: "complete", type: "bool", doc: "Transcoded to the end." },
  { name: "progress", type: "float", doc: "Percent; -1 for live television." },
  { name: "size", type: "int", optional: true, doc: "Bytes; negative (-22) when not known." },
  { name: "speed", type: "float", doc: "Multiple of real time; 0 when throttled." },
  { name: "error", type: "bool", optional: true, doc: "The transcoder failed." },
  { name: "duration", type: "int", optional: true, doc: "Length of the item, milliseconds." },
  { name: "remaining", type: "int", optional: true, doc: "Time to completion, seconds." },
  { name: "context", type: "string", doc: "`streaming`, or `static` (optimised version, download)." },
  { name: "sourceVideoCodec", type: "string", optional: true, doc: "Codec of the file." },
  { name: "sourceAudioCodec", type: "string", optional: true, doc: "Codec of the file." },
  { name: "videoDecision", type: "string", optional: true, doc: "`copy` or `transcode`." },
  { name: "audioDecision", type: "string", optional: true, doc: "`copy` or `transcode`." },
  { name: "subtitleDecision", type: "string", optional: true, doc: "`burn`, `copy` or `transcode`." },
  { name: "protocol", type: "string", doc: "`dash`, `hls` or `http`." },
  { name: "container", type: "string", doc: "Container that the player receives." },
  { name: "videoCodec", type: "string", optional: true, doc: "Codec that the player receives." },
  { name: "audioCodec", type: "string", optional: true, doc: "Codec that the player receives." },
  { name: "audioChannels", type: "int", optional: true, doc: "Channels that the player receives." },
  { name: "width", type: "int", optional: true, doc: "Pixels." },
  { name: "height", type: "int", optional: true, doc: "Pixels." },
  { name: "transcodeHwRequested", type: "bool", optional: true, doc: "Hardware transcoding is switched on." },
  { name: "transcodeHwDecoding", type: "string", optional: true, doc: "Decoder in hardware, when active." },
  { name: "transcodeHwDecodingTitle", type: "string", optional: true, doc: "Its name for people." },
  { name: "transcodeHwEncoding", type: "string", optional: true, doc: "Encoder in hardware, when active." },
  { name: "transcodeHwEncodingTitle", type: "string", optional: true, doc: "Its name for people." },
  { name: "transcodeHwFullPipeline", type: "bool", optional: true, doc: "Decoding and encoding both in hardware." },
  { name: "timeStamp", type: "float", optional: true, doc: "Start of the session, epoch seconds with fraction." },
  { name: "maxOffsetAvailable", type: "float", optional: true, doc: "End of what is ready, seconds. Not in `.end`." },
  { name: "minOffsetAvailable", type: "float", optional: true, doc: "Start of what is ready, seconds. Not in `.end`." },
] as const satisfies readonly Field[];

/**
 * Every notification type that a media server sends or Reelay adds. The one list: TypeScript types, the order of keys on the wire, the filter's
 * names and `docs/reference/events.md` all follow from it. `ping` is not in it: it is a heartbeat of SSE streams, not a notification.
 */
export const notificationCatalogue = {
  playing: {
    payloadKey: "PlaySessionStateNotification",
    class: "mixed",
    classNote: "A change of `state` is a fact; a report that only moves `viewOffset` is progress.",
    origin: "reelay",
    cause: "A player reports its state: at each change, else about every 10 s.",
    evidence: "capture",
    fields: [
      { name: "sessionKey", type: "string", doc: "The session, an integer as text; joins to `/status/sessions`." },
      {
        name: "clientIdentifier",
        type: "string",
        optional: true,
        doc: "The player's `X-Plex-Client-Identifier`. Servers before 2019 leave it out.",
      },
      { name: "guid", type: "string", doc: 'Nearly always `""`; old servers gave the agent\'s guid.' },
      { name: "ratingKey", type: "string", doc: "The item." },
      { name: "url", type: "string", doc: 'Always `""` in captures.' },
      {
        name: "key",
        type: "string",
        doc: "`/library/metadata/<ratingKey>`; `/livetv/sessions/<uuid>` for live television.",
      },
      { name: "viewOffset", type: "int", doc: "Position in the item, milliseconds." },
      { name: "playQueueItemID", type: "int", optional: true, doc: "Entry of the play queue." },
      { name: "playQueueID", type: "int", optional: true, doc: "The play queue." },
      {
        name: "state",
        type: "string",
        values: ["playing", "paused", "stopped", "buffering", "error"],
        doc: "What the player does.",
      },
      {
        name: "transcodeSession",
        type: "string",
        optional: true,
        doc: "Bare id of the transcode session, never a path. Missing in a session's first message.",
      },
    ],
  },
  timeline: {
    payloadKey: "TimelineEntry",
    class: "mixed",
    classNote:
      "States 0 (created) and 9 (deleted) are facts, and so is 5 without `metadataState`, `mediaState` and `queueSize` (done). All else is progress.",
    origin: "reelay",
    cause: "An item is added, worked on, finished, changed or removed.",
    evidence: "capture",
    fields: [
      {
        name: "identifier",
        type: "string",
        doc: "`com.plexapp.plugins.library`; guide data has others, such as `tv.plex.providers.epg.onconnect:4`.",
      },
      { name: "sectionID", type: "string", numericId: true, doc: "Section; `-1` for trailers and extras." },
      { name: "itemID", type: "string", numericId: true, doc: "The item's `ratingKey`." },
      {
        name: "parentItemID",
        type: "string",
        optional: true,
        numericId: true,
        doc: "Season or album, when a child item is created or deleted.",
      },
      {
        name: "rootItemID",
        type: "string",
        optional: true,
        numericId: true,
        doc: "Show or artist, when a child item is created or deleted.",
      },
      {
        name: "type",
        type: "int",
        doc: "Kind of item: 1 movie, 2 show, 3 season, 4 episode, 8 artist, 9 album, 10 track …; may be -1.",
      },
      {
        name: "title",
        type: "string",
        doc: '`""` when created or deleted; otherwise the title, for episodes `<show> S01 E03`.',
      },
      {
        name: "state",
        type: "int",
        doc: "0 created, 1 processing, 2 matching, 3 downloading, 4 loading, 5 finished, 6 analysing, 9 deleted.",
      },
      {
        name: "metadataState",
        type: "string",
        optional: true,
        doc: "`created`, `loading`, `processing`, `deleted`, perhaps `queued`.",
      },
      {
        name: "mediaState",
        type: "string",
        optional: true,
        doc: "`analyzing` or `thumbnailing`: state 5 is not the last one yet.",
      },
      { name: "queueSize", type: "int", optional: true, doc: "Items left in the agent's queue." },
      { name: "updatedAt", type: "int", doc: "Epoch seconds." },
    ],
  },
  activity: {
    payloadKey: "ActivityNotification",
    class: "mixed",
    classNote: "`started` and `ended` are facts, `updated` is progress.",
    origin: "reelay",
    cause: "Work that takes time, such as the scan of a section, begins, proceeds or ends.",
    evidence: "capture",
    fields: [
      { name: "event", type: "string", values: ["started", "updated", "ended"], doc: "Phase." },
      { name: "uuid", type: "string", doc: "The activity; the `X-Plex-Activity` header of the request that began it." },
      { name: "Activity", type: "object", doc: "The activity as in `GET /activities`.", fields: activityFields },
    ],
  },
  status: {
    payloadKey: "StatusNotification",
    class: "fact",
    origin: "reelay",
    cause:
      "A scan begins (`Scanning the <name> section`) or ends. Clients compare the title of the end as a whole: `Library scan complete`.",
    evidence: "capture",
    fields: [
      { name: "title", type: "string", doc: "Text for people, and for clients the only mark of a scan's end." },
      { name: "description", type: "string", doc: '`""` from current servers.' },
      { name: "notificationName", type: "string", doc: "`LIBRARY_UPDATE`." },
    ],
  },
  progress: {
    payloadKey: "ProgressNotification",
    class: "progress",
    origin: "reelay",
    cause: "A scan tells what it is at.",
    evidence: "clients",
    fields: [{ name: "message", type: "string", doc: "Text for people." }],
  },
  preference: {
    payloadKey: "Setting",
    class: "fact",
    origin: "reelay",
    cause: "A server setting is changed; one notification per setting.",
    evidence: "clients",
    fields: [
      { name: "id", type: "string", doc: "Name of the setting: `FriendlyName`." },
      { name: "label", type: "string", doc: "Name for people." },
      { name: "summary", type: "string", doc: "Explanation for people." },
      {
        name: "type",
        type: "string",
        values: ["bool", "int", "text", "double"],
        doc: "Type of `default` and `value`.",
      },
      { name: "default", type: "scalar", doc: 'Typed: `true`, `5`, `"x"`.' },
      { name: "value", type: "scalar", doc: "The new value, typed." },
      { name: "hidden", type: "bool", doc: "Not shown in settings pages." },
      { name: "advanced", type: "bool", doc: "Shown among the advanced settings." },
      { name: "group", type: "string", doc: "Settings page." },
      { name: "enumValues", type: "string", optional: true, doc: "Choices, as one text `value:label|value:label`." },
    ],
  },
  account: {
    payloadKey: "AccountUpdateNotification",
    class: "fact",
    origin: "reelay",
    cause: "An account is added, changed or removed. To the owner only.",
    evidence: "ours",
    fields: [
      { name: "event", type: "string", values: ["created", "updated", "deleted"], doc: "What happened." },
      { name: "accountID", type: "int", doc: "The account; 1 is the owner." },
      { name: "title", type: "string", doc: "Its name." },
    ],
  },
  reachability: {
    payloadKey: "ReachabilityNotification",
    class: "fact",
    origin: "reelay",
    cause: "The server begins or ceases to answer under its public address. To the owner only.",
    evidence: "capture",
    fields: [{ name: "reachability", type: "bool", doc: "The server can be reached from outside." }],
  },
  "transcodeSession.start": {
    payloadKey: "TranscodeSession",
    class: "fact",
    origin: "upstream",
    cause: "A transcode begins.",
    evidence: "capture",
    fields: transcodeSessionFields,
  },
  "transcodeSession.update": {
    payloadKey: "TranscodeSession",
    class: "progress",
    origin: "upstream",
    cause: "A transcode proceeds; about every 5 s.",
    evidence: "capture",
    fields: transcodeSessionFields,
  },
  "transcodeSession.end": {
    payloadKey: "TranscodeSession",
    class: "fact",
    origin: "upstream",
    cause: "A transcode ends.",
    evidence: "capture",
    fields: transcodeSessionFields,
  },
  "transcode.end": {
    payloadKey: null,
    class: "fact",
    origin: "upstream",
    cause: "Name used by old servers for the end of a transcode.",
    evidence: "clients",
    fields: [],
  },
  backgroundProcessingQueue: {
    payloadKey: "BackgroundProcessingQueueEventNotification",
    class: "fact",
    origin: "upstream",
    cause: "The queue of optimised versions is rebuilt.",
    evidence: "capture",
    fields: [
      { name: "queueID", type: "int", doc: "The queue." },
      { name: "event", type: "string", doc: "`queueRegenerated`." },
    ],
  },
  "update.statechange": {
    payloadKey: "AutoUpdateNotification",
    class: "fact",
    origin: "upstream",
    cause: "The media server looks for, fetches or installs a new version of itself.",
    evidence: "capture",
    fields: [
      { name: "key", type: "string", doc: 'The release; may be `""`.' },
      { name: "version", type: "string", doc: 'Its version; may be `""`.' },
      {
        name: "state",
        type: "string",
        doc: "`done` in captures; probably also `available`, `downloading`, `downloaded`, `notify`, `skipped`.",
      },
    ],
  },
  "provider.content.change": {
    payloadKey: null,
    class: "fact",
    origin: "upstream",
    cause: "The content of a media provider changed.",
    evidence: "clients",
    fields: [],
  },
  log: {
    payloadKey: "LogNotification",
    class: "ephemeral",
    origin: "reelay",
    cause:
      "The server logs a warning or an error, or a client writes a line with `/log`. To the owner, and only to who asks for it: see filters. Never about the streams themselves.",
    evidence: "ours",
    fields: [
      {
        name: "level",
        type: "int",
        values: [0, 1, 2, 3, 4],
        doc: "0 error, 1 warning, 2 info, 3 debug, 4 verbose; as in `/log`.",
      },
      { name: "message", type: "string", doc: "The line." },
      { name: "source", type: "string", doc: "The part of the server that wrote it." },
      { name: "time", type: "float", doc: "Epoch seconds with fraction." },
    ],
  },
  "reelay.gap": {
    payloadKey: "ReelayGapNotification",
    class: "ephemeral",
    origin: "reelay",
    cause: "A stream cannot go on exactly where its client asked. WebSockets get it with `ids=1`.",
    evidence: "ours",
    unfiltered: true,
    fields: [
      {
        name: "reason",
        type: "string",
        values: ["retention", "epoch", "ahead"],
        doc: "`retention`: older than what is kept. `epoch`: of another database, or of one since restored. `ahead`: beyond the end.",
      },
      { name: "from", type: "string", doc: "The position that was asked for." },
      { name: "to", type: "string", doc: "The position after which the stream goes on." },
    ],
  },
  "reelay.position": {
    payloadKey: "ReelayPositionNotification",
    class: "ephemeral",
    origin: "reelay",
    cause:
      "On WebSockets with `ids=1`, at once and every 10 s, so that a quiet stream has a position too. SSE has it in `ping`.",
    evidence: "ours",
    unfiltered: true,
    fields: [{ name: "position", type: "string", doc: "Where the stream is; opaque." }],
  },
} as const satisfies Readonly<Record<string, NotificationDescriptor>>;
