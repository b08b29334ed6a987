/** Which form of REST answers the client accepts. Notifications are JSON, whatever it says. */
export const Accepts = {
  ApplicationJson: "application/json",
  ApplicationXml: "application/xml",
} as const;

/** A value of {@link Accepts}. */
export type Accepts = (typeof Accepts)[keyof typeof Accepts];
