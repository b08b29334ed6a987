import { PlexAPI } from "@reelay/sdk";

/** Runs in every runtime: both calls, all transports, a refusal. Gives what it saw, which must be the same everywhere. */
export async function smoke(serverURL, token) {
  const { events } = new PlexAPI({ serverURL, token, deviceName: "居間のテレビ" });
  const seen = {};
  for (const call of ["getNotifications", "connectWebSocket"]) {
    const stream = await events[call]({ filter: ["playing"] });
    for await (const event of stream.events()) {
      seen[call] = event.type;
      break;
    }
    const refused = new PlexAPI({ serverURL, token: "wrong" }).events[call]({});
    seen[`${call} refused`] = await refused.catch((error) => `${error.name} ${error.statusCode}`);
  }
  for (const transport of ["auto", "websocket", "eventsource"]) {
    const subscription = events.subscribe({ transport, filter: ["playing"] });
    await subscription.ready();
    for await (const event of subscription) {
      seen[transport] = event.type;
      break;
    }
    await subscription.close();
    await subscription.closed;
  }
  return JSON.stringify(seen);
}
