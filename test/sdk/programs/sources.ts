const options = `{
  accepts: Accepts.ApplicationXml,
  clientIdentifier: "abc123",
  product: "Plex for Roku",
  version: "2.4.1",
  platform: "Roku",
  platformVersion: "4.3 build 1057",
  device: "Roku 3",
  model: "4200X",
  deviceVendor: "Roku",
  deviceName: "Living Room TV",
  marketplace: "googlePlay",
  token: "<YOUR_API_KEY_HERE>",
}`;

/** The programs of the plexjs documentation, as they stand there; `PACKAGE` is the package's name. */
export const programs = {
  getNotifications: `import { PlexAPI } from "PACKAGE";
import { Accepts } from "PACKAGE/models/shared";

const plexAPI = new PlexAPI(${options});

async function run() {
  const result = await plexAPI.events.getNotifications({});

  console.log(result);
}

run();
`,
  connectWebSocket: `import { PlexAPI } from "PACKAGE";
import { Accepts } from "PACKAGE/models/shared";

const plexAPI = new PlexAPI(${options});

async function run() {
  const result = await plexAPI.events.connectWebSocket({});

  console.log(result);
}

run();
`,
  eventsGetNotifications: `import { PlexAPICore } from "PACKAGE/core.js";
import { eventsGetNotifications } from "PACKAGE/funcs/eventsGetNotifications.js";
import { Accepts } from "PACKAGE/models/shared";

// Use \`PlexAPICore\` for best tree-shaking performance.
// You can create one instance of it to use across an application.
const plexAPI = new PlexAPICore(${options});

async function run() {
  const res = await eventsGetNotifications(plexAPI, {});
  if (res.ok) {
    const { value: result } = res;
    console.log(result);
  } else {
    console.log("eventsGetNotifications failed:", res.error);
  }
}

run();
`,
  eventsConnectWebSocket: `import { PlexAPICore } from "PACKAGE/core.js";
import { eventsConnectWebSocket } from "PACKAGE/funcs/eventsConnectWebSocket.js";
import { Accepts } from "PACKAGE/models/shared";

// Use \`PlexAPICore\` for best tree-shaking performance.
// You can create one instance of it to use across an application.
const plexAPI = new PlexAPICore(${options});

async function run() {
  const res = await eventsConnectWebSocket(plexAPI, {});
  if (res.ok) {
    const { value: result } = res;
    console.log(result);
  } else {
    console.log("eventsConnectWebSocket failed:", res.error);
  }
}

run();
`,
} as const;

/** A program as it is written for CommonJS. */
export function toCommonJs(source: string): string {
  return source.replace(/^import (\{.*\}) from (".*");$/gm, "const $1 = require($2);");
}
