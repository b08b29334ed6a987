import { connect, type MqttClient } from "mqtt";
import type { Lamp } from "./lights.ts";

export interface MqttOptions {
  /** `mqtt://192.168.1.5`, with name and password in it where the broker wants them. */
  readonly broker: string;
  /** What the lamp listens to: `zigbee2mqtt/Living room/set`. */
  readonly topic: string;
}

/** A broker that does not answer by then is away. */
const TIMEOUT_MS = 3_000;
/** Zigbee counts from 0 to 254. */
const BRIGHTEST = 254;

/**
 * A lamp behind an MQTT broker that takes `{"state":"ON","brightness":26}`, as those of Zigbee2MQTT and JSON lights of Home
 * Assistant do. The broker may come and go; what could not be said to it in time is not said later.
 */
export function mqttLamp({ broker, topic }: MqttOptions): Lamp & AsyncDisposable {
  const client = connect(broker, { connectTimeout: TIMEOUT_MS, reconnectPeriod: 1_000, queueQoSZero: false });
  let trouble = "not connected yet";
  client.on("error", (error) => {
    trouble = error.message || String(error);
  });
  return {
    async set(brightness) {
      if (!client.connected) throw new Error(`The broker is away: ${trouble}`);
      const bright = Math.min(BRIGHTEST, Math.ceil((brightness * BRIGHTEST) / 100));
      const state = brightness <= 0 ? { state: "OFF" } : { state: "ON", brightness: bright };
      await publish(client, topic, JSON.stringify(state));
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/** Resolves when the broker has taken it; what it does not take in time is forgotten. */
async function publish(client: MqttClient, topic: string, message: string): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("The broker does not answer.")), TIMEOUT_MS);
  const taken = client.publishAsync(topic, message, { qos: 1 });
  const id = client.getLastMessageId();
  try {
    await Promise.race([taken, late.promise]);
  } catch (error) {
    taken.catch(() => undefined);
    client.removeOutgoingMessage(id);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
