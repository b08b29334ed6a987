import { expect, test } from "vitest";
import { isMaintenanceTime, type MaintenanceHours } from "./maintenance-hours.ts";

const berlin = (start: number, end: number): MaintenanceHours => ({ start, end, zone: "Europe/Berlin" });

test.each<[time: string, hours: MaintenanceHours, open: boolean, why: string]>([
  ["2026-06-10T00:30:00Z", berlin(2, 5), true, "02:30 in summer"],
  ["2026-06-10T03:30:00Z", berlin(2, 5), false, "05:30 in summer"],
  ["2026-01-10T01:30:00Z", berlin(2, 5), true, "02:30 in winter"],
  ["2026-01-10T00:30:00Z", berlin(2, 5), false, "01:30 in winter"],
  ["2026-01-10T22:30:00Z", berlin(23, 1), true, "23:30, over midnight"],
  ["2026-01-10T23:30:00Z", berlin(23, 1), true, "00:30, over midnight"],
  ["2026-01-10T12:00:00Z", berlin(23, 1), false, "13:00, over midnight"],
  ["2026-01-10T12:00:00Z", berlin(4, 4), true, "the whole day"],
  ["2026-03-29T01:10:00Z", berlin(2, 3), true, "03:10 on the day without 02:00, when that hour was the window"],
  ["2026-03-29T02:10:00Z", berlin(2, 3), false, "04:10 on that day"],
  ["2026-03-29T01:10:00Z", berlin(1, 2), false, "03:10 on that day, when the window was before"],
  ["2026-03-29T01:10:00Z", berlin(2, 5), true, "03:10 on that day, in a longer window"],
  ["2026-10-25T00:30:00Z", berlin(2, 3), true, "02:30 the first time"],
  ["2026-10-25T01:30:00Z", berlin(2, 3), true, "02:30 the second time"],
  ["2026-10-25T02:30:00Z", berlin(2, 3), false, "03:30 on that day"],
  ["2026-06-10T02:30:00Z", { start: 2, end: 5, zone: "UTC" }, true, "in UTC"],
])("%s: %o is open: %s (%s)", (time, hours, open) => expect(isMaintenanceTime(Date.parse(time), hours)).toBe(open));
