import type { Notification } from "@reelay/protocol";

/** A `playing` notification that says which it is. */
export function playing(number: number): Notification {
  return {
    type: "playing",
    entry: {
      sessionKey: "7",
      guid: "",
      ratingKey: "42",
      url: "",
      key: "/library/metadata/42",
      viewOffset: number,
      state: "playing",
    },
  };
}
