import { PlexAPI } from "@reelay/sdk";
import { createWebhookReceiver } from "@reelay/sdk/webhooks";
import { testRequest } from "@reelay/sdk/webhooks/testing";

/** Runs in every runtime: both calls, all transports, a refusal, a signed webhook. Gives what it saw. */
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
  seen.webhook = await receiveSigned();
  return JSON.stringify(seen);
}

async function receiveSigned() {
  const signingSecret = "whsec_c2VjcmV0IG9mIGEgaG9vaw==";
  const receiver = createWebhookReceiver({ signingSecrets: signingSecret });
  const told = new Promise((resolve) => receiver.on("media.play", resolve));
  const { status } = await receiver.fetch(await testRequest("media.play", { signingSecret }));
  const { payload, thumb, trust } = await told;
  return [status, payload.Metadata.title, thumb.contentType, trust].join(", ");
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
