import { PlexAPI } from "@reelay/sdk";

/** Runs in every runtime: both calls, all transports, a refusal. Gives what it saw. */
export async function smoke(serverURL, token) {
  const { events } = new PlexAPI({ serverURL, token, deviceName: "居間のテレビ" });
  const seen = {};
  for (const call of ["getNotifications", "connectWebSocket"]) {
    seen[call] = await firstOf(events[call]({ filter: ["playing"] }));
    const refused = new PlexAPI({ serverURL, token: "wrong" }).events[call]({});
    seen[`${call} refused`] = await refused.catch((error) => [error.name, error.statusCode].join(" ").trim());
  }
  for (const transport of ["auto", "websocket", "eventsource"]) {
    const subscription = events.subscribe({ transport, filter: ["playing"] });
    seen[transport] = await Promise.race([firstEvent(subscription), noConnection(subscription)]);
    await subscription.close();
    await subscription.closed;
  }
  return JSON.stringify(seen);
}

async function firstOf(call) {
  try {
    return await firstEvent((await call).events());
  } catch (error) {
    return error.name;
  }
}

async function firstEvent(events) {
  for await (const event of events) return event.type;
}

function noConnection(subscription) {
  return new Promise((resolve) => {
    subscription.on("state", ({ state }) => state === "waiting" && resolve("no connection"));
  });
}
