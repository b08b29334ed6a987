import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type ActivityContext,
  describeNotification,
  isKnownNotification,
  isNotificationType,
  metadataTypes,
  type Notification,
  type NotificationEntries,
  notificationExamples,
  notificationTypes,
  type PlaySessionStateNotification,
  type TimelineEntry,
  type UnknownNotification,
} from "./index.ts";

describe("the catalogue", () => {
  test("has every type that is known of Plex", () => {
    expect(notificationTypes).toEqual(
      expect.arrayContaining([
        ...["playing", "timeline", "activity", "status", "progress", "reachability", "preference", "account", "log"],
        ...["backgroundProcessingQueue", "update.statechange", "provider.content.change", "transcode.end"],
        ...["transcodeSession.start", "transcodeSession.update", "transcodeSession.end"],
      ]),
    );
  });

  test("does not take SSE's heartbeat or names without evidence for types", () => {
    for (const name of ["ping", "setting", "profile", "device", "toString", "__proto__"]) {
      expect(isNotificationType(name)).toBe(false);
    }
  });

  test.each(notificationTypes)("%s names no field twice and explains each", (type) => {
    const fields = describeNotification(type)?.fields ?? [];
    const all = fields.flatMap((field) => [field, ...(field.fields ?? [])]);
    expect(new Set(fields.map((field) => field.name)).size).toBe(fields.length);
    for (const field of all) expect(field.doc).toMatch(/\S.*[.…]$/);
  });

  test("a mixed type says which of its notifications are facts", () => {
    for (const type of notificationTypes) {
      const descriptor = describeNotification(type);
      expect(descriptor?.classNote !== undefined).toBe(descriptor?.class === "mixed");
    }
  });

  test.each(Object.entries(notificationExamples))(
    "the example of %s has each required field and none that is unknown",
    (type, entry) => {
      const fields = describeNotification(type)?.fields ?? [];
      expect(fields.map((field) => field.name)).toEqual(expect.arrayContaining(Object.keys(entry)));
      expect(Object.keys(entry)).toEqual(
        expect.arrayContaining(fields.filter((field) => field.optional !== true).map((field) => field.name)),
      );
    },
  );

  test("counts artists, albums and tracks as real servers do", () => {
    expect([metadataTypes.artist, metadataTypes.album, metadataTypes.track]).toEqual([8, 9, 10]);
  });
});

describe("types that follow from the catalogue", () => {
  test("payloads have the fields of their description", () => {
    expectTypeOf<PlaySessionStateNotification["state"]>().toEqualTypeOf<
      "playing" | "paused" | "stopped" | "buffering" | "error"
    >();
    expectTypeOf<PlaySessionStateNotification["viewOffset"]>().toEqualTypeOf<number>();
    expectTypeOf<TimelineEntry["itemID"]>().toEqualTypeOf<string>();
    expectTypeOf<TimelineEntry>().toHaveProperty("queueSize");
    expectTypeOf<NotificationEntries["preference"]["value"]>().toEqualTypeOf<string | number | boolean>();
    expectTypeOf<ActivityContext["librarySectionID"]>().toEqualTypeOf<string | undefined>();
  });

  test("optional fields may be left out, and may not be undefined", () => {
    expectTypeOf<Pick<TimelineEntry, "mediaState">>().toEqualTypeOf<{ readonly mediaState?: string }>();
    // @ts-expect-error exactOptionalPropertyTypes
    expectTypeOf<{ mediaState: undefined }>().toExtend<Pick<TimelineEntry, "mediaState">>();
  });

  test("the type of a notification decides the type of its entry", () => {
    const read = (notification: Notification | UnknownNotification): string => {
      if (!isKnownNotification(notification)) return notification.payloadKey;
      if (notification.type === "playing")
        expectTypeOf(notification.entry).toEqualTypeOf<PlaySessionStateNotification>();
      return notification.type;
    };
    expect(read({ type: "playing", entry: notificationExamples.playing })).toBe("playing");
    expect(read({ type: "x", payloadKey: "X", entry: {} })).toBe("X");
  });

  test("types without a known payload are no Notification", () => {
    expectTypeOf<Extract<Notification["type"], "transcode.end" | "provider.content.change">>().toEqualTypeOf<never>();
  });
});
