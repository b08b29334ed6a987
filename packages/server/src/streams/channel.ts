import type { Form } from "./forms.ts";
import { Group } from "./group.ts";
import { type Message, Ring } from "./ring.ts";
import type { Subscriber } from "./subscriber.ts";

/** All that the hub keeps for one form: its ring, and the groups of its live subscribers. Made when the form is first asked for. */
export class Channel {
  readonly form: Form;
  readonly ring: Ring;
  readonly groups = new Map<string, Group>();
  /** Open streams of this form, live or not. */
  streams = 0;
  /** Heartbeats since the last stream of this form was closed. */
  unused = 0;

  constructor(form: Form, ringBytes: number, head: number) {
    this.form = form;
    this.ring = new Ring(ringBytes, head);
  }

  publish(message: Message): void {
    this.ring.push(message);
    for (const group of this.groups.values()) group.offer(message);
  }

  groupOf(subscriber: Subscriber): Group | undefined {
    return this.groups.get(subscriber.groupKey);
  }

  newGroup(model: Subscriber): Group {
    const group = new Group(model);
    this.groups.set(group.key, group);
    return group;
  }

  leave(subscriber: Subscriber): void {
    const { group } = subscriber;
    if (group === undefined) return;
    group.remove(subscriber);
    if (group.size === 0) this.groups.delete(group.key);
  }
}
